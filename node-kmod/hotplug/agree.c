// SPDX-License-Identifier: GPL-2.0-only
/*
 * Agreeing on the next view. Every member looks, whenever a peer comes or goes;
 * the lowest reachable one is the coordinator and runs the rounds (view.h), the
 * others send it what they want.
 */
#define pr_fmt(fmt) "krg_hotplug: " fmt

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include "membership.h"

/* Somebody wants another view. */
struct krg_request {
	struct list_head list;
	int service;			/* KRG_JOIN, KRG_LEAVE, KRG_FAIL */
	int node;
	u64 incarnation;		/* KRG_JOIN */
	struct krg_set set;		/* KRG_FAIL */
	int result;
	struct completion done;
};

/* One attempt of the coordinator; too large for the stack. */
struct krg_round {
	struct krg_view view, next;
	struct krg_set reachable;	/* members that have promised */
	struct krg_set reach[KRG_MAX_NODES];
	struct krg_set near;		/* nodes that all of them reach */
	struct krg_acceptor best;	/* accepted under the highest ballot */
	u64 ballot, highest;
	struct krg_proposal proposal;
	struct krg_promise promise;
};

static struct workqueue_struct *wq;
static LIST_HEAD(requests);
static DEFINE_SPINLOCK(requests_lock);
static bool forced;			/* look even if nobody seems to be missing */

static void krg_agree_work(struct work_struct *work);
static DECLARE_WORK(agree_work, krg_agree_work);

void krg_agree_kick(bool force)
{
	if (force)
		WRITE_ONCE(forced, true);
	queue_work(wq, &agree_work);
}

static void krg_finish_request(struct krg_request *r, int result)
{
	list_del_init(&r->list);
	r->result = result;
	complete(&r->done);
}

static void krg_finish_requests(struct list_head *list, int result)
{
	struct krg_request *r, *next;

	list_for_each_entry_safe(r, next, list, list)
		krg_finish_request(r, result);
}

/* Is @view what @r wants? */
static bool krg_granted(const struct krg_request *r, const struct krg_view *view)
{
	if (r->service == KRG_JOIN)
		return krg_set_has(&view->members, r->node) &&
		       view->incarnation[r->node] == r->incarnation;
	if (r->service == KRG_LEAVE)
		return !krg_set_has(&view->members, r->node);
	return !krg_set_count(krg_set_and(view->members, r->set));
}

/* 0; -EAGAIN: somebody has promised more; -ENOTCONN: no quorum; else try again later */
static int krg_prepare(struct krg_round *r)
{
	struct krg_set ask = r->reachable;
	ssize_t len;
	int node;

	memset(&r->best, 0, sizeof(r->best));
	memset(r->reach, 0, sizeof(r->reach));
	memset(&r->near, 0xff, sizeof(r->near));
	r->proposal.ballot = r->ballot;
	r->proposal.cluster = r->view.cluster;
	krg_for_each_node(node, &ask) {
		len = krg_rpc_call(node, KRG_PREPARE, &r->proposal,
				   offsetof(struct krg_proposal, view), &r->promise,
				   sizeof(r->promise));
		if (len != sizeof(r->promise)) {
			krg_set_remove(&r->reachable, node);
			continue;
		}
		if (r->promise.acceptor.promised != r->ballot) {
			r->highest = max(r->highest, r->promise.acceptor.promised);
			return -EAGAIN;
		}
		if (r->promise.acceptor.committed.epoch > r->view.epoch) {
			krg_install(&r->promise.acceptor.committed);
			return -EAGAIN;
		}
		if (r->promise.acceptor.committed.epoch < r->view.epoch) {
			/* it has missed the last one, and speaks of an older one */
			krg_rpc_call(node, KRG_COMMIT, &r->view, sizeof(r->view), NULL, 0);
			return -EAGAIN;
		}
		if (krg_promise_better(&r->best, &r->promise.acceptor, r->view.epoch))
			r->best = r->promise.acceptor;
		r->reach[node] = r->promise.reach;
		r->near = krg_set_and(r->near, r->promise.near);
	}
	if (!krg_view_quorum(&r->view, r->reachable, krg_gone_members(&r->view)))
		return -ENOTCONN;
	return 0;
}

