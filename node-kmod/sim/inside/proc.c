// SPDX-License-Identifier: GPL-2.0-only
/*
 * Around proc: what a node holds, and what is not simulated. Nobody asks about groups and
 * priorities, or has pidfds, and every process has all capabilities.
 */
#include <kerrighed/capability.h>
#include <kerrighed/creds.h>
#include <proc/calls.h>
#include <proc/proc.h>
#include "../inside.h"

static void count_stub(struct krg_stub *stub, void *count)
{
	++*(unsigned int *)count;
}

static void count_body(struct krg_body *body, void *count)
{
	++*(unsigned int *)count;
}

void sim_holds(unsigned int *stubs, unsigned int *bodies)
{
	*stubs = 0;
	*bodies = 0;
	krg_stub_each(count_stub, stubs);
	krg_body_each(count_body, bodies);
}

/* hooks and proc: what no part of a run uses */
struct krg_hook *krg_call_hooks[] = { NULL }, *krg_priority_hooks[] = { NULL },
	*krg_scheduler_hooks[] = { NULL }, *krg_limit_hooks[] = { NULL },
	*krg_pidfd_hooks[] = { NULL };
void krg_hooks_remove(struct krg_hook **hooks) { }
int krg_probe(const char *name, void *probe) { return 0; }
void krg_unprobe(const char *name, void *probe) { }
int krg_list_init(void) { return 0; }
void krg_list_exit(void) { }
struct user_namespace *krg_users_get(void) { return NULL; }
int krg_creds_load(struct cred *new, const struct krg_creds *from) { return 0; }
s64 krg_call_native(const struct krg_ask *ask) { return -EINVAL; }
int krg_commit_creds_native(struct cred *new) { return 0; }
bool krg_pid_vacate(struct pid_namespace *ns, pid_t nr) { return false; }
int krg_serve_about(struct krg_rpc_request *req) { return -EINVAL; }
int krg_serve_watch(struct krg_rpc_request *req) { return -EINVAL; }
void krg_watches_end(int node) { }
void krg_pidfds_lose(int node) { }
void krg_pidfd_forked(int fd, struct file *file, bool runs) { }
pid_t krg_pidfd_waited(int fd, bool *nonblock) { return -EBADF; }

int krg_pidfd_fork(pid_t pid, struct kernel_clone_args *args, struct file **file)
{
	*file = NULL;
	return 0;
}

/* capability */
bool krg_cap_usable(struct task_struct *task, int cap) { return true; }
int krg_cap_read(struct task_struct *task, krg_cap_t *caps) { return 0; }
int krg_cap_restore(struct task_struct *task, const krg_cap_t *caps) { return 0; }
