// SPDX-License-Identifier: GPL-2.0-only
/* How this node gets into a cluster, or founds one, and out of it again. */
#define pr_fmt(fmt) "krg_hotplug: " fmt

#include <linux/bits.h>
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/random.h>
#include <linux/reboot.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "membership.h"

void krg_part_add(u32 part)
{
	mutex_lock(&krg_me.lock);
	krg_me.parts |= part;
	mutex_unlock(&krg_me.lock);
}
EXPORT_SYMBOL_GPL(krg_part_add);

void krg_part_remove(u32 part)
{
	mutex_lock(&krg_me.lock);
	krg_me.parts &= ~part;
	mutex_unlock(&krg_me.lock);
}
EXPORT_SYMBOL_GPL(krg_part_remove);

/* Does this node have what the nodes of the cluster have, and nothing else? */
static int krg_check_parts(u32 theirs, struct krg_refusal *why)
{
	static const char *const names[] = { "krg_kddm", "krg_ipc", "krg_sync" };
	u32 ours, differ;
	int i;

	mutex_lock(&krg_me.lock);
	ours = krg_me.parts;
	mutex_unlock(&krg_me.lock);
	differ = ours ^ theirs;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(differ & BIT(i)))
			continue;
		return krg_refuse(why, -EPROTONOSUPPORT,
				  "the cluster's nodes work %s %s: %s it before this node joins",
				  ours & BIT(i) ? "without" : "with", names[i],
				  ours & BIT(i) ? "unload" : "load");
	}
	return 0;
}

/* The cluster to join: what a peer has answered. Return: its coordinator, or -1. */
static int krg_find_cluster(struct krg_answer *answer)
{
	int node;

	for (node = 1; node < KRG_MAX_NODES; node++) {
		if (node == krg_node_id() || !krg_rpc_reachable(node))
			continue;
		if (krg_rpc_call(node, KRG_ASK, NULL, 0, answer, sizeof(*answer)) ==
		    sizeof(*answer) && answer->phase == KRG_IN)
			return answer->coordinator;
	}
	return -1;
}

static void krg_set_phase(enum krg_phase phase)
{
	mutex_lock(&krg_me.lock);
	krg_me.phase = phase;
	krg_me.yielded = false;
	mutex_unlock(&krg_me.lock);
	krg_membership_changed();
}

/*
 * Found a cluster if no other node does. All that start at the same time ask
 * each other first, and the lowest id goes ahead.
 * Return: 0, or -EAGAIN: somebody else does.
 */
static int krg_found(struct krg_view *view)
{
	bool ahead;
	int node, err;

	krg_set_phase(KRG_FOUNDING);
	for (node = 1; node < KRG_MAX_NODES; node++) {
		if (node == krg_node_id() || !krg_rpc_reachable(node))
			continue;
		err = krg_rpc_call(node, KRG_FOUND, NULL, 0, NULL, 0);
		if (err == -EEXIST || err == -EBUSY) {
			krg_set_phase(KRG_STARTING);
			return -EAGAIN;
		}
	}
	memset(view, 0, sizeof(*view));
	view->cluster = get_random_u64();
	view->epoch = 1;
	krg_set_add(&view->members, krg_node_id());
	view->incarnation[krg_node_id()] = krg_rpc_incarnation(krg_node_id());
	mutex_lock(&krg_me.lock);
	ahead = !krg_me.yielded;
	krg_me.yielded = false;
	if (ahead) {
		memset(&krg_me.acceptor, 0, sizeof(krg_me.acceptor));
		memset(&krg_me.broken, 0, sizeof(krg_me.broken));
		krg_me.acceptor.committed.cluster = view->cluster;
		krg_me.phase = KRG_IN;
	} else {
		krg_me.phase = KRG_STARTING;
	}
	mutex_unlock(&krg_me.lock);
	return ahead ? krg_install(view) : -EAGAIN;
}

/* One attempt to get in. Return: 0, -EAGAIN: try again, or another error. */
static int krg_try_join(struct krg_view *view, struct krg_refusal *why)
{
	u64 incarnation = krg_rpc_incarnation(krg_node_id());
	struct krg_answer answer;
	int coordinator = krg_find_cluster(&answer);
	int err;

	if (coordinator == -1)
		return krg_join_only() ? -EAGAIN : krg_found(view);
	err = krg_check_parts(answer.parts, why);
	if (err)
		return err;
	err = krg_rpc_call(coordinator, KRG_JOIN, &incarnation, sizeof(incarnation), NULL, 0);
	if (err == -EHOSTDOWN)
		err = -EAGAIN;
	return err ?: krg_self_online() ? 0 : -EAGAIN;
}

