// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stub: the task at home of a process that runs elsewhere.
 *
 * It has no memory and no files and never returns to user mode. It waits in task
 * work, with real_blocked full, so that every signal for the process is queued
 * here and wakes it; it sends them on to the body, stops and continues natively
 * as the body does, executes what the body asks for, and dies as the body died.
 */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/freezer.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/task_io_accounting_ops.h>
#include <linux/xarray.h>
#include <hooks/compat.h>
#include "proc.h"

static DEFINE_XARRAY_FLAGS(krg_stubs, XA_FLAGS_LOCK_IRQ);
static atomic_t krg_stub_count = ATOMIC_INIT(0);
struct workqueue_struct *krg_proc_wq;

bool krg_have_stubs(void)
{
	return atomic_read(&krg_stub_count);
}

static void krg_stub_free(struct kref *ref)
{
	struct krg_stub *stub = container_of(ref, struct krg_stub, ref);

	krg_freed(stub);
	kfree_rcu(stub, rcu);
	module_put(THIS_MODULE);
}

void krg_stub_put(struct krg_stub *stub)
{
	kref_put(&stub->ref, krg_stub_free);
}

struct krg_stub *krg_stub_find(pid_t pid)
{
	struct krg_stub *stub;

	rcu_read_lock();
	stub = xa_load(&krg_stubs, pid);
	if (stub && !kref_get_unless_zero(&stub->ref))
		stub = NULL;
	rcu_read_unlock();
	return stub;
}

/* Calls @fn for every stub, which is counted meanwhile; @fn may sleep. */
void krg_stub_each(void (*fn)(struct krg_stub *stub, void *arg), void *arg)
{
	struct krg_stub *stub;
	unsigned long pid;

	xa_for_each(&krg_stubs, pid, stub) {
		stub = krg_stub_find(pid);
		if (!stub)
			continue;
		fn(stub, arg);
		krg_stub_put(stub);
	}
}

/* Wakes the body from its wait: a child of this stub changed. */
static void krg_child_changed(struct work_struct *work)
{
	struct krg_stub *stub = container_of(work, struct krg_stub, child_event);
	struct krg_tell tell = { .op = KRG_TELL_CHILD, .pid = stub->pid };

	while (krg_rpc_cast(READ_ONCE(stub->node), KRG_RPC_PROC_BODY, &tell, sizeof(tell)) ==
	       -ENOMEM)
		schedule_timeout_uninterruptible(KRG_MEMORY_WAIT);
	krg_stub_put(stub);
}

static int krg_child_wake(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct krg_stub *stub = container_of(wait, struct krg_stub, child_wait);

	/* it wakes all of them; who goes on waiting asks again */
	if (xchg(&stub->waited, false)) {
		kref_get(&stub->ref);
		if (!queue_work(krg_proc_wq, &stub->child_event))
			krg_stub_put(stub);
	}
	return 0;
}

/* Prepares a stub; with a pid it can be found at once. May sleep. */
struct krg_stub *krg_stub_new(pid_t pid, int node)
{
	struct krg_stub *stub = kzalloc(sizeof(*stub), GFP_KERNEL);
	int err;

	if (!stub)
		return ERR_PTR(-ENOMEM);
	__module_get(THIS_MODULE);
	kref_init(&stub->ref);
	spin_lock_init(&stub->lock);
	INIT_LIST_HEAD(&stub->requests);
	INIT_WORK(&stub->child_event, krg_child_changed);
	init_waitqueue_func_entry(&stub->child_wait, krg_child_wake);
	stub->node = node;
	stub->dest = KRG_NODE_NONE;
	stub->seq = 1;
	stub->pid = pid;
	atomic_inc(&krg_stub_count);
	if (!pid)
		return stub;
	err = krg_stub_publish(stub, pid);
	if (err) {
		krg_stub_drop(stub);
		return ERR_PTR(err);
	}
	return stub;
}

