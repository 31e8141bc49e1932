// SPDX-License-Identifier: GPL-2.0-only
/*
 * Priorities, for the processor and for I/O, of a thread, a group or a user's processes, wherever
 * they run. Of a group or a user each node says which processes it has whose home it is, so that
 * nobody on the way from one node to another is missed.
 */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/cred.h>
#include <linux/ioprio.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/user_namespace.h>
#include <uapi/linux/resource.h>
#include <asm/ptrace.h>
#include "about.h"
#include "calls.h"
#include "proc.h"

KRG_HOOK(long, __x64_sys_getpriority, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_setpriority, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_ioprio_get, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_ioprio_set, (const struct pt_regs *regs));

/*
 * What the call says of several of whom one says @one, and those before @all: the highest
 * priority; of a change, that it failed for somebody. Nobody is left out for another's failure.
 */
static long krg_combine(u32 op, long all, long one)
{
	if (all == -ESRCH || one == -ERESTARTNOINTR)
		return one;
	switch (op) {
	case KRG_ABOUT_GETPRIORITY:	/* 40 to 1, the nice values from -20 to 19 */
		return max(all, one);
	case KRG_ABOUT_IOPRIO_GET:	/* the lower the better */
		return one < 0 ? all : all < 0 ? one : min(all, one);
	}
	return one == -ESRCH || !one ? all : one;
}

/* @pid is as current's PID namespace has it. */
static long krg_priority_of(const struct krg_about *about, pid_t pid)
{
	struct pt_regs regs = { .di = PRIO_PROCESS, .si = pid, .dx = about->value };

	switch (about->op) {
	case KRG_ABOUT_GETPRIORITY:
		return krg_orig(__x64_sys_getpriority)(&regs);
	case KRG_ABOUT_SETPRIORITY:
		return krg_orig(__x64_sys_setpriority)(&regs);
	}
	regs.di = IOPRIO_WHO_PROCESS;
	return about->op == KRG_ABOUT_IOPRIO_GET ? krg_orig(__x64_sys_ioprio_get)(&regs) :
						   krg_orig(__x64_sys_ioprio_set)(&regs);
}

static long krg_priority_of_threads(const struct krg_about *about, struct task_struct *task)
{
	unsigned int room = get_nr_threads(task), count = 0;
	pid_t *threads = kvmalloc_array(room, sizeof(*threads), GFP_KERNEL);
	struct task_struct *thread;
	long ret = -ESRCH;

	if (!threads)
		return -ENOMEM;
	rcu_read_lock();
	for_each_thread(task, thread)
		if (count < room)
			threads[count++] = task_pid_vnr(thread);
	rcu_read_unlock();
	while (count--)
		ret = krg_combine(about->op, ret, krg_priority_of(about, threads[count]));
	kvfree(threads);
	return ret;
}

s64 krg_about_priority(const struct krg_about *about, struct task_struct *task)
{
	return about->whose == KRG_WHOSE_OWN ? krg_priority_of(about, task_pid_vnr(task)) :
					       krg_priority_of_threads(about, task);
}

static bool krg_is_in_group(struct task_struct *task, pid_t pid, const void *group)
{
	return task_pgrp_nr_ns(task, krg_container) == *(const pid_t *)group;
}

static bool krg_is_of_user(struct task_struct *task, pid_t pid, const void *uid)
{
	return uid_eq(task_uid(task), *(const kuid_t *)uid);
}

static int krg_compare_pids(const void *a, const void *b)
{
	return *(const pid_t *)a - *(const pid_t *)b;
}

int krg_about_list(const struct krg_about *about, s32 *pids, unsigned int room)
{
	pid_t *all = kvmalloc_array(KRG_PIDS_OF_A_NODE, sizeof(*all), GFP_KERNEL);
	struct user_namespace *ns = krg_users_get();
	kuid_t uid = make_kuid(ns, about->pid);
	unsigned int count, i, found = 0;

	put_user_ns(ns);
	if (!all)
		return -ENOMEM;
	if (about->whose == KRG_WHOSE_GROUP)
		count = krg_list_ours(krg_is_in_group, &about->pid, all, KRG_PIDS_OF_A_NODE);
	else
		count = krg_list_ours(krg_is_of_user, &uid, all, KRG_PIDS_OF_A_NODE);
	sort(all, count, sizeof(*all), krg_compare_pids, NULL);
	for (i = 0; i < count && found < room; i++)
		if (all[i] > about->value)
			pids[found++] = all[i];
	kvfree(all);
	return found;
}

#define KRG_LIST_ROOM 1024

