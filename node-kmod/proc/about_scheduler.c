// SPDX-License-Identifier: GPL-2.0-only
/* Scheduling policies and processors of a process that may run on another node. */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/slab.h>
#include <linux/time.h>
#include <linux/uaccess.h>
#include <uapi/linux/sched/types.h>
#include <asm/ptrace.h>
#include "../hooks/compat.h"
#include "about.h"
#include "proc.h"

KRG_HOOK(long, __x64_sys_sched_getscheduler, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_sched_setscheduler, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_sched_getparam, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_sched_setparam, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_sched_getattr, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_sched_setattr, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_sched_rr_get_interval, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_sched_getaffinity, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_sched_setaffinity, (const struct pt_regs *regs));

static long krg_hook___x64_sys_sched_getscheduler(const struct pt_regs *regs)
{
	struct krg_about about = { .op = KRG_ABOUT_GETSCHEDULER, .pid = regs->di };
	struct krg_about_answer answer;
	long ret;

	krg_hook_enter(__x64_sys_sched_getscheduler);
	KRG_ABOUT_OR_ORIG(__x64_sys_sched_getscheduler, &about, &answer, &ret, true);
	krg_hook_exit(__x64_sys_sched_getscheduler);
	return ret;
}

/* A struct sched_param is one int. */
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
	KRG_ABOUT_OR_ORIG(name, &about, &answer, &ret, readable);		\
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
	if (KRG_ABOUT_OR_ORIG(__x64_sys_sched_getparam, &about, &answer, &ret, regs->si) &&
	    !ret && put_user(answer.priority, (int __user *)regs->si))
		ret = -EFAULT;
	krg_hook_exit(__x64_sys_sched_getparam);
	return ret;
}

/* Has what sched_setattr(2) takes: a structure that begins with its size. */
static bool krg_read_attr(struct sched_attr *attr, const struct sched_attr __user *from)
{
	u32 size;

	if (get_user(size, &from->size))
		return false;
	size = size ?: SCHED_ATTR_SIZE_VER0;
	return size >= SCHED_ATTR_SIZE_VER0 && size <= PAGE_SIZE &&
	       !copy_struct_from_user(attr, sizeof(*attr), from, size) &&
	       (size >= SCHED_ATTR_SIZE_VER1 || !(attr->sched_flags & SCHED_FLAG_UTIL_CLAMP));
}

static long krg_hook___x64_sys_sched_setattr(const struct pt_regs *regs)
{
	struct krg_about about = { .op = KRG_ABOUT_SETATTR, .pid = regs->di };
	struct krg_about_answer answer;
	bool ready;
	long ret;

	krg_hook_enter(__x64_sys_sched_setattr);
	ready = !(u32)regs->dx &&
		krg_read_attr(&about.attr, (const struct sched_attr __user *)regs->si);
	KRG_ABOUT_OR_ORIG(__x64_sys_sched_setattr, &about, &answer, &ret, ready);
	krg_hook_exit(__x64_sys_sched_setattr);
	return ret;
}

static long krg_hook___x64_sys_sched_getattr(const struct pt_regs *regs)
{
	struct krg_about about = { .op = KRG_ABOUT_GETATTR, .pid = regs->di };
	u32 size = regs->dx;
	bool ready = regs->si && !(u32)regs->r10 && size >= SCHED_ATTR_SIZE_VER0 &&
		     size <= PAGE_SIZE;
	struct krg_about_answer answer;
	long ret;

	krg_hook_enter(__x64_sys_sched_getattr);
	if (KRG_ABOUT_OR_ORIG(__x64_sys_sched_getattr, &about, &answer, &ret, ready) && !ret) {
		answer.attr.size = min_t(u32, size, sizeof(answer.attr));
		if (copy_to_user((void __user *)regs->si, &answer.attr, answer.attr.size))
			ret = -EFAULT;
	}
	krg_hook_exit(__x64_sys_sched_getattr);
	return ret;
}

static long krg_hook___x64_sys_sched_rr_get_interval(const struct pt_regs *regs)
{
	struct krg_about about = { .op = KRG_ABOUT_INTERVAL, .pid = regs->di };
	struct krg_about_answer answer;
	struct timespec64 interval;
	long ret;

	krg_hook_enter(__x64_sys_sched_rr_get_interval);
	if (KRG_ABOUT_OR_ORIG(__x64_sys_sched_rr_get_interval, &about, &answer, &ret, true) &&
	    !ret) {
		interval = (struct timespec64){ answer.interval.sec, answer.interval.nsec };
		ret = put_timespec64(&interval, (void __user *)regs->si);
	}
	krg_hook_exit(__x64_sys_sched_rr_get_interval);
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
	if (KRG_ABOUT_OR_ORIG(__x64_sys_sched_getaffinity, &about, &answer, &ret,
			      !(regs->si % sizeof(long))) &&
	    (ret > about.value ||
	     (ret > 0 && copy_to_user((void __user *)regs->dx, answer.cpus, ret))))
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
	KRG_ABOUT_OR_ORIG(__x64_sys_sched_setaffinity, &about, &answer, &ret, readable);
	krg_hook_exit(__x64_sys_sched_setaffinity);
	return ret;
}

