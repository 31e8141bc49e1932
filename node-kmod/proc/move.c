// SPDX-License-Identifier: GPL-2.0-only
/* What migration calls when a process leaves this node or comes to it. */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/module.h>
#include <linux/slab.h>
#include "proc.h"

struct krg_departure {
	struct krg_stub *stub;	/* of a native process */
	struct krg_body *body;	/* or it is a body */
	int node;
};

void krg_identity_here(struct krg_identity *who)
{
	struct krg_body *body = krg_body_of(current);
	struct signal_struct *signal = current->signal;

	*who = (struct krg_identity) {
		.pid = task_tgid_vnr(current),
		.home = krg_node_id(),
		.seq = 1,
	};
	/* a stop that some threads have not followed yet is completed there */
	if (signal->flags & SIGNAL_STOP_STOPPED || signal->group_stop_count)
		who->stopped = signal->group_exit_code & 0x7f ?: SIGSTOP;
	if (!body)
		return;
	who->home = READ_ONCE(body->home);
	who->seq = body->seq + 1;
	who->conts = READ_ONCE(body->conts);
	krg_body_put(body);
}
EXPORT_SYMBOL_GPL(krg_identity_here);

static int krg_tell_move(struct krg_body *body, u32 op, int node)
{
	struct krg_ask ask = { .op = op, .move = { .node = node } };
	int err;

	/* the first word may be refused, then it does not move */
	err = op == KRG_ASK_MOVING ? krg_body_ask(body, &ask, sizeof(ask), NULL) :
				     krg_body_tell(body, &ask, sizeof(ask));
	/* without a home it moves all the same */
	return err == -EHOSTDOWN ? 0 : err;
}

struct krg_departure *krg_depart_begin(int node)
{
	struct krg_departure *departure = kzalloc(sizeof(*departure), GFP_KERNEL);
	int err = 0;

	if (!departure)
		return ERR_PTR(-ENOMEM);
	departure->node = node;
	departure->body = krg_body_of(current);
	if (departure->body) {
		err = krg_tell_move(departure->body, KRG_ASK_MOVING, node);
		/* who is put out must not move: its home has taken the process for dead */
		if (!err && !krg_body_has_home(departure->body))
			err = krg_body_homeless(departure->body);
	} else {
		departure->stub = krg_stub_new(task_tgid_vnr(current), krg_node_id());
		if (IS_ERR(departure->stub))
			err = PTR_ERR(departure->stub);
	}
	if (err) {
		krg_body_put(departure->body);
		kfree(departure);
		return ERR_PTR(err);
	}
	err = krg_pids_reserve();
	if (err) {
		krg_depart_cancel(departure);
		return ERR_PTR(err);
	}
	return departure;
}
EXPORT_SYMBOL_GPL(krg_depart_begin);

void krg_depart_cancel(struct krg_departure *departure)
{
	if (departure->body) {
		krg_pids_release(departure->body->pid);
		krg_tell_move(departure->body, KRG_ASK_STAYS, krg_node_id());
	} else {
		krg_stub_drop(departure->stub);
	}
	krg_body_put(departure->body);
	kfree(departure);
}
EXPORT_SYMBOL_GPL(krg_depart_cancel);

void krg_depart_abandon(struct krg_departure *departure)
{
	if (departure->body)
		set_bit(KRG_BODY_SILENT, &departure->body->flags);
	else
		krg_stub_drop(departure->stub);
	krg_body_put(departure->body);
	kfree(departure);
}
EXPORT_SYMBOL_GPL(krg_depart_abandon);

void krg_depart_commit(struct krg_departure *departure)
{
	if (departure->body) {
		/* its end here is not its end */
		set_bit(KRG_BODY_SILENT, &departure->body->flags);
		/* a stub that is to be the process itself waits for the source's word */
		if (departure->node != departure->body->home)
			krg_tell_move(departure->body, KRG_ASK_MOVED, departure->node);
	} else {
		WRITE_ONCE(departure->stub->node, departure->node);
	}
}
EXPORT_SYMBOL_GPL(krg_depart_commit);

