// SPDX-License-Identifier: GPL-2.0-only
/* The node that a process leaves. Steps and crash points: PROTOCOL.md. */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <kerrighed/capability.h>
#include "move.h"

/* Nobody needs what was to stay here. */
static void krg_move_drop_rest(struct krg_move *move)
{
	if (move->rest)
		krg_rest_drop(move->rest);
	move->rest = NULL;
}

static int krg_send_signals(struct krg_move *move)
{
	struct krg_signals signals = {};
	int err = krg_signals_take(&move->taken, &signals);

	if (err)
		return krg_refuse(&move->why, err, "no memory for its pending signals");
	err = krg_send_queue(move->stream, &signals);
	if (!err)
		err = krg_group_send(move->group, move->stream);
	kvfree(signals.sig);
	return err ?: krg_rpc_flush(move->stream);
}

static int krg_send_process(struct krg_move *move)
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
	return krg_send_signals(move);
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
		err = krg_send_process(move);
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
	krg_signals_return(&move->taken);
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
	krg_signals_drop(&move->taken);
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
	krg_signals_drop(&move->taken);
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
void krg_move_work(struct callback_head *work)
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
