// SPDX-License-Identifier: GPL-2.0-only
/* The view this node has, and telling everybody here when it changes. */
#define pr_fmt(fmt) "krg_hotplug: " fmt

#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "membership.h"

/* What readers in any context see. */
struct krg_published {
	struct rcu_head rcu;
	u64 epoch;
	struct krg_set members;
};

struct krg_membership krg_me = { .lock = __MUTEX_INITIALIZER(krg_me.lock) };
DECLARE_WAIT_QUEUE_HEAD(krg_membership_wait);
EXPORT_SYMBOL_GPL(krg_membership_wait);

static struct krg_published __rcu *published;	/* NULL: in no cluster */
static DEFINE_MUTEX(install_lock);
static bool quorate, member;

void krg_membership_changed(void)
{
	wake_up_all(&krg_membership_wait);
}

bool krg_node_online(int node)
{
	struct krg_published *p;
	bool online;

	if (node < 1 || node >= KRG_MAX_NODES)
		return false;
	rcu_read_lock();
	p = rcu_dereference(published);
	online = p && krg_set_has(&p->members, node);
	rcu_read_unlock();
	return online;
}
EXPORT_SYMBOL_GPL(krg_node_online);

bool krg_self_online(void)
{
	return krg_node_online(krg_node_id());
}
EXPORT_SYMBOL_GPL(krg_self_online);

u64 krg_online_nodes(unsigned long *nodes)
{
	struct krg_published *p;
	u64 epoch = 0;

	bitmap_zero(nodes, KRG_MAX_NODES);
	rcu_read_lock();
	p = rcu_dereference(published);
	if (p) {
		bitmap_from_arr64(nodes, p->members.w, KRG_MAX_NODES);
		epoch = p->epoch;
	}
	rcu_read_unlock();
	return epoch;
}
EXPORT_SYMBOL_GPL(krg_online_nodes);

bool krg_quorate(void)
{
	return READ_ONCE(quorate);
}
EXPORT_SYMBOL_GPL(krg_quorate);

bool krg_self_member(void)
{
	return READ_ONCE(member);
}
EXPORT_SYMBOL_GPL(krg_self_member);

int krg_node_state(int node)
{
	if (krg_node_online(node))
		return KRG_NODE_ONLINE;
	return krg_rpc_reachable(node) ? KRG_NODE_PRESENT : KRG_NODE_POSSIBLE;
}

struct krg_set krg_reachable_members(const struct krg_view *view)
{
	struct krg_set reachable = {};
	int node;

	krg_for_each_node(node, &view->members)
		if (krg_rpc_incarnation(node) == view->incarnation[node])
			krg_set_add(&reachable, node);
	return reachable;
}

struct krg_set krg_gone_members(const struct krg_view *view)
{
	struct krg_set gone = krg_me.failed;
	u64 incarnation;
	int node;

	krg_for_each_node(node, &view->members) {
		incarnation = krg_rpc_incarnation(node);
		if (incarnation && incarnation != view->incarnation[node])
			krg_set_add(&gone, node);
	}
	return gone;
}

int krg_coordinator(const struct krg_view *view)
{
	struct krg_set reachable = krg_reachable_members(view);

	return krg_set_next(&reachable, 0);
}

bool krg_current_view(struct krg_view *view)
{
	bool in;

	mutex_lock(&krg_me.lock);
	in = krg_me.phase >= KRG_IN;
	if (in)
		*view = krg_me.acceptor.committed;
	mutex_unlock(&krg_me.lock);
	return in;
}

void krg_update_quorum(void)
{
	static bool lost;	/* and told so */
	bool in = false, now = false, change;

	mutex_lock(&krg_me.lock);
	if (krg_me.phase >= KRG_IN) {
		const struct krg_view *view = &krg_me.acceptor.committed;

		in = krg_set_has(&view->members, krg_node_id());
		now = in && krg_view_quorum(view, krg_reachable_members(view),
					    krg_gone_members(view));
	}
	change = krg_me.phase >= KRG_IN ? lost == now : lost;
	lost = krg_me.phase >= KRG_IN && !now;
	WRITE_ONCE(quorate, now);
	WRITE_ONCE(member, in && krg_me.phase == KRG_IN);
	mutex_unlock(&krg_me.lock);
	/* before anybody is told: who is told may wait for who waits here */
	krg_membership_changed();
	if (!change)
		return;
	if (!lost)
		pr_info("this node is in the majority\n");
	else
		pr_warn("this node is cut off from the majority: it decides nothing\n");
	krg_event("quorum %s", lost ? "lost" : "regained");
}

static void krg_publish(const struct krg_view *view)
{
	static const struct krg_set none;
	struct krg_published *old, *new = NULL;
	DECLARE_BITMAP(members, KRG_MAX_NODES);
	int at = 0, node;
	char *ids;

	if (view) {
		new = kmalloc(sizeof(*new), GFP_KERNEL | __GFP_NOFAIL);
		new->epoch = view->epoch;
		new->members = view->members;
	}
	old = rcu_replace_pointer(published, new, lockdep_is_held(&install_lock));
	if (old)
		kfree_rcu(old, rcu);
	bitmap_from_arr64(members, view ? view->members.w : none.w, KRG_MAX_NODES);
	krg_proc_nodes_update(members);
	ids = kzalloc(4 * KRG_MAX_NODES, GFP_KERNEL | __GFP_NOFAIL);
	if (view)
		krg_for_each_node(node, &view->members)
			at += sprintf(ids + at, at ? ",%d" : "%d", node);
	pr_info("epoch %llu: nodes %s\n", view ? view->epoch : 0, view ? ids : "none");
	krg_event("view epoch=%llu online=%s", view ? view->epoch : 0, ids);
	kfree(ids);
}

