/* SPDX-License-Identifier: GPL-2.0-only */
/* KDDM in the kernel of a node: what surrounds the protocol (core.h). */
#ifndef KRG_KDDM_NODE_H
#define KRG_KDDM_NODE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <kerrighed/kddm.h>
#include <kerrighed/rpc.h>
#include "core.h"
#include <kerrighed/fault.h>

/* The objects of a set at this node. */
struct krg_kddm_set {
	u64 id;
	const struct krg_linker *linker;
	u16 size;			/* of an object */
	struct xarray objects;		/* index -> struct krg_object */
	struct xarray entries;		/* index -> struct krg_kddm_entry */
	atomic_long_t object_count, entry_count;
	bool unsettled;			/* its objects have to; sections of all */
};

struct krg_object {
	struct krg_kddm_copy copy;
	struct krg_kddm_set *set;
	void *content;
	struct list_head waiters;	/* struct krg_waiter, in the order in which they came */
	struct rcu_head rcu;		/* who counts objects is in no section of them */
};

enum krg_kddm_stat {
	KRG_STAT_GET, KRG_STAT_GRAB, KRG_STAT_FIND, KRG_STAT_PUT, KRG_STAT_FLUSH, KRG_STAT_SYNC,
	KRG_STAT_REMOVE, KRG_STAT_DESTROY, KRG_STAT_WAITED, KRG_STAT_SENT, KRG_STAT_RECEIVED,
	KRG_STATS
};

DECLARE_PER_CPU(unsigned long [KRG_STATS], krg_kddm_stats);

static inline void krg_count(enum krg_kddm_stat stat)
{
	this_cpu_inc(krg_kddm_stats[stat]);
}

/* main.c */
extern struct krg_kddm krg_kddm_node;

/*
 * members.c: sections. In one of a key nobody else uses what has that key; in one of all
 * nobody uses anything, and messages are gathered. May sleep.
 *
 * Locks in order: those of peers (link.c), the section, that of adding sets (sets.c). Nobody
 * takes a second section in one.
 */
void krg_kddm_enter(const struct krg_kddm_key *key);
void krg_kddm_exit(const struct krg_kddm_key *key);
void krg_kddm_enter_all(void);
void krg_kddm_exit_all(void);
/* Sets stay, whatever happens to their objects. */
void krg_kddm_enter_sets(void);
void krg_kddm_exit_sets(void);
extern bool krg_kddm_leaving;		/* no new holds; in any section */
int krg_sections_init(void);
void krg_sections_exit(void);
int krg_members_init(void);
void krg_members_exit(void);
void krg_members_gone(struct krg_kddm *n);
void krg_members_dropped(int err);	/* a flush has ended */

/* sets.c; all in a section */
bool krg_kddm_set_valid(u64 id);
u16 krg_kddm_set_size(u64 id);
struct krg_object *krg_object_lookup(const struct krg_kddm_key *key);
/* NULL: there is no memory, which __GFP_NOFAIL rules out */
struct krg_object *krg_object_need(const struct krg_kddm_key *key, gfp_t gfp);
/* At the end of a section: try again what was busy, and free what nobody needs. */
void krg_object_settle(struct krg_object *o);
void krg_objects_settle(bool all);
bool krg_sets_left(void);		/* after all have settled */
extern bool krg_unsettled;		/* some of them have to, in a section of all */
/* Calls @fn for each object, which may settle it. */
void krg_objects_each(void (*fn)(struct krg_object *o));
void krg_sets_each(void (*fn)(struct krg_kddm_set *set, void *arg), void *arg);
extern const struct krg_linker krg_memory_linker;	/* memory.c */

struct krg_kddm_copy *krg_find_copy(struct krg_kddm *n, const struct krg_kddm_key *key);
struct krg_kddm_copy *krg_need_copy(struct krg_kddm *n, const struct krg_kddm_key *key);
struct krg_kddm_entry *krg_find_entry(struct krg_kddm *n, const struct krg_kddm_key *key);
struct krg_kddm_entry *krg_need_entry(struct krg_kddm *n, const struct krg_kddm_key *key);
void krg_drop_entry(struct krg_kddm *n, struct krg_kddm_entry *e);
void krg_each_copy(struct krg_kddm *n, void (*fn)(struct krg_kddm *n, struct krg_kddm_copy *c));
void krg_each_entry(struct krg_kddm *n, void (*fn)(struct krg_kddm *n, struct krg_kddm_entry *e));
void krg_each_of(struct krg_kddm *n, u64 id,
		 void (*copy)(struct krg_kddm *n, struct krg_kddm_copy *c),
		 void (*entry)(struct krg_kddm *n, struct krg_kddm_entry *e));
void krg_restrict_to(struct krg_kddm *n, struct krg_kddm_copy *c, enum krg_kddm_state state);
void krg_fill(struct krg_kddm *n, struct krg_kddm_copy *c, const void *payload);

/* holds.c: who holds and who waits */
void krg_wake(struct krg_kddm *n, struct krg_kddm_copy *c, enum krg_kddm_want ended, int err);
void krg_waiters_retry(struct krg_object *o);	/* not from krg_wake() */

/* destroying.c: sets that are being destroyed, and who waits for that */
struct krg_kddm_ending *krg_new_ending(struct krg_kddm *n, u64 set);
void krg_free_ending(struct krg_kddm *n, struct krg_kddm_ending *e);
void krg_released(struct krg_kddm *n);
void krg_destroyed(struct krg_kddm *n, u64 set, int err);
void krg_destroy_exit(void);

/* link.c: messages from and to other nodes */
int krg_link_init(void);
void krg_link_exit(void);
void krg_send(struct krg_kddm *n, int to, const struct krg_kddm_msg *msg,
	      struct krg_kddm_copy *c);
void krg_link_flush(void);		/* at the end of a section of all */
void krg_link_gather(void);		/* at its beginning */
/* In a section of all: @node came in with @epoch; what it sent before was in another life. */
void krg_link_came(int node, u64 epoch);
void krg_link_view(void);		/* there is a new view: what waited for it is dealt with */
void krg_link_forget(void);		/* this node is in no cluster any more */

/* show.c */
int krg_show_init(void);
void krg_show_exit(void);

#endif /* KRG_KDDM_NODE_H */