static s64 krg_affinity(const struct krg_about *about, struct task_struct *task,
			struct krg_about_answer *answer)
{
	pid_t pid = task_pid_vnr(task);
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

static s64 krg_set_param(const struct krg_about *about, struct task_struct *task)
{
	struct sched_param param = { .sched_priority = about->priority };

	if (about->op == KRG_ABOUT_SETPARAM)
		return krg_sym(sched_setscheduler)(task, KRG_SAME_POLICY, &param);
	return about->value < 0 ? -EINVAL :
				  krg_sym(sched_setscheduler)(task, about->value, &param);
}

/* What belongs to its policy. */
static void krg_get_params(struct task_struct *task, struct sched_attr *attr)
{
	if (task->policy == SCHED_DEADLINE) {
		attr->sched_priority = task->rt_priority;
		attr->sched_runtime = task->dl.dl_runtime;
		attr->sched_deadline = task->dl.dl_deadline;
		attr->sched_period = task->dl.dl_period;
		attr->sched_flags |= task->dl.flags;
	} else if (task->policy == SCHED_FIFO || task->policy == SCHED_RR) {
		attr->sched_priority = task->rt_priority;
	} else {
		attr->sched_nice = task_nice(task);
		attr->sched_runtime = krg_slice(task);
	}
}

static s64 krg_get_attr(struct task_struct *task, struct sched_attr *attr)
{
	attr->sched_policy = task->policy;
	krg_get_params(task, attr);
	if (task->sched_reset_on_fork)
		attr->sched_flags |= SCHED_FLAG_RESET_ON_FORK;
	attr->sched_flags &= SCHED_FLAG_ALL;
	return 0;
}

static s64 krg_set_attr(struct task_struct *task, struct sched_attr attr)
{
	if ((int)attr.sched_policy < 0)
		return -EINVAL;
	attr.sched_nice = clamp(attr.sched_nice, MIN_NICE, MAX_NICE);
	if (attr.sched_flags & SCHED_FLAG_KEEP_POLICY)
		attr.sched_policy = KRG_SAME_POLICY;
	if (attr.sched_flags & SCHED_FLAG_KEEP_PARAMS)
		krg_get_params(task, &attr);
	return krg_sym(sched_setattr)(task, &attr);
}

s64 krg_about_scheduler(const struct krg_about *about, struct task_struct *task,
			struct krg_about_answer *answer)
{
	struct pt_regs regs = { .di = task_pid_vnr(task) };
	struct timespec64 interval;
	s64 ret;

	switch (about->op) {
	case KRG_ABOUT_GETSCHEDULER:
		return krg_orig(__x64_sys_sched_getscheduler)(&regs);
	case KRG_ABOUT_GETPARAM:
		answer->priority = task->rt_priority;
		return 0;
	case KRG_ABOUT_SETSCHEDULER:
	case KRG_ABOUT_SETPARAM:
		return krg_set_param(about, task);
	case KRG_ABOUT_GETATTR:
		return krg_get_attr(task, &answer->attr);
	case KRG_ABOUT_SETATTR:
		return krg_set_attr(task, about->attr);
	case KRG_ABOUT_INTERVAL:
		ret = krg_sym(sched_rr_get_interval)(task_pid_vnr(task), &interval);
		if (!ret) {
			answer->interval.sec = interval.tv_sec;
			answer->interval.nsec = interval.tv_nsec;
		}
		return ret;
	}
	return krg_affinity(about, task, answer);
}

struct krg_hook *krg_scheduler_hooks[] = {
	&krg_hook_of___x64_sys_sched_getscheduler, &krg_hook_of___x64_sys_sched_setscheduler,
	&krg_hook_of___x64_sys_sched_getparam, &krg_hook_of___x64_sys_sched_setparam,
	&krg_hook_of___x64_sys_sched_getattr, &krg_hook_of___x64_sys_sched_setattr,
	&krg_hook_of___x64_sys_sched_rr_get_interval,
	&krg_hook_of___x64_sys_sched_getaffinity, &krg_hook_of___x64_sys_sched_setaffinity,
	NULL
};
