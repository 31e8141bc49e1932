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

#include <kerrighed/set.h>

#ifndef __KERNEL__
#include <errno.h>
#endif

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
