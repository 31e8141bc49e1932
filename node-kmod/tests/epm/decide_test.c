// SPDX-License-Identifier: GPL-2.0-only
/*
 * A migration with a crash of either node, or a lost line between them, at every step,
 * and the message that is on the wire at that moment lost or delivered. Whatever happens,
 * the process runs at most once, and it runs once as long as who has it lives.
 */
#include <stdio.h>
#include <stdlib.h>
#include "../../epm/decide.h"

enum incident {
	NOTHING, SOURCE_DIES, DESTINATION_DIES, SOURCE_PUT_OUT, DESTINATION_PUT_OUT
};

enum moment { BUILDING, READY_ON_THE_WIRE, GIVEN_UP, GO_ON_THE_WIRE, RUNNING, MOMENTS };

struct end {
	bool alive, lost_other;
	struct krg_standing standing;
	enum krg_verdict verdict;	/* the last one */
};

struct world {
	struct end source, destination;
	bool ready_sent;
};

static void fail(const char *what, enum incident incident, enum moment moment, bool lost)
{
	fprintf(stderr, "decide_test: %s: incident %d at moment %d, message %s\n", what, incident,
		moment, lost ? "lost" : "delivered");
	exit(1);
}

/* Both see a lost connection first; what the cluster makes of it comes in settle(). */
static void happen(struct world *w, enum incident what)
{
	if (what == SOURCE_DIES)
		w->source.alive = false;
	if (what == DESTINATION_DIES)
		w->destination.alive = false;
	w->source.lost_other = what != NOTHING;
	w->destination.lost_other = what != NOTHING;
}

static void source_hears(struct world *w, enum krg_heard heard)
{
	if (w->source.alive && w->source.verdict == KRG_WAIT)
		w->source.verdict = krg_source_decides(heard, w->ready_sent, w->source.standing);
}

static void destination_hears(struct world *w, enum krg_heard heard)
{
	if (w->destination.alive && w->destination.verdict == KRG_WAIT)
		w->destination.verdict = krg_destination_decides(heard, w->ready_sent,
								 w->destination.standing);
}

/* The cluster decides: one of them is out, the dead one in any case. In any order. */
static void settle(struct world *w, enum incident what, bool source_first)
{
	bool source_out = what == SOURCE_DIES || what == SOURCE_PUT_OUT;
	int i;

	if (what == NOTHING)
		return;
	for (i = 0; i < 2; i++) {
		if (!i == source_first) {
			w->source.standing.member = !source_out;
			w->source.standing.outlived = !source_out;
			source_hears(w, KRG_HEARD_DEATH);
		} else {
			w->destination.standing.member = source_out;
			w->destination.standing.outlived = source_out;
			destination_hears(w, KRG_HEARD_DEATH);
		}
	}
}

/* One migration up to its end; @strike comes before @moment's message is read. */
static struct world run(enum incident strike, enum moment moment, bool lost)
{
	struct world w = {
		.source = { .alive = true, .standing.member = true, .verdict = KRG_WAIT },
		.destination = { .alive = true, .standing.member = true, .verdict = KRG_WAIT },
	};
	bool go_sent = false;

	if (moment == BUILDING)
		happen(&w, strike);
	if (w.destination.alive && !w.destination.lost_other)
		w.ready_sent = true;
	if (moment == READY_ON_THE_WIRE)
		happen(&w, strike);
	/* who was lost is not heard any more, but what came before may be read */
	if (w.ready_sent && (!w.source.lost_other || (moment == READY_ON_THE_WIRE && !lost)))
		source_hears(&w, KRG_HEARD_READY);
	else if (w.source.lost_other)
		source_hears(&w, KRG_HEARD_DEATH);
	if (moment == GIVEN_UP)
		happen(&w, strike);
	go_sent = w.source.alive && w.source.verdict == KRG_GIVE_UP;
	if (moment == GO_ON_THE_WIRE)
		happen(&w, strike);
	if (go_sent && (!w.destination.lost_other || (moment == GO_ON_THE_WIRE && !lost)))
		destination_hears(&w, KRG_HEARD_GO);
	else if (w.destination.lost_other)
		destination_hears(&w, KRG_HEARD_DEATH);
	if (moment == RUNNING)
		happen(&w, strike);
	return w;
}

static bool kept(const struct world *w)
{
	return w->source.alive && w->source.verdict == KRG_KEEP;
}

static bool runs(const struct world *w)
{
	return w->destination.alive && w->destination.verdict == KRG_RUN;
}

static void check(enum incident incident, enum moment moment, bool lost, bool source_first)
{
	struct world w = run(incident, moment, lost);

	if (kept(&w) && runs(&w))
		fail("doubled before the cluster has decided", incident, moment, lost);
	settle(&w, incident, source_first);
	if (kept(&w) && runs(&w))
		fail("doubled", incident, moment, lost);
	if (incident == NOTHING && !runs(&w))
		fail("not moved", incident, moment, lost);
	if ((w.source.alive && w.source.verdict == KRG_WAIT) ||
	    (w.destination.alive && w.destination.verdict == KRG_WAIT))
		fail("waits for ever", incident, moment, lost);
	if (kept(&w) || runs(&w))
		return;
	/* nobody has it: only if who had it last is dead or out */
	if (incident == NOTHING)
		fail("lost", incident, moment, lost);
	if ((incident == DESTINATION_DIES || incident == DESTINATION_PUT_OUT) &&
	    w.source.verdict != KRG_GIVE_UP)
		fail("lost though the source lives", incident, moment, lost);
	if ((incident == SOURCE_DIES || incident == SOURCE_PUT_OUT) && w.ready_sent)
		fail("lost though the destination has it", incident, moment, lost);
}

int main(void)
{
	const struct krg_standing fine = { true, true }, thrown_out = { false, false };
	const struct krg_standing undecided = { false, true };
	int cases = 0;

	for (int incident = NOTHING; incident <= DESTINATION_PUT_OUT; incident++)
		for (int moment = BUILDING; moment < MOMENTS; moment++)
			for (int variant = 0; variant < 4; variant++, cases++)
				check(incident, moment, variant & 1, variant & 2);
	if (krg_destination_decides(KRG_HEARD_GO, true, thrown_out) != KRG_DISCARD)
		fail("runs though thrown out of the cluster", NOTHING, RUNNING, false);
	if (krg_source_decides(KRG_HEARD_DEATH, true, thrown_out) != KRG_DISCARD)
		fail("runs at the source, thrown out, though the destination may have it",
		     NOTHING, RUNNING, false);
	if (krg_source_decides(KRG_HEARD_READY, true, fine) != KRG_KEEP)
		fail("given up though the destination is out", DESTINATION_PUT_OUT,
		     READY_ON_THE_WIRE, false);
	if (krg_source_decides(KRG_HEARD_READY, true, undecided) != KRG_GIVE_UP)
		fail("kept though the destination is ready", NOTHING, READY_ON_THE_WIRE, false);
	if (krg_destination_decides(KRG_HEARD_REFUSED, true, fine) != KRG_DISCARD)
		fail("runs though the source called it off", NOTHING, RUNNING, false);
	printf("decide_test: %d cases passed\n", cases);
	return 0;
}