void krg_depart_finish(struct krg_departure *departure)
{
	struct krg_stub *stub = departure->stub;
	struct krg_body *body = departure->body;

	kfree(departure);
	if (body) {
		krg_body_put(body);
		/* one that was stopped counts as frozen for its cgroup */
		if (current->frozen)
			krg_sym(cgroup_leave_frozen)(true);
		krg_sym(do_group_exit)(0);
	}
	krg_stub_enter(stub);
	krg_stub_loop(stub);
}
EXPORT_SYMBOL_GPL(krg_depart_finish);

int krg_arrive_home(const struct krg_identity *who,
		    int (*fn)(void *arg, struct krg_park **park), void *arg)
{
	struct krg_request request = {
		.ask = {
			.op = KRG_ASK_ARRIVE, .pid = who->pid,
			.stop = { .sig = who->stopped, .conts = who->conts },
		},
		.arrive = fn, .arg = arg,
	};

	return krg_stub_request(who->pid, &request);
}
EXPORT_SYMBOL_GPL(krg_arrive_home);

int krg_arrive_begin(const struct krg_identity *who)
{
	unsigned long flags = BIT(KRG_BODY_SILENT);
	struct krg_body *body;
	int err;

	if (task_tgid_vnr(current) != who->pid)
		return -EINVAL;
	/* with a body it is found by its number, and it still ignores what is not held */
	err = krg_signals_hold();
	if (err)
		return err;
	if (who->home == KRG_NODE_NONE)
		flags |= BIT(KRG_BODY_ALONE);
	body = krg_body_new(who->pid, who->home, who->seq, flags);
	if (IS_ERR(body))
		return PTR_ERR(body);
	WRITE_ONCE(body->conts, who->conts);
	if (who->home != KRG_NODE_NONE && !krg_node_online(who->home))
		krg_body_alone(body);
	/* groups and sessions of this node are not its own */
	krg_sym(ksys_setsid)();
	err = krg_body_has_home(body) ? 0 : krg_pid_arrives(who->pid);
	if (err)
		krg_body_drop(body);
	return err;
}
EXPORT_SYMBOL_GPL(krg_arrive_begin);

bool krg_arrive_ready(void)
{
	struct krg_body *body = krg_body_of(current);
	bool ready;

	if (!body)
		return false;
	spin_lock(&body->lock);
	ready = !test_bit(KRG_BODY_REFUSED, &body->flags);
	if (ready)
		set_bit(KRG_BODY_ARRIVED, &body->flags);
	spin_unlock(&body->lock);
	krg_body_put(body);
	return ready;
}
EXPORT_SYMBOL_GPL(krg_arrive_ready);

void krg_arrive_commit(const struct krg_identity *who, struct krg_park *park)
{
	struct krg_body *body = krg_body_of(current);
	int stop = 0;

	if (body)
		clear_bit(KRG_BODY_SILENT, &body->flags);
	krg_pids_release(who->pid);
	krg_siglock();
	/* a SIGCONT may be newer: home has passed it on already, or it came along */
	if (body && body->conts == who->conts && !krg_cont_waits())
		stop = who->stopped;
	sigemptyset(&current->real_blocked);
	set_thread_flag(TIF_SIGPENDING);
	/* they need siglock to go on, so a stop catches them before */
	if (park)
		krg_park_decide(park, KRG_PARK_RUN);
	krg_body_put(body);
	if (stop) {
		current->jobctl |= JOBCTL_STOP_DEQUEUED;
		if (krg_sym(do_signal_stop)(stop))
			return;		/* has dropped the lock */
	}
	krg_sigunlock();
}
EXPORT_SYMBOL_GPL(krg_arrive_commit);