int krg_stub_publish(struct krg_stub *stub, pid_t pid)
{
	stub->pid = pid;
	return xa_insert_irq(&krg_stubs, pid, stub, GFP_KERNEL);
}

/* Ends all requests, and the stub's place in the table. The caller's reference goes. */
void krg_stub_drop(struct krg_stub *stub)
{
	struct krg_request *request, *next;
	LIST_HEAD(left);
	unsigned long flags;

	spin_lock_irqsave(&stub->lock, flags);
	stub->dead = true;
	list_splice_init(&stub->requests, &left);
	spin_unlock_irqrestore(&stub->lock, flags);
	list_for_each_entry_safe(request, next, &left, list) {
		request->err = -ESRCH;
		krg_request_done(request);
	}
	xa_lock_irqsave(&krg_stubs, flags);
	if (xa_load(&krg_stubs, stub->pid) == stub)
		__xa_erase(&krg_stubs, stub->pid);
	xa_unlock_irqrestore(&krg_stubs, flags);
	krg_pids_release(stub->pid);
	atomic_dec(&krg_stub_count);
	krg_stub_put(stub);
}

/* Is this dying task a stub nobody should hear of? Then it is one no more. Atomic context. */
bool krg_stub_vanishes(struct task_struct *task)
{
	struct krg_stub *stub = krg_stub_find(task_tgid_nr_ns(task, READ_ONCE(krg_container)));
	bool vanishes;

	if (!stub)
		return false;
	vanishes = stub->vanish && stub->task == task;
	if (vanishes)
		krg_stub_drop(stub);
	krg_stub_put(stub);
	return vanishes;
}

void krg_request_done(struct krg_request *request)
{
	if (request->detached)
		kfree(request);
	else
		complete(&request->done);
}

/* Hands @request to a stub. Return: 0, or -ESRCH (nothing was done with it). May sleep. */
static int krg_stub_submit(pid_t pid, struct krg_request *request)
{
	struct krg_stub *stub = krg_stub_find(pid);
	struct task_struct *task = NULL;
	bool dead;

	if (!stub)
		return -ESRCH;
	spin_lock_irq(&stub->lock);
	dead = stub->dead;
	if (!dead) {
		list_add_tail(&request->list, &stub->requests);
		task = stub->task ? get_task_struct(stub->task) : NULL;
	}
	spin_unlock_irq(&stub->lock);
	if (task) {
		krg_poke(task);
		put_task_struct(task);
	}
	krg_stub_put(stub);
	return dead ? -ESRCH : 0;
}

/**
 * krg_stub_request() - have a stub do something in its own context, and wait for it
 *
 * May sleep, for long if a process comes home to the stub while this node is cut
 * off from the majority; what a stub does ends, also when other nodes die.
 * Return: 0 when it was done (the answer has its result), -ESRCH: no such stub.
 */
int krg_stub_request(pid_t pid, struct krg_request *request)
{
	int err;

	init_completion(&request->done);
	err = krg_stub_submit(pid, request);
	if (err)
		return err;
	wait_for_completion_state(&request->done, TASK_IDLE);
	return request->err;
}

/* The same without waiting, for news about nodes. May sleep. */
void krg_stub_news(pid_t pid, u32 op, int node)
{
	struct krg_request *request = kzalloc(sizeof(*request), GFP_KERNEL | __GFP_NOFAIL);

	request->detached = true;
	request->ask.op = op;
	request->ask.move.node = node;
	if (krg_stub_submit(pid, request))
		kfree(request);
}

static struct krg_request *krg_stub_next(struct krg_stub *stub)
{
	struct krg_request *request;

	spin_lock_irq(&stub->lock);
	request = list_first_entry_or_null(&stub->requests, struct krg_request, list);
	if (request)
		list_del(&request->list);
	spin_unlock_irq(&stub->lock);
	return request;
}

