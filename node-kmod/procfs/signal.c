// SPDX-License-Identifier: GPL-2.0-only
/*
 * pidfd_send_signal(2) takes a pidfd, or an open directory /proc/PID for one; killall(1) uses
 * that. Those of processes that run elsewhere are ours, and pidfds of other homes.
 */
#include <linux/file.h>
#include <linux/sched/signal.h>
#include <asm/ptrace.h>
#include <kerrighed/proc.h>
#include "procfs.h"

KRG_HOOK(long, __x64_sys_pidfd_send_signal, (const struct pt_regs *regs));

/* 0: it is not ours; -ESRCH: the process has ended. */
static pid_t krg_pid_behind(unsigned int fd)
{
	struct file *file = fget(fd);
	pid_t pid;

	if (!file)
		return 0;
	pid = krg_remote_directory_of(file) ?: krg_pidfd_pid(file);
	fput(file);
	return pid;
}

/* As kill(2) and rt_sigqueueinfo(2), which find the process wherever it is. */
static long krg_signal(pid_t pid, int sig, const siginfo_t __user *from)
{
	kernel_siginfo_t info;
	int err;

	clear_siginfo(&info);
	if (from) {
		err = krg_sym(copy_siginfo_from_user)(&info, from);
		if (err)
			return err;
		return sig == info.si_signo ? krg_sym(do_rt_sigqueueinfo)(pid, sig, &info) :
					      -EINVAL;
	}
	info.si_signo = sig;
	info.si_code = SI_USER;
	info.si_pid = task_tgid_vnr(current);
	info.si_uid = from_kuid_munged(current_user_ns(), current_uid());
	return krg_sym(kill_something_info)(sig, &info, pid);
}

static long krg_hook___x64_sys_pidfd_send_signal(const struct pt_regs *regs)
{
	pid_t pid;
	long ret;

	krg_hook_enter(__x64_sys_pidfd_send_signal);
	/* with flags it may mean a group or a thread: not through these */
	pid = regs->r10 ? 0 : krg_pid_behind(regs->di);
	if (pid < 0)
		ret = pid;
	else if (pid)
		ret = krg_signal(pid, regs->si, (const siginfo_t __user *)regs->dx);
	else
		ret = krg_orig(__x64_sys_pidfd_send_signal)(regs);
	krg_hook_exit(__x64_sys_pidfd_send_signal);
	return ret;
}

struct krg_hook *krg_signal_hooks[] = { &krg_hook_of___x64_sys_pidfd_send_signal, NULL };
