/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Agreement on views, without kernel calls: also built in user space, for tests.
 *
 * Every view has an epoch. To get from one epoch to the next, a coordinator asks
 * the members of the current view for promises (prepare) and lets them accept
 * the next view; with a quorum of them it is decided, whoever dies then. It is
 * Paxos with one instance an epoch: two coordinators can never decide
 * differently, and a new one finishes what the old one may have decided.
 */
#ifndef KRG_VIEW_H
#define KRG_VIEW_H

#ifdef __KERNEL__
#include <linux/bitops.h>
#include <linux/types.h>
#else
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#define u64 uint64_t
#define hweight64(word) __builtin_popcountll(word)
#endif

#define KRG_SET_NODES	128

struct krg_set {
	u64 w[KRG_SET_NODES / 64];
};

static inline bool krg_set_has(const struct krg_set *s, int node)
{
	return s->w[node / 64] >> node % 64 & 1;
}

static inline void krg_set_add(struct krg_set *s, int node)
{
	s->w[node / 64] |= 1ULL << node % 64;
}

static inline void krg_set_remove(struct krg_set *s, int node)
{
	s->w[node / 64] &= ~(1ULL << node % 64);
}

static inline struct krg_set krg_set_and(struct krg_set a, struct krg_set b)
{
	return (struct krg_set) { { a.w[0] & b.w[0], a.w[1] & b.w[1] } };
}

static inline struct krg_set krg_set_minus(struct krg_set a, struct krg_set b)
{
	return (struct krg_set) { { a.w[0] & ~b.w[0], a.w[1] & ~b.w[1] } };
}

static inline bool krg_set_equal(struct krg_set a, struct krg_set b)
{
	return a.w[0] == b.w[0] && a.w[1] == b.w[1];
}

static inline int krg_set_count(struct krg_set s)
{
	return hweight64(s.w[0]) + hweight64(s.w[1]);
}

/* The lowest member that is at least @from, or -1. */
int krg_set_next(const struct krg_set *s, int from);

#define krg_for_each_node(node, set)						\
	for ((node) = krg_set_next(set, 0); (node) != -1; (node) = krg_set_next(set, (node) + 1))

struct krg_view {
	u64 cluster;			/* which cluster; chosen by its founder */
	u64 epoch;
	struct krg_set members;
	struct krg_set left;		/* of the last view's: left in good order */
	u64 incarnation[KRG_SET_NODES];	/* of members */
};

/*
 * Do @alive decide for @view? More than half of its members, or half of them
 * with the lowest id. Members in @gone count as not there any more: their
 * incarnation is known to have ended, or an administrator says so.
 */
bool krg_view_quorum(const struct krg_view *view, struct krg_set alive, struct krg_set gone);

/*
 * Of @nodes, those that shall stay so that each reaches each. @reach[n] is what
 * node n says to reach. Who misses most goes first, and of those the highest id.
 */
struct krg_set krg_view_survivors(struct krg_set nodes, const struct krg_set *reach);

/* What a member has promised and accepted. */
struct krg_acceptor {
	struct krg_view committed;
	u64 promised;
	u64 accepted_ballot;		/* 0: nothing accepted for the next epoch */
	struct krg_view accepted;
};

/* Ballots: a higher counter wins; no two nodes use the same. */
static inline u64 krg_ballot(u64 after, int node)
{
	return ((after >> 8) + 1) << 8 | node;
}

/* 0, or -EAGAIN: has promised a higher ballot (in a->promised) */
int krg_acceptor_prepare(struct krg_acceptor *a, u64 ballot);
/* 0; -EAGAIN: has promised a higher ballot; -ESTALE: not the epoch after ours */
int krg_acceptor_accept(struct krg_acceptor *a, u64 ballot, const struct krg_view *next);
/* @view has been decided. Return: is it news? */
bool krg_acceptor_commit(struct krg_acceptor *a, const struct krg_view *view);

/*
 * @promise is another member's answer to prepare; @best is the best one so far.
 * Return: is it better, so that what it has accepted must be proposed?
 */
bool krg_promise_better(const struct krg_acceptor *best, const struct krg_acceptor *promise,
			u64 epoch);

#endif /* KRG_VIEW_H */
