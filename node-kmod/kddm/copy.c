// SPDX-License-Identifier: GPL-2.0-only
/* No kernel calls in here: see core.h. What other nodes say to a copy. */
#include "internal.h"

/*
 * Was this sent by a home that had dealt with the request which @c waits for? Then it is
 * about the copy to come: home tells a node everything in order, so who has a copy and may
 * keep it has been granted the request before, and who may not knows that before.
 */
static bool krg_kddm_later(const struct krg_kddm_copy *c)
{
	return krg_kddm_waits(c) && (c->state == KRG_KDDM_INVALID || c->before.type ||
				     c->flags & KRG_KDDM_ANSWERED);
}

static int krg_kddm_asked_to_share(struct krg_kddm *n, struct krg_kddm_copy *c,
				   const struct krg_kddm_msg *msg)
{
	struct krg_kddm_msg data = {
		.key = c->key, .type = KRG_KDDM_DATA, .node = n->self,
	};

	if (krg_kddm_later(c) || c->writer) {
		krg_set_add(&c->share_to, msg->node);
		return 0;
	}
	if (c->state == KRG_KDDM_EXCLUSIVE)
		n->ops->restrict_to(n, c, KRG_KDDM_SHARED);
	c->state = KRG_KDDM_SHARED;
	krg_kddm_post(n, msg->node, &data, c);
	return 0;
}

static int krg_kddm_asked_to_give(struct krg_kddm *n, struct krg_kddm_copy *c,
				  const struct krg_kddm_msg *msg)
{
	bool later = krg_kddm_later(c);
	struct krg_kddm_give *when = !later && krg_kddm_waits(c) ? &c->before : &c->next;

	if (when->type)
		return -EPROTO;
	*when = (struct krg_kddm_give) {
		.type = msg->type, .node = msg->node, .acks = msg->acks,
	};
	krg_kddm_work(n, c);
	return 0;
}

static int krg_kddm_asked_to_fetch(struct krg_kddm *n, const struct krg_kddm_msg *msg)
{
	struct krg_kddm_copy *c = n->ops->need_copy(n, &msg->key);
	struct krg_kddm_msg told = {
		.key = msg->key, .type = KRG_KDDM_FETCHED, .node = n->self,
	};

	bool goes = c->want == KRG_KDDM_DROP || c->want == KRG_KDDM_REMOVE || c->before.type ||
		    c->next.type;

	if (c->state != KRG_KDDM_INVALID && !goes) {
		krg_kddm_post(n, msg->node, &told, NULL);
	} else if (n->leaver) {
		told.err = -EAGAIN;
		krg_kddm_post(n, msg->node, &told, NULL);
	} else {
		krg_set_add(&c->tell, msg->node);
		krg_kddm_work(n, c);
	}
	return 0;
}

/* Is all here that was asked for? */
static int krg_kddm_complete(struct krg_kddm *n, struct krg_kddm_copy *c)
{
	if (!(c->flags & KRG_KDDM_ANSWERED) || c->acks)
		return 0;
	if (c->want == KRG_KDDM_GRAB || c->flags & KRG_KDDM_FRESH)
		c->state = KRG_KDDM_EXCLUSIVE;
	krg_kddm_finish(n, c, 0);
	return 0;
}

static int krg_kddm_answered(struct krg_kddm *n, struct krg_kddm_copy *c,
			     const struct krg_kddm_msg *msg, const void *payload)
{
	bool first = msg->type == KRG_KDDM_GRANT && msg->flags & KRG_KDDM_FIRST;
	bool content = first || msg->type == KRG_KDDM_DATA;
	bool has = c->state != KRG_KDDM_INVALID;

	if (!krg_kddm_waits(c) || !(c->flags & KRG_KDDM_SENT) || c->flags & KRG_KDDM_ANSWERED ||
	    content == has)
		return -EPROTO;
	if (content) {
		n->ops->fill(n, c, first ? NULL : payload);
		c->state = KRG_KDDM_SHARED;
	}
	c->flags |= KRG_KDDM_ANSWERED | (first ? KRG_KDDM_FRESH : 0);
	c->acks += msg->acks;
	return krg_kddm_complete(n, c);
}

