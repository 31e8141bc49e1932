// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim -n NODES -p PROCESSES [-s SEED] [-m MODULES] [-v]: one cluster from its first node on,
 * through work, deaths and returns. Prints a line for each figure:
 * NODES,PROCESSES,SEED,WHAT,FIGURE. Exit 1: a rule was broken.
 */
#include <getopt.h>
#include "sim.h"
#include "inside.h"

#define IDLE_S		60
#define WORK_S		5
#define STORM_MS	200
#define SAMPLES		100
#define MOVING_MS	200	/* many processes move, and in the midst of it a node dies */
#define COMES_MS	100	/* what happens while a node comes in */

/* What each node asks for in a second. */
struct rate {
	void (*start)(void *unused);
	int rate;
};

static const struct rate work[] = {
	{ sim_do_locate, 10 }, { sim_do_signal, 10 }, { sim_do_family, 4 }, { sim_do_fork, 2 },
	{ sim_do_end, 2 }, { sim_do_move, 2 }, {}
};

static const struct rate storm[] = { { sim_do_signal_moving, 300 }, { sim_do_move, 100 }, {} };
static const struct rate moving[] = { { sim_do_move, 100 }, {} };

static int processes = 1000;
static unsigned long seed = 1;

static void figure(const char *of, const char *what, double value)
{
	printf("%d,%d,%lu,%s.%s,%.10g\n", sim_cluster, processes, seed, of, what, value);
}

static u64 messages(const struct sim_counts *counts)
{
	u64 sum = 0;
	int kind;

	for (kind = 0; kind < SIM_KINDS; kind++)
		sum += counts->messages[kind];
	return sum;
}

/* Asks for all of @rates on each node, spread over @ms, which begin after @wait more. */
static void ask_for(const struct rate *rates, int wait, int ms)
{
	int node, i;

	for (; rates->start; rates++)
		for (node = 1; node <= sim_cluster; node++)
			for (i = 0; sim_nodes[node].on && i < rates->rate * ms / 1000; i++)
				sim_at(sim_now() + wait * NSEC_PER_MSEC +
				       sim_random(ms * 1000) * NSEC_PER_USEC,
				       node, rates->start, NULL);
}

/* A change of membership that began at @since: what it took until all knew. */
static void report_change(const char *what, const struct sim_counts *before, s64 since)
{
	u64 sent = sim_counts.messages[SIM_MEMBERSHIP] - before->messages[SIM_MEMBERSHIP];

	figure(what, "membership", sent);
	sent = sim_counts.messages[SIM_CONNECT] - before->messages[SIM_CONNECT];
	figure(what, "connect", sent);
	sent = sim_counts.messages[SIM_NAME] - before->messages[SIM_NAME];
	figure(what, "name", sent);
	figure(what, "queue", sim_counts.queue);
	figure(what, "ms", (sim_latest_view() - since) / 1e6);
}

static void joins(const char *what, int node)
{
	struct sim_counts before = sim_counts;
	s64 since = sim_now();

	sim_counts.queue = 0;
	sim_power_on(node);
	sim_run(SIM_NEVER);
	if (what)
		report_change(what, &before, since + SIM_START_MS * NSEC_PER_MSEC);
}

static void form(void)
{
	struct sim_counts none = {};
	int node;

	for (node = 1; node < sim_cluster; node++)
		joins(NULL, node);
	joins("join", sim_cluster);
	figure("form", "membership", sim_counts.messages[SIM_MEMBERSHIP]);
	figure("form", "connect", sim_counts.messages[SIM_CONNECT]);
	sim_check();
	sim_counts = none;
}

static double a_node_a_second(double count, double seconds)
{
	return count / sim_cluster / seconds;
}

static void idle(void)
{
	u64 before = messages(&sim_counts), probes = sim_probes();

	sim_run(sim_now() + IDLE_S * NSEC_PER_SEC);
	figure("idle", "supervision", a_node_a_second(sim_probes() - probes, IDLE_S));
	figure("idle", "modules", a_node_a_second(messages(&sim_counts) - before, IDLE_S));
}

