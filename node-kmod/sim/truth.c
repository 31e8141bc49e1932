// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must be so, kept beside the cluster: which processes there are. And the check that
 * the cluster, when nothing more happens, knows exactly that.
 */
#include <stdarg.h>
#include "sim.h"
#include "hotplug/view.h"
#include "inside.h"

#define EVERYWHERE	1000	/* one process in so many is looked for from all nodes */
#define SOME		8	/* of those at home one in so many, when not all are looked for */

enum { GONE, ALIVE, PERHAPS };	/* PERHAPS: it was moving from or to a node that died */

static u8 is[PID_MAX_LIMIT], runners[PID_MAX_LIMIT];
static int place[PID_MAX_LIMIT];	/* as the check has found it */
static u32 at[PID_MAX_LIMIT];		/* its index in live */
static pid_t live[PID_MAX_LIMIT];
unsigned int sim_live;
u64 sim_received;
unsigned int sim_broken;

void sim_violated(const char *fmt, ...)
{
	va_list args;

	if (++sim_broken > 20)
		return;
	fprintf(stderr, "sim: %d nodes, %.6f s: ", sim_cluster, sim_now() / 1e9);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

/* The number of no process, of any home. */
pid_t sim_nobody(void)
{
	pid_t pid;

	do
		pid = (1 + sim_random(sim_cluster)) << KRG_PID_SHIFT | (20000 + sim_random(10000));
	while (is[pid]);
	return pid;
}

pid_t sim_any_process(void)
{
	return live[sim_random(sim_live)];
}

void sim_born(pid_t pid)
{
	if (is[pid])
		sim_violated("process %d was made while there is one", pid);
	else
		at[pid] = sim_live;
	live[at[pid]] = pid;
	sim_live += !is[pid];
	is[pid] = ALIVE;
}

static void gone(pid_t pid)
{
	is[pid] = GONE;
	live[at[pid]] = live[--sim_live];
	at[live[at[pid]]] = at[pid];
}

void sim_signalled(struct task_struct *task, int sig)
{
	pid_t pid = task_pid_vnr(task);

	sim_received++;
	if (sig != SIGTERM && sig != SIGKILL)
		return;
	if (is[pid] == GONE)
		sim_violated("process %d ends a second time", pid);
	else
		gone(pid);
}

/* Asks the modules of @node, without a message. */
static int place_of(int node, pid_t pid)
{
	int was = sim_node, found;

	sim_node = node;
	found = sim_call(krg_place_of)(pid);
	sim_node = was;
	return found;
}

int sim_where(pid_t pid)
{
	int home = krg_home_of(pid), node;

	if (sim_nodes[home].on)
		return place_of(home, pid);
	for (node = 1; node <= sim_cluster; node++)
		if (sim_nodes[node].on && place_of(node, pid) == node)
			return node;
	return -ESRCH;
}

void sim_lost(int node)
{
	unsigned int i = 0;
	bool there;
	int where;
	pid_t pid;

	while (i < sim_live) {
		pid = live[i];
		there = sim_task_find(node, pid) && place_of(node, pid) == node;
		where = there ? node : sim_where(pid);
		/* who has been given up for @node may not run there yet */
		if (sim_moving(pid, node) || (!there && (where == node || where < 0)))
			is[pid] = PERHAPS;
		else if (there)
			gone(pid);
		i += live[i] == pid;	/* else another one is there now */
	}
}

static void check_views(void)
{
	struct krg_view first = {}, view;
	typeof(sim_view) *ask;
	struct krg_set on = {};
	int node;

	for (node = 1; node <= sim_cluster; node++)
		if (sim_nodes[node].on)
			krg_set_add(&on, node);
	for (node = 1; node <= sim_cluster; node++) {
		if (!sim_nodes[node].on)
			continue;
		sim_node = node;
		ask = sim_call(sim_view);
		if (!ask(&view))
			sim_violated("node %d is in no cluster", node);
		else if (!krg_set_equal(view.members, on))
			sim_violated("node %d has a view of %d nodes, %d are there", node,
				     krg_set_count(view.members), krg_set_count(on));
		else if (first.epoch &&
			 (view.epoch != first.epoch || view.cluster != first.cluster))
			sim_violated("node %d has epoch %llu, the first one %llu", node,
				     view.epoch, first.epoch);
		if (!first.epoch)
			first = view;
	}
	sim_node = 0;
}

static void find_runners(void)
{
	struct task_struct *task;
	pid_t pid;
	int node;

	memset(runners, 0, sizeof(runners));
	for (node = 1; node <= sim_cluster; node++) {
		if (!sim_nodes[node].on)
			continue;
		sim_node = node;
		for_each_process(task) {
			pid = task_pid_vnr(task);
			if (task->exit_state || pid == 1 || place_of(node, pid) != node)
				continue;
			if (runners[pid]++)
				sim_violated("process %d runs on nodes %d and %d", pid, place[pid],
					     node);
			else if (is[pid] == GONE)
				sim_violated("process %d runs on node %d, but has ended", pid,
					     node);
			place[pid] = node;
		}
	}
	sim_node = 0;
}

static void check_processes(void)
{
	unsigned int i = 0;
	pid_t pid;

	while (i < sim_live) {
		pid = live[i];
		if (runners[pid])
			is[pid] = ALIVE;
		else if (is[pid] == ALIVE)
			sim_violated("process %d runs nowhere", pid);
		if (!runners[pid])
			gone(pid);
		i += live[i] == pid;
	}
}

/* What is not the process is its stub, which knows where that is. */
static void check_stubs(void)
{
	struct task_struct *task;
	pid_t pid;
	int node, there;

	for (node = 1; node <= sim_cluster; node++) {
		if (!sim_nodes[node].on)
			continue;
		sim_node = node;
		for_each_process(task) {
			pid = task_pid_vnr(task);
			there = place_of(node, pid);
			if (task->exit_state || pid == 1 || there == node)
				continue;
			if (krg_home_of(pid) != node)
				sim_violated("node %d has half of process %d", node, pid);
			else if (is[pid] == GONE)
				sim_violated("the stub of process %d outlives it", pid);
			else if (there != place[pid])
				sim_violated("process %d runs on node %d, at home it is on %d", pid,
					     place[pid], there);
		}
	}
	sim_node = 0;
}

static bool look_for_all;

/* On each node: its share of all processes, so that each is looked for. */
static void look(void *share)
{
	unsigned long offset = (unsigned long)share;
	int found;
	unsigned int i;
	pid_t pid;

	for (i = 0; i < sim_live; i++) {
		pid = live[i];
		if (i % EVERYWHERE &&
		    ((i + offset) % sim_cluster ||
		     (!look_for_all && place[pid] == krg_home_of(pid) && i % SOME)))
			continue;
		found = sim_call(krg_locate)(pid);
		if (found != place[pid])
			sim_violated("process %d runs on node %d; node %d finds it on %d", pid,
				     place[pid], sim_node, found);
	}
}

void sim_check(void)
{
	sim_run(SIM_NEVER);
	sim_moves_over();
	check_views();
	find_runners();
	check_processes();
	check_stubs();
}

/* What it sends is not counted. */
void sim_check_lookups(bool all)
{
	struct sim_counts before = sim_counts;
	long shift = sim_random(sim_cluster);
	int node;

	look_for_all = all;
	for (node = 1; node <= sim_cluster; node++)
		if (sim_nodes[node].on)
			sim_start(node, NULL, look, (void *)(shift + node));
	sim_run(SIM_NEVER);
	sim_counts = before;
}
