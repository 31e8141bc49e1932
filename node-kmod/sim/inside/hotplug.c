// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linked to the modules of each node, as the other files of this folder: loads them, joins
 * the cluster, and stands for what hotplug has beside membership.
 */
#include <stdarg.h>
#include <hotplug/membership.h>
#include "../inside.h"

struct pid_namespace *krg_container;
struct dentry *krg_debugfs;
struct uts_namespace init_uts_ns = { { "6.12", "simulated" } };
static struct task_struct *init;
static bool founds;

int sim_load(int node)
{
	*sim_param_node_id = node;
	*sim_param_session_id = 1;
	return sim_load_krg_rpc() ?: krg_membership_init() ?: sim_load_krg_proc() ?:
	       sim_load_krg_epm();
}

int sim_join(struct pid_namespace *ns, struct task_struct *reaper, bool found)
{
	struct krg_refusal why = {};

	init = reaper;
	krg_container = ns;
	founds = found;
	return krg_join(&why);
}

/* The view this node has; false: none. */
bool sim_view(struct krg_view *view)
{
	return krg_current_view(view);
}

struct task_struct *krg_container_init(void)
{
	return init ? get_task_struct(init) : NULL;
}

int krg_refuse(struct krg_refusal *why, int err, const char *fmt, ...)
{
	va_list args;

	if (why) {
		va_start(args, fmt);
		vsnprintf(why->text, sizeof(why->text), fmt, args);
		va_end(args);
	}
	return err;
}

/* there is no agent, and no file to read */
void krg_event(const char *fmt, ...)
{
	if (!strncmp(fmt, "view ", strlen("view ")))
		sim_view_changed();
}

void krg_proc_nodes_update(const unsigned long *online) { }
void krg_container_kill(void) { }
bool krg_join_only(void) { return !founds; }
unsigned int krg_join_timeout(void) { return 60; }
int krg_run_init_helper(void) { return 0; }
int krg_services_register(const struct krg_service_entry *table) { return 0; }
void krg_services_unregister(const struct krg_service_entry *table) { }
