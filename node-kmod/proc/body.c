// SPDX-License-Identifier: GPL-2.0-only
/* Bodies: processes that run here and have their stub on another node, their home. */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "proc.h"

static DEFINE_XARRAY_FLAGS(krg_bodies, XA_FLAGS_LOCK_IRQ);
static atomic_t krg_body_count = ATOMIC_INIT(0);

bool krg_have_bodies(void)
{
	return atomic_read(&krg_body_count);
}

static void krg_body_free(struct kref *ref)
{
	struct krg_body *body = container_of(ref, struct krg_body, ref);

	atomic_dec(&krg_body_count);
	krg_freed(body);
	kfree_rcu(body, rcu);
	module_put(THIS_MODULE);
}

void krg_body_put(struct krg_body *body)
{
	if (body)
		kref_put(&body->ref, krg_body_free);
}

struct krg_body *krg_body_find(pid_t pid)
{
	struct krg_body *body;

	if (!krg_have_bodies())
		return NULL;
	rcu_read_lock();
	body = xa_load(&krg_bodies, pid);
	if (body && !kref_get_unless_zero(&body->ref))
		body = NULL;
	rcu_read_unlock();
	return body;
}

struct krg_body *krg_body_of(struct task_struct *task)
{
	struct pid_namespace *ns = READ_ONCE(krg_container);

	return ns && krg_have_bodies() ? krg_body_find(task_tgid_nr_ns(task, ns)) : NULL;
}

bool krg_body_has_home(struct krg_body *body)
{
	return !test_bit(KRG_BODY_ALONE, &body->flags);
}

/* For the hooks: is current a body with a home? Any context. */
bool krg_body_is_current(void)
{
	struct krg_body *body;
	bool is;

	if (!krg_have_bodies() || !krg_in_container())
		return false;
	rcu_read_lock();
	body = xa_load(&krg_bodies, task_tgid_nr_ns(current, krg_container));
	is = body && krg_body_has_home(body) && !test_bit(KRG_BODY_SILENT, &body->flags);
	rcu_read_unlock();
	return is;
}

void krg_body_each(void (*fn)(struct krg_body *body, void *arg), void *arg)
{
	struct krg_body *body;
	unsigned long pid;

	xa_for_each(&krg_bodies, pid, body) {
		body = krg_body_find(pid);
		if (!body)
			continue;
		fn(body, arg);
		krg_body_put(body);
	}
}

/* What it asked home is now answered here. Any context. */
static void krg_body_cut_off(struct krg_body *body)
{
	set_bit(KRG_BODY_ALONE, &body->flags);
	atomic_inc(&body->child_events);
	wake_up_all(&body->wait);
}

/* It has no home any more: the cluster says so, or home itself. Any context. */
void krg_body_alone(struct krg_body *body)
{
	krg_body_cut_off(body);
	WRITE_ONCE(body->home, KRG_NODE_NONE);
}

/* Home does not answer: the cluster puts home out, or this node. May sleep. */
int krg_body_homeless(struct krg_body *body)
{
	wait_event_idle_timeout(krg_membership_wait,
				READ_ONCE(body->home) == KRG_NODE_NONE || !krg_self_member(),
				KRG_DECISION);
	return READ_ONCE(body->home) == KRG_NODE_NONE ? 0 : -EHOSTDOWN;
}

/**
 * krg_body_ask() - have the stub at home do something
 *
 * May sleep. Return: 0, the result is in @answer; -EHOSTDOWN: home is gone, or knows it
 * no more, and the body is alone from now on; other errors: the question could not be put.
 */
int krg_body_ask(struct krg_body *body, struct krg_ask *ask, size_t len, struct krg_answer *answer)
{
	struct krg_answer unused;
	ssize_t got;

	if (!krg_body_has_home(body))
		return -EHOSTDOWN;
	ask->pid = ask->op == KRG_ASK_UNFORK ? ask->pid : body->pid;
	ask->seq = body->seq;
	got = krg_rpc_call(READ_ONCE(body->home), KRG_RPC_PROC_HOME, ask, len, answer ?: &unused,
			   sizeof(*answer));
	if (got == (ssize_t)sizeof(*answer))
		return 0;
	if (got != -EHOSTDOWN && got != -ESRCH && got != -ESTALE)
		return got < 0 ? got : -EIO;
	if (ask->op != KRG_ASK_UNFORK)
		krg_body_cut_off(body);
	return -EHOSTDOWN;
}

/* The same with what home must hear: it waits until there is memory to say it. */
int krg_body_tell(struct krg_body *body, struct krg_ask *ask, size_t len)
{
	int err;

	while ((err = krg_body_ask(body, ask, len, NULL)) == -ENOMEM)
		schedule_timeout_uninterruptible(KRG_MEMORY_WAIT);
	return err;
}

