// SPDX-License-Identifier: GPL-2.0-only
/* Where the kernel tells a parent about a process: for a body, home is told. */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/binfmts.h>
#include <linux/sched/cputime.h>
#include <linux/sched/task.h>
#include <linux/task_io_accounting_ops.h>
#include "calls.h"
#include "proc.h"

static bool krg_any_away(void)
{
	return krg_have_bodies() || krg_have_stubs();
}

KRG_HOOK_IF(bool, do_notify_parent, (struct task_struct *tsk, int sig), krg_any_away);
KRG_HOOK_IF(void, do_notify_parent_cldstop, (struct task_struct *tsk, bool for_ptracer, int why),
	    krg_have_bodies);
KRG_HOOK_IF(int, do_sigaction, (int sig, struct k_sigaction *act, struct k_sigaction *oact),
	    krg_body_is_current);
KRG_HOOK_IF(int, is_current_pgrp_orphaned, (void), krg_body_is_current);
KRG_HOOK_IF(void, finalize_exec, (struct linux_binprm *bprm), krg_body_is_current);
KRG_HOOK_IF(int, ptrace_attach, (struct task_struct *task, long request, unsigned long addr,
				 unsigned long flags), krg_have_stubs);

/* The kernel's own notification of a parent. Caller holds tasklist_lock. */
void krg_notify_stop(struct task_struct *task, int why)
{
	krg_orig(do_notify_parent_cldstop)(task, false, why);
}

static void krg_exit_fill(struct krg_exit *end, struct task_struct *task)
{
	struct signal_struct *signal = task->signal;
	u64 utime, stime;

	krg_sym(thread_group_cputime_adjusted)(task, &utime, &stime);
	*end = (struct krg_exit) {
		.code = signal->flags & SIGNAL_GROUP_EXIT ?
			signal->group_exit_code : task->exit_code,
		.utime = utime,
		.stime = stime,
		.runtime = task->se.sum_exec_runtime + signal->sum_sched_runtime,
		.min_flt = task->min_flt + signal->min_flt,
		.maj_flt = task->maj_flt + signal->maj_flt,
		.maxrss = signal->maxrss,
		.inblock = task_io_get_inblock(task) + signal->inblock,
		.oublock = task_io_get_oublock(task) + signal->oublock,
		.nvcsw = task->nvcsw + signal->nvcsw,
		.nivcsw = task->nivcsw + signal->nivcsw,
	};
}

/* tasklist_lock is held for writing. True: the task is reaped at once. */
static bool krg_hook_do_notify_parent(struct task_struct *tsk, int sig)
{
	struct krg_body *body = NULL;
	bool reap;

	krg_hook_enter(do_notify_parent);
	if (!krg_task_in_container(tsk) || tsk->ptrace) {
		reap = krg_orig(do_notify_parent)(tsk, sig);
		goto out;
	}
	body = krg_body_of(tsk);
	if (!body && !krg_stub_vanishes(tsk)) {
		reap = krg_orig(do_notify_parent)(tsk, sig);
		goto out;
	}
	if (body && test_bit(KRG_BODY_SILENT, &body->flags)) {
		krg_body_drop(body);
	} else if (body && krg_body_has_home(body)) {
		krg_exit_fill(&body->end, tsk);
		set_bit(KRG_BODY_ENDED, &body->flags);
		krg_body_report(body);
	} else if (body) {
		/* nobody at home waits for it; a parent that lives here may */
		krg_body_drop(body);
		reap = krg_orig(do_notify_parent)(tsk, sig);
		goto out;
	}
	krg_orig(do_notify_parent)(tsk, 0);	/* pidfds and wait queues, no signal */
	reap = true;
out:
	krg_body_put(body);
	krg_hook_exit(do_notify_parent);
	return reap;
}

/* A stop that is over by now is none to report: home has told of the SIGCONT that ended it. */
static void krg_body_stopped(struct krg_body *body, struct task_struct *tsk)
{
	unsigned long flags;
	u64 stop = 0;

	if (!krg_lock_sighand(tsk, &flags))
		return;
	if (tsk->signal->flags & SIGNAL_STOP_STOPPED)
		stop = (u64)body->conts << 8 | (tsk->signal->group_exit_code & 0x7f ?: SIGSTOP);
	unlock_task_sighand(tsk, &flags);
	if (!stop)
		return;
	atomic64_set(&body->stop, stop);
	krg_body_report(body);
}

