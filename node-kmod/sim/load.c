// SPDX-License-Identifier: GPL-2.0-only
/* What the processes of a cluster do: fork, wait, move, signal each other, end. */
#include "sim.h"
#include "inside.h"

#define TRIES		10000	/* to find a process of the kind that is wanted */
#define SIG_COUNTED	34	/* a real-time signal: none is merged with another */

struct op {
	struct list_head list;		/* of the moves that are under way */
	pid_t pid;
	int to;
};

static LIST_HEAD(moves);
u64 sim_sent;			/* counted signals that were accepted */
u64 sim_refused;
enum sim_pick sim_pick;

/* Is @pid moving from or to @node? */
bool sim_moving(pid_t pid, int node)
{
	struct op *op;

	list_for_each_entry(op, &moves, list)
		if (op->pid == pid && (op->to == node || sim_where(pid) == node))
			return true;
	return false;
}

/* Who asked for these died meanwhile. */
void sim_moves_over(void)
{
	struct op *op, *next;

	list_for_each_entry_safe(op, next, &moves, list) {
		list_del(&op->list);
		free(op);
	}
}

static struct op *op_new(pid_t pid, int to)
{
	struct op *op = sim_alloc(sizeof(*op));

	op->pid = pid;
	op->to = to;
	return op;
}

static int any_node(void)
{
	int node;

	do
		node = 1 + sim_random(sim_cluster);
	while (!sim_nodes[node].on);
	return node;
}

static bool fits(pid_t pid)
{
	int home = krg_home_of(pid);

	switch (sim_pick) {
	case SIM_AWAY:
		return sim_nodes[home].on && sim_where(pid) != home;
	case SIM_HOMELESS:
		return !sim_nodes[home].on || !sim_task_find(home, pid);
	default:
		return true;
	}
}

static pid_t any_process(void)
{
	int tries = TRIES;
	pid_t pid;

	if (sim_pick == SIM_NOBODY)
		return sim_nobody();
	do
		pid = sim_any_process();
	while (!fits(pid) && --tries);
	return pid;
}

/* A process that is in user mode, and its task; NULL: one that is not was hit. */
static struct task_struct *any_task(void)
{
	pid_t pid = any_process();
	int node = sim_where(pid);
	struct task_struct *task = node > 0 ? sim_task_find(node, pid) : NULL;

	return task && !task->sim_inside && !task->exit_state ? task : NULL;
}

static pid_t sim_fork(void)
{
	pid_t (*clone)(struct kernel_clone_args *args);
	struct kernel_clone_args args = { .exit_signal = SIGCHLD };
	pid_t pid;

	clone = sim_hooked("kernel_clone");
	pid = clone(&args);
	if (pid > 0)
		sim_born(pid);
	return pid;
}

static int sim_kill(pid_t pid, int sig)
{
	int (*kill)(int sig, struct kernel_siginfo *info, pid_t pid);
	struct kernel_siginfo info = { .si_signo = sig, .si_code = SI_USER };

	kill = sim_hooked("kill_something_info");
	return kill(sig, &info, pid);
}

static long sim_wait(pid_t pid)
{
	long (*wait)(const struct pt_regs *regs);
	struct pt_regs regs = { .di = pid };

	wait = sim_hooked("__x64_sys_wait4");
	return wait(&regs);
}

static void spawn(void *count)
{
	long left = (long)count;

	while (left-- && sim_fork() > 0)
		;
}

void sim_spawn(int node, int count)
{
	sim_as(sim_nodes[node].init, spawn, (void *)(long)count);
}

static void fork_one(void *unused)
{
	sim_fork();
}

void sim_do_fork(void *unused)
{
	struct task_struct *task = any_task();

	if (task)
		sim_as(task, fork_one, NULL);
}

static void move(void *arg)
{
	struct krg_refusal why = {};
	struct op *op = arg;
	int err = sim_call(sim_migrate)(op->pid, op->to, &why);

	/* it has ended meanwhile, is being moved already, or waits for a child */
	if (err && err != -ESRCH && err != -EALREADY && err != -EAGAIN)
		sim_refused++;
	list_del(&op->list);
	free(op);
}

static void start_move(int node, pid_t pid, int to)
{
	struct op *op = op_new(pid, to);

	list_add(&op->list, &moves);
	sim_start(node, NULL, move, op);
}

void sim_do_move(void *unused)
{
	start_move(sim_node, any_process(), any_node());
}

static void signal_one(void *arg)
{
	struct op *op = arg;

	sim_sent += !sim_kill(op->pid, op->to);
	free(op);
}

void sim_do_signal(void *unused)
{
	sim_as(sim_nodes[sim_node].init, signal_one, op_new(any_process(), SIG_COUNTED));
}

/* To one that is moving, if any is. */
void sim_do_signal_moving(void *unused)
{
	struct op *op = list_first_entry_or_null(&moves, struct op, list);

	sim_as(sim_nodes[sim_node].init, signal_one,
	       op_new(op ? op->pid : any_process(), SIG_COUNTED));
}

/* Only one that nobody waits for, else its number would never be free again. */
void sim_do_end(void *unused)
{
	struct task_struct *task = any_task();

	if (task && task->parent == sim_nodes[task->sim_node].init)
		sim_as(sim_nodes[sim_node].init, signal_one, op_new(task_pid_vnr(task), SIGTERM));
}

static void locate(void *arg)
{
	struct op *op = arg;

	sim_call(krg_locate)(op->pid);
	free(op);
}

void sim_do_locate(void *unused)
{
	sim_start(sim_node, NULL, locate, op_new(any_process(), 0));
}

/* Elsewhere: moves the child, and ends it. */
static void end_child(void *arg)
{
	struct op *op = arg;

	sim_sleep(sim_random(20 * NSEC_PER_MSEC));
	if (op->to)
		start_move(sim_node, op->pid, op->to);
	sim_sleep(sim_random(20 * NSEC_PER_MSEC));
	sim_sent += !sim_kill(op->pid, SIGTERM);
	free(op);
}

static void family(void *unused)
{
	int node = any_node();
	pid_t child = sim_fork(), got;
	unsigned int boots;

	if (child < 0)
		return;
	boots = sim_nodes[krg_home_of(child)].boots;
	sim_as(sim_nodes[node].init, end_child, op_new(child, sim_random(2) ? any_node() : 0));
	got = sim_wait(child);
	/* who has lost its home has lost its children there */
	if (got != child && sim_nodes[krg_home_of(child)].on &&
	    sim_nodes[krg_home_of(child)].boots == boots)
		sim_violated("process %d waited for %d and got %d", task_pid_vnr(current), child,
			     got);
}

/* A process makes a child, which somebody else ends, and waits for it. */
void sim_do_family(void *unused)
{
	struct task_struct *task = any_task();

	if (task)
		sim_as(task, family, NULL);
}
