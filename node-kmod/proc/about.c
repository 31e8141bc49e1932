// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a system call asks or sets about a process that runs on another node: it is executed
 * there, with the credentials of who called it here. Groups and sessions of a process of
 * another home: that node knows them.
 */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/cred.h>
#include <linux/sched/task.h>
#include "about.h"
#include "proc.h"

static bool krg_at_home(const struct krg_about *about)
{
	return about->op == KRG_ABOUT_PGID || about->op == KRG_ABOUT_SID;
}

/* The node that knows; -ESRCH or 0: none does; -EAGAIN: it is coming here, or has just left. */
static int krg_about_node(const struct krg_about *about)
{
	int node;

	if (krg_at_home(about))
		return krg_home_of(about->pid);
	/* any thread of a process of this node, too */
	if (krg_thread_runs_here(about->pid))
		return krg_node_id();
	node = krg_locate(about->pid);
	return node == krg_node_id() ? -EAGAIN : node;
}

/* Of what krg_about_node() says: is the process of this cluster? */
static bool krg_about_exists(int node)
{
	return node > 0 || node == -EAGAIN;
}

/* Is @task on its way to another node, or has it gone? What is set now may not be what goes. */
static bool krg_leaves(struct task_struct *task)
{
	unsigned long flags;
	bool leaves;

	if (!krg_lock_sighand(task, &flags))
		return true;
	/* who leaves holds its signals before it notes what is to go with it */
	leaves = sigismember(&task->real_blocked, SIGKILL);
	unlock_task_sighand(task, &flags);
	return leaves;
}

/* False: a signal came, or a move of the process that waits; the call is to be made again. */
static bool krg_about_pause(long *ret)
{
	schedule_timeout_interruptible(1);
	*ret = -ERESTARTNOINTR;
	return !signal_pending(current);
}

bool krg_about_again(pid_t pid, long *ret)
{
	struct task_struct *task;
	bool again;

	if (pid <= 1 || (*ret && *ret != -ESRCH))
		return false;
	if (krg_thread_runs_here(pid)) {
		task = krg_task_of(pid);
		again = !task || (task != current && krg_leaves(task));
		if (task)
			put_task_struct(task);
	} else {
		/* it may have left since it was looked for */
		again = krg_locate(pid) > 0;
	}
	return again && krg_about_pause(ret);
}

bool krg_ask_about(struct krg_about *about, struct krg_about_answer *answer, long *ret)
{
	unsigned long end = jiffies + KRG_DECISION;
	ssize_t got;
	int node;

	if (about->pid <= 1)
		return false;
	krg_creds_fill(&about->creds, 0);
	for (;;) {
		node = krg_about_node(about);
		if (!krg_about_exists(node) || node == krg_node_id())
			return false;
		got = node < 0 ? -ESRCH :
		      krg_rpc_call(node, KRG_RPC_PROC_ABOUT, about, sizeof(*about), answer,
				   sizeof(*answer));
		if (got == sizeof(*answer)) {
			*ret = answer->ret;
			return true;
		}
		if (krg_at_home(about) && (got == -ESRCH || got == -EHOSTDOWN))
			return false;
		if (got == -ENOENT) {
			*ret = -ESRCH;
			return true;
		}
		/* who asks is nobody there; or whatever else it is, it does not end */
		*ret = got == -EINVAL ? -EPERM : -ESRCH;
		if (got == -EINVAL || (got != -EAGAIN && time_after(jiffies, end)))
			return true;
		if (!krg_about_pause(ret))
			return true;
	}
}

bool krg_ask_relation(u32 op, pid_t pid, long *ret)
{
	struct krg_about about = { .op = op, .pid = pid };
	struct krg_about_answer answer;

	return krg_home_of(pid) > 0 && krg_ask_about(&about, &answer, ret);
}

/* With the credentials of who asks. */
static s64 krg_about_execute(const struct krg_about *about, struct task_struct *task,
			     struct krg_about_answer *answer)
{
	switch (about->op) {
	case KRG_ABOUT_PGID:
		return task_pgrp_nr_ns(task, krg_container);
	case KRG_ABOUT_SID:
		return task_session_nr_ns(task, krg_container);
	case KRG_ABOUT_GETPRIORITY ... KRG_ABOUT_IOPRIO_SET:
		return krg_about_priority(about, task);
	case KRG_ABOUT_GETSCHEDULER ... KRG_ABOUT_SETAFFINITY:
		return krg_about_scheduler(about, task, answer);
	case KRG_ABOUT_LIMIT:
	case KRG_ABOUT_SETLIMIT:
		return krg_about_limit(about, task, answer);
	}
	return -EINVAL;
}

/* -EAGAIN: the process is on its way to another node; -ESRCH: not here; -ENOENT: it has ended. */
static int krg_about_here(const struct krg_about *about, struct krg_about_answer *answer)
{
	struct task_struct *task = krg_task_of(about->pid);
	int err;

	if (!task)
		return -ESRCH;
	if (!krg_at_home(about) && !krg_thread_runs_here(about->pid)) {
		err = -ESRCH;
	} else if (!krg_at_home(about) && task->flags & PF_EXITING) {
		/* elsewhere than at home it may have left, and only its body ends */
		err = krg_home_of(about->pid) == krg_node_id() ? -ENOENT : -ESRCH;
	} else {
		answer->ret = krg_about_execute(about, task, answer);
		err = 0;
		if (!krg_at_home(about) && !krg_thread_runs_here(about->pid))
			err = -ESRCH;	/* it has left meanwhile */
		else if (!krg_at_home(about) && krg_leaves(task))
			err = -EAGAIN;
	}
	put_task_struct(task);
	return err;
}

long krg_about_process(struct krg_about *about)
{
	unsigned long end = jiffies + KRG_DECISION;
	struct krg_about_answer answer = {};
	long ret;
	int err;

	for (;;) {
		if (krg_ask_about(about, &answer, &ret))
			return ret;
		err = krg_about_here(about, &answer);
		if (!err)
			return answer.ret;
		/* it may have come or gone since it was looked for */
		if (err != -EAGAIN &&
		    (err != -ESRCH || !krg_about_exists(krg_about_node(about)) ||
		     time_after(jiffies, end)))
			return -ESRCH;
		if (!krg_about_pause(&ret))
			return ret;
	}
}

static int krg_serve_list(struct krg_rpc_request *req)
{
	int count = krg_about_list(req->arg, req->reply, req->reply_max / sizeof(s32));

	if (count < 0)
		return count;
	req->reply_len = count * sizeof(s32);
	return 0;
}

/* Handler of KRG_RPC_PROC_ABOUT. Asks nobody else: who asks does, and can be interrupted. */
int krg_serve_about(struct krg_rpc_request *req)
{
	const struct krg_about *about = req->arg;
	struct krg_about_answer *answer = req->reply;
	const struct cred *own;
	int err;

	if (req->len != sizeof(*about))
		return -EINVAL;
	if (about->op == KRG_ABOUT_LIST)
		return krg_serve_list(req);
	if (about->creds.ngroups || about->whose > KRG_WHOSE_THREADS ||
	    req->reply_max < sizeof(*answer))
		return -EINVAL;
	own = krg_creds_assume(&about->creds);
	if (IS_ERR(own))
		return PTR_ERR(own);
	memset(answer, 0, sizeof(*answer));
	err = krg_about_here(about, answer);
	krg_creds_resume(own);
	req->reply_len = sizeof(*answer);
	return err;
}
