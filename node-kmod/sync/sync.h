/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Futexes in memory that several nodes share. Each kernel queues and wakes who waits on its
 * node. The home of a word, that of its page in KDDM, knows which nodes have somebody who
 * waits: they tell it before they look at the word (waits.c), and who wakes asks it to have
 * others woken, too (interests.c).
 *
 * A view has its own homes, who know nothing at first: with each new one, who waits begins
 * anew, as after a signal without a handler. So whoever waits is either known to the home of the
 * view in which he began, or begins anew soon; and who wakes sees to it that he and the home
 * have the same view. KDDM has it before: a word does not change after somebody looked at it
 * in a new view before who changes it has that view, too.
 *
 * Locks: krg_futexes_lock and krg_interests_lock, none under the other, nothing sleeps under them.
 * Under the first one tasks are woken.
 */
#ifndef KRG_SYNC_PRIVATE_H
#define KRG_SYNC_PRIVATE_H

#include <linux/list.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <kerrighed/hooks.h>
#include <kerrighed/kddm.h>
#include "symbols.h"
#include "wire.h"

static inline bool krg_same_futex(const struct krg_futex_key *a, const struct krg_futex_key *b)
{
	return a->set == b->set && a->index == b->index && a->offset == b->offset;
}

/* Of what comes from other nodes: no futex that is not the cluster's has such a key. */
static inline bool krg_key_valid(const struct krg_futex_key *key)
{
	return key->set >> 56 == KRG_LINKER_PAGES && key->offset < PAGE_SIZE &&
	       !(key->offset % sizeof(u32));
}

static inline u32 krg_futex_hash(const struct krg_futex_key *key)
{
	return key->set ^ key->index << 10 ^ key->offset >> 2;
}

/* futex.c */
extern struct krg_hook *krg_futex_hooks[];
/* Is there a futex of the cluster? current may read it, or @write it. May sleep. */
bool krg_futex_at(u32 __user *uaddr, bool write, struct krg_futex_key *key);
/* The same, if nobody wants to know which one. @flags: the kernel's, of the call */
bool krg_futex_ours(u32 __user *uaddr, unsigned int flags);
/* Wake who waits on this node, from a worker. Return: how many */
int krg_futex_wake_here(const struct krg_futex_key *key, int count, u32 bitset);

/* refuse.c */
extern struct krg_hook *krg_refuse_hooks[];
int krg_refuse_pi(void);		/* -EOPNOTSUPP, and says why in the kernel's log */

/* waits.c: who waits on this node */
struct krg_wait {
	struct list_head list;
	struct task_struct *task;
	struct krg_futex *futex;
};

/*
 * From here on until krg_wait_end(), who wakes on another node reaches current.
 * May sleep. Return: 0; -EINTR: a fatal signal; -ENOMEM.
 */
int krg_wait_begin(struct krg_wait *wait, const struct krg_futex_key *key);
void krg_wait_end(struct krg_wait *wait);
/*
 * Is it the turn of others? Said now and then of a word that somebody waits for on this node,
 * too: he would always come first.
 */
bool krg_wait_others_first(const struct krg_futex_key *key);
/*
 * Have others woken who wait on other nodes, no more than @count. Sleeps as long as they live.
 * Return: how many
 */
int krg_wake_others(const struct krg_futex_key *key, int count, u32 bitset);
/* Wake who waits on this node, from a worker; what of it others can rely on. */
void krg_waits_wake(const struct krg_wake_wire *wire, struct krg_woken_wire *woken);
/* Who waits on this node begins anew. */
void krg_waits_restart(void);
int krg_waits_init(void);
void krg_waits_exit(void);

/* interests.c: this node as a home */
/* The view that this node has, as far as homes go; 0: it is in no cluster */
u64 krg_sync_epoch(void);
/* A new one: nobody is known to wait. */
void krg_interests_view(u64 epoch);
/* Return: 0; -ESTALE: see struct krg_register_wire; -ENOMEM */
int krg_interest_add(int node, const struct krg_register_wire *wire);
void krg_interest_drop(int node, const struct krg_futex_key *key, u64 serial);
/*
 * Have all nodes but @from woken, one after the other, until it is enough. May sleep.
 * Return: how many; -ESTALE: see struct krg_wake_wire
 */
int krg_interests_wake(int from, const struct krg_wake_wire *wire);
int krg_interests_init(void);
void krg_interests_exit(void);

#endif /* KRG_SYNC_PRIVATE_H */
