/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KRG_PROCFS_SYMBOLS_H
#define KRG_PROCFS_SYMBOLS_H

#include <linux/fs.h>
#include <linux/mm_types.h>
#include <linux/resource.h>
#include <linux/sched/signal.h>

#define KRG_SYMBOLS(FUNC, VAR)							\
	FUNC(ssize_t, vfs_read, (struct file *file, char __user *buf, size_t count, loff_t *pos)) \
	FUNC(struct mm_struct *, mm_alloc, (void))				\
	FUNC(struct sighand_struct *, __lock_task_sighand,			\
	     (struct task_struct *task, unsigned long *flags))			\
	FUNC(void, thread_group_cputime_adjusted,				\
	     (struct task_struct *p, u64 *ut, u64 *st))				\
	FUNC(int, kill_something_info, (int sig, struct kernel_siginfo *info, pid_t pid)) \
	FUNC(int, do_rt_sigqueueinfo, (pid_t pid, int sig, kernel_siginfo_t *info)) \
	FUNC(int, copy_siginfo_from_user,					\
	     (kernel_siginfo_t *to, const siginfo_t __user *from))		\
	FUNC(u64, nsec_to_clock_t, (u64 x))					\
	FUNC(void, arch_pick_mmap_layout, (struct mm_struct *mm, struct rlimit *rlim_stack))
#include <kerrighed/symbols.h>

#endif /* KRG_PROCFS_SYMBOLS_H */
