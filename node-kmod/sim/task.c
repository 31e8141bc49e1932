// SPDX-License-Identifier: GPL-2.0-only
/* Processes of one thread: PIDs, fork, exit and wait. */
#include "sim.h"
#include "proc/symbols.h"

#define RESERVED_PIDS	300
#define ZOMBIE		0x20

struct cred sim_root;
struct task_struct init_task;
static struct pt_regs scratch;

struct pt_regs *task_pt_regs(struct task_struct *task)
{
	return &scratch;
}

void put_task_struct(struct task_struct *task)
{
	if (!--task->sim_refs)
		free(task);
}

struct pid *find_pid_ns(int nr, struct pid_namespace *ns)
{
	return xa_load(&ns->idr.entries, nr);
}

struct pid *find_get_pid(int nr)
{
	return find_pid_ns(nr, &sim_nodes[sim_node].ns);
}

struct pid_namespace *ns_of_pid(struct pid *pid)
{
	return pid ? &sim_nodes[pid->task->sim_node].ns : NULL;
}

int task_pid_nr_ns(struct task_struct *task, struct pid_namespace *ns)
{
	return task->thread_pid ? task->thread_pid->numbers[ns->level].nr : 0;
}

int task_pid_vnr(struct task_struct *task)
{
	return task_pid_nr_ns(task, &sim_nodes[task->sim_node].ns);
}

struct task_struct *sim_task_find(int node, pid_t pid)
{
	struct pid *found = find_pid_ns(pid, &sim_nodes[node].ns);

	return found ? found->task : NULL;
}

struct task_struct *sim_next_task(int from)
{
	unsigned long nr = from;
	struct pid *pid = sim_xa_find(&sim_nodes[sim_node].ns.idr.entries, &nr);

	return pid ? pid->task : NULL;
}

/* The first free number at or behind the cursor, and from the lowest one on then. */
static int free_number(struct pid_namespace *ns)
{
	int nr = max(ns->idr.cursor, 1), end = PID_MAX_LIMIT;

	for (;;) {
		if (nr >= end) {
			if (end != PID_MAX_LIMIT)
				return -EAGAIN;
			end = ns->idr.cursor;
			nr = RESERVED_PIDS;
			continue;
		}
		if (!xa_load(&ns->idr.entries, nr))
			return nr;
		nr++;
	}
}

static struct pid *alloc_pid(struct pid_namespace *ns, pid_t *set_tid, size_t set_tid_size)
{
	int nr = set_tid_size ? *set_tid : free_number(ns);
	struct pid *pid;

	if (nr < 0)
		return ERR_PTR(nr);
	if (xa_load(&ns->idr.entries, nr))
		return ERR_PTR(-EEXIST);
	pid = sim_alloc(sizeof(*pid));
	pid->numbers[ns->level].nr = nr;
	sim_xa_store(&ns->idr.entries, nr, pid);
	if (!set_tid_size)
		ns->idr.cursor = nr + 1;
	return pid;
}

static void free_pid(struct pid *pid)
{
	xa_erase(&sim_nodes[sim_node].ns.idr.entries, pid->numbers[1].nr);
	free(pid);
}

struct task_struct *sim_task_new(int node, struct task_struct *parent)
{
	struct task_struct *task = sim_alloc(sizeof(*task));
	struct sim_node *n = &sim_nodes[node];
	static struct fs_struct fs;
	static struct nsproxy spaces[SIM_NODES];

	spaces[node].pid_ns_for_children = &n->ns;
	task->group_leader = task;
	task->sim_node = node;
	task->sim_refs = 1;
	task->sighand = &n->sighand;
	task->signal = &task->sim_signal;
	task->cred = &sim_root;
	task->fs = &fs;
	task->nsproxy = &spaces[node];
	init_sigpending(&task->pending);
	init_sigpending(&task->signal->shared_pending);
	init_waitqueue_head(&task->signal->wait_chldexit);
	INIT_LIST_HEAD(&task->children);
	task->parent = parent;
	if (parent)
		list_add_tail(&task->sibling, &parent->children);
	else
		INIT_LIST_HEAD(&task->sibling);
	return task;
}

/* Its number is free from now on. */
static void release_task(struct task_struct *task)
{
	list_del_init(&task->sibling);
	free_pid(task->thread_pid);
	task->thread_pid = NULL;
	sim_nodes[task->sim_node].tasks--;
	put_task_struct(task);
}

static void wake_up_new_task(struct task_struct *task)
{
}

static void first_of_child(void *arg)
{
	struct kernel_clone_args *args = arg;
	int (*fn)(void *arg) = args->fn;
	void *fn_arg = args->fn_arg;

	free(args);
	fn(fn_arg);
}

