// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of this node's container. Its init says READY; the node is online
 * from then on, until that init exits.
 */
#define pr_fmt(fmt) "krg_hotplug: " fmt

#include <linux/capability.h>
#include <linux/ipc_namespace.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include "membership.h"

static DEFINE_MUTEX(container_lock);
static struct pid *creator;		/* who said SET_CREATOR, container_lock */
static struct task_struct *init;	/* container_lock */

struct task_struct *krg_container_init(void)
{
	struct task_struct *task;

	mutex_lock(&container_lock);
	task = init;
	if (task)
		get_task_struct(task);
	mutex_unlock(&container_lock);
	return task;
}
EXPORT_SYMBOL_GPL(krg_container_init);

/* Its exit does the rest. */
void krg_container_kill(void)
{
	struct task_struct *task = krg_container_init();

	if (!task)
		return;
	send_sig(SIGKILL, task, 1);
	put_task_struct(task);
}

long krg_set_creator(bool on, struct krg_refusal *why)
{
	struct pid *self = task_tgid(current);
	long ret = 0;

	if (!capable(CAP_SYS_ADMIN))
		return krg_refuse(why, -EPERM, "starting a container needs CAP_SYS_ADMIN");
	mutex_lock(&container_lock);
	if (on && init) {
		ret = krg_refuse(why, -EBUSY, "Kerrighed container is already running");
	} else if (on || creator == self) {
		put_pid(creator);
		creator = on ? get_pid(self) : NULL;
	}
	mutex_unlock(&container_lock);
	return ret;
}

/* Does current have an IPC namespace of its own, its parent being the creator? */
static bool krg_child_of_creator(bool *own_ipc)
{
	struct task_struct *parent;
	bool child;

	rcu_read_lock();
	parent = rcu_dereference(current->real_parent);
	child = creator && task_tgid(parent) == creator;
	task_lock(parent);
	*own_ipc = parent->nsproxy && parent->nsproxy->ipc_ns != current->nsproxy->ipc_ns;
	task_unlock(parent);
	rcu_read_unlock();
	return child;
}

static long krg_check_ready(struct krg_refusal *why)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	bool own_ipc;

	if (init)
		return krg_refuse(why, -EALREADY, "the container of this node is already running");
	if (!ns_capable(ns->user_ns, CAP_SYS_ADMIN))
		return krg_refuse(why, -EPERM, "READY needs CAP_SYS_ADMIN");
	if (!krg_child_of_creator(&own_ipc))
		return krg_refuse(why, -EPERM, "not started by krgboot");
	if (!is_child_reaper(task_tgid(current)) || !own_ipc)
		return krg_refuse(why, -EPERM, "not the first process of PID and IPC namespaces");
	/* their PIDs would not be unique in the cluster */
	if ((READ_ONCE(ns->pid_allocated) & ~PIDNS_ADDING) != 1)
		return krg_refuse(why, -EBUSY, "other processes are in the container already");
	return 0;
}

static void krg_container_clear(void)
{
	struct pid_namespace *ns = krg_container;
	struct task_struct *task = init;

	mutex_lock(&container_lock);
	WRITE_ONCE(krg_container, NULL);
	init = NULL;
	mutex_unlock(&container_lock);
	synchronize_rcu();
	put_pid_ns(ns);
	put_task_struct(task);
	module_put(THIS_MODULE);
}

long krg_container_ready(struct krg_refusal *why)
{
	long ret;

	mutex_lock(&container_lock);
	ret = krg_check_ready(why);
	if (!ret) {
		__module_get(THIS_MODULE);
		put_pid(creator);
		creator = NULL;
		init = get_task_struct(current->group_leader);
		WRITE_ONCE(krg_container, get_pid_ns(task_active_pid_ns(current)));
	}
	mutex_unlock(&container_lock);
	if (ret)
		return ret;
	ret = krg_join(why);
	if (ret) {
		krg_container_clear();
		return ret;
	}
	pr_info("container started\n");
	krg_event("container ready");
	return 0;
}

/*
 * The container's init calls this when it exits, before everything else in its
 * PID namespace is killed.
 */
KRG_HOOK(void, zap_pid_ns_processes, (struct pid_namespace *pid_ns));

static void krg_hook_zap_pid_ns_processes(struct pid_namespace *pid_ns)
{
	krg_hook_enter(zap_pid_ns_processes);
	krg_leaving();
	krg_orig(zap_pid_ns_processes)(pid_ns);
	krg_leave();
	krg_container_clear();
	pr_info("container ended\n");
	krg_event("container ended");
	krg_hook_exit(zap_pid_ns_processes);
}

static struct krg_hook *hooks[] = { &krg_hook_of_zap_pid_ns_processes, NULL };

int krg_container_setup(void)
{
	return krg_hooks_install(hooks);
}

void krg_container_teardown(void)
{
	krg_hooks_remove(hooks);
	put_pid(creator);
}
