// SPDX-License-Identifier: GPL-2.0-only
/*
 * fork() and clone() in a body. First home makes the child's stub, a native child
 * of this body's stub; then the clone here takes the stub's number and is a body
 * of its own before it runs for the first time.
 */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/sched/task.h>
#include "proc.h"

KRG_HOOK_IF(pid_t, kernel_clone, (struct kernel_clone_args *args), krg_body_is_current);
KRG_HOOK_IF(void, wake_up_new_task, (struct task_struct *p), krg_have_bodies);

struct krg_fork {
	struct list_head list;
	struct task_struct *parent;
	struct krg_body *child;
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

/* Is @set_tid the number that home gave to the child current is cloning? */
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
	if (fork && !fork->runs && task_tgid_nr_ns(p, READ_ONCE(krg_container)) == fork->pid) {
		fork->runs = true;
		clear_bit(KRG_BODY_CLONING, &fork->child->flags);
	}
	krg_orig(wake_up_new_task)(p);
	krg_hook_exit(wake_up_new_task);
}

/* The number is no one's: its stub goes, and nobody hears of it. */
static void krg_unfork(struct krg_body *parent, pid_t pid)
{
	struct krg_ask ask = { .op = KRG_ASK_UNFORK, .pid = pid };

	krg_body_ask(parent, &ask, sizeof(ask), NULL);
}

static pid_t krg_fork_body(struct krg_body *parent, struct kernel_clone_args *args)
{
	struct krg_ask ask = {
		.op = KRG_ASK_FORK,
		.fork = { .flags = args->flags, .exit_signal = args->exit_signal },
	};
	struct krg_fork fork = { .parent = current };
	struct krg_answer answer;
	pid_t ret;
	int err;

	err = krg_body_ask(parent, &ask, sizeof(ask), &answer);
	if (err == -EHOSTDOWN)
		return krg_orig(kernel_clone)(args);
	if (err || answer.ret < 0)
		return err ?: answer.ret;
	fork.pid = answer.ret;
	fork.child = krg_body_new(fork.pid, parent->home, 1, BIT(KRG_BODY_CLONING));
	if (IS_ERR(fork.child)) {
		krg_unfork(parent, fork.pid);
		return PTR_ERR(fork.child);
	}
	kref_get(&fork.child->ref);
	spin_lock(&krg_fork_lock);
	list_add(&fork.list, &krg_forks);
	spin_unlock(&krg_fork_lock);
	args->set_tid = &fork.pid;
	args->set_tid_size = 1;
	ret = krg_orig(kernel_clone)(args);
	spin_lock(&krg_fork_lock);
	list_del(&fork.list);
	spin_unlock(&krg_fork_lock);
	if (!fork.runs) {
		krg_body_drop(fork.child);
		krg_unfork(parent, fork.pid);
	}
	krg_body_put(fork.child);
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

struct krg_hook *krg_fork_hooks[] = {
	&krg_hook_of_kernel_clone, &krg_hook_of_wake_up_new_task, NULL
};
