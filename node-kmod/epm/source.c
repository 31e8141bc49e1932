// SPDX-License-Identifier: GPL-2.0-only
/* The node that a process leaves. Steps and crash points: PROTOCOL.md. */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/completion.h>
#include <linux/cred.h>
#include <linux/kref.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <kerrighed/capability.h>
#include "threads.h"

enum { KRG_QUEUED, KRG_STARTED, KRG_CALLED_OFF };

/* A migration as its source sees it: shared by who asked and by the process's task work. */
struct krg_move {
	struct callback_head work;
	struct kref ref;
	struct completion done;
	atomic_t state;
	pid_t pid;
	int destination;
	int from;		/* the node of who asked */
	u64 id;			/* of its request */
	bool self;		/* the process asked itself and does not wait */
	struct krg_group *group;
	ktime_t asked, stopped;
	int err;
	struct krg_refusal why;
	/* while it runs */
	struct krg_early early;
	struct krg_rest *rest;	/* or NULL: all of the memory is sent */
	u64 left_bytes;
	struct krg_rpc_stream *stream;
	struct krg_ghost ghost;
	bool exported;
	unsigned int departures;	/* of the destination, when it began */
	bool sent;		/* all of it */
	bool lost;		/* the connection, before the destination had answered */
};

/* Migrations that run, by PID: at most one a process. */
static DEFINE_XARRAY(krg_moves);

static void krg_move_close(struct krg_move *move)
{
	if (move->stream)
		krg_rpc_close(move->stream);
	move->stream = NULL;
}

/* Nobody needs what was to stay here. */
static void krg_move_drop_rest(struct krg_move *move)
{
	if (move->rest)
		krg_rest_drop(move->rest);
	move->rest = NULL;
}

static void krg_move_free(struct kref *ref)
{
	struct krg_move *move = container_of(ref, struct krg_move, ref);

	krg_move_close(move);
	krg_early_end(&move->early);
	krg_park_put(&move->group->park);
	kfree(move);
}

static void krg_move_put(struct krg_move *move)
{
	kref_put(&move->ref, krg_move_free);
}

static void krg_move_note(struct krg_move *move, struct task_struct *task, int err)
{
	ktime_t now = ktime_get();
	struct krg_move_record record = {
		.pid = move->pid,
		.from = krg_node_id(),
		.to = move->destination,
		.err = err,
		.total = ktime_us_delta(now, move->asked),
		.freeze = move->stopped ? ktime_us_delta(now, move->stopped) : 0,
		.bytes = move->early.bytes + move->ghost.bytes,
		.rounds = move->early.rounds,
		.early_bytes = move->early.bytes,
		.left_bytes = move->left_bytes,
	};

	get_task_comm(record.comm, task);
	krg_history_add(&record);
	if (err)
		pr_info("%d (%s) stays: %s\n", move->pid, record.comm, move->why.text);
}

static void krg_move_finish(struct krg_move *move, int err)
{
	krg_move_note(move, current, err);
	/* before the memory goes: the end of a memory with notifiers waits for a grace period */
	krg_early_end(&move->early);
	move->err = err;
	if (err && move->group->asker == current)
		task_pt_regs(current)->ax = err;
	xa_erase(&krg_moves, move->pid);
	complete(&move->done);
	krg_move_put(move);
}

/*
 * Those of a body; a native process leaves them to its stub, which passes them on, but for
 * those of timers, which are there no more. Those of threads always travel.
 */
static int krg_send_signals(struct krg_move *move, const struct krg_identity *who)
{
	struct krg_signals signals = {};
	int err = krg_signals_copy(&signals, who->home == krg_node_id());

	if (err)
		return krg_refuse(&move->why, err, "no memory for its pending signals");
	err = krg_send_queue(move->stream, &signals);
	if (!err)
		err = krg_group_send(move->group, move->stream);
	kvfree(signals.sig);
	return err ?: krg_rpc_flush(move->stream);
}

static int krg_send_process(struct krg_move *move, const struct krg_identity *who)
{
	int err;

	krg_ghost_over(&move->ghost, move->stream);
	move->ghost.sent = move->early.sent;
	if (move->rest)
		move->ghost.remainder = krg_rest_pages(move->rest);
	err = krg_group_save(move->group, &move->ghost);
	if (err)
		return krg_refuse(&move->why, err, "no memory for its threads");
	err = krg_ghost_export(&move->ghost);
	kvfree(move->ghost.threads);
	if (err)
		return krg_refuse(&move->why, err, "%s", move->ghost.why.text);
	move->exported = true;
	return krg_send_signals(move, who);
}