static pid_t kernel_clone(struct kernel_clone_args *args)
{
	typeof(alloc_pid) *alloc = sim_hooked("alloc_pid");
	typeof(wake_up_new_task) *wake = sim_hooked("wake_up_new_task");
	struct sim_node *n = &sim_nodes[sim_node];
	struct kernel_clone_args *copy;
	struct task_struct *task;
	struct pid *pid;

	pid = alloc(&n->ns, args->set_tid, args->set_tid_size);
	if (IS_ERR(pid))
		return PTR_ERR(pid);
	task = sim_task_new(sim_node, current->exit_state ? n->init : current);
	task->thread_pid = pid;
	pid->task = task;
	n->tasks++;
	wake(task);
	if (args->fn) {
		copy = sim_alloc(sizeof(*copy));
		*copy = *args;
		sim_start(sim_node, task, first_of_child, copy);
	}
	return pid->numbers[1].nr;
}

static pid_t user_mode_thread(int (*fn)(void *), void *arg, unsigned long flags)
{
	struct kernel_clone_args args = { .flags = flags, .fn = fn, .fn_arg = arg };

	return kernel_clone(&args);
}

/* exit and wait */
static bool do_notify_parent(struct task_struct *task, int sig)
{
	if (task->parent)
		wake_up_all(&task->parent->signal->wait_chldexit);
	return !task->parent || task->parent->sim_ignores;
}

static void forget_children(struct task_struct *task)
{
	struct task_struct *child, *next, *init = sim_nodes[task->sim_node].init;

	list_for_each_entry_safe(child, next, &task->children, sibling) {
		list_del_init(&child->sibling);
		child->parent = init;
		list_add_tail(&child->sibling, &init->children);
		if (child->exit_state)
			release_task(child);
	}
}

void sim_exit(int code)
{
	typeof(do_notify_parent) *tell = sim_hooked("do_notify_parent");
	struct task_struct *task = current;

	task->signal->flags |= SIGNAL_GROUP_EXIT;
	task->signal->group_exit_code = code;
	task->exit_code = code;
	task->flags |= PF_EXITING;
	sim_drop_signals(task);
	forget_children(task);
	task->exit_state = ZOMBIE;
	if (tell(task, SIGCHLD))
		release_task(task);
	sim_end();
}

static long do_wait(struct wait_opts *wo)
{
	struct task_struct *child;
	bool any = false;

	list_for_each_entry(child, &current->children, sibling) {
		if (wo->wo_type == PIDTYPE_PID && child->thread_pid != wo->wo_pid)
			continue;
		any = true;
		if (!child->exit_state)
			continue;
		wo->wo_info->pid = task_pid_vnr(child);
		wo->wo_info->cause = CLD_KILLED;
		wo->wo_info->status = child->exit_code;
		wo->wo_stat = child->exit_code;
		release_task(child);
		return wo->wo_info->pid;
	}
	return any ? 0 : -ECHILD;
}

/* wait4(2) of a native process, for one child or any */
static long __x64_sys_wait4(const struct pt_regs *regs)
{
	struct waitid_info info = {};
	struct wait_opts wo = { .wo_type = PIDTYPE_MAX, .wo_info = &info };
	long ret = 0;

	for (;;) {
		if ((pid_t)regs->di > 0) {
			wo.wo_type = PIDTYPE_PID;
			wo.wo_pid = find_get_pid(regs->di);
		}
		ret = do_wait(&wo);
		if (ret || regs->dx & WNOHANG)
			return ret;
		sim_wait_on(&current->signal->wait_chldexit, SIM_NEVER);
	}
}

/* kill(2) of a process of this node */
static int kill_something_info(int sig, struct kernel_siginfo *info, pid_t nr)
{
	struct task_struct *task = sim_task_find(sim_node, nr);

	if (!task)
		return -ESRCH;
	if (sig && !task->exit_state)
		sim_send_signal(task, info, sig);
	return 0;
}

static int ksys_setsid(void)
{
	return 0;
}

static void switch_task_namespaces(struct task_struct *task, struct nsproxy *to)
{
}

static void set_fs(struct fs_struct *fs, const struct path *path)
{
}

static void thread_group_cputime_adjusted(struct task_struct *task, u64 *utime, u64 *stime)
{
	*utime = task->utime;
	*stime = task->stime;
}

const struct sim_native sim_task_natives[] = {
	{ "alloc_pid", alloc_pid }, { "free_pid", free_pid },
	{ "kernel_clone", kernel_clone }, { "user_mode_thread", user_mode_thread },
	{ "wake_up_new_task", wake_up_new_task },
	{ "do_group_exit", sim_exit }, { "do_exit", sim_exit },
	{ "do_notify_parent", do_notify_parent }, { "do_wait", do_wait },
	{ "__x64_sys_wait4", __x64_sys_wait4 }, { "kill_something_info", kill_something_info },
	{ "ksys_setsid", ksys_setsid }, { "switch_task_namespaces", switch_task_namespaces },
	{ "set_fs_root", set_fs }, { "set_fs_pwd", set_fs },
	{ "thread_group_cputime_adjusted", thread_group_cputime_adjusted },
	{}
};
