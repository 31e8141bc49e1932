// SPDX-License-Identifier: GPL-2.0-only
/* Can a process move? Looks at it and touches nothing. */
#include <linux/cgroup.h>
#include <linux/io_uring.h>
#include <linux/ipc_namespace.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>
#include <linux/ptrace.h>
#include <linux/sched/task.h>
#include <linux/security.h>
#include <linux/time_namespace.h>
#include <kerrighed/hooks.h>
#include "ghost.h"

/*
 * Nothing of the process runs: only then do counts of who shares what say something. A
 * thread that begins, ends or is in a system call holds counts of its own for a moment.
 */
static bool at_rest(struct task_struct *task)
{
	return task == current || get_nr_threads(task) == 1;
}

static int check_kind(struct task_struct *task, struct krg_refusal *why)
{
	pid_t pid = task_pid_vnr(task) ?: task_pid_nr(task);

	if (task->flags & PF_KTHREAD)
		return ghost_refuse(why, GHOST_NOT_A_PROCESS, pid);
	if (task->flags & PF_EXITING && get_nr_threads(task) > 1 &&
	    !(task->signal->flags & SIGNAL_GROUP_EXIT))
		return ghost_refuse(why, GHOST_LEADER_ENDED);
	if (task->flags & PF_EXITING || task->signal->flags & SIGNAL_GROUP_EXIT)
		return ghost_refuse(why, GHOST_EXITING, pid);
	if (is_child_reaper(task_pid(task)))
		return ghost_refuse(why, GHOST_INIT, pid);
	return 0;
}

static int check_shared(struct task_struct *task, struct krg_refusal *why)
{
	int threads = get_nr_threads(task), err = 0;

	if (!at_rest(task))
		return 0;
	task_lock(task);
	if (task->files && atomic_read(&task->files->count) > threads)
		err = ghost_refuse(why, GHOST_SHARED_FILES);
	else if (task->fs && task->fs->users > threads)
		err = ghost_refuse(why, GHOST_SHARED_FS);
	task_unlock(task);
	rcu_read_lock();
	if (!err && refcount_read(&rcu_dereference(task->sighand)->count) > threads)
		err = ghost_refuse(why, GHOST_SHARED_SIGHAND);
	rcu_read_unlock();
	return err;
}

/* What CLONE_THREAD does not bring with it: one that has ended has neither any more. */
static int check_thread_shares(struct task_struct *thread, struct krg_refusal *why)
{
	struct task_struct *leader = thread->group_leader;
	struct files_struct *files = READ_ONCE(thread->files);
	struct fs_struct *fs = READ_ONCE(thread->fs);
	pid_t tid = task_pid_vnr(thread) ?: task_pid_nr(thread);

	if (files && files != READ_ONCE(leader->files))
		return ghost_refuse(why, GHOST_THREAD_FILES, tid);
	if (fs && fs != READ_ONCE(leader->fs))
		return ghost_refuse(why, GHOST_THREAD_FS, tid);
	return 0;
}

static int check_tracing(struct task_struct *task, struct krg_refusal *why)
{
	struct task_struct *other;
	int err = 0;

	rcu_read_lock();
	if (task->ptrace) {
		other = rcu_dereference(task->parent);
		err = ghost_refuse(why, GHOST_TRACED, task_tgid_vnr(other) ?: task_tgid_nr(other));
	} else {
		other = list_first_or_null_rcu(&task->ptraced, struct task_struct, ptrace_entry);
		if (other)
			err = ghost_refuse(why, GHOST_TRACING,
					   task_tgid_vnr(other) ?: task_tgid_nr(other));
	}
	rcu_read_unlock();
	return err;
}

static int check_features(struct task_struct *task, struct krg_refusal *why)
{
	if (task->io_uring)
		return ghost_refuse(why, GHOST_IO_URING);
	if (task->seccomp.mode)
		return ghost_refuse(why, GHOST_SECCOMP);
	if (task->pi_blocked_on || !RB_EMPTY_ROOT(&task->pi_waiters.rb_root) ||
	    !list_empty(&task->pi_state_list))
		return ghost_refuse(why, GHOST_PI_MUTEX);
	if (task->mempolicy)
		return ghost_refuse(why, GHOST_MEMPOLICY);
	/* with a deadline the first thread can't make the others where it arrives */
	if (task->policy > SCHED_DEADLINE ||
	    (task->policy == SCHED_DEADLINE && get_nr_threads(task) > 1 &&
	     thread_group_leader(task)))
		return ghost_refuse(why, GHOST_SCHED_POLICY, task->policy);
	return 0;
}