int krg_hear_destination(struct krg_rpc_stream *stream, int destination, bool *lost,
			 struct krg_refusal *why)
{
	struct krg_move_answer answer;
	int err = krg_rpc_read(stream, &answer, sizeof(answer));

	*lost = err == -EHOSTDOWN;
	if (*lost)
		return krg_refuse(why, err, "node %d died meanwhile", destination);
	if (err)
		return krg_refuse(why, -EIO, "node %d broke off (error %d)", destination, err);
	answer.text[sizeof(answer.text) - 1] = '\0';
	if (answer.err)
		return krg_refuse(why, answer.err, "node %d: %s", destination, answer.text);
	return 0;
}

/* On the stream of what went ahead, or a new one. */
static int krg_send_head(struct krg_move *move, const struct krg_move_head *head)
{
	int err;

	if (move->stream)
		return krg_rpc_write(move->stream, head, sizeof(*head)) ?:
			krg_rpc_flush(move->stream);
	move->stream = krg_rpc_open(move->destination, KRG_RPC_EPM_MOVE, head, sizeof(*head));
	if (!IS_ERR(move->stream))
		return 0;
	err = PTR_ERR(move->stream);
	move->stream = NULL;
	return krg_refuse(&move->why, err, "node %d cannot be reached (error %d)",
			  move->destination, err);
}

/* Everything up to READY; on an error the process can go on here. */
static int krg_transfer(struct krg_move *move)
{
	struct krg_move_head head = {};
	int err, heard;

	krg_identity_here(&head.who);
	get_task_comm(head.comm, current);
	err = krg_cap_read(current, &head.caps);
	if (err)
		return krg_refuse(&move->why, err, "it has no Kerrighed capabilities");
	if (!move->stream)
		move->departures = krg_departures(move->destination);
	/* counted first: who is out already cannot be outlived any more */
	if (!krg_node_online(move->destination))
		return krg_refuse(&move->why, -ENONET, "node %d is not online", move->destination);
	/* without it everything goes */
	if (move->early.leave_rest)
		move->rest = krg_rest_new(move->pid, move->destination, move->departures);
	if (move->rest)
		head.rest = krg_rest_id(move->rest);
	err = krg_send_head(move, &head);
	if (!move->stream)
		return err;
	if (!err)
		err = krg_send_process(move, &head.who);
	move->sent = !err;
	/* a destination that broke off has sent the reason, which says more than our error */
	if (!err || err == -EPIPE) {
		heard = krg_hear_destination(move->stream, move->destination, &move->lost,
					     &move->why);
		err = heard ?: err;
	}
	return err;
}

/* The process goes on here as if nothing had been. */
static void krg_stay(struct krg_move *move, struct krg_departure *departure, int err)
{
	krg_move_close(move);
	krg_move_drop_rest(move);
	if (departure)
		krg_depart_cancel(departure);
	if (!move->why.text[0])
		krg_refuse(&move->why, err, "it cannot be sent to node %d (error %d)",
			   move->destination, err);
	if (move->exported)
		krg_ghost_resume(&move->ghost);
	/* first the others: a write that the leader completes may be one that they read */
	move->group->err = err;
	krg_park_decide(&move->group->park, KRG_PARK_RUN);
	krg_ghost_settle();
	/* who asked need not wait until a stopped process is continued */
	krg_move_finish(move, err);
	krg_signals_release(0);
}

/* It is the destination's from here on, whatever happens. */
static void krg_give_up(struct krg_move *move, struct krg_departure *departure)
{
	const u32 go = KRG_MOVE_GO;

	krg_depart_commit(departure);
	if (move->rest)
		move->left_bytes = krg_rest_leave(move->rest);
	move->rest = NULL;
	/* if GO does not get through, the destination hears of our death, or is dead */
	if (!krg_rpc_write(move->stream, &go, sizeof(go)))
		krg_rpc_flush(move->stream);
	krg_move_close(move);
	krg_group_end(move->group, move->destination);
	krg_move_finish(move, 0);
	krg_ghost_shed();
	krg_depart_finish(departure);
}

/* The cluster has put this node out; the process may run at the destination by now. */
static void krg_end_here(struct krg_move *move, struct krg_departure *departure, int err)
{
	krg_move_close(move);
	krg_move_drop_rest(move);
	krg_depart_abandon(departure);
	krg_group_end(move->group, KRG_NODE_NONE);
	krg_move_finish(move, err);
	krg_sym(do_group_exit)(SIGKILL);
}

