// SPDX-License-Identifier: GPL-2.0-only
/* No kernel calls in here: see core.h. What threads of this node do with a copy. */
#include "internal.h"

void krg_kddm_request(struct krg_kddm *n, struct krg_kddm_copy *c)
{
	struct krg_kddm_msg msg = {
		.key = c->key, .type = KRG_KDDM_REQUEST, .node = n->self, .want = c->want,
		.flags = c->flags & KRG_KDDM_ONLY_FIND ? KRG_KDDM_FIND : 0,
	};

	/* both begin again with all that is wanted */
	if (n->phase != KRG_KDDM_SERVING || krg_kddm_find_ending(n, c->key.set))
		return;
	if (c->want == KRG_KDDM_DROP && c->state == KRG_KDDM_INVALID)
		msg.flags = KRG_KDDM_DROPPED;
	c->flags |= KRG_KDDM_SENT;
	krg_kddm_post(n, n->place->home[krg_kddm_slot(&c->key)], &msg, NULL);
}

void krg_kddm_start(struct krg_kddm *n, struct krg_kddm_copy *c, u8 want)
{
	c->want = want;
	c->acks = 0;
	krg_kddm_request(n, c);
}

void krg_kddm_lose(struct krg_kddm *n, struct krg_kddm_copy *c)
{
	if (c->state != KRG_KDDM_INVALID)
		n->ops->restrict_to(n, c, KRG_KDDM_INVALID);
	c->state = KRG_KDDM_INVALID;
}

/* Tell who waits until this node has a copy. */
static void krg_kddm_tell(struct krg_kddm *n, struct krg_kddm_copy *c, int err)
{
	struct krg_set tell = c->tell;
	int node;

	memset(&c->tell, 0, sizeof(c->tell));
	krg_for_each_node(node, &tell) {
		struct krg_kddm_msg msg = {
			.key = c->key, .type = KRG_KDDM_FETCHED, .node = n->self, .err = err,
		};

		krg_kddm_post(n, node, &msg, NULL);
	}
}

void krg_kddm_finish(struct krg_kddm *n, struct krg_kddm_copy *c, int err)
{
	u8 ended = c->want;

	c->want = KRG_KDDM_NOTHING;
	c->flags = KRG_KDDM_GRANTING;
	if (c->state != KRG_KDDM_INVALID)
		krg_kddm_tell(n, c, 0);
	else if (err)
		krg_kddm_tell(n, c, err);
	n->ops->wake(n, c, ended, err);
	c->flags &= ~KRG_KDDM_GRANTING;
	krg_kddm_work(n, c);
}

static void krg_kddm_give_up(struct krg_kddm *n, struct krg_kddm_copy *c,
			     struct krg_kddm_give *what)
{
	bool give = what->type == KRG_KDDM_GIVE;
	struct krg_kddm_msg msg = {
		.key = c->key, .type = give ? KRG_KDDM_DATA : KRG_KDDM_ACK, .node = n->self,
		.acks = give ? what->acks : 0,
	};
	int to = what->node;

	what->type = 0;
	krg_kddm_lose(n, c);
	krg_kddm_post(n, to, &msg, give ? c : NULL);
}

static void krg_kddm_share(struct krg_kddm *n, struct krg_kddm_copy *c)
{
	struct krg_set to = c->share_to;
	int node;

	memset(&c->share_to, 0, sizeof(c->share_to));
	if (c->state == KRG_KDDM_EXCLUSIVE)
		n->ops->restrict_to(n, c, KRG_KDDM_SHARED);
	c->state = KRG_KDDM_SHARED;
	krg_for_each_node(node, &to) {
		struct krg_kddm_msg msg = {
			.key = c->key, .type = KRG_KDDM_DATA, .node = n->self,
		};

		krg_kddm_post(n, node, &msg, c);
	}
}

void krg_kddm_work(struct krg_kddm *n, struct krg_kddm_copy *c)
{
	bool served = false;

	if (c->before.type && !c->readers && !c->writer)
		krg_kddm_give_up(n, c, &c->before);
	if (krg_kddm_waits(c) || c->writer)
		return;
	if (!krg_set_empty(&c->share_to)) {
		krg_kddm_share(n, c);
		served = true;
	}
	if (c->next.type && !c->readers) {
		krg_kddm_give_up(n, c, &c->next);
		served = true;
	}
	if (served)
		n->ops->wake(n, c, KRG_KDDM_NOTHING, 0);
	if (!krg_set_empty(&c->tell) && c->want == KRG_KDDM_NOTHING && !krg_kddm_deferred(c))
		krg_kddm_start(n, c, KRG_KDDM_GET);
}

