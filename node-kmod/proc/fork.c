// SPDX-License-Identifier: GPL-2.0-only
/*
 * fork() and clone() in a body. First home makes the child's stub, a native child
 * of this body's stub; then the clone here takes the stub's number and is a body
 * of its own before it runs for the first time.
 */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/module.h>
#include <linux/sched/task.h>
#include "proc.h"

#define KRG_THREAD_TRIES HZ	/* of a tick each */

KRG_HOOK_IF(pid_t, kernel_clone, (struct kernel_clone_args *args), krg_body_is_current);
KRG_HOOK_IF(void, wake_up_new_task, (struct task_struct *p), krg_have_bodies);

struct krg_fork {
	struct list_head list;
	struct task_struct *parent;
	struct krg_body *child;	/* NULL: it makes a thread */
	pid_t pid;
	bool runs;
};

static LIST_HEAD(krg_forks);
static DEFINE_SPINLOCK(krg_fork_lock);

static struct krg_fork *krg_fork_of_current(void)
{
	struct krg_fork *fork, *found = NULL;

	spin_lock(&krg_fork_lock);
	list_for_each_entry(fork, &krg_forks, list)
		if (fork->parent == current)
			found = fork;
	spin_unlock(&krg_fork_lock);
	return found;		/* current's own: nobody else takes it off */
}

/* Is @set_tid the number that was given to the child current is cloning? */
bool krg_forking(pid_t *set_tid)
{
	struct krg_fork *fork = krg_fork_of_current();

	return fork && set_tid == &fork->pid;
}

static void krg_hook_wake_up_new_task(struct task_struct *p)
{
	struct krg_fork *fork;

	krg_hook_enter(wake_up_new_task);
	fork = krg_fork_of_current();
	if (fork && fork->child && !fork->runs &&
	    task_tgid_nr_ns(p, READ_ONCE(krg_container)) == fork->pid) {
		fork->runs = true;
		clear_bit(KRG_BODY_CLONING, &fork->child->flags);
	}
	krg_orig(wake_up_new_task)(p);
	krg_hook_exit(wake_up_new_task);
}

/* The clone gets the number that is in @fork. */
static pid_t krg_clone_given(struct krg_fork *fork, struct kernel_clone_args *args)
{
	pid_t ret;

	spin_lock(&krg_fork_lock);
	list_add(&fork->list, &krg_forks);
	spin_unlock(&krg_fork_lock);
	args->set_tid = &fork->pid;
	args->set_tid_size = 1;
	ret = krg_may_fail(-ENOMEM, krg_orig(kernel_clone)(args));
	spin_lock(&krg_fork_lock);
	list_del(&fork->list);
	spin_unlock(&krg_fork_lock);
	return ret;
}

/* The number is no one's: its stub goes, and nobody hears of it. */
static void krg_unfork(struct krg_body *parent, pid_t pid)
{
	struct krg_ask ask = { .op = KRG_ASK_UNFORK, .pid = pid };

	krg_body_tell(parent, &ask, sizeof(ask));
}

/* The child's stub is there. */
static pid_t krg_fork_numbered(struct krg_body *parent, struct krg_fork *fork,
			       struct kernel_clone_args *args)
{
	pid_t ret;

	fork->child = krg_body_new(fork->pid, parent->home, 1, BIT(KRG_BODY_CLONING));
	if (IS_ERR(fork->child)) {
		krg_unfork(parent, fork->pid);
		return PTR_ERR(fork->child);
	}
	kref_get(&fork->child->ref);
	ret = krg_clone_given(fork, args);
	if (!fork->runs) {
		krg_body_drop(fork->child);
		krg_unfork(parent, fork->pid);
	}
	krg_body_put(fork->child);
	return ret;
}

static pid_t krg_fork_body(struct krg_body *parent, struct kernel_clone_args *args)
{
	struct krg_ask ask = {
		.op = KRG_ASK_FORK,
		.fork = { .flags = args->flags, .exit_signal = args->exit_signal },
	};
	struct krg_fork fork = { .parent = current };
	struct file *pidfd;
	struct krg_answer answer;
	int err, fd;
	pid_t ret;

	err = krg_body_ask(parent, &ask, sizeof(ask), &answer);
	if (err == -EHOSTDOWN)
		return krg_orig(kernel_clone)(args);
	/* the signal is on its way here */
	if (!err && answer.ret == -ERESTARTNOINTR)
		set_thread_flag(TIF_SIGPENDING);
	if (err || answer.ret < 0)
		return err ?: answer.ret;
	fork.pid = answer.ret;
	fd = krg_pidfd_fork(fork.pid, args, &pidfd);
	if (fd < 0) {
		krg_unfork(parent, fork.pid);
		return fd;
	}
	ret = krg_fork_numbered(parent, &fork, args);
	krg_pidfd_forked(fd, pidfd, fork.runs);
	return ret;
}

static pid_t krg_hook_kernel_clone(struct kernel_clone_args *args)
{
	struct krg_body *parent;
	pid_t ret;

	krg_hook_enter(kernel_clone);
	parent = krg_body_of(current);
	if (!parent || args->flags & CLONE_THREAD || args->fn)
		ret = krg_orig(kernel_clone)(args);
	else if (args->set_tid_size || args->flags & CLONE_NEWPID ||
		 current->nsproxy->pid_ns_for_children != krg_container)
		/* its number would have to be unique at home and in the other namespace */
		ret = -EPERM;
	else
		ret = krg_fork_body(parent, args);
	krg_body_put(parent);
	krg_hook_exit(kernel_clone);
	return ret;
}

static void krg_block(const sigset_t *set)
{
	krg_siglock();
	current->blocked = *set;
	recalc_sigpending();
	krg_sigunlock();
}

pid_t krg_thread_new(pid_t tid, int (*fn)(void *arg), void *arg)
{
	struct krg_fork fork = { .parent = current, .pid = tid };
	struct kernel_clone_args args = {
		.flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			 CLONE_SYSVSEM,
		.fn = fn,
		.fn_arg = arg,
	};
	sigset_t before = current->blocked, all;
	pid_t ret = -EAGAIN;
	int tries;

	/* a group stop counts as frozen for the cgroup, and the thread would inherit that */
	if (current->frozen)
		krg_sym(cgroup_leave_frozen)(true);
	sigfillset(&all);
	for (tries = 0; tries < KRG_THREAD_TRIES; tries++) {
		/* a clone is refused while signals or task work are pending */
		krg_block(&all);
		clear_notify_signal();
		ret = krg_clone_given(&fork, &args);
		/* a thread that moved away from here a moment ago may still have the number */
		if (ret != -EEXIST && ret != -ERESTARTNOINTR)
			break;
		schedule_timeout_uninterruptible(1);
	}
	krg_block(&before);
	/* it may have stood for task work, or for the restart of the interrupted system call */
	set_thread_flag(TIF_NOTIFY_SIGNAL);
	return ret == -ERESTARTNOINTR ? -EAGAIN : ret;
}
EXPORT_SYMBOL_GPL(krg_thread_new);

struct krg_hook *krg_fork_hooks[] = {
	&krg_hook_of_kernel_clone, &krg_hook_of_wake_up_new_task, NULL
};
