// SPDX-License-Identifier: GPL-2.0-only
/*
 * Around epm: who asks for a move, and what a process consists of. It has no memory, no
 * files and one thread, so its image is some bytes.
 */
#include <epm/threads.h>
#include <uapi/kerrighed/migration.h>
#include "../inside.h"

#define IMAGE 20000	/* bytes, one message */

int sim_migrate(pid_t pid, int destination, struct krg_refusal *why)
{
	migration_infos_t infos = { .pid = pid, .destination_node_id = destination };

	return krg_epm_services[0].run(&infos, why);
}

/* epm: history, pre-copy, post-copy, and threads beside the leader */
void krg_history_add(const struct krg_move_record *record) { }
void krg_history_init(void) { }
void krg_history_exit(void) { }
void krg_early_end(struct krg_early *early) { }
void krg_serve_early(struct krg_rpc_stream *stream, const void *unused, size_t len) { }
int krg_precopy(struct krg_early *early, struct krg_rpc_stream **stream, struct task_struct *task,
		int destination, struct krg_refusal *why)
{
	return 0;
}

struct krg_rest *krg_rest_new(pid_t pid, int node, unsigned int departures) { return NULL; }
u32 krg_rest_id(const struct krg_rest *rest) { return 0; }
struct krg_remainder *krg_rest_pages(const struct krg_rest *rest) { return NULL; }
void krg_rest_drop(struct krg_rest *rest) { }
u64 krg_rest_leave(struct krg_rest *rest) { return 0; }
void krg_rests_of_dead(int node) { }
void krg_rests_wait_all(void) { }
void krg_rests_drop_all(void) { }
int krg_serve_pull(struct krg_rpc_request *req) { return -ENOENT; }
struct krg_away *krg_pull_new(int source, u32 id) { return NULL; }

static void release_group(struct krg_park *park)
{
	kfree(container_of(park, struct krg_group, park));
}

struct krg_group *krg_group_new(void)
{
	struct krg_group *group = kzalloc(sizeof(*group), GFP_KERNEL);

	krg_park_init(&group->park, release_group);
	return group;
}

void krg_group_end(struct krg_group *group, int node)
{
	krg_park_decide(&group->park, KRG_PARK_END);
}

int krg_group_stop(struct krg_group *group, struct krg_refusal *why) { return 0; }
int krg_group_save(struct krg_group *group, struct krg_ghost *ghost) { return 0; }
int krg_group_send(struct krg_group *group, struct krg_rpc_stream *stream) { return 0; }
int krg_group_make(struct krg_group *group, struct krg_refusal *why) { return 0; }
int krg_group_receive(struct krg_group *group, const struct krg_ghost *ghost,
		      struct krg_rpc_stream *stream, struct krg_refusal *why)
{
	return 0;
}

/* ghost */
int krg_ghost_check(struct task_struct *task, struct krg_refusal *why) { return 0; }
void krg_ghost_resume(struct krg_ghost *ghost) { }
void krg_ghost_done(struct krg_ghost *ghost) { }
void krg_ghost_shed(void) { }
void krg_ghost_settle(void) { }
void krg_away_put(struct krg_away *away) { }
void krg_away_runs(struct krg_away *away) { }
int krg_away_wait(struct task_struct *task) { return 0; }
void krg_away_flush(void) { }

int krg_ghost_export(struct krg_ghost *ghost)
{
	static const char image[IMAGE];

	return ghost->write(ghost, image, sizeof(image));
}

int krg_ghost_import(struct krg_ghost *ghost)
{
	char *image = kvmalloc(IMAGE, GFP_KERNEL);
	int err = ghost->read(ghost, image, IMAGE);

	kvfree(image);
	return err;
}
