// SPDX-License-Identifier: GPL-2.0-only
/* What this node has of objects: copies, and as their home or witness, entries. */
#define pr_fmt(fmt) "krg_kddm: " fmt

#include <linux/export.h>
#include <kerrighed/hotplug.h>
#include "node.h"

static const struct krg_linker *krg_linkers[KRG_LINKERS];
static DEFINE_XARRAY(krg_kddm_sets);	/* id -> struct krg_kddm_set */
bool krg_unsettled;
static DEFINE_MUTEX(krg_kddm_sets_lock);	/* of adding to it; sections of all take away */

u16 krg_kddm_set_size(u64 id)
{
	return id >> 32;
}

bool krg_kddm_set_valid(u64 id)
{
	const struct krg_linker *linker = READ_ONCE(krg_linkers[id >> 56]);

	return linker && krg_kddm_set_size(id) && krg_kddm_set_size(id) <= linker->max_size;
}

int krg_linker_register(const struct krg_linker *linker)
{
	int err = -EBUSY;

	krg_kddm_enter_all();
	if (!krg_linkers[linker->id] && krg_kddm_node.phase == KRG_KDDM_OUT) {
		WRITE_ONCE(krg_linkers[linker->id], linker);
		err = 0;
	}
	krg_kddm_exit_all();
	return err;
}
EXPORT_SYMBOL_GPL(krg_linker_register);

void krg_linker_unregister(const struct krg_linker *linker)
{
	krg_kddm_enter_all();
	WRITE_ONCE(krg_linkers[linker->id], NULL);
	krg_kddm_exit_all();
}
EXPORT_SYMBOL_GPL(krg_linker_unregister);

int krg_object_home(u64 set, u64 index)
{
	struct krg_kddm_key key = { set, index };
	int home = 0;

	krg_kddm_enter_sets();
	if (krg_kddm_node.phase != KRG_KDDM_OUT)
		home = krg_kddm_node.place->home[krg_kddm_slot(&key)];
	krg_kddm_exit_sets();
	return home;
}
EXPORT_SYMBOL_GPL(krg_object_home);

static struct krg_kddm_set *krg_kddm_set_new(u64 id, gfp_t gfp)
{
	struct krg_kddm_set *set = kzalloc(sizeof(*set), gfp);

	if (!set)
		return NULL;
	set->id = id;
	set->linker = krg_linkers[id >> 56];
	set->size = krg_kddm_set_size(id);
	xa_init(&set->objects);
	xa_init(&set->entries);
	if (xa_is_err(xa_store(&krg_kddm_sets, id, set, gfp))) {
		kfree(set);
		return NULL;
	}
	return set;
}

static struct krg_kddm_set *krg_kddm_set_need(u64 id, gfp_t gfp)
{
	struct krg_kddm_set *set = xa_load(&krg_kddm_sets, id);

	if (set)
		return set;
	mutex_lock(&krg_kddm_sets_lock);
	set = xa_load(&krg_kddm_sets, id);
	if (!set)
		set = krg_kddm_set_new(id, gfp);
	mutex_unlock(&krg_kddm_sets_lock);
	return set;
}

struct krg_object *krg_object_lookup(const struct krg_kddm_key *key)
{
	struct krg_kddm_set *set = xa_load(&krg_kddm_sets, key->set);

	return set ? xa_load(&set->objects, key->index) : NULL;
}

static void krg_object_free(struct krg_object *o)
{
	if (o->content)
		o->set->linker->free(o->set->id, o->copy.key.index, o->content);
	krg_freed(o);
	kfree_rcu(o, rcu);
}

struct krg_object *krg_object_need(const struct krg_kddm_key *key, gfp_t gfp)
{
	struct krg_object *o = krg_object_lookup(key);
	struct krg_kddm_set *set;

	if (o)
		return o;
	set = krg_kddm_set_need(key->set, gfp);
	if (!set)
		return NULL;
	o = kzalloc(sizeof(*o), gfp);
	if (!o)
		return NULL;
	o->copy.key = *key;
	o->set = set;
	INIT_LIST_HEAD(&o->waiters);
	o->content = set->linker->alloc(set->id, key->index, gfp);
	if (!o->content || xa_is_err(xa_store(&set->objects, key->index, o, gfp))) {
		krg_object_free(o);
		return NULL;
	}
	atomic_long_inc(&set->object_count);
	return o;
}

/* Does neither this node nor any other need what it knows of its copy? */
static bool krg_object_idle(const struct krg_object *o)
{
	const struct krg_kddm_copy *c = &o->copy;

	return c->state == KRG_KDDM_INVALID && c->want == KRG_KDDM_NOTHING && !c->readers &&
	       !c->writer && !c->before.type && !c->next.type && krg_set_empty(&c->share_to) &&
	       krg_set_empty(&c->tell) && list_empty(&o->waiters);
}

/* Does another node wait for the end of a hold here? */
static bool krg_object_wanted(const struct krg_object *o)
{
	const struct krg_kddm_copy *c = &o->copy;

	return (c->readers || c->writer) &&
	       (c->before.type || c->next.type || !krg_set_empty(&c->share_to));
}

