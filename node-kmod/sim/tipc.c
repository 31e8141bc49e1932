// SPDX-License-Identifier: GPL-2.0-only
/*
 * Links of TIPC: when they come up, what their supervision sends, and when each end
 * notices that the other is gone. This is a model, of net/tipc/{link,discover}.c of Linux 6.1
 * and 6.12; what happens above the sockets is the modules' own code.
 *
 * Both ends have a timer, four times per tolerance. An end that has sent nothing since its
 * last tick sends a probe, which is answered (tipc_link_timeout()).
 */
#include "sim.h"

#define TICK		(250 * NSEC_PER_MSEC)	/* of krg_link_tolerance(1500): 1000 ms / 4 */
#define SILENT_TICKS	5	/* more than this many ticks without a word: the link is down */
#define DISCOVERY	(5 * NSEC_PER_MSEC)

struct link {
	bool up;
	s64 since;			/* up */
	s64 phase;			/* of this end's timer */
	s64 tick;			/* the last one in which this end has sent something */
	s64 busy;			/* such ticks, since it is up */
};

static struct link links[SIM_NODES][SIM_NODES];
static u64 probes;			/* of links that have gone */

bool sim_link_up(int a, int b)
{
	return links[a][b].up;
}

bool sim_wire(int a, int b)
{
	return sim_nodes[a].on && sim_nodes[b].on;
}

/* Probes that this end has sent, and what they were answered. */
static u64 probes_of(const struct link *l)
{
	s64 ticks = (sim_now() - l->since) / TICK;

	/* the tick that is not over yet may be a busy one */
	return l->up && ticks > l->busy ? 2 * (ticks - l->busy) : 0;
}

void sim_link_used(int a, int b)
{
	struct link *l = &links[a][b];
	s64 tick = (sim_now() - l->since) / TICK;

	if (l->up && l->tick != tick) {
		l->tick = tick;
		l->busy++;
	}
}

u64 sim_probes(void)
{
	u64 sum = probes;
	int a, b;

	for (a = 1; a < SIM_NODES; a++)
		for (b = 1; b < SIM_NODES; b++)
			sum += probes_of(&links[a][b]);
	return sum;
}

static void end_up(int a, int b)
{
	struct link *l = &links[a][b];

	l->up = true;
	l->since = sim_now();
	l->phase = sim_random(TICK);
	l->tick = -1;
	l->busy = 0;
	sim_names_visible(a, b, true);
}

static void end_down(int a, int b)
{
	struct link *l = &links[a][b];

	if (!l->up)
		return;
	probes += probes_of(l);
	l->up = false;
	sim_connections_end(a, b);
	sim_names_visible(a, b, false);
}

struct pair { int a, b; };

static struct pair *pair(int a, int b)
{
	struct pair *p = sim_alloc(sizeof(*p));

	*p = (struct pair) { a, b };
	return p;
}

static void link_comes_up(void *arg)
{
	struct pair *p = arg;
	int a = p->a, b = p->b;

	free(p);
	if (!sim_wire(a, b))
		return;
	/* a link that this end still has is of a session that is over */
	end_down(a, b);
	end_down(b, a);
	end_up(a, b);
	end_up(b, a);
}

static void discover(int a, int b)
{
	if (sim_wire(a, b))
		sim_at(sim_now() + DISCOVERY + sim_random(DISCOVERY), 0, link_comes_up, pair(a, b));
}

void sim_tipc_on(int node)
{
	int peer;

	for (peer = 1; peer < SIM_NODES; peer++)
		if (peer != node)
			discover(node, peer);
}

/* When this end has counted enough ticks without a word, if there is none from now on. */
static s64 silence_ends(const struct link *l)
{
	s64 ticks = (sim_now() - l->since - l->phase) / TICK + 1;

	return l->since + l->phase + (max(ticks, 1) + SILENT_TICKS) * TICK;
}

static void silence(void *arg)
{
	struct pair *p = arg;

	if (!sim_wire(p->b, p->a))
		end_down(p->a, p->b);
	free(p);
}

void sim_tipc_off(int node)
{
	int peer;

	for (peer = 1; peer < SIM_NODES; peer++) {
		end_down(node, peer);
		if (links[peer][node].up)
			sim_at(silence_ends(&links[peer][node]), peer, silence,
			       pair(peer, node));
	}
}
