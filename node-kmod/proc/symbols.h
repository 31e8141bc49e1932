/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KRG_PROC_SYMBOLS_H
#define KRG_PROC_SYMBOLS_H

#include <linux/pid_namespace.h>
#include <linux/resource.h>
#include <linux/sched/signal.h>
#include <linux/task_work.h>
#include <linux/time64.h>
#include <linux/wait.h>

/* private to kernel/exit.c; the build compares both with the kernel's own */
struct waitid_info {
	pid_t pid;
	uid_t uid;
	int status;
	int cause;
};

struct wait_opts {
	enum pid_type wo_type;
	int wo_flags;
	struct pid *wo_pid;
	struct waitid_info *wo_info;
	int wo_stat;
	struct rusage *wo_rusage;
	wait_queue_entry_t child_wait;
	int notask_error;
};

#define KRG_SYMBOLS(FUNC, VAR)							\
	FUNC(int, task_work_add, (struct task_struct *task,			\
	     struct callback_head *work, enum task_work_notify_mode mode))	\
	FUNC(void, task_work_run, (void))					\
	FUNC(int, __send_signal_locked, (int sig, struct kernel_siginfo *info,	\
	     struct task_struct *t, enum pid_type type, bool force))		\
	FUNC(void, flush_sigqueue, (struct sigpending *queue))			\
	FUNC(bool, do_signal_stop, (int signr))					\
	FUNC(void, do_group_exit, (int code))					\
	FUNC(long, do_wait, (struct wait_opts *wo))				\
	FUNC(void, thread_group_cputime_adjusted,				\
	     (struct task_struct *p, u64 *ut, u64 *st))				\
	FUNC(pid_t, user_mode_thread,						\
	     (int (*fn)(void *), void *arg, unsigned long flags))		\
	FUNC(void, cgroup_enter_frozen, (void))					\
	FUNC(void, cgroup_leave_frozen, (bool always_leave))			\
	FUNC(struct sighand_struct *, __lock_task_sighand,			\
	     (struct task_struct *task, unsigned long *flags))			\
	FUNC(int, wake_up_state, (struct task_struct *p, unsigned int state))	\
	FUNC(int, ksys_setsid, (void))						\
	FUNC(int, sched_setscheduler, (struct task_struct *task, int policy,		\
	     const struct sched_param *param))					\
	FUNC(int, sched_setattr, (struct task_struct *task,				\
	     const struct sched_attr *attr))						\
	FUNC(int, sched_rr_get_interval, (pid_t pid, struct timespec64 *interval))	\
	FUNC(int, do_prlimit, (struct task_struct *task, unsigned int resource,		\
	     struct rlimit *new_limit, struct rlimit *old_limit))			\
	FUNC(int, security_task_prlimit, (const struct cred *cred,			\
	     const struct cred *target, unsigned int flags))				\
	FUNC(long, sched_setaffinity, (pid_t pid, const struct cpumask *cpus))	\
	FUNC(long, sched_getaffinity, (pid_t pid, struct cpumask *cpus))	\
	FUNC(void, change_pid, (struct task_struct *task, enum pid_type type,		\
				struct pid *pid))					\
	FUNC(void, free_pid, (struct pid *pid))					\
	FUNC(struct pid *, pidfd_pid, (const struct file *file))		\
	VAR(rwlock_t, tasklist_lock)						\
	VAR(int, pid_max)
#include <kerrighed/symbols.h>

#endif /* KRG_PROC_SYMBOLS_H */
