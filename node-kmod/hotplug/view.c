// SPDX-License-Identifier: GPL-2.0-only
/* No kernel calls in here: see view.h. */
#ifdef __KERNEL__
#include <linux/errno.h>
#endif
#include "view.h"

bool krg_view_quorum(const struct krg_view *view, struct krg_set alive, struct krg_set gone)
{
	struct krg_set members = krg_set_minus(view->members, gone);
	int lowest = krg_set_next(&members, 0);
	int yes, all = krg_set_count(members);

	yes = krg_set_count(krg_set_and(alive, members));
	return 2 * yes > all || (all && 2 * yes == all && krg_set_has(&alive, lowest));
}

struct krg_set krg_view_survivors(struct krg_set nodes, const struct krg_set *reach)
{
	for (;;) {
		int node, other, missed, most = 0, worst = -1;

		krg_for_each_node(node, &nodes) {
			missed = 0;
			krg_for_each_node(other, &nodes)
				missed += other != node && (!krg_set_has(&reach[node], other) ||
							    !krg_set_has(&reach[other], node));
			if (missed && missed >= most) {
				most = missed;
				worst = node;
			}
		}
		if (worst == -1)
			return nodes;
		krg_set_remove(&nodes, worst);
	}
}

int krg_acceptor_prepare(struct krg_acceptor *a, u64 ballot)
{
	if (ballot < a->promised)
		return -EAGAIN;
	a->promised = ballot;
	return 0;
}

int krg_acceptor_accept(struct krg_acceptor *a, u64 ballot, const struct krg_view *next)
{
	if (ballot < a->promised)
		return -EAGAIN;
	if (next->cluster != a->committed.cluster || next->epoch != a->committed.epoch + 1)
		return -ESTALE;
	a->promised = ballot;
	a->accepted_ballot = ballot;
	a->accepted = *next;
	return 0;
}

bool krg_acceptor_commit(struct krg_acceptor *a, const struct krg_view *view)
{
	if (view->cluster == a->committed.cluster && view->epoch <= a->committed.epoch)
		return false;
	a->committed = *view;
	a->accepted_ballot = 0;
	return true;
}

bool krg_promise_better(const struct krg_acceptor *best, const struct krg_acceptor *promise,
			u64 epoch)
{
	return promise->accepted_ballot && promise->accepted.epoch == epoch + 1 &&
	       promise->accepted_ballot > best->accepted_ballot;
}
