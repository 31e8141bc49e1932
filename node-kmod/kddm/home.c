// SPDX-License-Identifier: GPL-2.0-only
/* No kernel calls in here: see core.h. The home of an object, and its witness. */
#include "internal.h"

static void krg_kddm_tell_done(struct krg_kddm *n, int node, const struct krg_kddm_key *key,
			       int err)
{
	struct krg_kddm_msg msg = {
		.key = *key, .type = KRG_KDDM_DONE, .node = n->self, .err = err,
	};

	krg_kddm_post(n, node, &msg, NULL);
}

static void krg_kddm_tell_copy(struct krg_kddm *n, int to, u8 type, const struct krg_kddm_key *key,
			       int node, int acks, u8 flags)
{
	struct krg_kddm_msg msg = {
		.key = *key, .type = type, .node = node, .acks = acks, .flags = flags,
	};

	krg_kddm_post(n, to, &msg, NULL);
}

/* Through the witness, so that @node has it only when two nodes know that it exists. */
static void krg_kddm_first_touch(struct krg_kddm *n, const struct krg_kddm_key *key, int node)
{
	struct krg_kddm_entry *e = n->ops->need_entry(n, key);
	int witness = n->place->witness[krg_kddm_slot(key)];

	krg_set_add(&e->copies, node);
	e->exclusive = true;
	e->owner = node;
	krg_set_add(&e->fresh, node);
	if (witness)
		krg_kddm_tell_copy(n, witness, KRG_KDDM_NOTE, key, node, 0, 0);
	else
		krg_kddm_tell_copy(n, node, KRG_KDDM_GRANT, key, n->self, 0, KRG_KDDM_FIRST);
}

/* Who has a copy and keeps it */
static struct krg_set krg_kddm_keepers(const struct krg_kddm_entry *e)
{
	return krg_set_minus(e->copies, e->dropping);
}

/* Of those who have a copy, who is to send it? */
static int krg_kddm_source(struct krg_kddm *n, const struct krg_kddm_entry *e)
{
	struct krg_set keepers = krg_kddm_keepers(e);

	if (krg_set_has(&keepers, n->self))
		return n->self;
	if (krg_set_has(&keepers, e->owner))
		return e->owner;
	return krg_set_next(&keepers, 0);
}

static void krg_kddm_home_get(struct krg_kddm *n, struct krg_kddm_entry *e, int node)
{
	int source = krg_kddm_source(n, e);

	if (krg_set_has(&e->copies, node)) {
		krg_kddm_tell_copy(n, node, KRG_KDDM_GRANT, &e->key, n->self, 0, 0);
		return;
	}
	krg_set_add(&e->copies, node);
	e->exclusive = false;
	krg_kddm_tell_copy(n, source, KRG_KDDM_SHARE, &e->key, node, 0, 0);
}

static void krg_kddm_home_grab(struct krg_kddm *n, struct krg_kddm_entry *e, int node)
{
	bool has = krg_set_has(&e->copies, node);
	int source = has ? node : krg_kddm_source(n, e);
	struct krg_kddm_key key = e->key;
	struct krg_set others = e->copies;
	int other, acks;

	krg_set_remove(&others, source);
	acks = krg_set_count(others);
	memset(&e->copies, 0, sizeof(e->copies));
	memset(&e->dropping, 0, sizeof(e->dropping));
	krg_set_add(&e->copies, node);
	e->exclusive = true;
	e->owner = node;
	krg_for_each_node(other, &others)
		krg_kddm_tell_copy(n, other, KRG_KDDM_INVALIDATE, &key, node, 0, 0);
	if (has)
		krg_kddm_tell_copy(n, node, KRG_KDDM_GRANT, &key, n->self, acks, 0);
	else
		krg_kddm_tell_copy(n, source, KRG_KDDM_GIVE, &key, node, acks, 0);
}

/* Who shall get a copy, because @node has the only one? -1: there is nobody */
static int krg_kddm_helper(struct krg_kddm *n, const struct krg_kddm_key *key, int node)
{
	struct krg_set can = krg_set_minus(n->place->members, n->leaving);
	int witness = n->place->witness[krg_kddm_slot(key)];

	krg_set_remove(&can, node);
	if (krg_set_has(&can, n->self))
		return n->self;
	if (krg_set_has(&can, witness))
		return witness;
	return krg_set_next(&can, 0);
}

/*
 * Writers go on telling @node until it has dropped its copy: if home died before it heard
 * that it may, it would still have one, which then has to be as good as the others.
 */
static void krg_kddm_home_drop(struct krg_kddm *n, struct krg_kddm_entry *e, int node)
{
	struct krg_set keepers = krg_kddm_keepers(e);
	int helper;

	krg_set_remove(&keepers, node);
	if (!krg_set_has(&e->copies, node)) {
		krg_kddm_tell_done(n, node, &e->key, 0);
	} else if (krg_set_empty(&keepers)) {
		helper = krg_kddm_helper(n, &e->key, node);
		if (helper == -1)
			krg_kddm_tell_done(n, node, &e->key, -EHOSTDOWN);
		else
			krg_kddm_tell_copy(n, helper, KRG_KDDM_FETCH, &e->key, node, 0, 0);
	} else {
		krg_set_add(&e->dropping, node);
		krg_kddm_tell_copy(n, node, KRG_KDDM_MAY_DROP, &e->key, n->self, 0, 0);
	}
}