/*
 * Who is still in under an older incarnation goes out first, and who is not yet
 * connected with all members would be put out again at once.
 */
static bool krg_may_join(const struct krg_round *r, const struct krg_request *w)
{
	return !krg_set_has(&r->view.members, w->node) && krg_set_has(&r->near, w->node);
}

static void krg_propose(struct krg_round *r, const struct list_head *wanted)
{
	const struct krg_request *w;

	if (r->best.accepted_ballot) {
		/* it may have been decided already */
		r->next = r->best.accepted;
		return;
	}
	r->next = r->view;
	r->next.epoch++;
	memset(&r->next.left, 0, sizeof(r->next.left));
	r->next.members = krg_view_survivors(r->reachable, r->reach);
	list_for_each_entry(w, wanted, list) {
		if (w->service == KRG_LEAVE && krg_set_has(&r->view.members, w->node)) {
			krg_set_remove(&r->next.members, w->node);
			krg_set_add(&r->next.left, w->node);
		} else if (w->service == KRG_FAIL) {
			r->next.members = krg_set_minus(r->next.members, w->set);
		} else if (w->service == KRG_JOIN && krg_may_join(r, w)) {
			krg_set_add(&r->next.members, w->node);
			r->next.incarnation[w->node] = w->incarnation;
		}
	}
}

static int krg_decide(struct krg_round *r)
{
	struct krg_set accepted = {};
	int node, err;

	r->proposal.view = r->next;
	krg_for_each_node(node, &r->reachable) {
		err = krg_rpc_call(node, KRG_ACCEPT, &r->proposal, sizeof(r->proposal), NULL, 0);
		if (!err)
			krg_set_add(&accepted, node);
	}
	return krg_view_quorum(&r->view, accepted, krg_gone_members(&r->view)) ? 0 : -EAGAIN;
}

static void krg_spread(struct krg_round *r)
{
	struct krg_set came = krg_set_minus(r->next.members, r->view.members);
	struct krg_set stay = krg_set_and(r->next.members, r->view.members);
	struct krg_set lost = krg_set_minus(r->view.members, r->next.members);
	int node;

	/* whoever hears of a new member finds it a member */
	krg_for_each_node(node, &came)
		if (krg_rpc_call(node, KRG_COMMIT, &r->next, sizeof(r->next), NULL, 0))
			WRITE_ONCE(forced, true);
	/* before its links are cut */
	krg_for_each_node(node, &lost)
		if (node != krg_node_id())
			krg_rpc_cast(node, KRG_EVICTED, &r->next, sizeof(r->next));
	krg_for_each_node(node, &stay)
		if (node != krg_node_id())
			krg_rpc_cast(node, KRG_COMMIT, &r->next, sizeof(r->next));
	krg_install(&r->next);
}

/* Return: 0: nothing more to do; -EAGAIN: look again; else this cannot go on now */
static int krg_run_round(struct krg_round *r, struct list_head *wanted)
{
	int err;

	r->ballot = krg_ballot(r->highest, krg_node_id());
	err = krg_prepare(r);
	if (err)
		return err;
	krg_propose(r, wanted);
	if (krg_set_equal(r->next.members, r->view.members))
		return 0;
	err = krg_decide(r);
	if (err)
		return err;
	krg_spread(r);
	/* what was proposed may have been somebody else's: then ours is still to do */
	return r->best.accepted_ballot ? -EAGAIN : -EINPROGRESS;
}

static bool krg_anything_to_do(struct krg_round *r, const struct list_head *wanted)
{
	return xchg(&forced, false) || !list_empty(wanted) ||
	       !krg_set_equal(r->reachable, r->view.members);
}

