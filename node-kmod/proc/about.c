// SPDX-License-Identifier: GPL-2.0-only
/*
 * Priorities and processors of a process that runs on another node: the system call is
 * executed there, with the credentials of who called it here. Groups and sessions of a
 * process of another home: that node knows them.
 */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/cred.h>
#include <linux/ioprio.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/resource.h>
#include <uapi/linux/sched/types.h>
#include <asm/ptrace.h>
#include "calls.h"
#include "proc.h"

KRG_HOOK(long, __x64_sys_getpriority, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_setpriority, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_ioprio_get, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_ioprio_set, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_sched_getscheduler, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_sched_setscheduler, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_sched_getparam, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_sched_setparam, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_sched_getaffinity, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_sched_setaffinity, (const struct pt_regs *regs));

static bool krg_at_home(const struct krg_about *about)
{
	return about->op == KRG_ABOUT_PGID || about->op == KRG_ABOUT_SID;
}

/* The node that knows; <= 0: none does. */
static int krg_about_node(const struct krg_about *about)
{
	if (krg_at_home(about))
		return krg_home_of(about->pid);
	/* any thread of a process of this node, too */
	return krg_thread_runs_here(about->pid) ? krg_node_id() : krg_locate(about->pid);
}

/* Is @task on its way to another node, or has it gone? What is set now may not be what goes. */
static bool krg_leaves(struct task_struct *task)
{
	unsigned long flags;
	bool leaves;

	if (!krg_lock_sighand(task, &flags))
		return false;
	/* who leaves holds its signals before it notes what is to go with it */
	leaves = sigismember(&task->real_blocked, SIGKILL);
	unlock_task_sighand(task, &flags);
	return leaves;
}

/* False: a signal came, or a move of the process that waits; the call is to be made again. */
static bool krg_about_pause(long *ret)
{
	schedule_timeout_interruptible(1);
	*ret = -ERESTARTNOINTR;
	return !signal_pending(current);
}

/* The system call was executed here: again, for it was on its way to another node? May sleep. */
static bool krg_about_again(pid_t pid, long *ret)
{
	struct task_struct *task = pid > 1 && !*ret ? krg_task_of(pid) : NULL;
	bool again = task && task != current && krg_leaves(task);

	if (task)
		put_task_struct(task);
	return again && krg_about_pause(ret);
}

/*
 * Puts @about to the node that knows. False: that is this one, or nobody, and the
 * kernel's own call has the answer. Waits while the process is on its way, or its node is
 * dying; may sleep.
 */
static bool krg_ask_about(struct krg_about *about, struct krg_about_answer *answer, long *ret)
{
	unsigned long end = jiffies + KRG_DECISION;
	ssize_t got;
	int node;

	if (about->pid <= 1)
		return false;
	krg_creds_fill(&about->creds, 0);
	for (;;) {
		node = krg_about_node(about);
		if (node <= 0 || node == krg_node_id())
			return false;
		got = krg_rpc_call(node, KRG_RPC_PROC_ABOUT, about, sizeof(*about), answer,
				   sizeof(*answer));
		if (got == sizeof(*answer)) {
			*ret = answer->ret;
			return true;
		}
		if (krg_at_home(about) && (got == -ESRCH || got == -EHOSTDOWN))
			return false;
		/* who asks is nobody there; or whatever else it is, it does not end */
		*ret = got == -EINVAL ? -EPERM : -ESRCH;
		if (got == -EINVAL || (got != -EAGAIN && time_after(jiffies, end)))
			return true;
		if (!krg_about_pause(ret))
			return true;
	}
}

bool krg_ask_relation(u32 op, pid_t pid, long *ret)
{
	struct krg_about about = { .op = op, .pid = pid };
	struct krg_about_answer answer;

	return krg_home_of(pid) > 0 && krg_ask_about(&about, &answer, ret);
}

/* Calls whose arguments and result are numbers. */
#define KRG_ABOUT(name, about_op, is_about, about_pid, about_value)			\
static long krg_hook_##name(const struct pt_regs *regs)				\
{										\
	struct krg_about about = {						\
		.op = about_op, .pid = (is_about) ? (pid_t)(about_pid) : 0,		\
		.value = (int)(about_value),						\
	};									\
	struct krg_about_answer answer;						\
	long ret;								\
										\
	krg_hook_enter(name);							\
	do {									\
		if (krg_ask_about(&about, &answer, &ret))			\
			break;							\
		ret = krg_orig(name)(regs);					\
	} while (krg_about_again(about.pid, &ret));				\
	krg_hook_exit(name);							\
	return ret;								\
}

KRG_ABOUT(__x64_sys_getpriority, KRG_ABOUT_GETPRIORITY, (int)regs->di == PRIO_PROCESS, regs->si, 0)
KRG_ABOUT(__x64_sys_setpriority, KRG_ABOUT_SETPRIORITY, (int)regs->di == PRIO_PROCESS, regs->si,
	  regs->dx)
