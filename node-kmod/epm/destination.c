// SPDX-License-Identifier: GPL-2.0-only
/* The node where a process arrives. Steps and crash points: PROTOCOL.md. */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <kerrighed/capability.h>
#include "threads.h"

/* One arriving process; lives on the stack of the thread that serves its stream. */
struct krg_arrival {
	const struct krg_move_head *head;
	struct krg_rpc_stream *stream;
	struct krg_store *store;	/* what was sent early, or NULL */
	struct krg_away *away;		/* what stays at the source, or NULL */
	unsigned int departures;	/* of the source, when it began */
	struct krg_refusal why;
	struct krg_signals signals;	/* what waited for it at the source */
	struct krg_group *group;
	struct kthread_work create;
	struct callback_head work;
	int pid;			/* of the new task, or -errno */
	bool answered;
	struct completion served;	/* the task needs nothing of this any more */
};

/*
 * New tasks are children of this thread and not of the one that serves their
 * stream: that one ends, and whoever has pdeath_signal set would be told.
 */
static struct kthread_worker *krg_creator;

/* Everything behind the ghost. */
static int krg_receive_rest(struct krg_arrival *a, const struct krg_ghost *ghost)
{
	int err = krg_receive_queue(a->stream, &a->signals, &a->why);

	if (!err)
		err = krg_group_receive(a->group, ghost, a->stream, &a->why);
	if (!err)
		err = krg_may_fail(-ENOMEM, krg_cap_restore(current, &a->head->caps));
	return err ?: krg_group_make(a->group, &a->why);
}

/*
 * All is there. Who is out already cannot be outlived any more; and home may have asked
 * after the source's death, before there was anything to have.
 */
static int krg_may_arrive(struct krg_arrival *a, bool home)
{
	int source = krg_rpc_peer(a->stream);

	if (!krg_node_online(source))
		return krg_refuse(&a->why, -EHOSTDOWN, "node %d is out of the cluster", source);
	if (!home && !krg_arrive_ready())
		return krg_refuse(&a->why, -ECANCELED, "its home has taken it for dead");
	return 0;
}

/* current becomes the process, all but running. */
static int krg_build(struct krg_arrival *a)
{
	struct krg_ghost ghost;
	int err;

	krg_ghost_over(&ghost, a->stream);
	ghost.store = a->store;
	ghost.away = a->away;
	ghost.home = a->head->who.home == krg_node_id();
	err = krg_ghost_import(&ghost);
	if (err)
		return krg_refuse(&a->why, err, "%s", ghost.why.text);
	err = krg_receive_rest(a, &ghost);
	if (!err)
		err = krg_may_arrive(a, ghost.home);
	krg_ghost_done(&ghost);
	if (err) {
		krg_park_decide(&a->group->park, KRG_PARK_END);
		krg_ghost_shed();
	}
	return err;
}

int krg_answer(struct krg_rpc_stream *stream, int err, const struct krg_refusal *why)
{
	struct krg_move_answer answer = { .err = err };

	memcpy(answer.text, why->text, sizeof(answer.text));
	return krg_rpc_write(stream, &answer, sizeof(answer)) ?: krg_rpc_flush(stream);
}

static int krg_answer_once(struct krg_arrival *a, int err)
{
	a->answered = true;
	if (err && !a->why.text[0])
		krg_refuse(&a->why, err, "building the process: error %d", err);
	return krg_answer(a->stream, err, &a->why);
}

static enum krg_verdict krg_decide(const struct krg_arrival *a, enum krg_heard heard)
{
	return krg_destination_decides(heard, true,
				       krg_standing(krg_rpc_peer(a->stream), a->departures));
}

/*
 * Says READY, and hears whose it is then. May sleep until the cluster has put out
 * the source or this node; nothing else ends that wait.
 */