static void krg_kddm_home_dropped(struct krg_kddm_entry *e, int node)
{
	if (e && krg_set_has(&e->dropping, node)) {
		krg_set_remove(&e->copies, node);
		krg_set_remove(&e->dropping, node);
	}
}

static void krg_kddm_home_sync(struct krg_kddm *n, struct krg_kddm_entry *e, int node)
{
	struct krg_set others = krg_kddm_keepers(e);
	int helper;

	krg_set_remove(&others, node);
	helper = krg_set_empty(&others) ? krg_kddm_helper(n, &e->key, node) :
		 krg_set_has(&others, n->self) ? n->self : krg_set_next(&others, 0);
	if (helper == -1)
		krg_kddm_tell_done(n, node, &e->key, -EHOSTDOWN);
	else
		krg_kddm_tell_copy(n, helper, KRG_KDDM_FETCH, &e->key, node, 0, 0);
}

static void krg_kddm_home_remove(struct krg_kddm *n, struct krg_kddm_entry *e, int node)
{
	struct krg_kddm_key key = e->key;
	int witness = n->place->witness[krg_kddm_slot(&key)];

	if (!krg_set_empty(&e->copies) && !(e->exclusive && krg_set_has(&e->copies, node))) {
		krg_kddm_tell_done(n, node, &key, -EAGAIN);
		return;
	}
	n->ops->drop_entry(n, e);
	if (witness)
		krg_kddm_tell_copy(n, witness, KRG_KDDM_FORGET, &key, node, 0, 0);
	else
		krg_kddm_tell_done(n, node, &key, 0);
}

/* An object that this home does not know */
static int krg_kddm_home_unknown(struct krg_kddm *n, const struct krg_kddm_msg *msg)
{
	int err = 0;

	if (!krg_kddm_claimed(n, krg_kddm_slot(&msg->key)))
		err = -EIO;
	else if (msg->want == KRG_KDDM_SYNC || msg->flags & KRG_KDDM_FIND)
		err = -ENOENT;
	else if (msg->want == KRG_KDDM_GET || msg->want == KRG_KDDM_GRAB)
		krg_kddm_first_touch(n, &msg->key, msg->node);
	if (err || msg->want == KRG_KDDM_DROP || msg->want == KRG_KDDM_REMOVE)
		krg_kddm_tell_done(n, msg->node, &msg->key, err);
	return 0;
}

static int krg_kddm_home_request(struct krg_kddm *n, const struct krg_kddm_msg *msg)
{
	struct krg_kddm_entry *e = n->ops->find_entry(n, &msg->key);

	if (msg->want == KRG_KDDM_DROP && msg->flags & KRG_KDDM_DROPPED) {
		krg_kddm_home_dropped(e, msg->node);
		krg_kddm_tell_done(n, msg->node, &msg->key, 0);
		return 0;
	}
	if (!e)
		return krg_kddm_home_unknown(n, msg);
	if (krg_set_empty(&e->copies) && msg->want != KRG_KDDM_REMOVE) {
		krg_kddm_tell_done(n, msg->node, &msg->key, -EIO);
		return 0;
	}
	if (!krg_set_empty(&e->fresh))
		krg_set_add(&e->fresh, msg->node);
	switch (msg->want) {
	case KRG_KDDM_GET:
		krg_kddm_home_get(n, e, msg->node);
		break;
	case KRG_KDDM_GRAB:
		krg_kddm_home_grab(n, e, msg->node);
		break;
	case KRG_KDDM_DROP:
		krg_kddm_home_drop(n, e, msg->node);
		break;
	case KRG_KDDM_SYNC:
		krg_kddm_home_sync(n, e, msg->node);
		break;
	case KRG_KDDM_REMOVE:
		krg_kddm_home_remove(n, e, msg->node);
		break;
	}
	return 0;
}

int krg_kddm_home_receive(struct krg_kddm *n, int from, const struct krg_kddm_msg *msg)
{
	unsigned int slot = krg_kddm_slot(&msg->key);
	struct krg_kddm_entry *e;

	if (msg->type == KRG_KDDM_REQUEST) {
		if (n->place->home[slot] != n->self || n->phase < KRG_KDDM_WAITING ||
		    msg->node != from || msg->want < KRG_KDDM_GET ||
		    msg->want > KRG_KDDM_REMOVE)
			return -EPROTO;
		return krg_kddm_home_request(n, msg);
	}
	if (n->place->witness[slot] != n->self || n->place->home[slot] != from || !msg->node)
		return -EPROTO;
	if (msg->type == KRG_KDDM_NOTE) {
		e = n->ops->need_entry(n, &msg->key);
		e->witness = true;
		krg_kddm_tell_copy(n, msg->node, KRG_KDDM_GRANT, &msg->key, n->self, 0,
				   KRG_KDDM_FIRST);
		return 0;
	}
	e = n->ops->find_entry(n, &msg->key);
	if (e)
		n->ops->drop_entry(n, e);
	krg_kddm_tell_done(n, msg->node, &msg->key, 0);
	return 0;
}
