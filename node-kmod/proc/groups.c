// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups and sessions as this node has them. A body begins one of its own, which its children
 * inherit; who belongs to what in the cluster is decided at home.
 */
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include "proc.h"

/* All of them together take the number of one of them. Tasklist_lock is held for writing. */
static void krg_rename(struct pid *pid, enum pid_type type)
{
	struct task_struct *task;
	struct pid *name = NULL;

	while ((task = pid_task(pid, type))) {
		name = name ?: task_tgid(task);
		krg_sym(change_pid)(task, type, name);
	}
}

bool krg_pid_vacate(struct pid_namespace *ns, pid_t nr)
{
	bool vacant = false;
	struct pid *pid;

	rcu_read_lock();
	write_lock_irq(&krg_var(tasklist_lock));
	pid = find_pid_ns(nr, ns);
	if (pid && !pid_task(pid, PIDTYPE_PID)) {
		krg_rename(pid, PIDTYPE_PGID);
		krg_rename(pid, PIDTYPE_SID);
		vacant = true;
	}
	write_unlock_irq(&krg_var(tasklist_lock));
	rcu_read_unlock();
	return vacant;
}