static bool krg_mine(struct krg_arrival *a)
{
	enum krg_heard heard = KRG_HEARD_GO;
	enum krg_verdict verdict;
	u32 word;
	int err = krg_answer_once(a, 0);

	if (!err)
		err = krg_rpc_read(a->stream, &word, sizeof(word));
	if (err == -EHOSTDOWN)
		heard = KRG_HEARD_DEATH;
	else if (err || word != KRG_MOVE_GO)
		heard = KRG_HEARD_REFUSED;
	verdict = krg_decide(a, heard);
	if (verdict == KRG_WAIT) {
		pr_info("%d (%s) waits for the cluster to decide: node %d may have kept it\n",
			a->head->who.pid, a->head->comm, krg_rpc_peer(a->stream));
		wait_event_idle(krg_membership_wait,
				(verdict = krg_decide(a, heard)) != KRG_WAIT);
	}
	return verdict == KRG_RUN;
}

/* In the task that is to be the process; at home the stub. Return: 0, or it is as it was. */
static int krg_receive(struct krg_arrival *a)
{
	int err = krg_build(a);

	if (err) {
		krg_answer_once(a, err);
		return err;
	}
	if (!krg_mine(a)) {
		krg_park_decide(&a->group->park, KRG_PARK_END);
		krg_ghost_shed();
		return -ECANCELED;
	}
	if (a->away)
		krg_away_runs(a->away);
	krg_signals_queue(&a->signals);
	krg_ghost_settle();
	return 0;
}

static int krg_receive_home(void *arg, struct krg_park **park)
{
	struct krg_arrival *a = arg;
	int err = krg_receive(a);

	if (!err) {
		kref_get(&a->group->park.ref);
		*park = &a->group->park;
	}
	return err;
}

/* The new task, on its way to user mode: registers that were set any earlier would be changed. */
static void krg_new_process(struct callback_head *work)
{
	struct krg_arrival *a = container_of(work, struct krg_arrival, work);
	struct krg_identity who = a->head->who;
	struct krg_park *park = &a->group->park;
	int err = krg_arrive_begin(&who);

	kref_get(&park->ref);

	if (err) {
		if (err == -EBUSY)
			krg_refuse(&a->why, err, "process %d is here already", who.pid);
		krg_answer_once(a, err);
	} else {
		err = krg_receive(a);
	}
	complete(&a->served);
	if (!err)
		krg_arrive_commit(&who, park);
	krg_park_put(park);
	if (err)
		krg_sym(do_group_exit)(SIGKILL);
}

/* First thing in a new task. */
static int krg_new_task(void *arg)
{
	struct krg_arrival *a = arg;

	/* what a kernel thread's child has and a program's must not */
	current->flags &= ~(PF_NOFREEZE | PF_NO_SETAFFINITY);
	init_task_work(&a->work, krg_new_process);
	return krg_sym(task_work_add)(current, &a->work, TWA_RESUME);
}

/* In krg_creator: its namespaces and root are what a child inherits. */
static void krg_create(struct kthread_work *work)
{
	struct krg_arrival *a = container_of(work, struct krg_arrival, create);
	pid_t pid = a->head->who.pid;
	struct kernel_clone_args args = {
		/* there is no memory to share, or to copy */
		.flags = CLONE_VM | CLONE_UNTRACED,
		.exit_signal = SIGCHLD,
		.fn = krg_new_task,
		.fn_arg = a,
		.set_tid = &pid,
		.set_tid_size = 1,
	};
	struct task_struct *init = krg_container_init();
	struct nsproxy *spaces = NULL;
	struct path root;

	a->pid = -ENETDOWN;
	if (!init)
		return;
	task_lock(init);
	if (init->nsproxy && init->fs) {
		spaces = init->nsproxy;
		get_nsproxy(spaces);
		get_fs_root(init->fs, &root);
	}
	task_unlock(init);
	put_task_struct(init);
	if (!spaces)
		return;
	krg_sym(switch_task_namespaces)(current, spaces);
	/* kernel threads share theirs with the node's first process */
	a->pid = unshare_fs_struct();
	if (a->pid)
		goto out;
	krg_sym(set_fs_root)(current->fs, &root);
	krg_sym(set_fs_pwd)(current->fs, &root);
	a->pid = krg_may_fail(-ENOMEM, krg_sym(kernel_clone)(&args));
out:
	path_put(&root);
	get_nsproxy(&krg_var(init_nsproxy));
	krg_sym(switch_task_namespaces)(current, &krg_var(init_nsproxy));
}

