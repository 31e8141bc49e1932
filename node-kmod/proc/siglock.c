// SPDX-License-Identifier: GPL-2.0-only
/* The lock of a task's signals, and what is done under that of another task. */
#include <linux/module.h>
#include "proc.h"

/* current's; do_signal_stop() may drop it */
void krg_siglock(void)
	__acquires(&krg_sighand()->siglock)
{
	spin_lock_irq(&krg_sighand()->siglock);
}

void krg_sigunlock(void)
	__releases(&krg_sighand()->siglock)
{
	spin_unlock_irq(&krg_sighand()->siglock);
}

void krg_poke(struct task_struct *task)
{
	unsigned long flags;

	if (!krg_lock_sighand(task, &flags))
		return;
	task->jobctl &= ~JOBCTL_STOPPED;
	krg_sym(wake_up_state)(task, TASK_INTERRUPTIBLE | __TASK_STOPPED);
	unlock_task_sighand(task, &flags);
}
EXPORT_SYMBOL_GPL(krg_poke);

/*
 * As the kernel sends, but with the siginfo as it is: it was made for the
 * container's numbers, where the sender was. Return: 0 or -EAGAIN.
 */
int krg_signal_send_locked(struct task_struct *task, struct krg_signal *signal)
{
	enum pid_type type = signal->thread ? PIDTYPE_PID : PIDTYPE_TGID;
	bool force = signal->info.si_code == SI_KERNEL;

	/* from outside, the init of a namespace can be killed */
	rcu_read_lock();
	force |= !krg_task_in_container(task);
	rcu_read_unlock();
	return krg_sym(__send_signal_locked)(signal->sig, &signal->info, task, type, force);
}

int krg_signal_send(struct task_struct *task, struct krg_signal *signal)
{
	unsigned long flags;
	int err;

	if (!krg_lock_sighand(task, &flags))
		return -ESRCH;
	err = krg_signal_send_locked(task, signal);
	unlock_task_sighand(task, &flags);
	return err;
}