/* Tell everybody here what is different. */
static void krg_announce(const struct krg_view *old, const struct krg_view *new)
{
	struct krg_set lost = krg_set_minus(old->members, new->members);
	struct krg_set came = krg_set_minus(new->members, old->members);
	int node;

	krg_for_each_node(node, &lost) {
		if (krg_set_has(&new->left, node)) {
			krg_view_change(KRG_VIEW_REMOVED, node, new->epoch);
			continue;
		}
		/* whatever still waits for it has waited long enough */
		if (krg_rpc_incarnation(node) == old->incarnation[node])
			krg_rpc_declare_dead(node);
		krg_view_change(KRG_VIEW_FAILED, node, new->epoch);
	}
	if (krg_set_has(&came, krg_node_id())) {
		krg_view_change(KRG_VIEW_JOINED, krg_node_id(), new->epoch);
		return;
	}
	krg_for_each_node(node, &came)
		krg_view_change(KRG_VIEW_ADDED, node, new->epoch);
}

/*
 * Take note of a decided view. Return: 0: it is news, and @old is what we had;
 * -EALREADY: we have it; -ECANCELED: we are not in it and have not been; -ESTALE:
 * it says that we are no longer in it.
 */
static int krg_take_view(const struct krg_view *view, struct krg_view *old)
{
	bool in = krg_set_has(&view->members, krg_node_id()) &&
		  view->incarnation[krg_node_id()] == krg_rpc_incarnation(krg_node_id());
	int err = 0;

	mutex_lock(&krg_me.lock);
	memset(old, 0, sizeof(*old));
	if (krg_me.phase >= KRG_IN) {
		*old = krg_me.acceptor.committed;
		if (view->cluster != old->cluster)
			err = -ECANCELED;
		else if (!krg_acceptor_commit(&krg_me.acceptor, view))
			err = -EALREADY;
		else if (!in)
			err = -ESTALE;
	} else if (in && krg_me.phase != KRG_OUT) {
		memset(&krg_me.acceptor, 0, sizeof(krg_me.acceptor));
		memset(&krg_me.broken, 0, sizeof(krg_me.broken));
		krg_me.acceptor.committed = *view;
		krg_me.phase = KRG_IN;
	} else {
		err = -ECANCELED;
	}
	if (!err) {
		krg_me.failed = krg_set_and(krg_me.failed, view->members);
		krg_me.broken = krg_set_and(krg_me.broken, view->members);
	}
	mutex_unlock(&krg_me.lock);
	return err;
}

int krg_install(const struct krg_view *view)
{
	struct krg_view *old = kmalloc(sizeof(*old), GFP_KERNEL);
	int err;

	if (!old)
		return -ENOMEM;
	mutex_lock(&install_lock);
	err = krg_take_view(view, old);
	if (!err) {
		krg_update_quorum();
		krg_publish(view);
		krg_announce(old, view);
	} else if (err == -ESTALE && !krg_set_has(&view->left, krg_node_id())) {
		pr_err("the cluster has declared this node dead in epoch %llu: its container ends\n",
		       view->epoch);
		krg_event("evicted epoch=%llu", view->epoch);
		krg_update_quorum();
		krg_view_change(KRG_VIEW_EVICTED, krg_node_id(), view->epoch);
		krg_container_kill();
	}
	mutex_unlock(&install_lock);
	krg_membership_changed();
	kfree(old);
	return err == -ECANCELED ? err : 0;
}

void krg_uninstall(void)
{
	u64 epoch = 0;

	mutex_lock(&install_lock);
	mutex_lock(&krg_me.lock);
	if (krg_me.phase >= KRG_IN)
		epoch = krg_me.acceptor.committed.epoch;
	krg_me.phase = KRG_OUT;
	mutex_unlock(&krg_me.lock);
	krg_publish(NULL);
	krg_update_quorum();
	krg_view_change(KRG_VIEW_LEFT, krg_node_id(), epoch);
	mutex_unlock(&install_lock);
	krg_membership_changed();
}

/* A peer has come or gone. */
static int krg_peer_change(struct notifier_block *nb, unsigned long action, void *data)
{
	int node = (long)data;

	krg_event("peer %d %s", node, action == KRG_PEER_UP ? "up" : "down");
	if (action == KRG_PEER_DOWN) {
		mutex_lock(&krg_me.lock);
		if (krg_me.phase >= KRG_IN &&
		    krg_set_has(&krg_me.acceptor.committed.members, node))
			krg_set_add(&krg_me.broken, node);
		mutex_unlock(&krg_me.lock);
	}
	krg_update_quorum();
	krg_agree_kick(true);
	krg_membership_changed();
	return NOTIFY_OK;
}

static struct notifier_block peer_notifier = { .notifier_call = krg_peer_change };

int krg_membership_init(void)
{
	int err = krg_agree_init();

	if (err)
		return err;
	err = krg_join_init();
	if (!err)
		err = krg_rpc_notify(&peer_notifier);
	if (err)
		krg_agree_exit();
	return err;
}

void krg_membership_exit(void)
{
	krg_rpc_unnotify(&peer_notifier);
	krg_join_exit();
	krg_agree_exit();
}
