// SPDX-License-Identifier: GPL-2.0-only
/*
 * Priorities, for the processor and for I/O, of a thread, a group or a user's processes, wherever
 * they run. Of a group or a user each node takes care of the processes whose home it is.
 */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/cred.h>
#include <linux/ioprio.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
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
	if (all == -ESRCH)
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

static unsigned int krg_list_theirs(const struct krg_about *about, pid_t *pids)
{
	struct user_namespace *ns;
	kuid_t uid;

	if (about->whose == KRG_WHOSE_GROUP)
		return krg_list_ours(krg_is_in_group, &about->pid, pids, KRG_PIDS_OF_A_NODE);
	ns = krg_users_get();
	uid = make_kuid(ns, about->pid);
	put_user_ns(ns);
	return krg_list_ours(krg_is_of_user, &uid, pids, KRG_PIDS_OF_A_NODE);
}

s64 krg_about_ours(const struct krg_about *about)
{
	pid_t *pids = kvmalloc_array(KRG_PIDS_OF_A_NODE, sizeof(*pids), GFP_KERNEL);
	struct krg_about one = *about;
	unsigned int count;
	long ret = -ESRCH;

	if (!pids)
		return -ENOMEM;
	one.whose = KRG_WHOSE_THREADS;
	count = krg_list_theirs(about, pids);
	while (count-- && ret != -ERESTARTNOINTR) {
		one.pid = pids[count];
		ret = krg_combine(about->op, ret, krg_about_process(&one));
	}
	kvfree(pids);
	return ret;
}

/* Of a group or a user: of the whole cluster. */
static long krg_about_all(struct krg_about *about)
{
	DECLARE_BITMAP(nodes, KRG_MAX_NODES);
	long ret = krg_about_ours(about);
	struct krg_about_answer answer;
	ssize_t got;
	int node;

	krg_creds_fill(&about->creds, 0);
	krg_online_nodes(nodes);
	for_each_set_bit(node, nodes, KRG_MAX_NODES) {
		if (node == krg_node_id())
			continue;
		got = krg_rpc_call(node, KRG_RPC_PROC_ABOUT, about, sizeof(*about), &answer,
				   sizeof(answer));
		if (got == sizeof(answer))
			ret = krg_combine(about->op, ret, answer.ret);
		else if (got != -EHOSTDOWN)
			ret = krg_combine(about->op, ret, got == -EINVAL ? -EPERM : got);
	}
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
