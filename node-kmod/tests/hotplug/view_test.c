// SPDX-License-Identifier: GPL-2.0-only
/*
 * Quorums, survivors, and agreement: random runs in which several coordinators
 * work at the same time and any message may be lost. No epoch may ever be
 * decided twice.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "hotplug/view.h"

#define NODES	7
#define EPOCHS	400
#define RUNS	300
#define STEPS	3000

#define CHECK(condition)							\
	do {									\
		if (!(condition)) {						\
			fprintf(stderr, "%s:%d: %s (seed %u)\n", __FILE__,	\
				__LINE__, #condition, seed);			\
			exit(1);						\
		}								\
	} while (0)

static unsigned int seed;

static struct krg_set set(const char *ids)
{
	struct krg_set s = {};
	char *end;

	while (*ids) {
		krg_set_add(&s, strtol(ids, &end, 10));
		ids = end;
	}
	return s;
}

static void test_set(void)
{
	struct krg_set s = set("1 63 64 127");
	int node, sum = 0;

	CHECK(krg_set_count(s) == 4);
	krg_for_each_node(node, &s)
		sum += node;
	CHECK(sum == 1 + 63 + 64 + 127);
	krg_set_remove(&s, 64);
	CHECK(krg_set_next(&s, 64) == 127);
	CHECK(krg_set_next(&s, 128) == -1);
	krg_set_remove(&s, 127);
	CHECK(krg_set_next(&s, 64) == -1);
}

static bool quorum(const char *members, const char *alive, const char *gone)
{
	struct krg_view view = { .members = set(members) };

	return krg_view_quorum(&view, set(alive), set(gone));
}

static void test_quorum(void)
{
	CHECK(quorum("1 2 3", "1 2", ""));
	CHECK(quorum("1 2 3", "2 3", ""));
	CHECK(!quorum("1 2 3", "1", ""));
	CHECK(quorum("2 5", "2", ""));
	CHECK(!quorum("2 5", "5", ""));
	CHECK(quorum("2 5", "5", "2"));
	CHECK(quorum("1 2 3 4", "1 3", ""));
	CHECK(!quorum("1 2 3 4", "2 4", ""));
	CHECK(quorum("1 2 3 4", "2 4", "1"));
	CHECK(!quorum("1 2 3", "7 8", ""));
	CHECK(!quorum("", "1", ""));
}

/* @cut: pairs of nodes without a connection */
static struct krg_set survivors(const char *nodes, int (*cut)[2], int n)
{
	struct krg_set all = set(nodes), reach[KRG_SET_NODES];
	int i;

	for (i = 0; i < KRG_SET_NODES; i++)
		reach[i] = all;
	for (i = 0; i < n; i++)
		krg_set_remove(&reach[cut[i][0]], cut[i][1]);
	return krg_view_survivors(all, reach);
}

static void test_survivors(void)
{
	CHECK(krg_set_equal(survivors("1 2 3", NULL, 0), set("1 2 3")));
	CHECK(krg_set_equal(survivors("1 2 3", (int [][2]) { { 2, 3 } }, 1), set("1 2")));
	/* node 1 is the one with the bad card */
	CHECK(krg_set_equal(survivors("1 2 3 4", (int [][2]) { { 1, 2 }, { 1, 3 } }, 2),
			    set("2 3 4")));
	CHECK(krg_set_equal(survivors("1 2 3", (int [][2]) { { 1, 2 }, { 1, 3 }, { 2, 3 } }, 3),
			    set("1")));
}

struct proposer {
	bool ready;			/* has promises and a view to propose */
	u64 ballot, seen;
	struct krg_view base, next;
	struct krg_set promised;
};

static struct krg_acceptor nodes[NODES + 1];
static struct proposer proposers[NODES + 1];
static struct krg_view decided[EPOCHS + 1];
static unsigned long decisions;

static bool chance(int percent)
{
	return rand() % 100 < percent;
}

