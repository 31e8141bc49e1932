// SPDX-License-Identifier: GPL-2.0-only
/*
 * The threads of a process that moves. Where it leaves, each is called by task work
 * of its own, saves itself there, and waits; where it arrives, the leader makes
 * them anew and each loads itself, and waits. The leader decides for all.
 */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/capability.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <kerrighed/capability.h>
#include <kerrighed/sighand.h>
#include "threads.h"

static void krg_group_free(struct krg_park *park)
{
	struct krg_group *group = container_of(park, struct krg_group, park);
	struct krg_thread *thread;
	unsigned long tid;

	xa_for_each(&group->threads, tid, thread) {
		krg_ghost_drop_thread(thread->image);
		kvfree(thread->signals.sig);
		kfree(thread);
	}
	xa_destroy(&group->threads);
	kfree(group);
}

struct krg_group *krg_group_new(void)
{
	struct krg_group *group = kzalloc(sizeof(*group), GFP_KERNEL);

	if (!group)
		return NULL;
	krg_park_init(&group->park, krg_group_free);
	xa_init(&group->threads);
	init_waitqueue_head(&group->leader);
	return group;
}

/* It waits, or ends, or will not come: the leader need not wait for it any more. */
static void krg_thread_is_there(struct krg_thread *thread)
{
	if (atomic_dec_and_test(&thread->group->running))
		wake_up_all(&thread->group->leader);
}

/* Returns @err; a failure has a sentence then. */
static int krg_thread_explain(struct krg_thread *thread, int err)
{
	if (err && !thread->why.text[0])
		krg_refuse(&thread->why, err, "error %d", err);
	return err;
}

static int krg_thread_save(struct krg_thread *thread)
{
	int err = krg_ghost_save_thread(&thread->image, &thread->why);

	if (!err)
		err = krg_cap_read(current, &thread->caps);
	if (!err)
		err = krg_thread_signals_take(&thread->taken, &thread->signals);
	return krg_thread_explain(thread, err);
}

/* The process stays, with this thread. */
static void krg_thread_goes_on(struct krg_thread *thread)
{
	struct krg_group *group = thread->group;

	if (!thread->err)
		krg_thread_signals_return(&thread->taken);
	if (group->err && group->asker == current)
		task_pt_regs(current)->ax = group->err;
	krg_ghost_settle();
	krg_signals_release(0);
}

/* In a thread of a process that is to leave, on its way to user mode or to its end. */
static void krg_thread_stops(struct callback_head *work)
{
	struct krg_thread *thread = container_of(work, struct krg_thread, work);
	struct krg_group *group = thread->group;
	bool ends;

	/* one that came too late, or is ending, is not held */
	if (READ_ONCE(group->park.verdict) || krg_signals_hold()) {
		krg_thread_is_there(thread);
		krg_park_put(&group->park);
		return;
	}
	thread->err = krg_thread_save(thread);
	thread->stopped = true;
	krg_thread_is_there(thread);
	ends = krg_park_wait(&group->park) == KRG_PARK_END;
	if (ends) {
		krg_thread_signals_forward(&thread->taken, group->node);
		krg_ghost_shed_thread();
		krg_thread_is_there(thread);
	} else {
		krg_thread_goes_on(thread);
	}
	krg_park_put(&group->park);
	if (ends)
		krg_sym(do_exit)(0);
}

/* Under rcu_read_lock(). 0, also for one that is ending, or -ENOMEM. */
static int krg_thread_call(struct krg_group *group, struct task_struct *task)
{
	pid_t tid = task_pid_vnr(task);
	struct krg_thread *thread;
	int err;

	if (task == current || task->flags & PF_EXITING || !tid || xa_load(&group->threads, tid))
		return 0;
	thread = kzalloc(sizeof(*thread), GFP_ATOMIC);
	if (!thread)
		return -ENOMEM;
	err = xa_err(xa_store(&group->threads, tid, thread, GFP_ATOMIC));
	if (err) {
		kfree(thread);
		return err;
	}
	thread->group = group;
	init_task_work(&thread->work, krg_thread_stops);
	kref_get(&group->park.ref);
	atomic_inc(&group->running);
	if (!krg_sym(task_work_add)(task, &thread->work, TWA_SIGNAL)) {
		krg_poke(task);		/* a stopped one too */
		return 0;
	}
	atomic_dec(&group->running);
	krg_park_put(&group->park);
	return 0;
}

static int krg_call_threads(struct krg_group *group)
{
	struct task_struct *task;
	int err = 0;

	rcu_read_lock();
	for_each_thread(current, task) {
		err = krg_thread_call(group, task);
		if (err)
			break;
	}
	rcu_read_unlock();
	return err;
}

/* All threads that the process has are ours and wait: then none can make another one. */
static bool krg_all_stopped(struct krg_group *group, struct krg_refusal *why, int *err)
{
	struct signal_struct *signal = current->signal;
	struct krg_thread *thread;
	unsigned long tid;
	bool all;

	group->count = 0;
	*err = 0;
	xa_for_each(&group->threads, tid, thread) {
		if (!thread->stopped)
			continue;
		group->count++;
		if (thread->err && !*err)
			*err = krg_refuse(why, thread->err, "thread %lu: %s", tid,
					  thread->why.text);
	}
	spin_lock_irq(&krg_sighand()->siglock);
	all = signal->nr_threads == group->count + 1;
	if (signal->flags & SIGNAL_GROUP_EXIT || signal->group_exec_task)
		*err = -ESRCH;
	spin_unlock_irq(&krg_sighand()->siglock);
	return all;
}