KRG_ABOUT(__x64_sys_ioprio_get, KRG_ABOUT_IOPRIO_GET, (int)regs->di == IOPRIO_WHO_PROCESS,
	  regs->si, 0)
KRG_ABOUT(__x64_sys_ioprio_set, KRG_ABOUT_IOPRIO_SET, (int)regs->di == IOPRIO_WHO_PROCESS,
	  regs->si, regs->dx)
KRG_ABOUT(__x64_sys_sched_getscheduler, KRG_ABOUT_GETSCHEDULER, true, regs->di, 0)

/* A struct sched_param is one int. What is wrong with it, the kernel's own call says. */
#define KRG_ABOUT_SET(name, about_op, about_value, param)				\
static long krg_hook_##name(const struct pt_regs *regs)				\
{										\
	struct krg_about about = {						\
		.op = about_op, .pid = regs->di, .value = (int)(about_value),		\
	};									\
	struct krg_about_answer answer;						\
	bool readable;								\
	long ret;								\
										\
	krg_hook_enter(name);							\
	readable = !get_user(about.priority, (const int __user *)(param));		\
	do {									\
		if (readable && krg_ask_about(&about, &answer, &ret))		\
			break;							\
		ret = krg_orig(name)(regs);					\
	} while (krg_about_again(about.pid, &ret));				\
	krg_hook_exit(name);							\
	return ret;								\
}

KRG_ABOUT_SET(__x64_sys_sched_setscheduler, KRG_ABOUT_SETSCHEDULER, regs->si, regs->dx)
KRG_ABOUT_SET(__x64_sys_sched_setparam, KRG_ABOUT_SETPARAM, 0, regs->si)

static long krg_hook___x64_sys_sched_getparam(const struct pt_regs *regs)
{
	struct krg_about about = { .op = KRG_ABOUT_GETPARAM, .pid = regs->di };
	struct krg_about_answer answer;
	long ret;

	krg_hook_enter(__x64_sys_sched_getparam);
	if (!regs->si || !krg_ask_about(&about, &answer, &ret))
		ret = krg_orig(__x64_sys_sched_getparam)(regs);
	else if (!ret && put_user(answer.priority, (int __user *)regs->si))
		ret = -EFAULT;
	krg_hook_exit(__x64_sys_sched_getparam);
	return ret;
}

/* The processors are those of the node that it runs on, and so is their number. */
static long krg_hook___x64_sys_sched_getaffinity(const struct pt_regs *regs)
{
	struct krg_about about = {
		.op = KRG_ABOUT_GETAFFINITY, .pid = regs->di,
		.value = min_t(unsigned int, regs->si, sizeof(about.cpus)),
	};
	struct krg_about_answer answer;
	long ret;

	krg_hook_enter(__x64_sys_sched_getaffinity);
	if (regs->si % sizeof(long) || !krg_ask_about(&about, &answer, &ret))
		ret = krg_orig(__x64_sys_sched_getaffinity)(regs);
	else if (ret > about.value ||
		 (ret > 0 && copy_to_user((void __user *)regs->dx, answer.cpus, ret)))
		ret = -EFAULT;
	krg_hook_exit(__x64_sys_sched_getaffinity);
	return ret;
}

static long krg_hook___x64_sys_sched_setaffinity(const struct pt_regs *regs)
{
	struct krg_about about = { .op = KRG_ABOUT_SETAFFINITY, .pid = regs->di };
	struct krg_about_answer answer;
	unsigned int len = min_t(unsigned int, regs->si, sizeof(about.cpus));
	unsigned int needed = min_t(unsigned int, len, cpumask_size());
	bool readable;
	long ret;

	krg_hook_enter(__x64_sys_sched_setaffinity);
	/* there may be more processors there, but no more is read than is there to be read */
	readable = len - copy_from_user(about.cpus, (const void __user *)regs->dx, len) >= needed;
	do {
		if (readable && krg_ask_about(&about, &answer, &ret))
			break;
		ret = krg_orig(__x64_sys_sched_setaffinity)(regs);
	} while (krg_about_again(about.pid, &ret));
	krg_hook_exit(__x64_sys_sched_setaffinity);
	return ret;
}