/* Tells home about stops and the end, in this order; both come from atomic context. */
static void krg_body_reports(struct work_struct *work)
{
	struct krg_body *body = container_of(work, struct krg_body, report);
	struct krg_ask ask = {};
	u64 stop = atomic64_xchg(&body->stop, 0);
	bool ended = test_bit(KRG_BODY_ENDED, &body->flags);

	if (stop && !ended) {
		ask.op = KRG_ASK_STOPPED;
		ask.stop.sig = stop & 0xff;
		ask.stop.conts = stop >> 8;
		krg_body_tell(body, &ask, sizeof(ask));
	}
	if (ended) {
		ask.op = KRG_ASK_EXITED;
		ask.exit = body->end;
		krg_body_tell(body, &ask, sizeof(ask));
		krg_body_drop(body);
	}
	krg_body_put(body);
}

/* Atomic context. */
void krg_body_report(struct krg_body *body)
{
	kref_get(&body->ref);
	if (!queue_work(krg_proc_wq, &body->report))
		krg_body_put(body);
}

/* May sleep. Return: the body, in the table; ERR_PTR(-EBUSY): there is one already; -ENOMEM. */
struct krg_body *krg_body_new(pid_t pid, int home, u32 seq, unsigned long flags)
{
	struct krg_body *body = kzalloc(sizeof(*body), GFP_KERNEL);
	int err;

	if (!body)
		return ERR_PTR(-ENOMEM);
	__module_get(THIS_MODULE);
	body->pid = pid;
	body->home = home;
	body->seq = seq;
	body->flags = flags;
	kref_init(&body->ref);
	spin_lock_init(&body->lock);
	init_waitqueue_head(&body->wait);
	INIT_WORK(&body->report, krg_body_reports);
	atomic_inc(&krg_body_count);
	err = xa_insert_irq(&krg_bodies, pid, body, GFP_KERNEL);
	if (err) {
		krg_body_put(body);
		return ERR_PTR(err);
	}
	return body;
}

/* Any context. */
void krg_body_drop(struct krg_body *body)
{
	unsigned long flags;
	bool mine;

	xa_lock_irqsave(&krg_bodies, flags);
	mine = xa_load(&krg_bodies, body->pid) == body;
	if (mine)
		__xa_erase(&krg_bodies, body->pid);
	xa_unlock_irqrestore(&krg_bodies, flags);
	if (mine)
		krg_body_put(body);
}

/* A SIGCONT is counted as it acts: each stop comes before it, or after. */
static int krg_let_act(struct krg_body *body, struct task_struct *task,
		       struct krg_signal *signal, u32 conts)
{
	unsigned long flags;
	int err;

	if (!krg_lock_sighand(task, &flags))
		return -ESRCH;
	if (signal->sig == SIGCONT)
		WRITE_ONCE(body->conts, conts);
	err = krg_signal_send_locked(task, signal);
	unlock_task_sighand(task, &flags);
	return err;
}

static int krg_take_signal(struct krg_body *body, const struct krg_tell *tell)
{
	struct krg_signal signal = tell->signal;
	struct task_struct *task;
	int err;

	if (!krg_signal_valid(signal.sig))
		return -EINVAL;
	if (test_bit(KRG_BODY_CLONING, &body->flags))
		return -EAGAIN;
	task = krg_task_of(body->pid);
	if (!task)
		return -ESRCH;
	err = krg_let_act(body, task, &signal, tell->conts);
	put_task_struct(task);
	return err;
}

/* Handler of KRG_RPC_PROC_BODY: home has something for a body. */
int krg_serve_body(struct krg_rpc_request *req)
{
	const struct krg_tell *tell = req->arg;
	struct krg_body *body;
	int err = 0;

	if (req->len != sizeof(*tell))
		return -EINVAL;
	body = krg_body_find(tell->pid);
	if (!body || body->home != req->from || test_bit(KRG_BODY_ENDED, &body->flags)) {
		krg_body_put(body);
		return -ESRCH;
	}
	switch (tell->op) {
	case KRG_TELL_SIGNAL:
		err = body->seq == tell->seq ? krg_take_signal(body, tell) : -ESRCH;
		break;
	case KRG_TELL_CHILD:
		atomic_inc(&body->child_events);
		wake_up_all(&body->wait);
		break;
	case KRG_TELL_ALONE:
		krg_body_alone(body);
		break;
	default:
		err = -EINVAL;
	}
	krg_body_put(body);
	return err;
}