int krg_join(struct krg_refusal *why)
{
	unsigned long deadline = jiffies + krg_join_timeout() * HZ;
	struct krg_view *view = kmalloc(sizeof(*view), GFP_KERNEL);
	int err;

	if (!view)
		return -ENOMEM;
	krg_set_phase(KRG_STARTING);
	do {
		err = krg_try_join(view, why);
		if (err != -EAGAIN)
			break;
		if (fatal_signal_pending(current))
			err = krg_refuse(why, -EINTR, "joining was interrupted");
		else if (time_after(jiffies, deadline))
			err = krg_refuse(why, -ETIMEDOUT,
					 "no cluster of session %d let this node in for %u s",
					 krg_session_id(), krg_join_timeout());
		else
			schedule_timeout_killable(HZ / 5);
	} while (err == -EAGAIN);
	kfree(view);
	if (err)
		krg_set_phase(KRG_OUT);
	return err;
}

void krg_leaving(void)
{
	bool first;

	mutex_lock(&krg_me.lock);
	first = krg_me.phase == KRG_IN;
	if (first)
		krg_me.phase = KRG_LEAVING;
	mutex_unlock(&krg_me.lock);
	krg_update_quorum();
	if (first)
		krg_view_change(KRG_VIEW_LEAVING, krg_node_id(), 0);
}

void krg_leave(void)
{
	struct krg_view *view = kmalloc(sizeof(*view), GFP_KERNEL | __GFP_NOFAIL);
	struct krg_set others;
	int err, node;

	if (krg_current_view(view))
		krg_view_change(KRG_VIEW_PARTING, krg_node_id(), view->epoch);
	/* who is alone, or has been put out, needs nobody's consent */
	if (krg_current_view(view) && krg_set_has(&view->members, krg_node_id()) &&
	    krg_set_count(view->members) > 1) {
		others = krg_reachable_members(view);
		err = krg_agree_request(KRG_LEAVE, NULL, 0, false);
		if (err)
			pr_warn("left without the consent of the cluster (error %d)\n", err);
		krg_uninstall();
		if (err)
			krg_for_each_node(node, &others)
				krg_rpc_cast(node, KRG_CHECK, &view->cluster,
					     sizeof(view->cluster));
	} else {
		krg_uninstall();
	}
	kfree(view);
}

static int krg_serve_ask(struct krg_rpc_request *req)
{
	struct krg_answer *answer = req->reply;

	if (req->reply_max < sizeof(*answer))
		return -EINVAL;
	memset(answer, 0, sizeof(*answer));
	mutex_lock(&krg_me.lock);
	answer->phase = krg_me.phase;
	answer->parts = krg_me.parts;
	if (krg_me.phase >= KRG_IN) {
		answer->cluster = krg_me.acceptor.committed.cluster;
		answer->epoch = krg_me.acceptor.committed.epoch;
		answer->coordinator = krg_coordinator(&krg_me.acceptor.committed);
	}
	mutex_unlock(&krg_me.lock);
	req->reply_len = sizeof(*answer);
	return 0;
}

static int krg_serve_found(struct krg_rpc_request *req)
{
	int err = 0;

	mutex_lock(&krg_me.lock);
	if (krg_me.phase >= KRG_IN)
		err = -EEXIST;
	else if (krg_me.phase != KRG_OUT && krg_node_id() < req->from && !krg_join_only())
		err = -EBUSY;
	else
		krg_me.yielded = true;
	mutex_unlock(&krg_me.lock);
	return err;
}

static int krg_serve_start(struct krg_rpc_request *req)
{
	bool busy;

	mutex_lock(&krg_me.lock);
	busy = krg_me.phase != KRG_OUT;
	mutex_unlock(&krg_me.lock);
	return busy ? -EALREADY : krg_run_init_helper();
}

static int krg_serve_quit(struct krg_rpc_request *req)
{
	if (!krg_self_online())
		return -ENOTCONN;
	krg_leaving();
	krg_container_kill();
	wait_event_idle(krg_membership_wait, !krg_self_online());
	return 0;
}

static int krg_serve_power(struct krg_rpc_request *req)
{
	u32 what;

	if (req->len != sizeof(what))
		return -EINVAL;
	memcpy(&what, req->arg, sizeof(what));
	pr_notice("node %d asks this machine to %s\n", req->from,
		  what == KRG_POWER_OFF ? "power off" : "restart");
	if (what == KRG_POWER_OFF)
		orderly_poweroff(true);
	else
		orderly_reboot();
	return 0;
}

static const struct {
	int service;
	krg_rpc_handler handler;
} handlers[] = {
	{ KRG_ASK, krg_serve_ask },
	{ KRG_FOUND, krg_serve_found },
	{ KRG_START, krg_serve_start },
	{ KRG_QUIT, krg_serve_quit },
	{ KRG_POWER, krg_serve_power },
};

int krg_join_init(void)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(handlers); i++) {
		err = krg_rpc_serve(handlers[i].service, handlers[i].handler,
				    KRG_RPC_CONCURRENT);
		if (err) {
			krg_join_exit();
			return err;
		}
	}
	return 0;
}

void krg_join_exit(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(handlers); i++)
		krg_rpc_withdraw(handlers[i].service);
}
