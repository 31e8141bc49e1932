// SPDX-License-Identifier: GPL-2.0-only
/* Migrations that were asked for here: whether they may be, and until they are done. */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <kerrighed/capability.h>
#include "move.h"

/* Migrations that run, by PID: at most one a process. */
static DEFINE_XARRAY(krg_moves);

void krg_move_close(struct krg_move *move)
{
	if (move->stream)
		krg_rpc_close(move->stream);
	move->stream = NULL;
}

static void krg_move_free(struct kref *ref)
{
	struct krg_move *move = container_of(ref, struct krg_move, ref);

	krg_move_close(move);
	krg_early_end(&move->early);
	krg_park_put(&move->group->park);
	kfree(move);
}

void krg_move_put(struct krg_move *move)
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

void krg_move_finish(struct krg_move *move, int err)
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
	krg_taken_init(&move->taken);
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
	/* nor is it there if the exec of another thread, which has its PID now, has ended it */
	if (err == -EPERM && !pid_alive(task))
		err = krg_refuse(why, -ESRCH, "process %d has ended", request->pid);
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
