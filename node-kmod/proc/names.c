// SPDX-License-Identifier: GPL-2.0-only
/*
 * A PID as a name in the whole cluster: signals go to its home node, which has
 * the process or its stub; if home is gone, whoever has the process is asked for.
 */
#include <linux/cred.h>
#include <linux/module.h>
#include <linux/sched/task.h>
#include <linux/user_namespace.h>
#include "calls.h"
#include "proc.h"

KRG_HOOK(int, kill_something_info, (int sig, struct kernel_siginfo *info, pid_t pid));
KRG_HOOK(int, do_rt_sigqueueinfo, (pid_t pid, int sig, kernel_siginfo_t *info));
KRG_HOOK(int, do_send_specific, (pid_t tgid, pid_t pid, int sig, struct kernel_siginfo *info));

static bool krg_has_sender(const struct kernel_siginfo *info)
{
	return info->si_code <= 0 && info->si_code != SI_TIMER && info->si_code != SI_SIGIO;
}

/* The user who sent it, if somebody did, is @from's number of it; make that @to's. */
static void krg_sender_map(struct kernel_siginfo *info, struct user_namespace *from,
			   struct user_namespace *to)
{
	if (krg_has_sender(info))
		info->si_uid = from_kuid_munged(to, make_kuid(from, info->si_uid));
}

/* As @task knows its sender, who is in the container. */
static void krg_sender_show(struct kernel_siginfo *info, struct task_struct *task)
{
	struct user_namespace *ns = krg_users_get();

	rcu_read_lock();
	krg_sender_map(info, ns, task_cred_xxx(task, user_ns));
	if (krg_has_sender(info) && !krg_task_in_container(task))
		info->si_pid = 0;
	rcu_read_unlock();
	put_user_ns(ns);
}

/* kill(2)'s rule, for a sender that is on another node. */
static bool krg_may_kill(const struct krg_name *name, struct task_struct *task)
{
	const struct cred *target = get_task_cred(task);
	struct user_namespace *ns = krg_users_get();
	kuid_t euid = make_kuid(ns, name->euid), uid = make_kuid(ns, name->uid);
	bool may;

	may = name->capable || uid_eq(euid, target->suid) || uid_eq(euid, target->uid) ||
	      uid_eq(uid, target->suid) || uid_eq(uid, target->uid);
	put_user_ns(ns);
	put_cred(target);
	if (!may && name->sig == SIGCONT)
		may = task_session_nr_ns(task, krg_container) == name->sid;
	return may;
}

static int krg_kill_task(const struct krg_name *name, struct task_struct *task)
{
	struct krg_signal signal = { .sig = name->sig, .info = name->info, .thread = name->thread };
	int err;

	if (!valid_signal(name->sig))
		return -EINVAL;
	if (name->tgid > 0 && task_tgid_nr_ns(task, krg_container) != name->tgid)
		return -ESRCH;
	if (!krg_may_kill(name, task))
		return -EPERM;
	krg_sender_show(&signal.info, task);
	err = name->sig ? krg_signal_send(task, &signal) : 0;
	/* it died after it was looked up: as the kernel, take it for delivered */
	return err == -ESRCH ? 0 : err;
}

int krg_kill_here(const struct krg_name *name)
{
	struct task_struct *task = name->pid > 1 ? krg_task_of(name->pid) : NULL;
	int err;

	if (!task)
		return -ESRCH;
	err = krg_kill_task(name, task);
	put_task_struct(task);
	return err;
}

/* A group of this home: its members, or their stubs, are all here. */
static int krg_kill_group(const struct krg_name *name)
{
	struct pid *pgrp = NULL;
	struct task_struct *task;
	struct krg_name one = *name;
	int err = -ESRCH, ret;
	pid_t *members;
	int count = 0, i;

	members = kvmalloc_array(KRG_RPC_MAX, sizeof(*members), GFP_KERNEL);
	if (!members)
		return -ENOMEM;
	rcu_read_lock();
	pgrp = find_pid_ns(-name->pid, krg_container);
	read_lock(&krg_var(tasklist_lock));
	do_each_pid_task(pgrp, PIDTYPE_PGID, task) {
		if (count < KRG_RPC_MAX)
			members[count++] = task_tgid_nr_ns(task, krg_container);
	} while_each_pid_task(pgrp, PIDTYPE_PGID, task);
	read_unlock(&krg_var(tasklist_lock));
	rcu_read_unlock();
	for (i = 0; i < count; i++) {
		one.pid = members[i];
		ret = krg_kill_here(&one);
		if (!ret || err == -ESRCH)
			err = ret;
	}
	kvfree(members);
	return err;
}