static s64 krg_affinity(const struct krg_about *about, pid_t pid, struct krg_about_answer *answer)
{
	unsigned int bits = min_t(unsigned int, nr_cpu_ids, KRG_ABOUT_CPUS);
	unsigned int len = min_t(unsigned int, about->value, sizeof(answer->cpus));
	cpumask_var_t cpus;
	s64 ret;

	if (about->op == KRG_ABOUT_GETAFFINITY && len * BITS_PER_BYTE < nr_cpu_ids)
		return -EINVAL;
	if (!zalloc_cpumask_var(&cpus, GFP_KERNEL))
		return -ENOMEM;
	if (about->op == KRG_ABOUT_SETAFFINITY) {
		bitmap_from_arr64(cpumask_bits(cpus), about->cpus, bits);
		ret = krg_sym(sched_setaffinity)(pid, cpus);
	} else {
		ret = krg_sym(sched_getaffinity)(pid, cpus);
		bitmap_to_arr64(answer->cpus, cpumask_bits(cpus), bits);
		ret = ret ?: min_t(unsigned int, len, cpumask_size());
	}
	free_cpumask_var(cpus);
	return ret;
}

#define KRG_SAME_POLICY -1	/* SETPARAM_POLICY of kernel/sched/ */

static s64 krg_schedule(const struct krg_about *about, struct task_struct *task)
{
	struct sched_param param = { .sched_priority = about->priority };

	if (about->op == KRG_ABOUT_SETPARAM)
		return krg_sym(sched_setscheduler)(task, KRG_SAME_POLICY, &param);
	return about->value < 0 ? -EINVAL :
				  krg_sym(sched_setscheduler)(task, about->value, &param);
}

/* With the credentials of who asks; in no container, where numbers are the machine's. */
static s64 krg_execute(const struct krg_about *about, struct task_struct *task,
		       struct krg_about_answer *answer)
{
	pid_t pid = task_pid_nr(task);
	struct pt_regs regs = { .di = PRIO_PROCESS, .si = pid, .dx = about->value };

	switch (about->op) {
	case KRG_ABOUT_PGID:
		return task_pgrp_nr_ns(task, krg_container);
	case KRG_ABOUT_SID:
		return task_session_nr_ns(task, krg_container);
	case KRG_ABOUT_GETPRIORITY:
		return krg_orig(__x64_sys_getpriority)(&regs);
	case KRG_ABOUT_SETPRIORITY:
		return krg_orig(__x64_sys_setpriority)(&regs);
	case KRG_ABOUT_IOPRIO_GET:
		regs.di = IOPRIO_WHO_PROCESS;
		return krg_orig(__x64_sys_ioprio_get)(&regs);
	case KRG_ABOUT_IOPRIO_SET:
		regs.di = IOPRIO_WHO_PROCESS;
		return krg_orig(__x64_sys_ioprio_set)(&regs);
	case KRG_ABOUT_GETSCHEDULER:
		regs.di = pid;
		return krg_orig(__x64_sys_sched_getscheduler)(&regs);
	case KRG_ABOUT_GETPARAM:
		answer->priority = task->rt_priority;
		return 0;
	case KRG_ABOUT_SETSCHEDULER:
	case KRG_ABOUT_SETPARAM:
		return krg_schedule(about, task);
	case KRG_ABOUT_GETAFFINITY:
	case KRG_ABOUT_SETAFFINITY:
		return krg_affinity(about, pid, answer);
	}
	return -EINVAL;
}

/* Handler of KRG_RPC_PROC_ABOUT; -EAGAIN: the process is on its way to another node. */
int krg_serve_about(struct krg_rpc_request *req)
{
	const struct krg_about *about = req->arg;
	struct krg_about_answer *answer = req->reply;
	struct task_struct *task;
	const struct cred *own;
	int err;

	if (req->len != sizeof(*about) || about->creds.ngroups ||
	    req->reply_max < sizeof(*answer))
		return -EINVAL;
	task = krg_task_of(about->pid);
	if (!task)
		return -ESRCH;
	err = krg_at_home(about) || (krg_runs_here(about->pid) && !(task->flags & PF_EXITING)) ?
		      0 : -ESRCH;
	if (!err) {
		own = krg_creds_assume(&about->creds);
		err = PTR_ERR_OR_ZERO(own);
	}
	if (!err) {
		memset(answer, 0, sizeof(*answer));
		answer->ret = krg_execute(about, task, answer);
		krg_creds_resume(own);
		req->reply_len = sizeof(*answer);
		if (!krg_at_home(about) && krg_leaves(task))
			err = -EAGAIN;
	}
	put_task_struct(task);
	return err;
}

struct krg_hook *krg_about_hooks[] = {
	&krg_hook_of___x64_sys_getpriority, &krg_hook_of___x64_sys_setpriority,
	&krg_hook_of___x64_sys_ioprio_get, &krg_hook_of___x64_sys_ioprio_set,
	&krg_hook_of___x64_sys_sched_getscheduler, &krg_hook_of___x64_sys_sched_setscheduler,
	&krg_hook_of___x64_sys_sched_getparam, &krg_hook_of___x64_sys_sched_setparam,
	&krg_hook_of___x64_sys_sched_getaffinity, &krg_hook_of___x64_sys_sched_setaffinity,
	NULL
};