/* How many of the node's there are above @list->value, up to KRG_LIST_ROOM; or -errno. */
static int krg_list_of(int node, struct krg_about *list, s32 *pids)
{
	ssize_t got;

	if (node == krg_node_id())
		return krg_about_list(list, pids, KRG_LIST_ROOM);
	got = krg_rpc_call(node, KRG_RPC_PROC_ABOUT, list, sizeof(*list), pids,
			   KRG_LIST_ROOM * sizeof(*pids));
	return got < 0 ? got : got / sizeof(*pids);
}

/* Of those whose home @node is, wherever they run. One that has left the cluster has none. */
static long krg_about_those_of(int node, const struct krg_about *about, s32 *pids, long ret)
{
	struct krg_about list = { .op = KRG_ABOUT_LIST, .whose = about->whose, .pid = about->pid };
	struct krg_about one = { .op = about->op, .whose = KRG_WHOSE_THREADS,
				 .value = about->value };
	int count, i;

	do {
		count = krg_list_of(node, &list, pids);
		if (count < 0)
			return count == -EHOSTDOWN ? ret : krg_combine(about->op, ret, count);
		for (i = 0; i < count && ret != -ERESTARTNOINTR; i++) {
			one.pid = pids[i];
			ret = krg_combine(about->op, ret, krg_about_process(&one));
		}
		if (count)
			list.value = pids[count - 1];
	} while (count == KRG_LIST_ROOM && ret != -ERESTARTNOINTR);
	return ret;
}

/* Of a group or a user: of the whole cluster. */
static long krg_about_all(const struct krg_about *about)
{
	s32 *pids = kvmalloc_array(KRG_LIST_ROOM, sizeof(*pids), GFP_KERNEL);
	DECLARE_BITMAP(nodes, KRG_MAX_NODES);
	long ret = -ESRCH;
	int node;

	if (!pids)
		return -ENOMEM;
	krg_online_nodes(nodes);
	__set_bit(krg_node_id(), nodes);	/* while it leaves, too */
	for_each_set_bit(node, nodes, KRG_MAX_NODES) {
		ret = krg_about_those_of(node, about, pids, ret);
		if (ret == -ERESTARTNOINTR)
			break;
	}
	kvfree(pids);
	return ret;
}

/* @who as in the system call, where 0 is current's own. */
static long krg_of_group(u32 op, pid_t who, int value)
{
	struct krg_about about = { .op = op, .whose = KRG_WHOSE_GROUP, .value = value };

	about.pid = who ?: krg_own_group();
	return about.pid > 0 ? krg_about_all(&about) : -ESRCH;
}

static long krg_of_user(u32 op, uid_t who, int value)
{
	struct krg_about about = { .op = op, .whose = KRG_WHOSE_USER, .value = value };
	struct user_namespace *ns = krg_users_get();
	kuid_t uid = who ? make_kuid(current_user_ns(), who) : current_uid();

	about.pid = from_kuid(ns, uid);
	put_user_ns(ns);
	return uid_valid(uid) && about.pid != -1 ? krg_about_all(&about) : -ESRCH;
}

/* The first two arguments say whose, in the numbers of priorities or of those for I/O. */
#define KRG_ABOUT_PRIORITY(name, about_op, group, user, about_value)			\
static long krg_hook_##name(const struct pt_regs *regs)				\
{										\
	struct krg_about about = {						\
		.op = about_op, .pid = regs->si, .value = (int)(about_value),		\
	};									\
	struct krg_about_answer answer;						\
	long ret;								\
										\
	krg_hook_enter(name);							\
	if ((int)regs->di == (group))						\
		ret = krg_of_group(about.op, about.pid, about.value);		\
	else if ((int)regs->di == (user))					\
		ret = krg_of_user(about.op, about.pid, about.value);		\
	else									\
		KRG_ABOUT_OR_ORIG(name, &about, &answer, &ret, true);		\
	krg_hook_exit(name);							\
	return ret;								\
}

KRG_ABOUT_PRIORITY(__x64_sys_getpriority, KRG_ABOUT_GETPRIORITY, PRIO_PGRP, PRIO_USER, 0)
KRG_ABOUT_PRIORITY(__x64_sys_setpriority, KRG_ABOUT_SETPRIORITY, PRIO_PGRP, PRIO_USER, regs->dx)
KRG_ABOUT_PRIORITY(__x64_sys_ioprio_get, KRG_ABOUT_IOPRIO_GET, IOPRIO_WHO_PGRP, IOPRIO_WHO_USER, 0)
KRG_ABOUT_PRIORITY(__x64_sys_ioprio_set, KRG_ABOUT_IOPRIO_SET, IOPRIO_WHO_PGRP, IOPRIO_WHO_USER,
		   regs->dx)

struct krg_hook *krg_priority_hooks[] = {
	&krg_hook_of___x64_sys_getpriority, &krg_hook_of___x64_sys_setpriority,
	&krg_hook_of___x64_sys_ioprio_get, &krg_hook_of___x64_sys_ioprio_set, NULL
};
