// SPDX-License-Identifier: GPL-2.0-only
/*
 * A migration with a crash of either node, or a partition, at every step, and the
 * message that is on the wire at that moment lost or delivered. Whatever happens,
 * the process runs at most once, and it runs once as long as who has it lives.
 */
#include <stdio.h>
#include <stdlib.h>
#include "../../epm/decide.h"

enum incident {
	NOTHING, SOURCE_DIES, DESTINATION_DIES, SOURCE_IN_MINORITY, DESTINATION_IN_MINORITY
};

enum moment { BUILDING, READY_ON_THE_WIRE, GIVEN_UP, GO_ON_THE_WIRE, RUNNING, MOMENTS };

struct world {
	bool source_alive, destination_alive;
	bool source_hears_death, destination_hears_death;
	struct krg_standing source, destination;
	bool source_has, source_waits, ready_sent, destination_runs, destination_waits;
};

static void fail(const char *what, enum incident incident, enum moment moment, bool lost)
{
	fprintf(stderr, "decide_test: %s: incident %d at moment %d, message %s\n", what, incident,
		moment, lost ? "lost" : "delivered");
	exit(1);
}

static void happen(struct world *w, enum incident incident)
{
	switch (incident) {
	case NOTHING:
		break;
	case SOURCE_DIES:
		w->source_alive = false;
		w->destination_hears_death = true;
		break;
	case DESTINATION_DIES:
		w->destination_alive = false;
		w->source_hears_death = true;
		break;
	case SOURCE_IN_MINORITY:
	case DESTINATION_IN_MINORITY:
		w->source_hears_death = true;
		w->destination_hears_death = true;
		w->source.quorate = incident == DESTINATION_IN_MINORITY;
		w->destination.quorate = incident == SOURCE_IN_MINORITY;
		break;
	}
}

static void source_hears(struct world *w, enum krg_heard heard)
{
	enum krg_verdict verdict;

	if (!w->source_alive || !w->source_has)
		return;
	verdict = krg_source_decides(heard, w->ready_sent, w->source);
	w->source_waits = verdict == KRG_WAIT;
	w->source_has = verdict == KRG_KEEP;
}

static void destination_hears(struct world *w, enum krg_heard heard)
{
	enum krg_verdict verdict;

	if (!w->destination_alive || w->destination_runs)
		return;
	verdict = krg_destination_decides(heard, w->ready_sent, w->destination);
	w->destination_runs = verdict == KRG_RUN;
	w->destination_waits = verdict == KRG_WAIT;
}

/* One migration up to its end; @strike comes before @moment's message is read. */
static struct world run(enum incident strike, enum moment moment, bool lost)
{
	struct world w = {
		.source_alive = true, .destination_alive = true, .source_has = true,
		.source = { true, true }, .destination = { true, true },
	};
	bool go_sent = false;

	if (moment == BUILDING)
		happen(&w, strike);
	if (w.destination_alive && !w.destination_hears_death)
		w.ready_sent = true;
	if (moment == READY_ON_THE_WIRE)
		happen(&w, strike);
	/* who is dead by the view is not heard any more, but what came before may be read */
	if (w.ready_sent && (!w.source_hears_death || (moment == READY_ON_THE_WIRE && !lost)))
		source_hears(&w, KRG_HEARD_READY);
	else if (w.source_hears_death)
		source_hears(&w, KRG_HEARD_DEATH);
	if (moment == GIVEN_UP)
		happen(&w, strike);
	go_sent = w.source_alive && !w.source_has && !w.source_waits;
	if (moment == GO_ON_THE_WIRE)
		happen(&w, strike);
	if (go_sent && (!w.destination_hears_death || (moment == GO_ON_THE_WIRE && !lost)))
		destination_hears(&w, KRG_HEARD_GO);
	else if (w.destination_hears_death)
		destination_hears(&w, KRG_HEARD_DEATH);
	if (moment == RUNNING)
		happen(&w, strike);
	return w;
}

static void check(enum incident incident, enum moment moment, bool lost)
{
	struct world w = run(incident, moment, lost);
	bool here = w.source_alive && w.source_has;
	bool there = w.destination_alive && w.destination_runs;

	if (here && there)
		fail("doubled", incident, moment, lost);
	if (w.source_alive && w.source_has && incident == NOTHING)
		fail("not moved", incident, moment, lost);
	/* who waits in a minority has the process if nobody else does */
	if (here || there || w.source_waits || w.destination_waits)
		return;
	/* nobody has it: only if who had it last is dead */
	if (w.destination_alive && w.source_alive)
		fail("lost", incident, moment, lost);
	if (incident == DESTINATION_DIES && w.source_has)
		fail("lost though the source lives", incident, moment, lost);
	if (incident == SOURCE_DIES && w.ready_sent)
		fail("lost though the destination has it", incident, moment, lost);
}

int main(void)
{
	const struct krg_standing fine = { true, true }, thrown_out = { true, false };
	int cases = 0;

	for (int incident = NOTHING; incident <= DESTINATION_IN_MINORITY; incident++)
		for (int moment = BUILDING; moment < MOMENTS; moment++)
			for (int lost = 0; lost <= 1; lost++, cases++)
				check(incident, moment, lost);
	if (krg_destination_decides(KRG_HEARD_GO, true, thrown_out) != KRG_DISCARD)
		fail("runs though thrown out of the cluster", NOTHING, RUNNING, false);
	if (krg_destination_decides(KRG_HEARD_REFUSED, true, fine) != KRG_DISCARD)
		fail("runs though the source called it off", NOTHING, RUNNING, false);
	printf("decide_test: %d cases passed\n", cases);
	return 0;
}