void krg_kddm_copy_late(struct krg_kddm *n, const struct krg_kddm_msg *msg, const void *payload)
{
	struct krg_kddm_copy *c = n->ops->find_copy(n, &msg->key);
	bool first = msg->type == KRG_KDDM_GRANT;

	if (!c || !krg_kddm_waits(c) || c->state != KRG_KDDM_INVALID ||
	    (first && !(msg->flags & KRG_KDDM_FIRST)))
		return;
	n->ops->fill(n, c, first ? NULL : payload);
	c->state = KRG_KDDM_SHARED;
}

static int krg_kddm_acknowledged(struct krg_kddm *n, struct krg_kddm_copy *c)
{
	if (c->want != KRG_KDDM_GRAB || !(c->flags & KRG_KDDM_SENT))
		return -EPROTO;
	c->acks--;
	return krg_kddm_complete(n, c);
}

static int krg_kddm_fetched(struct krg_kddm *n, struct krg_kddm_copy *c,
			    const struct krg_kddm_msg *msg)
{
	if ((c->want != KRG_KDDM_DROP && c->want != KRG_KDDM_SYNC) ||
	    !(c->flags & KRG_KDDM_SENT))
		return -EPROTO;
	if (msg->err == -EAGAIN || (c->want == KRG_KDDM_DROP && !msg->err))
		krg_kddm_request(n, c);
	else
		krg_kddm_finish(n, c, msg->err);
	return 0;
}

static int krg_kddm_may_drop(struct krg_kddm *n, struct krg_kddm_copy *c)
{
	if (c->want != KRG_KDDM_DROP || !(c->flags & KRG_KDDM_SENT))
		return -EPROTO;
	krg_kddm_lose(n, c);
	krg_kddm_request(n, c);
	return 0;
}

static int krg_kddm_done(struct krg_kddm *n, struct krg_kddm_copy *c,
			 const struct krg_kddm_msg *msg)
{
	bool ends = c->want == KRG_KDDM_DROP || c->want == KRG_KDDM_REMOVE;
	int err = msg->err;

	if (c->want == KRG_KDDM_NOTHING || !(c->flags & KRG_KDDM_SENT) || (!err && !ends))
		return -EPROTO;
	if (c->want == KRG_KDDM_REMOVE) {
		if (err == -EAGAIN && c->writer) {
			/* somebody waits for it already: may that be its next first touch */
			n->ops->fill(n, c, NULL);
			err = 0;
		}
		c->writer = false;
	}
	if (!msg->err)
		krg_kddm_lose(n, c);
	krg_kddm_finish(n, c, err);
	return 0;
}

int krg_kddm_copy_receive(struct krg_kddm *n, const struct krg_kddm_msg *msg, const void *payload)
{
	struct krg_kddm_copy *c;

	if (msg->type == KRG_KDDM_FETCH)
		return msg->node ? krg_kddm_asked_to_fetch(n, msg) : -EPROTO;
	c = n->ops->find_copy(n, &msg->key);
	if (!c)
		return -EPROTO;
	switch (msg->type) {
	case KRG_KDDM_DATA:
	case KRG_KDDM_GRANT:
		return krg_kddm_answered(n, c, msg, payload);
	case KRG_KDDM_ACK:
		return krg_kddm_acknowledged(n, c);
	case KRG_KDDM_FETCHED:
		return krg_kddm_fetched(n, c, msg);
	case KRG_KDDM_MAY_DROP:
		return krg_kddm_may_drop(n, c);
	case KRG_KDDM_DONE:
		return krg_kddm_done(n, c, msg);
	}
	/* home may not know yet that it was dropped */
	if (!msg->node || (c->state == KRG_KDDM_INVALID && !krg_kddm_waits(c) &&
			   (c->want != KRG_KDDM_DROP || msg->type != KRG_KDDM_INVALIDATE)))
		return -EPROTO;
	return msg->type == KRG_KDDM_SHARE ? krg_kddm_asked_to_share(n, c, msg) :
					     krg_kddm_asked_to_give(n, c, msg);
}
