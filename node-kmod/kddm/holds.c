// SPDX-License-Identifier: GPL-2.0-only
/*
 * What threads of this node do with objects: kerrighed/kddm.h.
 *
 * Who waits for an object stands in its queue. Whenever something changes, holds are taken
 * on behalf of those in the queue, in its order: a thread that had to be woken first might
 * find that another node has got the object meanwhile, again and again.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/string.h>
#include "node.h"

struct krg_waiter {
	struct list_head list;
	u8 want;			/* enum krg_kddm_want */
	bool find;
	bool held;			/* a removal: takes over a hold */
	bool calls;			/* is in a call of the protocol, which may wake it */
	bool told;			/* and did */
	bool asked;			/* its request is under way; not of holds */
	bool done;
	int err;
	struct completion ended;
};

static bool krg_holds(const struct krg_waiter *w)
{
	return w->want == KRG_KDDM_GET || w->want == KRG_KDDM_GRAB;
}

static void krg_waiter_done(struct krg_waiter *w, int err)
{
	w->done = true;
	w->err = err;
	complete(&w->ended);
}

static void krg_waiter_count(const struct krg_waiter *w)
{
	static const enum krg_kddm_stat stats[] = {
		[KRG_KDDM_GET] = KRG_STAT_GET, [KRG_KDDM_GRAB] = KRG_STAT_GRAB,
		[KRG_KDDM_DROP] = KRG_STAT_FLUSH, [KRG_KDDM_SYNC] = KRG_STAT_SYNC,
		[KRG_KDDM_REMOVE] = KRG_STAT_REMOVE,
	};

	krg_count(stats[w->want]);
}

static int krg_waiter_call(struct krg_object *o, const struct krg_waiter *w)
{
	struct krg_kddm *n = &krg_kddm_node;

	switch (w->want) {
	case KRG_KDDM_GET:
		return krg_kddm_get(n, &o->copy, w->find);
	case KRG_KDDM_GRAB:
		return krg_kddm_grab(n, &o->copy, w->find);
	case KRG_KDDM_DROP:
		return krg_kddm_flush(n, &o->copy);
	case KRG_KDDM_SYNC:
		return krg_kddm_sync(n, &o->copy);
	default:
		if (!w->held && o->copy.state != KRG_KDDM_INVALID)
			return -EAGAIN;
		return krg_kddm_remove(n, &o->copy);
	}
}

/* Return: -EBUSY: a thread here is in its way */
static int krg_waiter_try(struct krg_object *o, struct krg_waiter *w)
{
	int err;

	w->calls = true;
	w->told = false;
	err = krg_waiter_call(o, w);
	w->calls = false;
	if (err == -EINPROGRESS && w->told && (w->err || !krg_holds(w)))
		err = w->err;
	if (err != -EINPROGRESS && err != -EBUSY)
		krg_waiter_done(w, err);
	else
		w->asked = err == -EINPROGRESS && !krg_holds(w);
	return err;
}

/* Who waits longer than a thread that is in the way comes before who asks later. */
static void krg_waiters_try(struct krg_object *o)
{
	struct krg_waiter *w;

	list_for_each_entry(w, &o->waiters, list)
		if (krg_holds(w) && !w->done && !w->calls && krg_waiter_try(o, w) == -EBUSY)
			break;
}

void krg_wake(struct krg_kddm *n, struct krg_kddm_copy *c, enum krg_kddm_want ended, int err)
{
	struct krg_object *o = container_of(c, struct krg_object, copy);
	struct krg_waiter *w;

	if (ended == KRG_KDDM_DROP)
		krg_members_dropped(err);
	list_for_each_entry(w, &o->waiters, list) {
		if (w->done || w->want != ended)
			continue;
		if (w->calls) {
			w->told = true;
			w->err = err;
		} else if (krg_holds(w) ? err && (err != -ENOENT || w->find) : w->asked) {
			krg_waiter_done(w, err);
		}
	}
	krg_waiters_try(o);
}

/* Not from krg_wake(): what is granted there must not be given up at once. */
void krg_waiters_retry(struct krg_object *o)
{
	struct krg_waiter *w;

	krg_waiters_try(o);
	list_for_each_entry(w, &o->waiters, list)
		if (!krg_holds(w) && !w->done && !w->asked)
			krg_waiter_try(o, w);
}

/* The waiter was killed: undo what it may have been given, or was to give. */
static int krg_waiter_killed(struct krg_object *o, struct krg_waiter *w)
{
	if (w->done && w->err)
		return w->err;
	if (w->done ? krg_holds(w) : w->held && !w->asked)
		krg_kddm_put(&krg_kddm_node, &o->copy);
	return w->done && !krg_holds(w) ? 0 : -EINTR;
}