void krg_name_fill(struct krg_name *name, int sig, const struct kernel_siginfo *info)
{
	struct user_namespace *ns = krg_users_get();
	const struct cred *cred = current_cred();

	name->op = KRG_NAME_KILL;
	name->sig = sig;
	name->uid = from_kuid_munged(ns, cred->uid);
	name->euid = from_kuid_munged(ns, cred->euid);
	name->capable = ns_capable(ns, CAP_KILL);
	name->sid = task_session_nr_ns(current, krg_container);
	name->info = *info;
	krg_sender_map(&name->info, current_user_ns(), ns);
	put_user_ns(ns);
}

/* Must a signal for @pid go to another node? Not for oneself: that has to be immediate. */
static bool krg_is_elsewhere(pid_t pid, pid_t tgid)
{
	pid_t process = tgid > 0 ? tgid : pid;
	struct krg_stub *stub;
	struct krg_body *body;
	struct task_struct *task;
	bool here;

	if (krg_home_of(pid) <= 0 || process == task_tgid_vnr(current))
		return false;
	body = krg_body_find(process);
	if (body) {
		/* through home: one order for all; but only this node knows its threads */
		here = !krg_body_has_home(body) || pid != process;
		krg_body_put(body);
		return !here;
	}
	stub = pid != process ? krg_stub_find(process) : NULL;
	if (stub) {
		krg_stub_put(stub);
		return true;
	}
	task = krg_task_of(pid);
	if (task)
		put_task_struct(task);
	return !task && (krg_home_of(pid) != krg_node_id() || krg_pid_claimed(pid));
}

static bool krg_group_is_elsewhere(pid_t pid)
{
	return pid < -1 && pid != INT_MIN && krg_home_of(-pid) > 0 &&
	       krg_home_of(-pid) != krg_node_id();
}

static int krg_kill_elsewhere(struct krg_name *name);

/* What kill(2) and its like may say: of whom no node hears there is none. */
static int krg_kill_error(int err)
{
	return !err || err == -EPERM || err == -EINVAL || err == -EAGAIN ? err : -ESRCH;
}

/* A thread has no task at home, nor where its number is from: its process is asked for. */
static int krg_kill_thread(const struct krg_name *name)
{
	struct krg_name there = *name;
	int node, last = KRG_NODE_NONE, err = -ESRCH;

	there.tgid = name->tgid > 0 ? name->tgid : krg_pid_owner(name->pid);
	if (!there.tgid || there.tgid == name->pid)
		return -ESRCH;
	if (!name->thread) {
		/* kill(2) takes any thread for its process */
		there.pid = there.tgid;
		err = krg_kill_here(&there);
		return err == -ESRCH ? krg_kill_elsewhere(&there) : err;
	}
	there.here = true;
	while (err == -ESRCH) {
		node = krg_locate(there.tgid);
		if (node < 0 || node == last)
			break;
		last = node;
		err = node == krg_node_id() ? krg_kill_here(&there) :
		      krg_rpc_call(node, KRG_RPC_PROC_NAME, &there, sizeof(there), NULL, 0);
	}
	return err;
}

/* @name is not of a task of this node. Goes to home first. */
static int krg_kill_elsewhere(struct krg_name *name)
{
	pid_t pid = name->pid > 0 ? name->pid : -name->pid;
	int home = krg_home_of(name->tgid > 0 ? name->tgid : pid), ret = -EHOSTDOWN;

	if (home != krg_node_id())
		ret = krg_rpc_call(home, KRG_RPC_PROC_NAME, name, sizeof(*name), NULL, 0);
	else if (name->pid > 0)
		ret = krg_kill_thread(name);
	if (home == krg_node_id() && ret == -ESRCH && krg_pid_unsure(pid))
		ret = -EREMOTE;
	if (name->pid > 0 && (ret == -EHOSTDOWN || ret == -EREMOTE)) {
		/* a body of this node that had its home when it was looked up */
		ret = krg_kill_here(name);
		if (ret == -ESRCH)
			ret = krg_ask_all(name, NULL, 0);
	}
	return krg_kill_error(ret);
}

void krg_signal_thread(int node, pid_t tgid, pid_t tid, const struct krg_signal *signal)
{
	struct krg_name name = {
		.op = KRG_NAME_KILL, .pid = tid, .tgid = tgid, .thread = true, .sig = signal->sig,
		.capable = true, .here = true, .info = signal->info,
	};

	while (krg_rpc_call(node, KRG_RPC_PROC_NAME, &name, sizeof(name), NULL, 0) == -ENOMEM)
		schedule_timeout_uninterruptible(KRG_MEMORY_WAIT);
}

int krg_kill_native(int sig, struct kernel_siginfo *info, pid_t pid)
{
	return krg_orig(kill_something_info)(sig, info, pid);
}

/* A body's groups are at home. Return: -EHOSTDOWN: it has no home. */
static int krg_kill_from_body(int sig, struct kernel_siginfo *info, pid_t pid)
{
	struct krg_ask ask = {
		.op = KRG_ASK_KILL, .kill = { .sig = sig, .pid = pid, .info = *info },
	};
	struct user_namespace *ns = krg_users_get();
	struct krg_body *body = krg_body_of(current);
	struct krg_answer answer;
	int err = -EHOSTDOWN;

	krg_sender_map(&ask.kill.info, current_user_ns(), ns);
	put_user_ns(ns);
	if (body)
		err = krg_body_ask(body, &ask, sizeof(ask), &answer);
	krg_body_put(body);
	return err == -EHOSTDOWN ? err : krg_kill_error(err ?: answer.ret);
}