/* A profile (AppArmor) would be lost on the way, and with it the confinement. */
static int check_confined(const struct cred *cred, struct krg_refusal *why)
{
	char *context;
	u32 secid = 0, len;
	int err = 0;

	security_cred_getsecid(cred, &secid);
	if (!secid || security_secid_to_secctx(secid, &context, &len))
		return 0;
	if (strcmp(context, "unconfined"))
		err = ghost_refuse(why, GHOST_CONFINED, context);
	security_release_secctx(context, len);
	return err;
}

static int check_creds(struct task_struct *task, struct krg_refusal *why)
{
	const struct cred *cred = get_task_cred(task);
	int err;

	if (cred->user_ns != &init_user_ns)
		err = ghost_refuse(why, GHOST_USER_NAMESPACE);
	else if (cred->thread_keyring)
		err = ghost_refuse(why, GHOST_KEYRING, "thread");
	else if (cred->process_keyring)
		err = ghost_refuse(why, GHOST_KEYRING, "process");
	else
		err = check_confined(cred, why);
	put_cred(cred);
	return err;
}

static const char *other_namespace(const struct nsproxy *a, const struct nsproxy *b)
{
	if (a->uts_ns != b->uts_ns)
		return "UTS";
	if (a->ipc_ns != b->ipc_ns)
		return "IPC";
	if (a->mnt_ns != b->mnt_ns)
		return "mount";
	if (a->net_ns != b->net_ns)
		return "network";
	if (a->cgroup_ns != b->cgroup_ns)
		return "cgroup";
	/* its clocks move with it, those that it has for its children would not */
	if (a->time_ns != a->time_ns_for_children)
		return "time (of its children)";
	if (a->pid_ns_for_children != b->pid_ns_for_children)
		return "PID (of its children)";
	return NULL;
}

static int check_namespaces(struct task_struct *task, struct task_struct *init,
			    struct krg_refusal *why)
{
	const char *other = NULL;

	if (task_active_pid_ns(task) != task_active_pid_ns(init))
		return ghost_refuse(why, GHOST_NESTED_CONTAINER);
	if (task == init)
		return 0;
	task_lock(init);
	spin_lock_nested(&task->alloc_lock, SINGLE_DEPTH_NESTING);
	if (task->nsproxy && init->nsproxy)
		other = other_namespace(task->nsproxy, init->nsproxy);
	task_unlock(task);
	task_unlock(init);
	return other ? ghost_refuse(why, GHOST_NAMESPACE, other) : 0;
}

/* The root group, or the one of the container's init: the service that runs Kerrighed. */
static int check_cgroup(struct task_struct *task, struct task_struct *init,
			struct krg_refusal *why)
{
	struct cgroup *group;
	char name[128] = "?";
	int err = 0;

	rcu_read_lock();
	group = task_dfl_cgroup(task);
	if (cgroup_parent(group) && group != task_dfl_cgroup(init)) {
		cgroup_path(group, name, sizeof(name));
		err = ghost_refuse(why, GHOST_CGROUP, name);
	}
	rcu_read_unlock();
	return err;
}

/* One thread; nothing here sleeps. */
static int check_thread(struct task_struct *thread, struct task_struct *init,
			struct krg_refusal *why)
{
	static int (*const checks[])(struct task_struct *thread, struct krg_refusal *why) = {
		check_thread_shares, check_tracing, check_features, ghost_regs_check, check_creds,
	};
	int i, err = 0;

	for (i = 0; i < ARRAY_SIZE(checks) && !err; i++)
		err = checks[i](thread, why);
	if (!err)
		err = check_namespaces(thread, init, why);
	return err ?: check_cgroup(thread, init, why);
}

static int check_threads(struct task_struct *task, struct krg_refusal *why)
{
	struct task_struct *init = krg_container_init() ?: get_task_struct(&init_task);
	struct task_struct *thread;
	int err = 0;

	rcu_read_lock();
	for_each_thread(task, thread) {
		if (!(thread->flags & PF_EXITING))
			err = check_thread(thread, init, why);
		if (err)
			break;
	}
	rcu_read_unlock();
	put_task_struct(init);
	return err;
}

/* Half of what was seen may be of its old program, or of one that is not all there yet. */
static bool in_exec(const struct task_struct *task, u64 before)
{
	return task != current && (task->in_execve || READ_ONCE(task->self_exec_id) != before);
}

int krg_ghost_check(struct task_struct *task, struct krg_refusal *why)
{
	static int (*const checks[])(struct task_struct *task, struct krg_refusal *why) = {
		check_kind, check_shared, ghost_posix_timers_check, check_threads, ghost_cwd_check,
		ghost_mm_check, ghost_fds_check,
	};
	u64 exec = READ_ONCE(task->self_exec_id);
	int i, err = 0;

	for (i = 0; i < ARRAY_SIZE(checks) && !err; i++)
		err = checks[i](task, why);
	if (err && in_exec(task, exec))
		return 0;
	return err ? ghost_failed(why, err, "looking at the process") : 0;
}
EXPORT_SYMBOL_GPL(krg_ghost_check);
