// SPDX-License-Identifier: GPL-2.0-only
/*
 * No kernel calls in here: see core.h. A new view: in three steps, each of which every
 * node takes when all have taken the one before, homes learn who has what.
 *
 * VIEW is the first message that a node sends in an epoch. When that of each other node is
 * here (SETTLING), no copy is on its way to this node any more. Then it says what it has
 * and knows, and REPORTED (REPORTING). With that from everybody it is READY as a home;
 * when all homes are (WAITING), requests are made, again where one was under way.
 */
#include "internal.h"

bool krg_kddm_within(const struct krg_set *part, const struct krg_set *whole)
{
	struct krg_set rest = krg_set_minus(*part, *whole);

	return krg_set_empty(&rest);
}

void krg_kddm_reset_copy(struct krg_kddm *n, struct krg_kddm_copy *c)
{
	c->flags &= KRG_KDDM_ONLY_FIND;
	c->acks = 0;
	c->before.type = 0;
	c->next.type = 0;
	memset(&c->share_to, 0, sizeof(c->share_to));
	memset(&c->tell, 0, sizeof(c->tell));
}

static void krg_kddm_reset_entry(struct krg_kddm *n, struct krg_kddm_entry *e)
{
	memset(&e->copies, 0, sizeof(e->copies));
	e->exclusive = false;
	memset(&e->dropping, 0, sizeof(e->dropping));
	if (!krg_kddm_within(&e->fresh, &n->stayed))
		memset(&e->fresh, 0, sizeof(e->fresh));
}

static void krg_kddm_report(struct krg_kddm *n, u8 type, const struct krg_kddm_key *key, u8 flags)
{
	unsigned int slot = krg_kddm_slot(key);
	struct krg_kddm_msg msg = { .key = *key, .type = type, .flags = flags };

	krg_kddm_post(n, n->place->home[slot], &msg, NULL);
	if (n->place->witness[slot])
		krg_kddm_post(n, n->place->witness[slot], &msg, NULL);
}

static bool krg_kddm_concerned(struct krg_kddm *n, unsigned int slot)
{
	return n->place->home[slot] == n->self || n->place->witness[slot] == n->self;
}

static void krg_kddm_report_entry(struct krg_kddm *n, struct krg_kddm_entry *e)
{
	krg_kddm_report(n, KRG_KDDM_KNOWN, &e->key, e->witness ? KRG_KDDM_HEARD :
			krg_set_empty(&e->fresh) ? 0 : KRG_KDDM_NEW);
	if (!krg_kddm_concerned(n, krg_kddm_slot(&e->key)))
		n->ops->drop_entry(n, e);
}

static void krg_kddm_report_copy(struct krg_kddm *n, struct krg_kddm_copy *c)
{
	if (krg_kddm_closed(n, c->key.set))
		return;
	if (c->want == KRG_KDDM_REMOVE) {
		/* it may be gone, and somebody else may have made a new one */
		c->writer = false;
		krg_kddm_lose(n, c);
		krg_kddm_report(n, KRG_KDDM_KNOWN, &c->key, KRG_KDDM_GONE);
	} else if (c->state != KRG_KDDM_INVALID) {
		krg_kddm_report(n, KRG_KDDM_COPY, &c->key,
				c->state == KRG_KDDM_EXCLUSIVE ? KRG_KDDM_SOLE : 0);
	}
}

/* Hand @slots, from @base on, to the nodes which @who says for each slot. */
static void krg_kddm_report_slots(struct krg_kddm *n, unsigned int base, u64 slots, const u8 *who)
{
	struct krg_kddm_msg msg = { .base = base, .type = KRG_KDDM_CLAIM };
	int i;

	while (slots) {
		u8 node = who[base + __builtin_ctzll(slots)];

		msg.slots = 0;
		for (i = 0; i < 64; i++)
			if (slots >> i & 1 && who[base + i] == node)
				msg.slots |= 1ULL << i;
		slots &= ~msg.slots;
		if (node && node != n->self)
			krg_kddm_post(n, node, &msg, NULL);
	}
}