static int krg_hook_kill_something_info(int sig, struct kernel_siginfo *info, pid_t pid)
{
	struct krg_name name = { .pid = pid };
	int ret = -EHOSTDOWN;

	krg_hook_enter(kill_something_info);
	if (pid > 0 ? krg_is_elsewhere(pid, 0) : krg_group_is_elsewhere(pid)) {
		krg_name_fill(&name, sig, info);
		ret = krg_kill_elsewhere(&name);
	} else if (pid == -1 && krg_in_container()) {
		ret = krg_kill_everyone(sig, info);
	} else if (pid <= 0 && krg_body_is_current()) {
		ret = krg_kill_from_body(sig, info, pid);
	}
	if (ret == -EHOSTDOWN)
		ret = krg_orig(kill_something_info)(sig, info, pid);
	krg_hook_exit(kill_something_info);
	return ret;
}

static int krg_hook_do_rt_sigqueueinfo(pid_t pid, int sig, kernel_siginfo_t *info)
{
	struct krg_name name = { .pid = pid };
	int ret;

	krg_hook_enter(do_rt_sigqueueinfo);
	/* what sigqueue(3) may send; all else is refused by the kernel's own */
	if (info->si_code < 0 && info->si_code != SI_TKILL && pid > 0 && krg_is_elsewhere(pid, 0)) {
		krg_name_fill(&name, sig, info);
		ret = krg_kill_elsewhere(&name);
	} else {
		ret = krg_orig(do_rt_sigqueueinfo)(pid, sig, info);
	}
	krg_hook_exit(do_rt_sigqueueinfo);
	return ret;
}

static int krg_hook_do_send_specific(pid_t tgid, pid_t pid, int sig, struct kernel_siginfo *info)
{
	struct krg_name name = { .pid = pid, .tgid = max(tgid, 0), .thread = true };
	int ret;

	krg_hook_enter(do_send_specific);
	if (krg_is_elsewhere(pid, name.tgid)) {
		krg_name_fill(&name, sig, info);
		ret = krg_kill_elsewhere(&name);
	} else {
		ret = krg_orig(do_send_specific)(tgid, pid, sig, info);
	}
	krg_hook_exit(do_send_specific);
	return ret;
}

/* Who asks takes home's -ESRCH for the last word, and asks all others after -EREMOTE. */
static int krg_not_here(const struct krg_name *name)
{
	pid_t process = name->tgid > 0 ? name->tgid : name->pid;

	return !name->here && krg_pid_unsure(process) ? -EREMOTE : -ESRCH;
}

/* Handler of KRG_RPC_PROC_NAME. */
int krg_serve_name(struct krg_rpc_request *req)
{
	const struct krg_name *name = req->arg;
	int node, err;

	if (req->len != sizeof(*name))
		return -EINVAL;
	if (!READ_ONCE(krg_container))
		return -EHOSTDOWN;
	switch (name->op) {
	case KRG_NAME_KILL:
		if (!valid_signal(name->sig) || name->sig < 0)
			return -EINVAL;
		if (name->here && !krg_thread_runs_here(name->pid))
			return -ESRCH;
		if (name->pid == -1)
			return krg_kill_ours(name);
		if (name->pid < -1)
			return krg_kill_group(name);
		err = krg_kill_here(name);
		if (err == -ESRCH && !name->here && name->pid > 1)
			err = krg_kill_thread(name);
		return err == -ESRCH ? krg_not_here(name) : err;
	case KRG_NAME_LOCATE:
		node = krg_locate_here(name->pid, name->here);
		if (node < 0)
			return krg_not_here(name);
		if (req->reply_max < sizeof(s32))
			return -EINVAL;
		*(s32 *)req->reply = node;
		req->reply_len = sizeof(s32);
		return 0;
	case KRG_NAME_TAKEN:
		return krg_taken(name->pid, name->gone);
	case KRG_NAME_CLAIMS:
		krg_pids_asked(name->pid);
		req->reply_len = krg_claims(name->pid, req->reply, req->reply_max / sizeof(u16)) *
				 sizeof(u16);
		return 0;
	case KRG_NAME_FREED:
		krg_pid_freed(name->pid);
		return 0;
	case KRG_NAME_CLAIM:
		krg_pid_claim(name->pid);
		return 0;
	}
	return -EINVAL;
}

struct krg_hook *krg_name_hooks[] = {
	&krg_hook_of_kill_something_info, &krg_hook_of_do_rt_sigqueueinfo,
	&krg_hook_of_do_send_specific, NULL
};
