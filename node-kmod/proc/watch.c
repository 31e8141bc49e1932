// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pidfds of other nodes (pidfd.c): these are told when a process ends. Home tells, which has it
 * or its stub as long as it lives; of one without a home, the node that runs it. There it may have
 * moved on only: who holds the pidfd looks for it again.
 */
#include <linux/slab.h>
#include <linux/xarray.h>
#include "proc.h"

struct krg_watch {
	struct krg_watch_message message;
	int node;			/* holds the pidfd */
	struct pid *pid;
	wait_queue_entry_t wait;	/* where the kernel's own pidfds wait */
	struct work_struct work;
};

/* Lock order: the table's, then that of a struct pid's wait queue. */
static DEFINE_XARRAY(krg_watches);

static unsigned long krg_watch_key(int node, u32 id)
{
	return (unsigned long)node << 32 | id;
}

static bool krg_watch_over(struct pid *pid)
{
	struct task_struct *task;
	bool over;

	rcu_read_lock();
	task = pid_task(pid, PIDTYPE_TGID);
	over = !task || (READ_ONCE(task->exit_state) && thread_group_empty(task));
	rcu_read_unlock();
	return over;
}

/* Whoever has taken it out of the table. It is in no wait queue. */
static void krg_watch_free(struct krg_watch *watch)
{
	put_pid(watch->pid);
	kfree(watch);
}

static void krg_watch_tell(struct work_struct *work)
{
	struct krg_watch *watch = container_of(work, struct krg_watch, work);

	if (!xa_erase(&krg_watches, krg_watch_key(watch->node, watch->message.id)))
		return;		/* krg_watch_end() waits for us */
	while (krg_rpc_cast(watch->node, KRG_RPC_PROC_WATCH, &watch->message,
			    sizeof(watch->message)) == -ENOMEM)
		schedule_timeout_uninterruptible(KRG_MEMORY_WAIT);
	krg_watch_free(watch);
}

/* Only once, as the work frees it. The wait queue is locked. Atomic context. */
static void krg_watch_check(struct krg_watch *watch)
{
	if (!krg_watch_over(watch->pid))
		return;
	list_del_init(&watch->wait.entry);
	queue_work(krg_proc_wq, &watch->work);
}

static int krg_watch_wake(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	krg_watch_check(container_of(wait, struct krg_watch, wait));
	return 0;
}

static void krg_watch_end(unsigned long key)
{
	struct krg_watch *watch = xa_erase(&krg_watches, key);

	if (!watch)
		return;
	remove_wait_queue(&watch->pid->wait_pidfd, &watch->wait);
	cancel_work_sync(&watch->work);
	krg_watch_free(watch);
}

void krg_watches_end(int node)
{
	struct krg_watch *watch;
	unsigned long key;

	xa_for_each(&krg_watches, key, watch)
		if (node == KRG_NODE_NONE || key >> 32 == node)
			krg_watch_end(key);
}

/* Counted, of a process that this node knows. NULL, with the reason in @err. */
static struct pid *krg_watch_find(pid_t nr, int *err)
{
	bool ours = krg_home_of(nr) == krg_node_id();
	struct pid_namespace *ns = READ_ONCE(krg_container);
	struct pid *pid = NULL;

	*err = -ESRCH;
	if (!ours && !krg_runs_here(nr))
		return NULL;
	rcu_read_lock();
	if (ns)
		pid = find_pid_ns(nr, ns);
	if (pid && !pid_task(pid, PIDTYPE_TGID)) {
		if (pid_task(pid, PIDTYPE_PID))
			*err = -EINVAL;		/* a thread */
		pid = NULL;
	}
	get_pid(pid);
	rcu_read_unlock();
	if (!pid && *err == -ESRCH && ours)
		*err = krg_pid_owner(nr) ? -EINVAL : krg_pid_unsure(nr) ? -EREMOTE : -ESRCH;
	return pid;
}

static int krg_watch_begin(const struct krg_watch_message *ask, int node)
{
	struct krg_watch *watch;
	struct pid *pid;
	int err;

	pid = krg_watch_find(ask->pid, &err);
	if (!pid)
		return err;
	watch = kzalloc(sizeof(*watch), GFP_KERNEL);
	if (!watch) {
		put_pid(pid);
		return -ENOMEM;
	}
	watch->message = *ask;
	watch->message.op = KRG_WATCH_OVER;
	watch->node = node;
	watch->pid = pid;
	INIT_WORK(&watch->work, krg_watch_tell);
	init_waitqueue_func_entry(&watch->wait, krg_watch_wake);
	xa_lock(&krg_watches);
	err = __xa_insert(&krg_watches, krg_watch_key(node, ask->id), watch, GFP_KERNEL);
	if (!err) {
		spin_lock_irq(&pid->wait_pidfd.lock);
		__add_wait_queue(&pid->wait_pidfd, &watch->wait);
		krg_watch_check(watch);
		spin_unlock_irq(&pid->wait_pidfd.lock);
	}
	xa_unlock(&krg_watches);
	if (err)
		krg_watch_free(watch);
	/* it has asked before, and could not hear the answer */
	return err == -EBUSY ? 0 : err;
}

int krg_serve_watch(struct krg_rpc_request *req)
{
	const struct krg_watch_message *message = req->arg;

	if (req->len != sizeof(*message))
		return -EINVAL;
	switch (message->op) {
	case KRG_WATCH_BEGIN:
		return krg_watch_begin(message, req->from);
	case KRG_WATCH_END:
		krg_watch_end(krg_watch_key(req->from, message->id));
		return 0;
	case KRG_WATCH_OVER:
		krg_pidfd_over(message, req->from);
		return 0;
	}
	return -EINVAL;
}
