// SPDX-License-Identifier: GPL-2.0-only
/*
 * No kernel calls in here: see core.h. All objects of a set are destroyed.
 *
 * Who destroys a set says DESTROY to everybody, and so does everybody who hears it, once.
 * From then on a node has nothing of the set but what threads hold, and says nothing about
 * it. When that of each other node is here, nothing about the set is on its way to this one
 * any more. Then, and when no thread holds anything of it, it says DESTROYED, and does its
 * part for new objects of the set. Threads here get them when all have said DESTROYED: the
 * first one may be touched only when nobody is left who would ignore what is said about it.
 *
 * A new view begins again: who has not said DESTROYED yet says DESTROY. As long as there is
 * one, no new objects were made. Who has waits whether anybody does, until that must be
 * known; there may be new objects already, so it says nothing.
 */
#include "internal.h"

struct krg_kddm_ending *krg_kddm_find_ending(const struct krg_kddm *n, u64 set)
{
	struct krg_kddm_ending *e = n->endings;

	while (e && e->set != set)
		e = e->next;
	return e;
}

bool krg_kddm_closed(const struct krg_kddm *n, u64 set)
{
	struct krg_kddm_ending *e = krg_kddm_find_ending(n, set);

	return e && !krg_set_has(&e->done, n->self);
}

static void krg_kddm_say(struct krg_kddm *n, u8 type, u64 set)
{
	int node;

	krg_for_each_node(node, &n->place->members) {
		struct krg_kddm_msg msg = { .key.set = set, .type = type };

		if (node != n->self)
			krg_kddm_post(n, node, &msg, NULL);
	}
}

static void krg_kddm_end_copy(struct krg_kddm *n, struct krg_kddm_copy *c)
{
	u8 want = c->want;

	krg_kddm_reset_copy(n, c);
	if (want == KRG_KDDM_REMOVE)
		c->writer = false;
	if (!c->readers && !c->writer)
		krg_kddm_lose(n, c);
	c->want = KRG_KDDM_NOTHING;
	n->ops->wake(n, c, want, -EIDRM);
}

static void krg_kddm_end_entry(struct krg_kddm *n, struct krg_kddm_entry *e)
{
	n->ops->drop_entry(n, e);
}

static void krg_kddm_close(struct krg_kddm *n, struct krg_kddm_ending *e)
{
	memset(&e->told, 0, sizeof(e->told));
	memset(&e->done, 0, sizeof(e->done));
	krg_set_add(&e->told, n->self);
	krg_kddm_say(n, KRG_KDDM_DESTROY, e->set);
	n->ops->each_of(n, e->set, krg_kddm_end_copy, krg_kddm_end_entry);
}

static struct krg_kddm_ending *krg_kddm_begin(struct krg_kddm *n, u64 set)
{
	struct krg_kddm_ending *e = n->ops->new_ending(n, set);

	e->next = n->endings;
	n->endings = e;
	krg_kddm_close(n, e);
	return e;
}

static void krg_kddm_ask_again(struct krg_kddm *n, struct krg_kddm_copy *c)
{
	if (c->want != KRG_KDDM_NOTHING)
		krg_kddm_request(n, c);
}

static void krg_kddm_end(struct krg_kddm *n, struct krg_kddm_ending *e, int err)
{
	struct krg_kddm_ending **at = &n->endings;
	u64 set = e->set;

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	n->ops->free_ending(n, e);
	n->ops->destroyed(n, set, err);
	if (!err)
		n->ops->each_of(n, set, krg_kddm_ask_again, NULL);
}

static void krg_kddm_count_hold(struct krg_kddm *n, struct krg_kddm_copy *c)
{
	if (c->readers || c->writer)
		krg_kddm_find_ending(n, c->key.set)->held = true;
}

static bool krg_kddm_held(struct krg_kddm *n, struct krg_kddm_ending *e)
{
	e->held = false;
	n->ops->each_of(n, e->set, krg_kddm_count_hold, NULL);
	return e->held;
}

static void krg_kddm_proceed(struct krg_kddm *n, struct krg_kddm_ending *e)
{
	const struct krg_set *members = &n->place->members;

	if (!krg_set_has(&e->done, n->self)) {
		if (!krg_kddm_within(members, &e->told) || krg_kddm_held(n, e))
			return;
		krg_set_add(&e->done, n->self);
		krg_kddm_say(n, KRG_KDDM_DESTROYED, e->set);
	}
	if (krg_kddm_within(members, &e->done))
		krg_kddm_end(n, e, 0);
}

int krg_kddm_destroy(struct krg_kddm *n, u64 set)
{
	if (n->phase == KRG_KDDM_OUT)
		return -EHOSTDOWN;
	if (!krg_kddm_find_ending(n, set))
		krg_kddm_proceed(n, krg_kddm_begin(n, set));
	else if (!krg_kddm_closed(n, set))
		return -EBUSY;
	return krg_kddm_find_ending(n, set) ? -EINPROGRESS : 0;
}

void krg_kddm_destroy_again(struct krg_kddm *n)
{
	struct krg_kddm_ending *e, *next;

	for (e = n->endings; e; e = next) {
		next = e->next;
		krg_kddm_proceed(n, e);
	}
}

int krg_kddm_destroy_receive(struct krg_kddm *n, int from, const struct krg_kddm_msg *msg)
{
	struct krg_kddm_ending *e = krg_kddm_find_ending(n, msg->key.set);

	if (msg->type == KRG_KDDM_DESTROYED) {
		/* else it belongs to the one before, of which @from's next DESTROY told the end */
		if (e && krg_set_has(&e->told, from)) {
			krg_set_add(&e->done, from);
			krg_kddm_proceed(n, e);
		}
		return 0;
	}
	if (e && krg_set_has(&e->done, from)) {
		/* it has heard DESTROYED from all, made new objects and destroys them, too */
		krg_kddm_end(n, e, 0);
		e = NULL;
	}
	if (!e)
		e = krg_kddm_begin(n, msg->key.set);
	else if (krg_set_empty(&e->told))
		krg_kddm_close(n, e);
	krg_set_add(&e->told, from);
	krg_kddm_proceed(n, e);
	return 0;
}

void krg_kddm_destroy_view(struct krg_kddm *n)
{
	struct krg_kddm_ending *e, *next;

	for (e = n->endings; e; e = next) {
		next = e->next;
		if (krg_kddm_closed(n, e->set)) {
			krg_kddm_close(n, e);
			krg_kddm_proceed(n, e);
			continue;
		}
		memset(&e->told, 0, sizeof(e->told));
		memset(&e->done, 0, sizeof(e->done));
		krg_set_add(&e->done, n->self);
	}
}

void krg_kddm_destroy_serve(struct krg_kddm *n)
{
	struct krg_kddm_ending *e, *next;

	for (e = n->endings; e; e = next) {
		next = e->next;
		if (krg_set_empty(&e->told))
			krg_kddm_end(n, e, 0);
	}
}

void krg_kddm_destroy_out(struct krg_kddm *n)
{
	while (n->endings)
		krg_kddm_end(n, n->endings, -EHOSTDOWN);
}