/* tasklist_lock is held for reading */
static void krg_hook_do_notify_parent_cldstop(struct task_struct *tsk, bool for_ptracer, int why)
{
	struct krg_body *body = NULL;

	krg_hook_enter(do_notify_parent_cldstop);
	if (!for_ptracer && krg_task_in_container(tsk))
		body = krg_body_of(tsk);
	if (!body || !krg_body_has_home(body) || test_bit(KRG_BODY_SILENT, &body->flags))
		krg_orig(do_notify_parent_cldstop)(tsk, for_ptracer, why);
	else if (why == CLD_STOPPED)
		krg_body_stopped(body, tsk);
	krg_body_put(body);
	krg_hook_exit(do_notify_parent_cldstop);
}

static int krg_hook_do_sigaction(int sig, struct k_sigaction *act, struct k_sigaction *oact)
{
	struct krg_ask ask = { .op = KRG_ASK_SIGACTION };
	struct krg_body *body;
	int err;

	krg_hook_enter(do_sigaction);
	err = krg_orig(do_sigaction)(sig, act, oact);
	if (!err && act && sig == SIGCHLD) {
		ask.action.ignore = act->sa.sa_handler == SIG_IGN;
		ask.action.flags = act->sa.sa_flags;
		body = krg_body_of(current);
		if (body)
			krg_body_tell(body, &ask, sizeof(ask));
		krg_body_put(body);
	}
	krg_hook_exit(do_sigaction);
	return err;
}

/* Here it always is: its session is its own. */
static int krg_hook_is_current_pgrp_orphaned(void)
{
	struct krg_ask ask = { .op = KRG_ASK_ORPHANED };
	struct krg_answer answer;
	struct krg_body *body;
	int orphaned;

	krg_hook_enter(is_current_pgrp_orphaned);
	body = krg_body_of(current);
	if (body && !krg_body_ask(body, &ask, sizeof(ask), &answer))
		orphaned = answer.ret;
	else
		orphaned = krg_orig(is_current_pgrp_orphaned)();
	krg_body_put(body);
	krg_hook_exit(is_current_pgrp_orphaned);
	return orphaned;
}

/* The last step of every execve() before user mode. */
static void krg_hook_finalize_exec(struct linux_binprm *bprm)
{
	struct krg_ask ask = { .op = KRG_ASK_EXEC };
	struct krg_body *body;

	krg_hook_enter(finalize_exec);
	krg_orig(finalize_exec)(bprm);
	body = krg_body_of(current);
	if (body) {
		get_task_comm(ask.comm, current);
		krg_body_tell(body, &ask, sizeof(ask));
	}
	krg_body_put(body);
	krg_hook_exit(finalize_exec);
}

/* A stub has nothing to look at, and a trap would make it spin. */
static int krg_hook_ptrace_attach(struct task_struct *task, long request, unsigned long addr,
				  unsigned long flags)
{
	struct krg_stub *stub = NULL;
	int err = -EPERM;

	krg_hook_enter(ptrace_attach);
	rcu_read_lock();
	if (krg_task_in_container(task))
		stub = krg_stub_find(task_tgid_nr_ns(task, krg_container));
	rcu_read_unlock();
	if (stub)
		krg_stub_put(stub);
	else
		err = krg_orig(ptrace_attach)(task, request, addr, flags);
	krg_hook_exit(ptrace_attach);
	return err;
}

int krg_orphaned_native(void)
{
	return krg_orig(is_current_pgrp_orphaned)();
}

struct krg_hook *krg_body_hooks[] = {
	&krg_hook_of_do_notify_parent, &krg_hook_of_do_notify_parent_cldstop,
	&krg_hook_of_do_sigaction, &krg_hook_of_is_current_pgrp_orphaned,
	&krg_hook_of_finalize_exec, &krg_hook_of_ptrace_attach, NULL
};
