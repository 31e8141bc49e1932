// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pre-copy: the memory of a large process goes ahead in rounds while it still runs, and the
 * freeze has only the rest to send. Both ends of it. In the stream these pages come before
 * everything else, so nothing of PROTOCOL.md has begun: whatever goes wrong, or whoever dies,
 * ends the request, and the process has not noticed.
 */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/moduleparam.h>
#include <linux/sched/signal.h>
#include "epm.h"
#include "rounds.h"

enum { POSTCOPY_OFF, POSTCOPY_AUTO, POSTCOPY_ALWAYS };

static const char * const postcopy_modes[] = { "off", "auto", "always" };
static int postcopy = POSTCOPY_AUTO;

static int postcopy_set(const char *text, const struct kernel_param *param)
{
	int mode = sysfs_match_string(postcopy_modes, text);

	if (mode < 0)
		return mode;
	WRITE_ONCE(postcopy, mode);
	return 0;
}

static int postcopy_get(char *text, const struct kernel_param *param)
{
	return sysfs_emit(text, "%s\n", postcopy_modes[READ_ONCE(postcopy)]);
}

static const struct kernel_param_ops postcopy_ops = {
	.set = postcopy_set, .get = postcopy_get,
};
module_param_cb(postcopy, &postcopy_ops, NULL, 0644);
MODULE_PARM_DESC(postcopy,
		 "what stays here to be fetched afterwards: nothing (off), what changes too fast (auto), all (always)");

static int send_rounds(struct krg_ghost *ghost, struct krg_early *early, struct task_struct *task)
{
	struct krg_rounds rounds = {};
	u64 changed, start;
	bool more;
	int err;

	do {
		start = ktime_get_ns();
		err = krg_ghost_send_early(ghost, early->sent, task, &changed);
		more = krg_rounds_go_on(&rounds, changed, ktime_get_ns() - start);
	} while (!err && more);
	early->rounds = rounds.count;
	early->leave_rest = READ_ONCE(postcopy) != POSTCOPY_OFF && krg_rounds_leave_rest(&rounds);
	if (!err)
		err = krg_ghost_end_early(ghost) ?: krg_rpc_flush(ghost->priv);
	early->bytes = ghost->bytes;
	return err;
}

/* Why it did not go through, in words. */
static int explain(struct krg_rpc_stream *stream, int destination, int err,
		   struct krg_refusal *why)
{
	bool lost;

	switch (err) {
	case -EPIPE:
		return krg_hear_destination(stream, destination, &lost, why) ?: -EIO;
	case -EHOSTDOWN:
		return krg_refuse(why, err, "node %d died meanwhile", destination);
	case -EINTR:
		return krg_refuse(why, err, "the request was interrupted");
	case -ESRCH:
		return krg_refuse(why, err, "it ended, or began another program");
	default:
		return krg_refuse(why, err, "its memory cannot be sent (error %d)", err);
	}
}

int krg_precopy(struct krg_early *early, struct krg_rpc_stream **stream, struct task_struct *task,
		int destination, struct krg_refusal *why)
{
	struct krg_ghost ghost;
	int err;

	if (krg_ghost_memory(task) < KRG_PRECOPY_BYTES)
		return 0;
	early->leave_rest = READ_ONCE(postcopy) == POSTCOPY_ALWAYS;
	if (early->leave_rest)
		return 0;
	early->sent = krg_sent_begin(task);
	if (IS_ERR(early->sent)) {
		err = PTR_ERR(early->sent);
		early->sent = NULL;
		if (err == -EINTR)
			return krg_refuse(why, err, "the request was interrupted");
		pr_info("%d (%s) goes in one piece: no notes of what went ahead (error %d)\n",
			task_tgid_nr_ns(task, krg_container), task->comm, err);
		return 0;
	}
	*stream = krg_rpc_open(destination, KRG_RPC_EPM_EARLY, NULL, 0);
	if (IS_ERR(*stream)) {
		err = PTR_ERR(*stream);
		*stream = NULL;
		return krg_refuse(why, err, "node %d cannot be reached (error %d)", destination,
				  err);
	}
	krg_ghost_over(&ghost, *stream);
	ghost.stop = &early->called_off;
	err = send_rounds(&ghost, early, task);
	return err ? explain(*stream, destination, err, why) : 0;
}

void krg_early_end(struct krg_early *early)
{
	if (early->sent)
		krg_sent_end(early->sent);
	early->sent = NULL;
}

void krg_serve_early(struct krg_rpc_stream *stream, const void *unused, size_t len)
{
	unsigned int departures = krg_departures(krg_rpc_peer(stream));
	struct krg_move_head head;
	struct krg_store *store;
	struct krg_ghost ghost;

	krg_ghost_over(&ghost, stream);
	store = krg_ghost_receive_early(&ghost);
	if (IS_ERR(store)) {
		krg_answer(stream, PTR_ERR(store), &ghost.why);
		return;
	}
	if (!krg_rpc_read(stream, &head, sizeof(head)))
		krg_serve_arrival(stream, &head, departures, store);
	krg_store_free(store);
}
