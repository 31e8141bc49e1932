// SPDX-License-Identifier: GPL-2.0-only
/*
 * wait4() and waitid() of a body. Every child of it has its stub at home, as the
 * native child of the body's stub, so home is where to look. Home sends a message
 * when a child changes; nothing is polled.
 */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/sched/signal.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <uapi/linux/wait.h>
#include <asm/ptrace.h>
#include "proc.h"

KRG_HOOK_IF(long, __x64_sys_wait4, (const struct pt_regs *regs), krg_body_is_current);
KRG_HOOK_IF(long, __x64_sys_waitid, (const struct pt_regs *regs), krg_body_is_current);

/* Home has counted what the child used; what getrusage() and times() look at is here. */
static void krg_child_used(const struct rusage *used)
{
	struct signal_struct *signal = current->signal;

	krg_siglock();
	write_seqlock(&signal->stats_lock);
	signal->cutime += used->ru_utime.tv_sec * NSEC_PER_SEC +
			  used->ru_utime.tv_usec * NSEC_PER_USEC;
	signal->cstime += used->ru_stime.tv_sec * NSEC_PER_SEC +
			  used->ru_stime.tv_usec * NSEC_PER_USEC;
	signal->cmin_flt += used->ru_minflt;
	signal->cmaj_flt += used->ru_majflt;
	signal->cnvcsw += used->ru_nvcsw;
	signal->cnivcsw += used->ru_nivcsw;
	signal->cinblock += used->ru_inblock;
	signal->coublock += used->ru_oublock;
	signal->cmaxrss = max_t(unsigned long, signal->cmaxrss,
				used->ru_maxrss / (PAGE_SIZE / 1024));
	write_sequnlock(&signal->stats_lock);
	krg_sigunlock();
}

static bool krg_reaped(const struct krg_answer *answer, int options)
{
	return answer->ret > 0 && !(options & WNOWAIT) &&
	       (answer->cause == CLD_EXITED || answer->cause == CLD_KILLED ||
		answer->cause == CLD_DUMPED);
}

/* Return: the child, 0 (WNOHANG and none ready) or -errno; -EHOSTDOWN: no home any more. */
static long krg_wait_at_home(struct krg_body *body, int which, pid_t upid, int options,
			     struct krg_answer *answer)
{
	struct krg_ask ask;
	int seen, err;

	for (;;) {
		seen = atomic_read(&body->child_events);
		ask = (struct krg_ask) {
			.op = KRG_ASK_WAIT,
			.wait = { .which = which, .upid = upid, .options = options },
		};
		err = krg_body_ask(body, &ask, sizeof(ask), answer);
		if (err)
			return err;
		if (krg_reaped(answer, options))
			krg_child_used(&answer->rusage);
		if (answer->ret || options & WNOHANG)
			return answer->ret;
		if (wait_event_interruptible(body->wait, atomic_read(&body->child_events) != seen))
			return -ERESTARTSYS;
	}
}

static long krg_wait4(struct krg_body *body, const struct pt_regs *regs)
{
	pid_t upid = regs->di;
	int __user *status = (int __user *)regs->si;
	int options = regs->dx;
	struct rusage __user *ru = (struct rusage __user *)regs->r10;
	struct krg_answer answer;
	int which = P_PID;
	long ret;

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL))
		return -EINVAL;
	if (upid == INT_MIN)
		return -ESRCH;
	if (upid <= 0) {
		which = upid == -1 ? P_ALL : P_PGID;
		upid = upid == -1 ? 0 : -upid;
	}
	ret = krg_wait_at_home(body, which, upid, options | WEXITED, &answer);
	if (ret > 0 && ru && copy_to_user(ru, &answer.rusage, sizeof(answer.rusage)))
		return -EFAULT;
	if (ret > 0 && status && put_user(answer.status, status))
		return -EFAULT;
	return ret;
}

static long krg_waitid(struct krg_body *body, const struct pt_regs *regs)
{
	int which = regs->di, options = regs->r10;
	pid_t upid = regs->si;
	struct siginfo __user *infop = (struct siginfo __user *)regs->dx;
	struct rusage __user *ru = (struct rusage __user *)regs->r8;
	struct krg_answer answer;
	struct kernel_siginfo info;
	bool nonblock = false;
	long ret;

	if (options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED |
			__WNOTHREAD | __WCLONE | __WALL) ||
	    !(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	if ((which == P_PID && upid <= 0) || (which != P_ALL && upid < 0))
		return -EINVAL;
	if (which == P_PIDFD) {
		which = P_PID;
		upid = krg_pidfd_waited(upid, &nonblock);
		if (upid < 0)
			return upid;
	}
	ret = krg_wait_at_home(body, which, upid, options | (nonblock ? WNOHANG : 0), &answer);
	if (ret < 0)
		return ret;
	if (!ret && nonblock && !(options & WNOHANG))
		return -EAGAIN;
	if (ret && ru && copy_to_user(ru, &answer.rusage, sizeof(answer.rusage)))
		return -EFAULT;
	clear_siginfo(&info);
	if (ret) {
		info.si_signo = SIGCHLD;
		info.si_code = answer.cause;
		info.si_pid = answer.child;
		info.si_uid = answer.uid;
		info.si_status = answer.info_status;
	}
	if (infop && (put_user(info.si_signo, &infop->si_signo) ||
		      put_user(0, &infop->si_errno) ||
		      put_user(info.si_code, &infop->si_code) ||
		      put_user(info.si_pid, &infop->si_pid) ||
		      put_user(info.si_uid, &infop->si_uid) ||
		      put_user(info.si_status, &infop->si_status)))
		return -EFAULT;
	return 0;
}

static long krg_hook___x64_sys_wait4(const struct pt_regs *regs)
{
	struct krg_body *body;
	long ret = -EHOSTDOWN;

	krg_hook_enter(__x64_sys_wait4);
	body = krg_body_of(current);
	if (body)
		ret = krg_wait4(body, regs);
	krg_body_put(body);
	if (ret == -EHOSTDOWN)
		ret = krg_orig(__x64_sys_wait4)(regs);
	krg_hook_exit(__x64_sys_wait4);
	return ret;
}

static long krg_hook___x64_sys_waitid(const struct pt_regs *regs)
{
	struct krg_body *body;
	long ret = -EHOSTDOWN;

	krg_hook_enter(__x64_sys_waitid);
	body = krg_body_of(current);
	if (body)
		ret = krg_waitid(body, regs);
	krg_body_put(body);
	if (ret == -EHOSTDOWN)
		ret = krg_orig(__x64_sys_waitid)(regs);
	krg_hook_exit(__x64_sys_waitid);
	return ret;
}

struct krg_hook *krg_wait_hooks[] = {
	&krg_hook_of___x64_sys_wait4, &krg_hook_of___x64_sys_waitid, NULL
};