/* current is @stub from now on: signals held, memory and files already gone. */
void krg_stub_enter(struct krg_stub *stub)
{
	krg_siglock();
	sigfillset(&current->real_blocked);
	krg_sigunlock();
	add_wait_queue(&current->signal->wait_chldexit, &stub->child_wait);
	spin_lock_irq(&stub->lock);
	stub->task = current;
	spin_unlock_irq(&stub->lock);
}

static void krg_stub_leave(struct krg_stub *stub)
{
	remove_wait_queue(&current->signal->wait_chldexit, &stub->child_wait);
}

/*
 * What is to be counted with @own, which is this task's, so that it makes @used. What a
 * process has used is with it; what was counted here is from before it left.
 */
static u64 krg_used_else(u64 counted, u64 own, u64 used)
{
	return max(counted + own, used) - own;
}

void krg_stub_die(struct krg_stub *stub, const struct krg_exit *end)
{
	struct signal_struct *signal = current->signal;

	krg_stub_leave(stub);
	krg_siglock();
	write_seqlock(&signal->stats_lock);
	signal->utime = krg_used_else(signal->utime, current->utime, end->utime);
	signal->stime = krg_used_else(signal->stime, current->stime, end->stime);
	signal->sum_sched_runtime = krg_used_else(signal->sum_sched_runtime,
						  current->se.sum_exec_runtime, end->runtime);
	signal->min_flt = krg_used_else(signal->min_flt, current->min_flt, end->min_flt);
	signal->maj_flt = krg_used_else(signal->maj_flt, current->maj_flt, end->maj_flt);
	signal->inblock = krg_used_else(signal->inblock, task_io_get_inblock(current),
					end->inblock);
	signal->oublock = krg_used_else(signal->oublock, task_io_get_oublock(current),
					end->oublock);
	signal->nvcsw = krg_used_else(signal->nvcsw, current->nvcsw, end->nvcsw);
	signal->nivcsw = krg_used_else(signal->nivcsw, current->nivcsw, end->nivcsw);
	signal->maxrss = max_t(unsigned long, signal->maxrss, end->maxrss);
	write_sequnlock(&signal->stats_lock);
	krg_sigunlock();
	/* a group stop counts as frozen for its cgroup */
	if (current->frozen)
		krg_sym(cgroup_leave_frozen)(true);
	if (end->code & 0x7f)
		current->flags |= PF_SIGNALED | (end->code & 0x80 ? PF_DUMPCORE : 0);
	/* one that vanishes stays in the table until its parent would hear of it */
	if (!stub->vanish)
		krg_stub_drop(stub);
	krg_sym(do_group_exit)(end->code);
}

/* Try to pass on the signal at hand. Siglock not held. */
static void krg_stub_pass(struct krg_stub *stub)
{
	struct krg_tell tell = {
		.op = KRG_TELL_SIGNAL, .pid = stub->pid, .seq = stub->seq,
		.conts = stub->conts + (stub->held.sig == SIGCONT), .signal = stub->held,
	};
	int err = krg_rpc_call(stub->node, KRG_RPC_PROC_BODY, &tell, sizeof(tell), NULL, 0);

	if (err == -EAGAIN) {
		/* its queue is full: the body has to take some first */
		schedule_timeout_uninterruptible(HZ / 50);
	} else if (err == -ENOMEM) {
		schedule_timeout_uninterruptible(KRG_MEMORY_WAIT);
	} else if (err < 0) {
		/* it is ending, or its node is: the news of that are under way */
		stub->stalled = true;
	} else {
		stub->conts = tell.conts;
		stub->held.sig = 0;
	}
}

static bool krg_stub_delivers(struct krg_stub *stub)
{
	return !stub->stalled && stub->dest == KRG_NODE_NONE;
}