static enum krg_verdict krg_decide(const struct krg_move *move, int err)
{
	enum krg_heard heard = err ? KRG_HEARD_REFUSED : KRG_HEARD_READY;

	if (err && move->lost)
		heard = KRG_HEARD_DEATH;
	return krg_source_decides(heard, move->sent,
				  krg_standing(move->destination, move->departures));
}

/*
 * May sleep until the cluster has put out the destination or this node. Nothing else
 * ends the wait, SIGKILL neither: the destination may run the process already.
 */
static enum krg_verdict krg_verdict_on(struct krg_move *move, int err)
{
	enum krg_verdict verdict = krg_decide(move, err);

	if (verdict != KRG_WAIT)
		return verdict;
	pr_info("%d (%s) waits for the cluster to decide: node %d may have it\n", move->pid,
		current->comm, move->destination);
	wait_event_idle(krg_membership_wait, (verdict = krg_decide(move, err)) != KRG_WAIT);
	return verdict;
}

/* In the process itself, on its way to user mode. */
static void krg_move_work(struct callback_head *work)
{
	struct krg_move *move = container_of(work, struct krg_move, work);
	struct krg_departure *departure;
	int err;

	if (atomic_cmpxchg(&move->state, KRG_QUEUED, KRG_STARTED) != KRG_QUEUED) {
		krg_move_put(move);
		return;
	}
	move->stopped = ktime_get();
	err = krg_signals_hold();
	if (err) {
		krg_refuse(&move->why, err, "process %d is ending", move->pid);
		krg_move_finish(move, err);
		return;
	}
	err = krg_group_stop(move->group, &move->why);
	if (!err)
		err = krg_ghost_check(current, &move->why);
	if (err) {
		krg_stay(move, NULL, err);
		return;
	}
	departure = krg_depart_begin(move->destination);
	if (IS_ERR(departure)) {
		err = PTR_ERR(departure);
		krg_refuse(&move->why, err, "its home node does not let it go (error %d)", err);
		krg_stay(move, NULL, err);
		return;
	}
	err = krg_transfer(move);
	switch (krg_verdict_on(move, err)) {
	case KRG_GIVE_UP:
		krg_give_up(move, departure);
		break;
	case KRG_DISCARD:
		krg_end_here(move, departure, err);
		break;
	default:
		if (!err)
			err = krg_refuse(&move->why, -EHOSTDOWN, "node %d died meanwhile",
					 move->destination);
		krg_stay(move, departure, err);
	}
}

static struct task_struct *krg_find(pid_t pid, bool thread)
{
	struct task_struct *task = NULL;
	struct pid_namespace *ns;

	rcu_read_lock();
	ns = READ_ONCE(krg_container);
	if (ns)
		task = pid_task(find_pid_ns(pid, ns), thread ? PIDTYPE_PID : PIDTYPE_TGID);
	if (task)
		get_task_struct(task);
	rcu_read_unlock();
	return task;
}

static bool krg_cap_has(struct task_struct *task, int cap)
{
	krg_cap_t caps;

	return !krg_cap_read(task, &caps) && caps.effective & BIT(cap);
}

static int krg_may_move(struct task_struct *task, const struct krg_move_request *request,
			struct krg_refusal *why)
{
	const struct cred *cred = get_task_cred(task);
	uid_t uid = from_kuid(&init_user_ns, cred->uid);
	uid_t euid = from_kuid(&init_user_ns, cred->euid);

	put_cred(cred);
	if (request->euid && request->euid != uid && request->euid != euid && request->uid != uid)
		return krg_refuse(why, -EPERM, "process %d belongs to user %u, not to user %u",
				  request->pid, uid, request->euid);
	if (!krg_cap_usable(task, CAP_CAN_MIGRATE))
		return krg_refuse(why, -EPERM, krg_cap_has(task, CAP_CAN_MIGRATE) ?
				  "CAN_MIGRATE of process %d is off while a debugger is attached" :
				  "process %d does not have the capability CAN_MIGRATE",
				  request->pid);
	return krg_ghost_check(task, why);
}

static struct krg_move *krg_move_new(const struct krg_move_request *request, int from,
				     struct krg_refusal *why)
{
	struct krg_move *move = kzalloc(sizeof(*move), GFP_KERNEL);
	int err;