void krg_object_settle(struct krg_object *o)
{
	krg_waiters_retry(o);
	if (o->set->linker->wanted && krg_object_wanted(o))
		o->set->linker->wanted(o->set->id, o->copy.key.index, o->content);
	if (krg_object_idle(o)) {
		xa_erase(&o->set->objects, o->copy.key.index);
		atomic_long_dec(&o->set->object_count);
		krg_object_free(o);
	}
}

static void krg_set_settle(struct krg_kddm_set *set)
{
	struct krg_object *o;
	unsigned long index;

	xa_for_each(&set->objects, index, o)
		krg_object_settle(o);
	set->unsettled = false;
	if (xa_empty(&set->objects) && xa_empty(&set->entries)) {
		xa_erase(&krg_kddm_sets, set->id);
		kfree(set);
	}
}

void krg_objects_each(void (*fn)(struct krg_object *o))
{
	struct krg_kddm_set *set;
	unsigned long id, index;
	struct krg_object *o;

	xa_for_each(&krg_kddm_sets, id, set)
		xa_for_each(&set->objects, index, o)
			fn(o);
}

void krg_objects_settle(bool all)
{
	struct krg_kddm_set *set;
	unsigned long id;

	krg_unsettled = false;
	xa_for_each(&krg_kddm_sets, id, set)
		if (all || set->unsettled)
			krg_set_settle(set);
}

bool krg_sets_left(void)
{
	return !xa_empty(&krg_kddm_sets);
}

void krg_sets_each(void (*fn)(struct krg_kddm_set *set, void *arg), void *arg)
{
	struct krg_kddm_set *set;
	unsigned long id;

	krg_kddm_enter_sets();
	xa_for_each(&krg_kddm_sets, id, set)
		fn(set, arg);
	krg_kddm_exit_sets();
}

struct krg_kddm_copy *krg_find_copy(struct krg_kddm *n, const struct krg_kddm_key *key)
{
	struct krg_object *o = krg_object_lookup(key);

	return o ? &o->copy : NULL;
}

struct krg_kddm_copy *krg_need_copy(struct krg_kddm *n, const struct krg_kddm_key *key)
{
	return &krg_object_need(key, GFP_KERNEL | __GFP_NOFAIL)->copy;
}

struct krg_kddm_entry *krg_find_entry(struct krg_kddm *n, const struct krg_kddm_key *key)
{
	struct krg_kddm_set *set = xa_load(&krg_kddm_sets, key->set);

	return set ? xa_load(&set->entries, key->index) : NULL;
}

struct krg_kddm_entry *krg_need_entry(struct krg_kddm *n, const struct krg_kddm_key *key)
{
	struct krg_kddm_entry *e = krg_find_entry(n, key);
	struct krg_kddm_set *set;

	if (e)
		return e;
	set = krg_kddm_set_need(key->set, GFP_KERNEL | __GFP_NOFAIL);
	e = kzalloc(sizeof(*e), GFP_KERNEL | __GFP_NOFAIL);
	e->key = *key;
	atomic_long_inc(&set->entry_count);
	xa_store(&set->entries, key->index, e, GFP_KERNEL | __GFP_NOFAIL);
	return e;
}

void krg_drop_entry(struct krg_kddm *n, struct krg_kddm_entry *e)
{
	struct krg_kddm_set *set = xa_load(&krg_kddm_sets, e->key.set);

	xa_erase(&set->entries, e->key.index);
	atomic_long_dec(&set->entry_count);
	kfree(e);
}

void krg_each_copy(struct krg_kddm *n, void (*fn)(struct krg_kddm *n, struct krg_kddm_copy *c))
{
	struct krg_kddm_set *set;
	unsigned long id, index;
	struct krg_object *o;

	krg_unsettled = true;
	xa_for_each(&krg_kddm_sets, id, set) {
		set->unsettled = true;
		xa_for_each(&set->objects, index, o)
			fn(n, &o->copy);
	}
}

void krg_each_entry(struct krg_kddm *n, void (*fn)(struct krg_kddm *n, struct krg_kddm_entry *e))
{
	struct krg_kddm_set *set;
	struct krg_kddm_entry *e;
	unsigned long id, index;

	xa_for_each(&krg_kddm_sets, id, set)
		xa_for_each(&set->entries, index, e)
			fn(n, e);
}

void krg_each_of(struct krg_kddm *n, u64 id,
		 void (*copy)(struct krg_kddm *n, struct krg_kddm_copy *c),
		 void (*entry)(struct krg_kddm *n, struct krg_kddm_entry *e))
{
	struct krg_kddm_set *set = xa_load(&krg_kddm_sets, id);
	struct krg_kddm_entry *e;
	struct krg_object *o;
	unsigned long index;

	if (!set)
		return;
	krg_unsettled = true;
	set->unsettled = true;
	xa_for_each(&set->objects, index, o)
		copy(n, &o->copy);
	if (!entry)
		return;
	xa_for_each(&set->entries, index, e)
		entry(n, e);
}

/* Holds are counted by the protocol, and there is no other way to the content. */
void krg_restrict_to(struct krg_kddm *n, struct krg_kddm_copy *c, enum krg_kddm_state state)
{
}

void krg_fill(struct krg_kddm *n, struct krg_kddm_copy *c, const void *payload)
{
	struct krg_object *o = container_of(c, struct krg_object, copy);

	o->set->linker->fill(c->key.set, c->key.index, o->content, payload);
}