/* Who is neither home nor witness any more knows nothing for sure from now on. */
static void krg_kddm_report_claims(struct krg_kddm *n)
{
	unsigned int i, slot;

	for (i = 0; i < KRG_KDDM_SLOTS / 64; i++) {
		krg_kddm_report_slots(n, 64 * i, n->claims[i], n->place->home);
		krg_kddm_report_slots(n, 64 * i, n->claims[i], n->place->witness);
		for (slot = 64 * i; slot < 64 * i + 64; slot++)
			if (!krg_kddm_concerned(n, slot))
				n->claims[i] &= ~(1ULL << slot % 64);
	}
}

/* All reports are here; home and witness have got the same ones. */
static void krg_kddm_learnt(struct krg_kddm *n, struct krg_kddm_entry *e)
{
	if (krg_set_empty(&e->copies) && !krg_set_empty(&e->fresh)) {
		/* its first touch never came to an end, or its removal did: it asks again */
		n->ops->drop_entry(n, e);
		return;
	}
	memset(&e->fresh, 0, sizeof(e->fresh));
	e->witness = n->place->home[krg_kddm_slot(&e->key)] != n->self;
	if (e->witness) {
		memset(&e->copies, 0, sizeof(e->copies));
		e->exclusive = false;
	}
	e->owner = krg_set_empty(&e->copies) ? 0 : krg_set_next(&e->copies, 0);
}

static void krg_kddm_resume(struct krg_kddm *n, struct krg_kddm_copy *c)
{
	if (c->want == KRG_KDDM_NOTHING)
		return;
	if ((c->want == KRG_KDDM_GET && c->state != KRG_KDDM_INVALID) ||
	    (c->want == KRG_KDDM_DROP && c->state == KRG_KDDM_INVALID))
		krg_kddm_finish(n, c, 0);
	else
		krg_kddm_request(n, c);
}

static void krg_kddm_advance(struct krg_kddm *n)
{
	if (n->phase == KRG_KDDM_SETTLING && krg_kddm_within(&n->place->members, &n->settled)) {
		n->phase = KRG_KDDM_REPORTING;
		n->ops->each_entry(n, krg_kddm_report_entry);
		krg_kddm_report_claims(n);
		n->ops->each_copy(n, krg_kddm_report_copy);
		krg_kddm_post_all(n, KRG_KDDM_REPORTED);
		krg_set_add(&n->reported, n->self);
	}
	if (n->phase == KRG_KDDM_REPORTING && krg_kddm_within(&n->place->members, &n->reported)) {
		n->phase = KRG_KDDM_WAITING;
		n->ops->each_entry(n, krg_kddm_learnt);
		krg_kddm_post_all(n, KRG_KDDM_READY);
		krg_set_add(&n->ready, n->self);
	}
	if (n->phase == KRG_KDDM_WAITING && krg_kddm_within(&n->place->members, &n->ready)) {
		n->phase = KRG_KDDM_SERVING;
		n->ops->each_copy(n, krg_kddm_resume);
		krg_kddm_destroy_serve(n);
		krg_kddm_leave_again(n);
	}
}

void krg_kddm_view(struct krg_kddm *n, u64 epoch, const struct krg_kddm_place *place,
		   struct krg_set stayed)
{
	if (n->phase == KRG_KDDM_OUT && epoch == 1 && krg_set_count(place->members) == 1)
		memset(n->claims, 0xff, sizeof(n->claims));
	n->epoch = epoch;
	n->place = place;
	n->stayed = stayed;
	memset(&n->settled, 0, sizeof(n->settled));
	memset(&n->reported, 0, sizeof(n->reported));
	memset(&n->ready, 0, sizeof(n->ready));
	memset(&n->leaving, 0, sizeof(n->leaving));
	memset(&n->byes, 0, sizeof(n->byes));
	n->phase = KRG_KDDM_SETTLING;
	n->ops->each_copy(n, krg_kddm_reset_copy);
	n->ops->each_entry(n, krg_kddm_reset_entry);
	krg_kddm_post_all(n, KRG_KDDM_VIEW);
	krg_kddm_destroy_view(n);
	krg_set_add(&n->settled, n->self);
	krg_kddm_advance(n);
}