/* May a thread hold it now? 0, -EBUSY, or -EINPROGRESS: not in this state */
static int krg_kddm_may_hold(struct krg_kddm_copy *c, enum krg_kddm_state state)
{
	bool turn = c->flags & KRG_KDDM_GRANTING;

	if (c->want == KRG_KDDM_DROP || c->want == KRG_KDDM_REMOVE)
		return -EINPROGRESS;
	if (!turn && (c->before.type || c->next.type))
		return -EINPROGRESS;
	if (c->writer || (state == KRG_KDDM_EXCLUSIVE && c->readers) ||
	    c->readers == (u16)~0)
		return -EBUSY;
	if (!turn && state == KRG_KDDM_EXCLUSIVE && !krg_set_empty(&c->share_to))
		return -EINPROGRESS;
	return c->state >= state ? 0 : -EINPROGRESS;
}

static int krg_kddm_hold(struct krg_kddm *n, struct krg_kddm_copy *c, enum krg_kddm_state state,
			 bool find)
{
	int err;

	if (n->phase == KRG_KDDM_OUT)
		return -EHOSTDOWN;
	if (krg_kddm_closed(n, c->key.set))
		return -EIDRM;
	err = krg_kddm_may_hold(c, state);
	if (err == -EINPROGRESS && c->want == KRG_KDDM_NOTHING && c->state < state &&
	    !krg_kddm_deferred(c)) {
		if (find)
			c->flags |= KRG_KDDM_ONLY_FIND;
		else
			c->flags &= ~KRG_KDDM_ONLY_FIND;
		krg_kddm_start(n, c, state == KRG_KDDM_SHARED ? KRG_KDDM_GET : KRG_KDDM_GRAB);
		err = krg_kddm_may_hold(c, state);	/* if this node is the home */
	}
	if (err)
		return err;
	if (state == KRG_KDDM_SHARED)
		c->readers++;
	else
		c->writer = true;
	return 0;
}

int krg_kddm_get(struct krg_kddm *n, struct krg_kddm_copy *c, bool find)
{
	return krg_kddm_hold(n, c, KRG_KDDM_SHARED, find);
}

int krg_kddm_grab(struct krg_kddm *n, struct krg_kddm_copy *c, bool find)
{
	return krg_kddm_hold(n, c, KRG_KDDM_EXCLUSIVE, find);
}

void krg_kddm_put(struct krg_kddm *n, struct krg_kddm_copy *c)
{
	if (c->writer)
		c->writer = false;
	else
		c->readers--;
	krg_kddm_work(n, c);
	if (c->readers || c->writer)
		return;
	if (krg_kddm_closed(n, c->key.set)) {
		krg_kddm_lose(n, c);
		n->ops->released(n);
	}
	n->ops->wake(n, c, KRG_KDDM_NOTHING, 0);
}

int krg_kddm_flush(struct krg_kddm *n, struct krg_kddm_copy *c)
{
	if (c->want != KRG_KDDM_NOTHING || c->readers || c->writer)
		return -EBUSY;
	if (c->state == KRG_KDDM_INVALID)
		return 0;
	krg_kddm_start(n, c, KRG_KDDM_DROP);
	return -EINPROGRESS;
}

int krg_kddm_sync(struct krg_kddm *n, struct krg_kddm_copy *c)
{
	if (krg_kddm_closed(n, c->key.set))
		return -EIDRM;
	if (c->want != KRG_KDDM_NOTHING)
		return -EBUSY;
	if (c->state == KRG_KDDM_INVALID)
		return 0;
	krg_kddm_start(n, c, KRG_KDDM_SYNC);
	return -EINPROGRESS;
}

int krg_kddm_remove(struct krg_kddm *n, struct krg_kddm_copy *c)
{
	bool out = n->phase == KRG_KDDM_OUT;

	if (out || krg_kddm_closed(n, c->key.set)) {
		if (c->writer)
			krg_kddm_put(n, c);
		return out ? -EHOSTDOWN : -EIDRM;
	}
	if (c->want != KRG_KDDM_NOTHING || c->readers ||
	    (!c->writer && (c->state != KRG_KDDM_INVALID || krg_kddm_deferred(c))))
		return -EBUSY;
	krg_kddm_start(n, c, KRG_KDDM_REMOVE);
	return -EINPROGRESS;
}