int krg_group_stop(struct krg_group *group, struct krg_refusal *why)
{
	unsigned long end = jiffies + KRG_STOP_TIMEOUT;
	long left;
	int err;

	for (;;) {
		err = krg_call_threads(group);
		if (err)
			return krg_refuse(why, err, "no memory to stop its threads");
		left = max_t(long, end - jiffies, 1);
		left = wait_event_killable_timeout(group->leader, !atomic_read(&group->running),
						   left);
		if (left < 0 || fatal_signal_pending(current))
			return krg_refuse(why, -ESRCH, "process %d is ending",
					  task_tgid_vnr(current));
		if (krg_all_stopped(group, why, &err) && !err)
			return 0;
		if (err == -ESRCH)
			return krg_refuse(why, err, "process %d is ending", task_tgid_vnr(current));
		if (err)
			return err;
		if (time_after_eq(jiffies, end))
			return krg_refuse(why, -EAGAIN,
					  "a thread of process %d does not stop: it waits uninterruptibly",
					  task_tgid_vnr(current));
		/* threads that are ending take their time, and nobody says when they are gone */
		schedule_timeout_uninterruptible(1);
	}
}

void krg_group_end(struct krg_group *group, int node)
{
	group->node = node;
	atomic_set(&group->running, group->count);
	krg_park_decide(&group->park, KRG_PARK_END);
	wait_event_idle(group->leader, !atomic_read(&group->running));
}

int krg_group_save(struct krg_group *group, struct krg_ghost *ghost)
{
	struct krg_thread *thread;
	unsigned long tid;

	ghost->threads = kvcalloc(group->count, sizeof(*ghost->threads), GFP_KERNEL);
	if (!ghost->threads && group->count)
		return -ENOMEM;
	xa_for_each(&group->threads, tid, thread) {
		if (!thread->stopped)
			continue;
		ghost->threads[ghost->nthreads++] = thread->image;
		thread->image = NULL;
	}
	return 0;
}

int krg_group_send(struct krg_group *group, struct krg_rpc_stream *stream)
{
	struct krg_thread *thread;
	unsigned long tid;
	int err = 0;

	xa_for_each(&group->threads, tid, thread) {
		if (!thread->stopped || err)
			continue;
		err = krg_rpc_write(stream, &thread->caps, sizeof(thread->caps));
		if (!err)
			err = krg_send_queue(stream, &thread->signals);
	}
	return err;
}

static int krg_thread_load(struct krg_thread *thread)
{
	int err = krg_ghost_load_thread(thread->group->ghost, thread->index, &thread->why);

	if (!err)
		err = krg_may_fail(-ENOMEM, krg_cap_restore(current, &thread->caps));
	return krg_thread_explain(thread, err);
}

/* In a new thread, on its way to user mode for the first time. */
static void krg_thread_becomes(struct callback_head *work)
{
	struct krg_thread *thread = container_of(work, struct krg_thread, work);
	struct krg_group *group = thread->group;
	bool runs;

	/* signals are held: it has that from the leader */
	thread->err = krg_thread_load(thread);
	krg_thread_is_there(thread);
	runs = krg_park_wait(&group->park) == KRG_PARK_RUN;
	if (runs) {
		krg_signals_queue(&thread->signals);
		krg_ghost_settle();
		krg_signals_release(0);
	} else {
		krg_ghost_shed_thread();
	}
	krg_park_put(&group->park);
	if (!runs)
		krg_sym(do_exit)(0);
}

/* First thing in a new thread. */
static int krg_thread_begins(void *arg)
{
	struct krg_thread *thread = arg;

	init_task_work(&thread->work, krg_thread_becomes);
	return krg_sym(task_work_add)(current, &thread->work, TWA_RESUME);
}

int krg_group_receive(struct krg_group *group, const struct krg_ghost *ghost,
		      struct krg_rpc_stream *stream, struct krg_refusal *why)
{
	struct krg_thread *thread;
	unsigned int i;
	int err = 0;

	group->ghost = ghost;
	for (i = 0; i < ghost->nthreads && !err; i++) {
		thread = kzalloc(sizeof(*thread), GFP_KERNEL);
		if (!thread)
			return -ENOMEM;
		thread->group = group;
		thread->index = i;
		err = xa_err(xa_store(&group->threads, krg_ghost_tid(ghost, i), thread,
				      GFP_KERNEL));
		if (err) {
			kfree(thread);
			return err;
		}
		err = krg_rpc_read(stream, &thread->caps, sizeof(thread->caps));
		if (!err)
			err = krg_receive_queue(stream, &thread->signals, why);
	}
	return err;
}

int krg_group_make(struct krg_group *group, struct krg_refusal *why)
{
	struct krg_thread *thread;
	unsigned long tid;
	int err = 0, made;

	xa_for_each(&group->threads, tid, thread) {
		kref_get(&group->park.ref);
		atomic_inc(&group->running);
		made = krg_thread_new(tid, krg_thread_begins, thread);
		if (made >= 0)
			continue;
		atomic_dec(&group->running);
		krg_park_put(&group->park);
		err = krg_refuse(why, made, "its thread %lu cannot be made (error %d)", tid, made);
		break;
	}
	wait_event_idle(group->leader, !atomic_read(&group->running));
	xa_for_each(&group->threads, tid, thread)
		if (thread->err && !err)
			err = krg_refuse(why, thread->err, "its thread %lu: %s", tid,
					 thread->why.text);
	return err ?: krg_ghost_loaded(group->ghost, why);
}
