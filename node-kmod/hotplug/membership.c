// SPDX-License-Identifier: GPL-2.0-only
/* Which nodes form the cluster. */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "hotplug.h"

struct krg_view {
	struct rcu_head rcu;
	u64 epoch;
	DECLARE_BITMAP(members, KRG_MAX_NODES);
};

static struct krg_view __rcu *view;	/* NULL: this node is in no cluster */
static DEFINE_MUTEX(lock);

bool krg_node_online(int node)
{
	struct krg_view *v;
	bool online;

	if (node < 1 || node >= KRG_MAX_NODES)
		return false;
	rcu_read_lock();
	v = rcu_dereference(view);
	online = v && test_bit(node, v->members);
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
	struct krg_view *v;
	u64 epoch = 0;

	bitmap_zero(nodes, KRG_MAX_NODES);
	rcu_read_lock();
	v = rcu_dereference(view);
	if (v) {
		bitmap_copy(nodes, v->members, KRG_MAX_NODES);
		epoch = v->epoch;
	}
	rcu_read_unlock();
	return epoch;
}
EXPORT_SYMBOL_GPL(krg_online_nodes);

bool krg_quorate(void)
{
	return krg_self_online();
}
EXPORT_SYMBOL_GPL(krg_quorate);

int krg_node_state(int node)
{
	if (krg_node_online(node))
		return KRG_NODE_ONLINE;
	return node == krg_node_id() ? KRG_NODE_PRESENT : KRG_NODE_POSSIBLE;
}

static void krg_install(struct krg_view *new)
{
	struct krg_view *old = rcu_replace_pointer(view, new, lockdep_is_held(&lock));
	static const unsigned long none[BITS_TO_LONGS(KRG_MAX_NODES)];

	krg_proc_nodes_update(new ? new->members : none);
	if (old)
		kfree_rcu(old, rcu);
}

int krg_join(struct krg_refusal *why)
{
	struct krg_view *v = kzalloc(sizeof(*v), GFP_KERNEL);

	if (!v)
		return -ENOMEM;
	v->epoch = 1;
	__set_bit(krg_node_id(), v->members);
	mutex_lock(&lock);
	krg_install(v);
	krg_view_change(KRG_VIEW_JOINED, krg_node_id(), 1);
	mutex_unlock(&lock);
	return 0;
}

void krg_leaving(void)
{
	krg_view_change(KRG_VIEW_LEAVING, krg_node_id(), 1);
}

void krg_leave(void)
{
	mutex_lock(&lock);
	krg_install(NULL);
	krg_view_change(KRG_VIEW_LEFT, krg_node_id(), 1);
	mutex_unlock(&lock);
}

int krg_membership_init(void)
{
	return 0;
}

void krg_membership_exit(void)
{
}
