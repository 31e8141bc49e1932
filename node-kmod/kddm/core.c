// SPDX-License-Identifier: GPL-2.0-only
/* No kernel calls in here: see core.h. Messages in and out. */
#include "internal.h"

void krg_kddm_init(struct krg_kddm *n, int self, const struct krg_kddm_ops *ops)
{
	memset(n, 0, sizeof(*n));
	n->self = self;
	n->ops = ops;
}

bool krg_kddm_msg_global(const struct krg_kddm_msg *msg)
{
	return msg->type >= KRG_KDDM_VIEW;
}

bool krg_kddm_msg_of_object(const struct krg_kddm_msg *msg)
{
	return msg->type < KRG_KDDM_VIEW || msg->type == KRG_KDDM_KNOWN ||
	       msg->type == KRG_KDDM_COPY;
}

static int krg_kddm_handle(struct krg_kddm *n, int from, const struct krg_kddm_msg *msg,
			   const void *payload)
{
	switch (msg->type) {
	case KRG_KDDM_REQUEST:
	case KRG_KDDM_NOTE:
	case KRG_KDDM_FORGET:
		return krg_kddm_home_receive(n, from, msg);
	case KRG_KDDM_SHARE:
	case KRG_KDDM_GIVE:
	case KRG_KDDM_INVALIDATE:
	case KRG_KDDM_FETCH:
	case KRG_KDDM_DATA:
	case KRG_KDDM_GRANT:
	case KRG_KDDM_ACK:
	case KRG_KDDM_FETCHED:
	case KRG_KDDM_MAY_DROP:
	case KRG_KDDM_DONE:
		return krg_kddm_copy_receive(n, msg, payload);
	case KRG_KDDM_LEAVE:
	case KRG_KDDM_BYE:
	case KRG_KDDM_BYE_ACK:
		return krg_kddm_leave_receive(n, from, msg);
	case KRG_KDDM_DESTROY:
	case KRG_KDDM_DESTROYED:
		return krg_kddm_destroy_receive(n, from, msg);
	default:
		return krg_kddm_view_receive(n, from, msg);
	}
}

/* A message that was sent in an earlier view: only what cannot be asked for again. */
static void krg_kddm_late(struct krg_kddm *n, const struct krg_kddm_msg *msg, const void *payload)
{
	switch (msg->type) {
	case KRG_KDDM_DATA:
	case KRG_KDDM_GRANT:
		krg_kddm_copy_late(n, msg, payload);
		break;
	case KRG_KDDM_FORGET:
	case KRG_KDDM_CLAIM:
	case KRG_KDDM_KNOWN:
		krg_kddm_view_late(n, msg);
		break;
	}
}

int krg_kddm_receive(struct krg_kddm *n, int from, const struct krg_kddm_msg *msg,
		     const void *payload)
{
	const struct krg_set *members;

	if (from < 1 || from >= KRG_SET_NODES || msg->type >= KRG_KDDM_TYPES ||
	    msg->node >= KRG_SET_NODES)
		return -EPROTO;
	if (n->phase == KRG_KDDM_OUT || msg->epoch > n->epoch)
		return -EAGAIN;
	members = &n->place->members;
	if (!krg_set_has(members, from))
		return 0;
	if (krg_kddm_msg_of_object(msg) && krg_kddm_closed(n, msg->key.set))
		return 0;
	if (msg->epoch < n->epoch) {
		if (n->phase == KRG_KDDM_SETTLING && !krg_set_has(&n->settled, from))
			krg_kddm_late(n, msg, payload);
		return 0;
	}
	if (!krg_kddm_msg_global(msg) && msg->node && !krg_set_has(members, msg->node))
		return -EPROTO;
	return krg_kddm_handle(n, from, msg, payload);
}

void krg_kddm_post(struct krg_kddm *n, int to, struct krg_kddm_msg *msg, struct krg_kddm_copy *c)
{
	msg->epoch = n->epoch;
	if (to == n->self)
		krg_kddm_handle(n, to, msg, NULL);
	else
		n->ops->send(n, to, msg, c);
}

void krg_kddm_post_all(struct krg_kddm *n, u8 type)
{
	struct krg_kddm_msg msg = { .epoch = n->epoch, .type = type };
	int node;

	krg_for_each_node(node, &n->place->members)
		if (node != n->self)
			n->ops->send(n, node, &msg, NULL);
}
