// SPDX-License-Identifier: GPL-2.0-only
/* What nodes that come, go and die mean for stubs, bodies and pidfds. */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/bitmap.h>
#include "proc.h"

static void krg_stub_loses(struct krg_stub *stub, void *node)
{
	krg_stub_news(stub->pid, KRG_ASK_LOST, *(int *)node);
}

/* Waits: the body has to hear of it while the others still answer. */
static void krg_stub_leaves(struct krg_stub *stub, void *unused)
{
	struct krg_request request = { .ask = { .op = KRG_ASK_LEAVE, .pid = stub->pid } };

	krg_stub_request(stub->pid, &request);
}

/* @node: the home that is gone; NULL: all */
static void krg_body_loses(struct krg_body *body, void *node)
{
	if (!node || body->home == *(int *)node)
		krg_body_alone(body);
}

static int krg_view_changed(struct notifier_block *nb, unsigned long action, void *data)
{
	struct krg_view_change *change = data;
	DECLARE_BITMAP(nodes, KRG_MAX_NODES);
	int node;

	switch (action) {
	case KRG_VIEW_JOINED:
		krg_online_nodes(nodes);
		for_each_set_bit(node, nodes, KRG_MAX_NODES)
			if (node != krg_node_id())
				krg_pids_claim(node);
		krg_pids_known(true);
		break;
	case KRG_VIEW_REMOVED:
	case KRG_VIEW_FAILED:
		node = change->node;
		krg_body_each(krg_body_loses, &node);
		krg_stub_each(krg_stub_loses, &node);
		krg_pids_review();
		krg_watches_end(node);
		krg_pidfds_lose(node);
		break;
	case KRG_VIEW_LEAVING:
		krg_stub_each(krg_stub_leaves, NULL);
		break;
	case KRG_VIEW_LEFT:
		krg_pids_known(false);
		krg_body_each(krg_body_loses, NULL);
		krg_watches_end(KRG_NODE_NONE);
		krg_pidfds_lose(KRG_NODE_NONE);
		break;
	}
	return NOTIFY_OK;
}

struct notifier_block krg_proc_view = {
	.notifier_call = krg_view_changed, .priority = KRG_PRIO_PROC,
};
