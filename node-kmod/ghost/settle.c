// SPDX-License-Identifier: GPL-2.0-only
/* A system call that was interrupted only for a migration must not show it. */
#include <linux/fs.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/stat.h>
#include <linux/task_work.h>
#include <asm/syscall.h>
#include <asm/unistd.h>
#include "ghost.h"

#define SYSCALL_LENGTH 2	/* of the instruction, which a restart goes back by */

/*
 * Calls that give -EINTR for whatever wakes them. They begin anew, with their
 * whole timeout: when it began, nobody knows any more.
 */
static bool never_restarts(long nr)
{
	switch (nr) {
	case __NR_epoll_wait:
	case __NR_epoll_pwait:
	case __NR_epoll_pwait2:
	case __NR_semop:
	case __NR_semtimedop:
	case __NR_rt_sigtimedwait:
	case __NR_read:			/* inotify; sockets with SO_RCVTIMEO */
	case __NR_recvfrom:
	case __NR_recvmsg:
	case __NR_sendto:
	case __NR_sendmsg:
	case __NR_accept:
	case __NR_accept4:
	case __NR_connect:
		return true;
	}
	return false;
}

/* Only where less than asked means "a signal came": on a disk it may mean "full". */
static bool writes_all(unsigned int fd)
{
	struct fd f = fdget(fd);
	umode_t mode;
	bool all;

	if (!krg_fd_file(f))
		return false;
	mode = file_inode(krg_fd_file(f))->i_mode;
	all = (S_ISFIFO(mode) || S_ISSOCK(mode)) && !(krg_fd_file(f)->f_flags & O_NONBLOCK);
	fdput(f);
	return all;
}

/* Is there a signal that the program is to see? TIF_SIGPENDING alone does not say. */
static bool real_signal(void)
{
	bool any;

	spin_lock_irq(&krg_sighand()->siglock);
	any = krg_sym(next_signal)(&current->pending, &current->blocked) ||
	      krg_sym(next_signal)(&current->signal->shared_pending, &current->blocked);
	spin_unlock_irq(&krg_sighand()->siglock);
	return any;
}

/* Write what is missing, until it is all there or something real comes. */
static void write_rest(struct pt_regs *regs)
{
	while ((long)regs->ax > 0 && regs->ax < regs->dx && !real_signal()) {
		ssize_t n;

		clear_notify_signal();	/* or it would not wait at all */
		n = krg_sym(ksys_write)(regs->di, (void __user *)regs->si + regs->ax,
					regs->dx - regs->ax);
		if (n <= 0)
			break;
		regs->ax += n;
	}
	if (task_work_pending(current))
		set_thread_flag(TIF_NOTIFY_SIGNAL);
}

/*
 * A signal that comes after the decision to restart a call, and before the call has
 * begun anew, runs its handler and does not end the call: alarm(1); pause(); would
 * wait for ever. The first instruction here may have to be read from a disk or from
 * another node, which is long enough for that. So it is read before the decision.
 */
static void restart_at_once(const struct pt_regs *regs)
{
	if (!ghost_wants_restart(regs->ax) || real_signal())
		return;
	/* what cannot be read is the program's fault, which it will see */
	fault_in_readable((const char __user *)regs->ip - SYSCALL_LENGTH, SYSCALL_LENGTH);
	cond_resched();
}

void krg_ghost_settle(void)
{
	struct pt_regs *regs = task_pt_regs(current);
	long nr = syscall_get_nr(current, regs);

	if (nr == __NR_write && writes_all(regs->di))
		write_rest(regs);
	else if ((long)regs->ax == -EINTR && never_restarts(nr) && !real_signal())
		regs->ax = -ERESTARTNOHAND;
	restart_at_once(regs);
}
EXPORT_SYMBOL_GPL(krg_ghost_settle);