/* Return: 0, @content is what is held; or an error */
static int krg_wait_for(u64 set, u64 index, struct krg_waiter *w, void **content)
{
	struct krg_kddm_key key = { set, index };
	struct krg_object *o;
	int err, killed = 0;

	krg_waiter_count(w);
	init_completion(&w->ended);
	if (!krg_kddm_set_valid(set))
		return -EINVAL;
	krg_kddm_enter(&key);
	err = -EHOSTDOWN;
	if (krg_kddm_node.phase == KRG_KDDM_OUT) {
		if (w->held)
			krg_kddm_put(&krg_kddm_node, &krg_object_lookup(&key)->copy);
		goto out;
	}
	if (krg_kddm_leaving && krg_holds(w))
		goto out;
	err = -ENOMEM;
	o = krg_object_need(&key, GFP_KERNEL);
	if (!o)
		goto out;
	list_add_tail(&w->list, &o->waiters);
	if (krg_holds(w))
		krg_waiters_try(o);
	else
		krg_waiter_try(o, w);
	if (!w->done) {
		krg_count(KRG_STAT_WAITED);
		krg_kddm_exit(&key);
		killed = wait_for_completion_killable(&w->ended);
		krg_kddm_enter(&key);
	}
	list_del(&w->list);
	err = killed ? krg_waiter_killed(o, w) : w->err;
	*content = o->content;
out:
	krg_kddm_exit(&key);
	return err;
}

const void *krg_object_get(u64 set, u64 index, unsigned int flags)
{
	struct krg_waiter w = { .want = KRG_KDDM_GET, .find = flags & KRG_OBJECT_FIND };
	void *content;
	int err = krg_wait_for(set, index, &w, &content);

	return err ? ERR_PTR(err) : content;
}
EXPORT_SYMBOL_GPL(krg_object_get);

void *krg_object_grab(u64 set, u64 index, unsigned int flags)
{
	struct krg_waiter w = { .want = KRG_KDDM_GRAB, .find = flags & KRG_OBJECT_FIND };
	void *content;
	int err = krg_wait_for(set, index, &w, &content);

	return err ? ERR_PTR(err) : content;
}
EXPORT_SYMBOL_GPL(krg_object_grab);

const void *krg_object_find(u64 set, u64 index)
{
	struct krg_kddm_key key = { set, index };
	const void *content = NULL;
	struct krg_object *o;

	krg_count(KRG_STAT_FIND);
	krg_kddm_enter(&key);
	o = krg_object_lookup(&key);
	if (o && o->copy.state != KRG_KDDM_INVALID && list_empty(&o->waiters) &&
	    !krg_kddm_leaving && !krg_kddm_get(&krg_kddm_node, &o->copy, true))
		content = o->content;
	krg_kddm_exit(&key);
	return content;
}
EXPORT_SYMBOL_GPL(krg_object_find);

void krg_object_put(u64 set, u64 index)
{
	struct krg_kddm_key key = { set, index };
	struct krg_object *o;

	krg_count(KRG_STAT_PUT);
	krg_kddm_enter(&key);
	o = krg_object_lookup(&key);
	if (!WARN_ON_ONCE(!o || !(o->copy.readers || o->copy.writer)))
		krg_kddm_put(&krg_kddm_node, &o->copy);
	krg_kddm_exit(&key);
}
EXPORT_SYMBOL_GPL(krg_object_put);

int krg_object_write(u64 set, u64 index, const void *content)
{
	void *to = krg_object_grab(set, index, 0);
	struct krg_object *o;

	if (IS_ERR(to))
		return PTR_ERR(to);
	o = krg_object_lookup(&(struct krg_kddm_key){ set, index });
	o->set->linker->fill(set, index, to, content);
	krg_object_put(set, index);
	return 0;
}
EXPORT_SYMBOL_GPL(krg_object_write);

static int krg_object_ask(u64 set, u64 index, u8 want, bool held)
{
	struct krg_waiter w = { .want = want, .held = held };
	void *content;

	return krg_wait_for(set, index, &w, &content);
}

int krg_object_flush(u64 set, u64 index)
{
	return krg_object_ask(set, index, KRG_KDDM_DROP, false);
}
EXPORT_SYMBOL_GPL(krg_object_flush);

int krg_object_sync(u64 set, u64 index)
{
	return krg_object_ask(set, index, KRG_KDDM_SYNC, false);
}
EXPORT_SYMBOL_GPL(krg_object_sync);

int krg_object_remove(u64 set, u64 index)
{
	return krg_object_ask(set, index, KRG_KDDM_REMOVE, true);
}
EXPORT_SYMBOL_GPL(krg_object_remove);

int krg_object_remove_lost(u64 set, u64 index)
{
	return krg_object_ask(set, index, KRG_KDDM_REMOVE, false);
}
EXPORT_SYMBOL_GPL(krg_object_remove_lost);