/* One look. Return: true: look again. */
static bool krg_agree_once(struct krg_round *r)
{
	struct krg_request *w, *next;
	LIST_HEAD(wanted);
	LIST_HEAD(later);
	int coordinator, err;

	spin_lock(&requests_lock);
	list_splice_init(&requests, &wanted);
	spin_unlock(&requests_lock);
	if (!krg_current_view(&r->view)) {
		krg_finish_requests(&wanted, -EAGAIN);
		return false;
	}
	r->reachable = krg_reachable_members(&r->view);
	coordinator = krg_coordinator(&r->view);
	if (coordinator != krg_node_id()) {
		if (krg_anything_to_do(r, &wanted))
			krg_rpc_cast(coordinator, KRG_CHECK, &r->view.cluster,
				     sizeof(r->view.cluster));
		krg_finish_requests(&wanted, -EAGAIN);
		return false;
	}
	if (!krg_anything_to_do(r, &wanted))
		return false;
	err = krg_run_round(r, &wanted);
	if (err == -EAGAIN) {
		WRITE_ONCE(forced, true);
		list_splice_init(&wanted, &later);
	}
	/* who cannot come in yet asks again */
	list_for_each_entry_safe(w, next, &wanted, list)
		krg_finish_request(w, err == -ENOTCONN || !krg_granted(w, &r->next) ? -EAGAIN : 0);
	spin_lock(&requests_lock);
	list_splice(&later, &requests);
	spin_unlock(&requests_lock);
	return err == -EAGAIN || err == -EINPROGRESS;
}

static void krg_agree_work(struct work_struct *work)
{
	struct krg_round *r = kvzalloc(sizeof(*r), GFP_KERNEL);

	if (!r)
		return;		/* the next change of a peer tries again */
	while (krg_agree_once(r))
		/* two coordinators that outbid each other must not go on in step */
		msleep(get_random_u32_below(20));
	kvfree(r);
}

int krg_agree_request(int service, const void *arg, size_t len, bool killable)
{
	struct krg_view *view = kmalloc(sizeof(*view), GFP_KERNEL);
	int coordinator, err = -ENOMEM;

	if (!view)
		return err;
	for (;;) {
		err = -ENOTCONN;
		if (!krg_current_view(view))
			break;
		coordinator = krg_coordinator(view);
		err = krg_rpc_call(coordinator, service, arg, len, NULL, 0);
		if (err != -EAGAIN && err != -EHOSTDOWN)
			break;
		if (!krg_quorate() && service != KRG_FAIL)
			break;
		if (killable && fatal_signal_pending(current)) {
			err = -EINTR;
			break;
		}
		msleep(50);
	}
	kfree(view);
	return err;
}

/* KRG_JOIN, KRG_LEAVE, KRG_FAIL: wait until the view is as it is wanted */
static int krg_serve_request(int service, struct krg_rpc_request *req)
{
	struct krg_request r = { .service = service, .node = req->from };

	if (service == KRG_JOIN) {
		if (req->len != sizeof(r.incarnation))
			return -EINVAL;
		memcpy(&r.incarnation, req->arg, sizeof(r.incarnation));
	} else if (service == KRG_FAIL) {
		if (req->len != sizeof(r.set))
			return -EINVAL;
		memcpy(&r.set, req->arg, sizeof(r.set));
		mutex_lock(&krg_me.lock);
		krg_me.failed.w[0] |= r.set.w[0];
		krg_me.failed.w[1] |= r.set.w[1];
		mutex_unlock(&krg_me.lock);
		krg_update_quorum();
	}
	init_completion(&r.done);
	spin_lock(&requests_lock);
	list_add_tail(&r.list, &requests);
	spin_unlock(&requests_lock);
	krg_agree_kick(false);
	wait_for_completion_state(&r.done, TASK_IDLE);
	return r.result;
}

static int krg_serve_join(struct krg_rpc_request *req)
{
	return krg_serve_request(KRG_JOIN, req);
}

static int krg_serve_leave(struct krg_rpc_request *req)
{
	return krg_serve_request(KRG_LEAVE, req);
}

static int krg_serve_fail(struct krg_rpc_request *req)
{
	return krg_serve_request(KRG_FAIL, req);
}

