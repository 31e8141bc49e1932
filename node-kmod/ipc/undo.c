// SPDX-License-Identifier: GPL-2.0-only
/*
 * SEM_UNDO. What a process has to undo is where the semaphores are, at their keepers, by its PID:
 * so it need not travel with it. When the process ends its node tells all others; when a node
 * dies, keepers look which processes are no more.
 */
#include <linux/bitmap.h>
#include <linux/sched/signal.h>
#include <kerrighed/ipc.h>
#include <kerrighed/proc.h>
#include "keep.h"

#define KRG_LOOK	(HZ / 10)	/* until it is known who died with a node */

KRG_HOOK(void, exit_sem, (struct task_struct *task));

static DEFINE_XARRAY(krg_undoers);	/* PIDs of this node's processes that may have something */

int krg_undo_expect(void)
{
	return xa_err(xa_store(&krg_undoers, task_tgid_vnr(current), xa_mk_value(1), GFP_KERNEL));
}
EXPORT_SYMBOL_GPL(krg_undo_expect);

bool krg_undo_expected(void)
{
	return xa_load(&krg_undoers, task_tgid_vnr(current));
}
EXPORT_SYMBOL_GPL(krg_undo_expected);

void krg_undo_forget(void)
{
	xa_erase(&krg_undoers, task_tgid_vnr(current));
}
EXPORT_SYMBOL_GPL(krg_undo_forget);

static void krg_undo_tell(pid_t pid)
{
	struct krg_keep_wire wire = { .op = KRG_KEEP_EXIT, .pid = pid };
	DECLARE_BITMAP(nodes, KRG_MAX_NODES);
	int node;

	krg_audience(nodes);
	for_each_set_bit(node, nodes, KRG_MAX_NODES)
		krg_rpc_call(node, KRG_IPC_KEEP, &wire, sizeof(wire), NULL, 0);
}

static void krg_hook_exit_sem(struct task_struct *task)
{
	pid_t pid = task_tgid_vnr(task);

	krg_hook_enter(exit_sem);
	/* not its last thread, or not of a process: unshare(), a fork that failed */
	if (task == current && !atomic_read(&task->signal->live) && xa_erase(&krg_undoers, pid))
		krg_undo_tell(pid);
	krg_orig(exit_sem)(task);
	krg_hook_exit(exit_sem);
}

/* The next process after @pid that has something to undo in a set that is kept here */
static pid_t krg_undo_next(pid_t pid)
{
	struct krg_ipc_object *obj;
	unsigned long index;
	pid_t next = 0, found;

	mutex_lock(&krg_ipc_lock);
	xa_for_each(&krg_ipc_objects, index, obj) {
		found = obj->kind == KRG_IPC_SEM && obj->keep ?
			krg_sems_next_undo(obj->keep->sems, pid) : 0;
		if (found && (!next || found < next))
			next = found;
	}
	mutex_unlock(&krg_ipc_lock);
	return next;
}

/* Return: is it known of all of them whether they live? */
static bool krg_undo_look(void)
{
	struct krg_keep_wire wire = { .op = KRG_KEEP_EXIT };
	bool known = true;
	pid_t pid;
	int node;

	for (pid = krg_undo_next(0); pid; pid = krg_undo_next(pid)) {
		node = krg_locate(pid);
		wire.pid = pid;
		if (node == -ESRCH)
			krg_rpc_call(krg_node_id(), KRG_IPC_KEEP, &wire, sizeof(wire), NULL, 0);
		else if (node < 0 || !krg_node_online(node))
			known = false;
	}
	return known;
}

static void krg_undo_work(struct work_struct *work)
{
	while (krg_self_member() && !krg_undo_look())
		schedule_timeout_idle(KRG_LOOK);
}

static DECLARE_WORK(krg_undo_looks, krg_undo_work);

void krg_undo_gone(void)
{
	queue_work(system_unbound_wq, &krg_undo_looks);
}

void krg_undo_exit(void)
{
	cancel_work_sync(&krg_undo_looks);
	xa_destroy(&krg_undoers);
}

struct krg_hook *krg_undo_hooks[] = { &krg_hook_of_exit_sem, NULL };