/* The cgroup freezer, and native group stops. Siglock held; true: it was dropped. */
static bool krg_stub_job_control(struct krg_stub *stub)
{
	struct signal_struct *signal = current->signal;

	if (signal->flags & SIGNAL_CLD_MASK) {
		int why = signal->flags & SIGNAL_CLD_CONTINUED ? CLD_CONTINUED : CLD_STOPPED;

		signal->flags &= ~SIGNAL_CLD_MASK;
		krg_sigunlock();
		read_lock(&krg_var(tasklist_lock));
		krg_notify_stop(current, why);
		read_unlock(&krg_var(tasklist_lock));
		return true;
	}
	if (current->jobctl & JOBCTL_STOP_PENDING)
		return krg_sym(do_signal_stop)(0);
	if (current->jobctl & JOBCTL_TRAP_FREEZE) {
		__set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		clear_thread_flag(TIF_SIGPENDING);
		krg_sigunlock();
		krg_sym(cgroup_enter_frozen)();
		schedule();
		return true;
	}
	if (current->frozen) {
		krg_sigunlock();
		krg_sym(cgroup_leave_frozen)(false);
		return true;
	}
	return false;
}

/* What the body reported. A SIGCONT that it had not seen, or that waits here, is newer. */
static bool krg_stub_stops(struct krg_stub *stub)
{
	return stub->stop && stub->stop_conts == stub->conts && stub->held.sig != SIGCONT &&
	       !krg_cont_waits();
}

/* Nothing to do: sleep, as stopped if the process is. Siglock held, dropped. */
static void krg_stub_sleep(struct krg_stub *stub)
{
	int stop = krg_stub_stops(stub) ? stub->stop : 0;

	/* who makes a request takes siglock after it, and wakes us */
	if (list_empty_careful(&stub->requests)) {
		stub->stop = 0;
		if (!stop && current->signal->flags & SIGNAL_STOP_STOPPED)
			stop = SIGSTOP;
		current->jobctl |= JOBCTL_STOP_DEQUEUED;
		if (stop && krg_sym(do_signal_stop)(stop))
			return;
	}
	krg_sigunlock();
	set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
	if (list_empty_careful(&stub->requests))
		schedule();
	__set_current_state(TASK_RUNNING);
}

static void krg_stub_turn(struct krg_stub *stub)
{
	struct krg_request *request;
	enum pid_type type;
	sigset_t none;

	/* else files that others close through us never close */
	clear_notify_signal();
	if (task_work_pending(current))
		krg_sym(task_work_run)();
	request = krg_stub_next(stub);
	if (request) {
		krg_stub_serve(stub, request);
		return;
	}
	try_to_freeze();
	if (stub->held.sig && krg_stub_delivers(stub)) {
		krg_stub_pass(stub);
		return;
	}
	sigemptyset(&none);
	krg_siglock();
	if (krg_stub_job_control(stub))
		return;
	/* signals that can't go on must not keep us from sleeping */
	if (krg_stub_delivers(stub))
		sigemptyset(&current->blocked);
	else
		sigfillset(&current->blocked);
	recalc_sigpending();
	if (krg_stub_delivers(stub))
		stub->held.sig = krg_dequeue_signal(&none, &stub->held.info, &type);
	if (stub->held.sig && krg_stub_delivers(stub)) {
		stub->held.thread = type == PIDTYPE_PID;
		krg_sigunlock();
		return;
	}
	krg_stub_sleep(stub);
}

/* Until the process dies (no return) or comes home. Drops @stub. Task work context. */
void krg_stub_loop(struct krg_stub *stub)
{
	struct krg_park *park;
	int stop;

	/* its node may have died before anybody could tell us */
	if (!krg_node_online(stub->node))
		krg_stub_lost(stub, stub->node);
	while (!stub->home)
		krg_stub_turn(stub);
	park = stub->park;
	krg_siglock();
	stop = krg_stub_stops(stub) ? stub->stop : 0;
	krg_sigunlock();
	krg_stub_leave(stub);
	krg_stub_drop(stub);
	if (park) {
		krg_park_decide(park, KRG_PARK_RUN);
		krg_park_put(park);
	}
	krg_signals_release(stop);
}