/* Nine of ten begin at home; then a fifth of them moves, and the rest is forked. */
static void populate(void)
{
	int node, i;

	for (node = 1; node <= sim_cluster; node++)
		sim_spawn(node, processes * 9LL / 10 / sim_cluster);
	sim_run(SIM_NEVER);
	for (i = 0; i < processes / 5; i++)
		sim_at(sim_now() + sim_random(20000) * NSEC_PER_MSEC,
		       1 + sim_random(sim_cluster), sim_do_move, NULL);
	sim_check();
	while ((int)sim_live < processes) {
		for (i = sim_live; i < processes; i++)
			sim_at(sim_now() + sim_random(10000) * NSEC_PER_MSEC,
			       1 + sim_random(sim_cluster), sim_do_fork, NULL);
		sim_run(SIM_NEVER);
	}
	sim_check();
	sim_check_lookups(true);
}

static void works(void)
{
	struct sim_counts before = sim_counts;
	u64 probes = sim_probes(), most = 0;
	s64 end = sim_now() + WORK_S * NSEC_PER_SEC;
	int kind, node;

	ask_for(work, 0, WORK_S * 1000);
	sim_run(end);
	for (kind = 0; kind < SIM_KINDS; kind++)
		figure("work", sim_kind_names[kind],
		       a_node_a_second(sim_counts.messages[kind] - before.messages[kind], WORK_S));
	for (node = 1; node <= sim_cluster; node++)
		most = max(most, sim_counts.sent_by[node] - before.sent_by[node]);
	figure("work", "all", a_node_a_second(messages(&sim_counts) - messages(&before), WORK_S));
	figure("work", "busiest", (double)most / WORK_S);
	figure("bytes", "work", a_node_a_second(sim_counts.bytes - before.bytes, WORK_S));
	figure("work", "supervision", a_node_a_second(sim_probes() - probes, WORK_S));
	sim_check();
	sim_check_lookups(false);
}

/* Each signal acts once, however often its process moves meanwhile. */
static void signals(void)
{
	u64 sent = sim_sent, received = sim_received;

	ask_for(storm, 0, STORM_MS);
	sim_check();
	if (sim_sent - sent != sim_received - received)
		sim_violated("%llu signals were sent, %llu have come", sim_sent - sent,
			     sim_received - received);
	figure("signals", "acted", sim_received - received);
}

/* Messages of one request, with nothing beside it. */
static void cost(const char *what, void (*start)(void *unused), enum sim_pick pick)
{
	u64 sum = 0, most = 0, before, took;
	int i, node;

	sim_pick = pick;
	for (i = 0; i < SAMPLES; i++) {
		do
			node = 1 + sim_random(sim_cluster);
		while (!sim_nodes[node].on);
		before = messages(&sim_counts);
		sim_at(sim_now(), node, start, NULL);
		sim_run(SIM_NEVER);
		took = messages(&sim_counts) - before;
		sum += took;
		most = max(most, took);
	}
	sim_pick = SIM_ANY;
	figure(what, "mean", (double)sum / SAMPLES);
	figure(what, "most", most);
}

static void costs(void)
{
	cost("locate", sim_do_locate, SIM_ANY);
	cost("locate-nobody", sim_do_locate, SIM_NOBODY);
	cost("signal", sim_do_signal, SIM_ANY);
	cost("signal-nobody", sim_do_signal, SIM_NOBODY);
	cost("move", sim_do_move, SIM_ANY);
	cost("fork-away", sim_do_fork, SIM_AWAY);
	cost("family-away", sim_do_family, SIM_AWAY);
}