static void check_committed(const struct krg_view *view)
{
	CHECK(krg_set_equal(view->members, decided[view->epoch].members));
}

static void commit(int node, const struct krg_view *view)
{
	if (krg_acceptor_commit(&nodes[node], view))
		check_committed(view);
}

static struct krg_set random_members(void)
{
	struct krg_set s = {};
	int node;

	for (node = 1; node <= NODES; node++)
		if (chance(60))
			krg_set_add(&s, node);
	if (!krg_set_count(s))
		krg_set_add(&s, 1);
	return s;
}

static void prepare(int self, struct proposer *p)
{
	struct krg_acceptor best = {};
	int node;

	p->base = nodes[self].committed;
	p->ballot = krg_ballot(p->seen, self);
	memset(&p->promised, 0, sizeof(p->promised));
	krg_for_each_node(node, &p->base.members) {
		struct krg_acceptor *a = &nodes[node];

		if (chance(20))
			continue;	/* the request is lost */
		krg_acceptor_prepare(a, p->ballot);
		if (chance(10))
			continue;	/* the answer is lost */
		if (a->promised != p->ballot) {
			p->seen = a->promised;
			return;
		}
		if (a->committed.epoch > p->base.epoch) {
			commit(self, &a->committed);
			return;
		}
		if (a->committed.epoch < p->base.epoch) {
			commit(node, &p->base);
			return;
		}
		if (krg_promise_better(&best, a, p->base.epoch))
			best = *a;
		krg_set_add(&p->promised, node);
	}
	if (!krg_view_quorum(&p->base, p->promised, set("")))
		return;
	if (best.accepted_ballot) {
		p->next = best.accepted;
	} else {
		p->next = p->base;
		p->next.epoch++;
		p->next.members = random_members();
	}
	p->ready = true;
}

static void propose(struct proposer *p)
{
	struct krg_set accepted = {};
	int node;

	p->ready = false;
	krg_for_each_node(node, &p->promised)
		if (!chance(20) && !krg_acceptor_accept(&nodes[node], p->ballot, &p->next) &&
		    !chance(10))
			krg_set_add(&accepted, node);
	if (!krg_view_quorum(&p->base, accepted, set("")))
		return;
	CHECK(!decided[p->next.epoch].epoch ||
	      krg_set_equal(decided[p->next.epoch].members, p->next.members));
	decisions += !decided[p->next.epoch].epoch;
	decided[p->next.epoch] = p->next;
	for (node = 1; node <= NODES; node++)
		if (chance(60) && nodes[node].committed.epoch + 1 >= p->next.epoch)
			commit(node, &p->next);
}

static void test_agreement(void)
{
	struct krg_view first = { .cluster = 1, .epoch = 1, .members = set("1 2 3 4 5 6 7") };
	int step, node;

	memset(nodes, 0, sizeof(nodes));
	memset(proposers, 0, sizeof(proposers));
	memset(decided, 0, sizeof(decided));
	decided[1] = first;
	for (node = 1; node <= NODES; node++) {
		nodes[node].committed.cluster = 1;
		commit(node, &first);
	}
	for (step = 0; step < STEPS; step++) {
		int self = 1 + rand() % NODES;
		struct proposer *p = &proposers[self];

		if (nodes[self].committed.epoch == EPOCHS)
			break;
		if (!krg_set_has(&nodes[self].committed.members, self)) {
			p->ready = false;
			/* it comes in again with a later view, or hears of one */
			if (chance(30))
				commit(self, &nodes[1 + rand() % NODES].committed);
		} else if (p->ready) {
			propose(p);
		} else {
			prepare(self, p);
		}
	}
}

int main(void)
{
	test_set();
	test_quorum();
	test_survivors();
	for (seed = 1; seed <= RUNS; seed++) {
		srand(seed);
		test_agreement();
	}
	/* a test in which nothing happens would pass, too */
	CHECK(decisions > RUNS * 20);
	printf("%lu decisions in %d runs\n", decisions, RUNS);
	return 0;
}