	if (move)
		move->group = krg_group_new();
	if (!move || !move->group) {
		kfree(move);
		return ERR_PTR(krg_refuse(why, -ENOMEM, "no memory"));
	}
	init_task_work(&move->work, krg_move_work);
	kref_init(&move->ref);
	init_completion(&move->done);
	move->pid = request->pid;
	move->destination = request->destination;
	move->from = from;
	move->id = request->id;
	move->asked = ktime_get();
	err = xa_insert(&krg_moves, move->pid, move, GFP_KERNEL);
	if (err) {
		krg_move_put(move);
		return ERR_PTR(err == -EBUSY ?
			       krg_refuse(why, -EALREADY, "process %d is being moved already",
					  request->pid) : krg_refuse(why, err, "no memory"));
	}
	return move;
}

/* Killable: who asked may go, a move that has begun goes on without it. */
static int krg_move_wait(struct krg_move *move, struct krg_refusal *why)
{
	long left = wait_for_completion_killable_timeout(&move->done, KRG_STOP_TIMEOUT);

	if (left <= 0 &&
	    atomic_cmpxchg(&move->state, KRG_QUEUED, KRG_CALLED_OFF) == KRG_QUEUED) {
		/* nobody need keep what went ahead */
		krg_move_close(move);
		krg_early_end(&move->early);
		xa_erase(&krg_moves, move->pid);
		if (left)
			return krg_refuse(why, -EINTR, "the request was interrupted");
		return krg_refuse(why, -EAGAIN,
				  "process %d does not stop: it waits uninterruptibly", move->pid);
	}
	if (left < 0 || (!left && wait_for_completion_killable(&move->done)))
		return krg_refuse(why, -EINTR, "process %d moves on, nobody waits for it",
				  move->pid);
	if (move->err)
		return krg_refuse(why, move->err, "%s", move->why.text);
	return 0;
}

/* While it still runs. A process that asks itself would only wait for it. */
static int krg_move_ahead(struct krg_move *move, struct task_struct *task)
{
	if (move->self)
		return 0;
	move->departures = krg_departures(move->destination);
	return krg_precopy(&move->early, &move->stream, task, move->destination, &move->why);
}

static int krg_move_task(struct task_struct *task, const struct krg_move_request *request,
			 int from, struct krg_refusal *why)
{
	struct krg_move *move;
	int err = krg_may_move(task, request, why);

	if (err || request->destination == krg_node_id())
		return err;
	if (krg_away_wait(task))
		return krg_refuse(why, -EINTR, "the request was interrupted");
	move = krg_move_new(request, from, why);
	if (IS_ERR(move))
		return PTR_ERR(move);
	pr_info("migration of %d (%s) to node %d requested by %d (uid %u)\n", request->pid,
		task->comm, request->destination, request->asker, request->uid);
	move->self = same_thread_group(task, current);
	if (move->self)
		move->group->asker = current;
	err = krg_move_ahead(move, task);
	/* that may have taken minutes */
	if (!err && move->early.sent)
		err = krg_may_move(task, request, &move->why);
	if (err) {
		krg_move_note(move, task, err);
		krg_refuse(why, err, "%s", move->why.text);
		xa_erase(&krg_moves, move->pid);
		krg_move_put(move);
		return err;
	}
	kref_get(&move->ref);		/* the task work's */
	err = krg_sym(task_work_add)(task, &move->work, TWA_SIGNAL);
	if (err) {
		xa_erase(&krg_moves, move->pid);
		krg_move_put(move);
		err = krg_refuse(why, -ESRCH, "process %d is ending", request->pid);
	} else if (!move->self) {
		krg_poke(task);		/* a stopped process too */
		err = krg_move_wait(move, why);
	}
	krg_move_put(move);
	return err;
}

int krg_move(const struct krg_move_request *request, int from, struct krg_refusal *why)
{
	struct task_struct *task;
	int err;

	if (!krg_runs_here(request->pid))
		return krg_refuse(why, -ESRCH, "process %d is not on node %d", request->pid,
				  krg_node_id());
	task = krg_find(request->pid, request->thread);
	if (!task)
		return krg_refuse(why, -ESRCH, "there is no process %d", request->pid);
	err = krg_move_task(task, request, from, why);
	put_task_struct(task);
	return err;
}

void krg_move_call_off(pid_t pid, int from, u64 id)
{
	struct krg_move *move;

	xa_lock(&krg_moves);
	move = xa_load(&krg_moves, pid);
	if (move && move->from == from && move->id == id)
		WRITE_ONCE(move->early.called_off, true);
	xa_unlock(&krg_moves);
}