/* A task that moved away from here a moment ago may still have the number. May sleep. */
static void krg_create_soon(struct krg_arrival *a)
{
	unsigned long end = jiffies + KRG_STOP_TIMEOUT;

	for (;;) {
		kthread_init_work(&a->create, krg_create);
		kthread_queue_work(krg_creator, &a->create);
		kthread_flush_work(&a->create);
		if (a->pid != -EEXIST || time_after(jiffies, end))
			return;
		schedule_timeout_idle(1);
	}
}

static bool krg_head_valid(const struct krg_move_head *head)
{
	if (strnlen(head->comm, TASK_COMM_LEN) == TASK_COMM_LEN)
		return false;
	if (head->who.pid < KRG_PID_LOCAL_MIN || krg_home_of(head->who.pid) >= KRG_MAX_NODES)
		return false;
	if (head->who.stopped && !sig_kernel_stop(head->who.stopped))
		return false;
	return head->who.home == KRG_NODE_NONE || head->who.home == krg_home_of(head->who.pid);
}

void krg_serve_arrival(struct krg_rpc_stream *stream, const struct krg_move_head *head,
		       unsigned int departures, struct krg_store *store)
{
	struct krg_arrival a = {
		.head = head, .stream = stream, .store = store, .departures = departures,
		.group = krg_group_new(),
	};
	int err;

	if (head->rest)
		a.away = krg_pull_new(krg_rpc_peer(stream), head->rest);
	if (!a.group || (head->rest && !a.away)) {
		err = krg_refuse(&a.why, -ENOMEM, "no memory");
	} else if (!krg_head_valid(head)) {
		err = krg_refuse(&a.why, -EPROTO, "malformed head of a migration");
	} else if (!krg_self_online()) {
		err = krg_refuse(&a.why, -ENONET, "this node is not online");
	} else if (a.head->who.home == krg_node_id()) {
		err = krg_arrive_home(&a.head->who, krg_receive_home, &a);
		if (!a.answered)
			krg_refuse(&a.why, err, "home has no process %d", a.head->who.pid);
	} else {
		init_completion(&a.served);
		krg_create_soon(&a);
		err = a.pid;
		if (a.pid > 0)
			wait_for_completion_state(&a.served, TASK_IDLE);
		else
			krg_refuse(&a.why, err, "no task with PID %d can be made (error %d)",
				   a.head->who.pid, err);
	}
	if (!a.answered)
		krg_answer_once(&a, err);
	kvfree(a.signals.sig);
	if (a.away)
		krg_away_put(a.away);
	if (a.group)
		krg_park_put(&a.group->park);
}

void krg_serve_move(struct krg_rpc_stream *stream, const void *head, size_t len)
{
	unsigned int departures = krg_departures(krg_rpc_peer(stream));
	struct krg_refusal why = {};

	if (len == sizeof(struct krg_move_head))
		krg_serve_arrival(stream, head, departures, NULL);
	else
		krg_answer(stream, krg_refuse(&why, -EPROTO, "malformed head of a migration"),
			   &why);
}

int krg_destination_init(void)
{
	krg_creator = kthread_create_worker(0, "krg_arrivals");
	/* a process arrives at this priority, and takes its own with the rest of its state */
	if (!IS_ERR(krg_creator))
		set_user_nice(krg_creator->task, MIN_NICE);
	return PTR_ERR_OR_ZERO(krg_creator);
}

void krg_destination_exit(void)
{
	kthread_destroy_worker(krg_creator);
}
