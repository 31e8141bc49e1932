// SPDX-License-Identifier: GPL-2.0-only
/* Parent, group, session, terminal and children's times: its home's kernel has them. */
#include <linux/pid.h>
#include <linux/sched/cputime.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/tty.h>
#include <kerrighed/sighand.h>
#include "procfs.h"

/* As do_task_stat(). False: it is just ending. */
static bool krg_relations_here(struct task_struct *task, struct pid_namespace *ns,
			       struct krg_relations *relations)
{
	struct signal_struct *signal = task->signal;
	struct pid *pgrp;
	unsigned long flags;
	u64 utime, stime;

	krg_sym(thread_group_cputime_adjusted)(task, &utime, &stime);
	if (!krg_lock_sighand(task, &flags))
		return false;
	*relations = (struct krg_relations) {
		.start_time = krg_sym(nsec_to_clock_t)(task->start_boottime + krg_boot_ahead()),
		.ppid = task_ppid_nr_ns(task, ns),
		.pgrp = task_pgrp_nr_ns(task, ns),
		.session = task_session_nr_ns(task, ns),
		.tty_pgrp = -1,
		.exit_signal = task->exit_signal,
		.min_flt = signal->min_flt + task->min_flt,
		.maj_flt = signal->maj_flt + task->maj_flt,
		.utime = krg_sym(nsec_to_clock_t)(utime),
		.stime = krg_sym(nsec_to_clock_t)(stime),
		.cmin_flt = signal->cmin_flt,
		.cmaj_flt = signal->cmaj_flt,
		.cutime = krg_sym(nsec_to_clock_t)(signal->cutime),
		.cstime = krg_sym(nsec_to_clock_t)(signal->cstime),
		.cgtime = krg_sym(nsec_to_clock_t)(signal->cgtime),
	};
	if (signal->tty) {
		pgrp = tty_get_pgrp(signal->tty);
		relations->tty_pgrp = pid_nr_ns(pgrp, ns);
		put_pid(pgrp);
		relations->tty = new_encode_dev(tty_devnum(signal->tty));
	}
	unlock_task_sighand(task, &flags);
	return true;
}

/* Handler of KRG_RPC_PROCFS_HOME. */
int krg_serve_relations(struct krg_rpc_request *req)
{
	struct pid_namespace *ns;
	struct task_struct *task = NULL;
	int err = -ESRCH;

	if (req->len != sizeof(s32) || req->reply_max < sizeof(struct krg_relations))
		return -EINVAL;
	rcu_read_lock();
	ns = READ_ONCE(krg_container);
	if (ns)
		task = pid_task(find_pid_ns(*(const s32 *)req->arg, ns), PIDTYPE_TGID);
	if (task && krg_relations_here(task, ns, req->reply)) {
		req->reply_len = sizeof(struct krg_relations);
		err = 0;
	}
	rcu_read_unlock();
	return err;
}

/**
 * krg_relations_of() - the relations of a body that runs here, as its home has them
 * May sleep. Return: false: it is no body, or its home does not answer.
 */
bool krg_relations_of(pid_t pid, struct krg_relations *relations)
{
	int home = krg_home_of_body(pid);
	s32 arg = pid;
	ssize_t len;

	if (home <= 0)
		return false;
	len = krg_rpc_call_killable(home, KRG_RPC_PROCFS_HOME, &arg, sizeof(arg), relations,
				    sizeof(*relations));
	return len == sizeof(*relations);
}