static struct krg_set krg_near(void)
{
	struct krg_set near = {};
	int node;

	for (node = 1; node < KRG_MAX_NODES; node++)
		if (krg_rpc_reachable(node))
			krg_set_add(&near, node);
	return near;
}

static int krg_serve_prepare(struct krg_rpc_request *req)
{
	const struct krg_proposal *p = req->arg;
	struct krg_promise *promise = req->reply;
	int err = 0;

	if (req->len != offsetof(struct krg_proposal, view) || req->reply_max < sizeof(*promise))
		return -EINVAL;
	mutex_lock(&krg_me.lock);
	if (krg_me.phase >= KRG_IN && p->cluster == krg_me.acceptor.committed.cluster) {
		krg_acceptor_prepare(&krg_me.acceptor, p->ballot);
		promise->acceptor = krg_me.acceptor;
		promise->reach = krg_set_minus(krg_reachable_members(&krg_me.acceptor.committed),
					       krg_me.broken);
		promise->near = krg_near();
		req->reply_len = sizeof(*promise);
	} else {
		err = -ENOTCONN;
	}
	mutex_unlock(&krg_me.lock);
	return err;
}

static int krg_serve_accept(struct krg_rpc_request *req)
{
	const struct krg_proposal *p = req->arg;
	int err = -ENOTCONN;

	if (req->len != sizeof(*p))
		return -EINVAL;
	mutex_lock(&krg_me.lock);
	if (krg_me.phase >= KRG_IN)
		err = krg_acceptor_accept(&krg_me.acceptor, p->ballot, &p->view);
	mutex_unlock(&krg_me.lock);
	return err;
}

static int krg_serve_commit(struct krg_rpc_request *req)
{
	if (req->len != sizeof(struct krg_view))
		return -EINVAL;
	return krg_install(req->arg);
}

/* Only somebody of our own cluster can tell us that we are out of it. */
static int krg_serve_evicted(struct krg_rpc_request *req)
{
	const struct krg_view *view = req->arg;

	if (req->len != sizeof(*view) || krg_set_has(&view->members, krg_node_id()))
		return -EINVAL;
	return krg_install(view);
}

static int krg_serve_check(struct krg_rpc_request *req)
{
	struct krg_view *view = kmalloc(sizeof(*view), GFP_KERNEL);
	u64 cluster = 0;

	if (!view)
		return -ENOMEM;
	if (req->len == sizeof(cluster))
		memcpy(&cluster, req->arg, sizeof(cluster));
	if (krg_current_view(view) && view->cluster == cluster) {
		if (krg_set_has(&view->members, req->from))
			krg_agree_kick(true);
		else
			krg_rpc_cast(req->from, KRG_EVICTED, view, sizeof(*view));
	}
	kfree(view);
	return 0;
}

static const struct {
	int service;
	krg_rpc_handler handler;
	unsigned int flags;
} handlers[] = {
	{ KRG_JOIN, krg_serve_join, KRG_RPC_CONCURRENT },
	{ KRG_LEAVE, krg_serve_leave, KRG_RPC_CONCURRENT },
	{ KRG_FAIL, krg_serve_fail, KRG_RPC_CONCURRENT },
	{ KRG_PREPARE, krg_serve_prepare },
	{ KRG_ACCEPT, krg_serve_accept },
	{ KRG_COMMIT, krg_serve_commit },	/* in order */
	{ KRG_EVICTED, krg_serve_evicted },
	{ KRG_CHECK, krg_serve_check },
};

int krg_agree_init(void)
{
	int i, err;

	wq = alloc_ordered_workqueue("krg_agree", 0);
	if (!wq)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(handlers); i++) {
		err = krg_rpc_serve(handlers[i].service, handlers[i].handler, handlers[i].flags);
		if (err) {
			krg_agree_exit();
			return err;
		}
	}
	return 0;
}

void krg_agree_exit(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(handlers); i++)
		krg_rpc_withdraw(handlers[i].service);
	destroy_workqueue(wq);
}