static struct krg_kddm_entry *krg_kddm_known(struct krg_kddm *n, const struct krg_kddm_key *key,
					     u8 flags)
{
	struct krg_kddm_entry *e = n->ops->find_entry(n, key);
	bool news = !e || e->witness || flags & KRG_KDDM_GONE;

	if (!e)
		e = n->ops->need_entry(n, key);
	if (news) {
		e->witness = flags & KRG_KDDM_HEARD;
		memset(&e->fresh, 0, sizeof(e->fresh));
		/* who was to get it is among these */
		if (flags & (KRG_KDDM_NEW | KRG_KDDM_GONE))
			e->fresh = n->place->members;
	}
	return e;
}

static void krg_kddm_has_copy(struct krg_kddm *n, int node, const struct krg_kddm_msg *msg)
{
	struct krg_kddm_entry *e = krg_kddm_known(n, &msg->key, KRG_KDDM_HEARD);

	krg_set_add(&e->copies, node);
	if (msg->flags & KRG_KDDM_SOLE)
		e->exclusive = true;
}

static void krg_kddm_claim(struct krg_kddm *n, const struct krg_kddm_msg *msg)
{
	if (msg->base < KRG_KDDM_SLOTS && msg->base % 64 == 0)
		n->claims[msg->base / 64] |= msg->slots;
}

void krg_kddm_view_late(struct krg_kddm *n, const struct krg_kddm_msg *msg)
{
	struct krg_kddm_entry *e;

	switch (msg->type) {
	case KRG_KDDM_CLAIM:
		krg_kddm_claim(n, msg);
		break;
	case KRG_KDDM_KNOWN:
		/* who was to get a new one may have died since; who removes it will say so again */
		if (!(msg->flags & KRG_KDDM_GONE))
			krg_kddm_known(n, &msg->key, msg->flags & KRG_KDDM_HEARD);
		break;
	case KRG_KDDM_FORGET:
		e = n->ops->find_entry(n, &msg->key);
		if (e)
			n->ops->drop_entry(n, e);
		break;
	}
}

int krg_kddm_view_receive(struct krg_kddm *n, int from, const struct krg_kddm_msg *msg)
{
	switch (msg->type) {
	case KRG_KDDM_CLAIM:
		krg_kddm_claim(n, msg);
		return 0;
	case KRG_KDDM_KNOWN:
		krg_kddm_known(n, &msg->key, msg->flags);
		return 0;
	case KRG_KDDM_COPY:
		krg_kddm_has_copy(n, from, msg);
		return 0;
	case KRG_KDDM_VIEW:
		krg_set_add(&n->settled, from);
		break;
	case KRG_KDDM_REPORTED:
		krg_set_add(&n->reported, from);
		break;
	case KRG_KDDM_READY:
		krg_set_add(&n->ready, from);
		break;
	}
	krg_kddm_advance(n);
	return 0;
}

static void krg_kddm_out_copy(struct krg_kddm *n, struct krg_kddm_copy *c)
{
	u8 want = c->want;

	krg_kddm_reset_copy(n, c);
	if (want == KRG_KDDM_REMOVE)
		c->writer = false;
	krg_kddm_lose(n, c);
	c->want = KRG_KDDM_NOTHING;
	if (want)
		n->ops->wake(n, c, want, -EHOSTDOWN);
}

static void krg_kddm_out_entry(struct krg_kddm *n, struct krg_kddm_entry *e)
{
	n->ops->drop_entry(n, e);
}

void krg_kddm_out(struct krg_kddm *n)
{
	n->phase = KRG_KDDM_OUT;
	n->epoch = 0;
	n->leaver = false;
	n->bye = false;
	memset(n->claims, 0, sizeof(n->claims));
	krg_kddm_destroy_out(n);
	n->ops->each_copy(n, krg_kddm_out_copy);
	n->ops->each_entry(n, krg_kddm_out_entry);
}
