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

#define KRG_ABOUT_TRIES 8	/* it may be on its way from node to node */

KRG_HOOK_IF(long, __x64_sys_getpriority, (const struct pt_regs *regs), krg_is_inside);
KRG_HOOK_IF(long, __x64_sys_setpriority, (const struct pt_regs *regs), krg_is_inside);
KRG_HOOK_IF(long, __x64_sys_ioprio_get, (const struct pt_regs *regs), krg_is_inside);
KRG_HOOK_IF(long, __x64_sys_ioprio_set, (const struct pt_regs *regs), krg_is_inside);
KRG_HOOK_IF(long, __x64_sys_sched_getscheduler, (const struct pt_regs *regs), krg_is_inside);
KRG_HOOK_IF(long, __x64_sys_sched_setscheduler, (const struct pt_regs *regs), krg_is_inside);
KRG_HOOK_IF(long, __x64_sys_sched_getparam, (const struct pt_regs *regs), krg_is_inside);
KRG_HOOK_IF(long, __x64_sys_sched_setparam, (const struct pt_regs *regs), krg_is_inside);
KRG_HOOK_IF(long, __x64_sys_sched_getaffinity, (const struct pt_regs *regs), krg_is_inside);
KRG_HOOK_IF(long, __x64_sys_sched_setaffinity, (const struct pt_regs *regs), krg_is_inside);

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

/*
 * Puts @about to the node that knows. False: that is this one, or nobody, and the
 * kernel's own call has the answer. May sleep.
 */
static bool krg_ask_about(struct krg_about *about, struct krg_about_answer *answer, long *ret)
{
	int node, tries;
	ssize_t got;

	if (about->pid <= 1)
		return false;
	krg_creds_fill(&about->creds, 0);
	for (tries = 0; tries < KRG_ABOUT_TRIES; tries++) {
		node = krg_about_node(about);
		if (node <= 0 || node == krg_node_id())
			return false;
		got = krg_rpc_call(node, KRG_RPC_PROC_ABOUT, about, sizeof(*about), answer,
				   sizeof(*answer));
		if (got == sizeof(*answer)) {
			*ret = answer->ret;
			return true;
		}
		if (got != -ESRCH && got != -EHOSTDOWN) {
			*ret = got < 0 ? got : -EIO;
			return true;
		}
	}
	return false;
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
	if (!krg_ask_about(&about, &answer, &ret))				\
		ret = krg_orig(name)(regs);					\
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

/* A struct sched_param is one int. */
static long krg_set_scheduler(struct krg_about *about, const int __user *param, bool *asked)
{
	struct krg_about_answer answer;
	long ret = -EINVAL;

	*asked = true;
	if (!param)
		return -EINVAL;
	if (get_user(about->priority, param))
		return -EFAULT;
	*asked = krg_ask_about(about, &answer, &ret);
	return ret;
}

static long krg_hook___x64_sys_sched_setscheduler(const struct pt_regs *regs)
{
	struct krg_about about = {
		.op = KRG_ABOUT_SETSCHEDULER, .pid = regs->di, .value = regs->si,
	};
	bool asked;
	long ret;

	krg_hook_enter(__x64_sys_sched_setscheduler);
	ret = krg_set_scheduler(&about, (const int __user *)regs->dx, &asked);
	if (!asked)
		ret = krg_orig(__x64_sys_sched_setscheduler)(regs);
	krg_hook_exit(__x64_sys_sched_setscheduler);
	return ret;
}

static long krg_hook___x64_sys_sched_setparam(const struct pt_regs *regs)
{
	struct krg_about about = { .op = KRG_ABOUT_SETPARAM, .pid = regs->di };
	bool asked;
	long ret;

	krg_hook_enter(__x64_sys_sched_setparam);
	ret = krg_set_scheduler(&about, (const int __user *)regs->si, &asked);
	if (!asked)
		ret = krg_orig(__x64_sys_sched_setparam)(regs);
	krg_hook_exit(__x64_sys_sched_setparam);
	return ret;
}

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

/* The processors are those of the node that it runs on. */
static long krg_hook___x64_sys_sched_getaffinity(const struct pt_regs *regs)
{
	struct krg_about about = { .op = KRG_ABOUT_GETAFFINITY, .pid = regs->di };
	struct krg_about_answer answer;
	unsigned int len = regs->si;
	long ret;

	krg_hook_enter(__x64_sys_sched_getaffinity);
	if (!len || len % sizeof(long) || !krg_ask_about(&about, &answer, &ret)) {
		ret = krg_orig(__x64_sys_sched_getaffinity)(regs);
	} else if (!ret) {
		len = min_t(unsigned int, len, sizeof(answer.cpus));
		ret = copy_to_user((void __user *)regs->dx, answer.cpus, len) ? -EFAULT : len;
	}
	krg_hook_exit(__x64_sys_sched_getaffinity);
	return ret;
}

static long krg_hook___x64_sys_sched_setaffinity(const struct pt_regs *regs)
{
	struct krg_about about = { .op = KRG_ABOUT_SETAFFINITY, .pid = regs->di };
	struct krg_about_answer answer;
	unsigned int len = min_t(unsigned int, regs->si, sizeof(about.cpus));
	long ret = -EFAULT;

	krg_hook_enter(__x64_sys_sched_setaffinity);
	if (!copy_from_user(about.cpus, (const void __user *)regs->dx, len) &&
	    !krg_ask_about(&about, &answer, &ret))
		ret = krg_orig(__x64_sys_sched_setaffinity)(regs);
	krg_hook_exit(__x64_sys_sched_setaffinity);
	return ret;
}

static s64 krg_affinity(const struct krg_about *about, pid_t pid, struct krg_about_answer *answer)
{
	unsigned int bits = min_t(unsigned int, nr_cpu_ids, KRG_ABOUT_CPUS);
	cpumask_var_t cpus;
	s64 ret;

	if (!zalloc_cpumask_var(&cpus, GFP_KERNEL))
		return -ENOMEM;
	if (about->op == KRG_ABOUT_SETAFFINITY) {
		bitmap_from_arr64(cpumask_bits(cpus), about->cpus, bits);
		ret = krg_sym(sched_setaffinity)(pid, cpus);
	} else {
		ret = krg_sym(sched_getaffinity)(pid, cpus);
		bitmap_to_arr64(answer->cpus, cpumask_bits(cpus), bits);
	}
	free_cpumask_var(cpus);
	return ret;
}

static s64 krg_schedule(const struct krg_about *about, struct task_struct *task)
{
	struct sched_param param = { .sched_priority = about->priority };
	int policy = about->value;

	if (about->op == KRG_ABOUT_SETPARAM)
		policy = task->policy | (task->sched_reset_on_fork ? SCHED_RESET_ON_FORK : 0);
	return policy < 0 ? -EINVAL : krg_sym(sched_setscheduler)(task, policy, &param);
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

/* Handler of KRG_RPC_PROC_ABOUT. */
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
	err = krg_at_home(about) || krg_runs_here(about->pid) ? 0 : -ESRCH;
	if (!err) {
		own = krg_creds_assume(&about->creds);
		err = PTR_ERR_OR_ZERO(own);
	}
	if (!err) {
		memset(answer, 0, sizeof(*answer));
		answer->ret = krg_execute(about, task, answer);
		krg_creds_resume(own);
		req->reply_len = sizeof(*answer);
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