static void memory(void)
{
	unsigned int stubs, bodies, most_stubs = 0, most_bodies = 0, tasks = 0;
	u64 all_stubs = 0, all_bodies = 0;
	int node;

	for (node = 1; node <= sim_cluster; node++) {
		sim_node = node;
		sim_call(sim_holds)(&stubs, &bodies);
		all_stubs += stubs;
		all_bodies += bodies;
		most_stubs = max(most_stubs, stubs);
		most_bodies = max(most_bodies, bodies);
		tasks = max(tasks, sim_nodes[node].tasks);
	}
	sim_node = 0;
	figure("memory", "stubs", (double)all_stubs / sim_cluster);
	figure("memory", "stubs-most", most_stubs);
	figure("memory", "bodies", (double)all_bodies / sim_cluster);
	figure("memory", "bodies-most", most_bodies);
	figure("memory", "tasks-most", tasks);
}

/* Nodes die while processes move, and come back. */
static void dies(const char *what, int first, int count)
{
	char back[32];
	struct sim_counts before;
	s64 since;
	int i;
	/* about two moves of each, however many nodes there are */
	const struct rate homeless[] = { { sim_do_move, 3200 / sim_cluster }, {} };

	ask_for(moving, 0, MOVING_MS);
	sim_run(sim_now() + MOVING_MS / 2 * NSEC_PER_MSEC);
	before = sim_counts;
	sim_counts.queue = 0;
	since = sim_now();
	for (i = 0; i < count; i++)
		sim_power_off(first + i);
	sim_check();
	sim_check_lookups(false);
	report_change(what, &before, since);
	if (sim_live && count == 1 && first > 1) {
		cost("locate-homeless", sim_do_locate, SIM_HOMELESS);
		cost("signal-homeless", sim_do_signal, SIM_HOMELESS);
	}
	snprintf(back, sizeof(back), "%s-back", what);
	/* while it asks who has numbers of its own, their processes move */
	sim_pick = SIM_HOMELESS;
	ask_for(homeless, SIM_START_MS, COMES_MS);
	for (i = 0; i < count; i++) {
		joins(count == 1 ? back : NULL, first + i);
		sim_pick = SIM_ANY;
		sim_spawn(first + i, processes / sim_cluster);
	}
	sim_check();
	sim_check_lookups(false);
}

/* The modules are in the folder of this program, unless -m says where. */
static void arguments(int argc, char **argv)
{
	static char beside[PATH_MAX];
	int option;

	snprintf(beside, sizeof(beside), "%.*smodules.so",
		 (int)(strlen(argv[0]) - strlen(basename(argv[0]))), argv[0]);
	sim_modules = beside;

	while ((option = getopt(argc, argv, "n:p:s:m:v")) != -1) {
		if (option == 'n')
			sim_cluster = atoi(optarg);
		else if (option == 'p')
			processes = atoi(optarg);
		else if (option == 's')
			seed = strtoul(optarg, NULL, 10);
		else if (option == 'm')
			sim_modules = optarg;
		else if (option == 'v')
			sim_verbose = true;
		else
			exit(2);
	}
	if (sim_cluster < 2 || sim_cluster >= SIM_NODES || processes / sim_cluster < 10 ||
	    processes / sim_cluster > 20000) {
		fprintf(stderr, "sim: 2 to %d nodes, with 10 to 20000 processes each\n",
			SIM_NODES - 1);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	arguments(argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	sim_seed(seed);
	form();
	idle();
	populate();
	memory();
	costs();
	works();
	signals();
	if (sim_refused)
		sim_violated("%llu moves were refused though all nodes were there", sim_refused);
	dies("death", 2 + sim_random(sim_cluster - 1), 1);
	if (sim_cluster > 2)
		dies("death-coordinator", 1, 1);
	if (sim_cluster > 7)
		dies("death-two", 3, 2);
	figure("time", "s", sim_now() / 1e9);
	if (sim_broken)
		fprintf(stderr, "sim: %u rules broken\n", sim_broken);
	return !!sim_broken;
}
