/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KRG_EPM_MOVE_H
#define KRG_EPM_MOVE_H

#include <linux/completion.h>
#include <linux/kref.h>
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
	struct krg_taken taken;
	bool exported;
	unsigned int departures;	/* of the destination, when it began */
	bool sent;		/* all of it */
	bool lost;		/* the connection, before the destination had answered */
};

/* move.c. All may sleep. */
void krg_move_close(struct krg_move *move);	/* the stream, if there is one */
void krg_move_put(struct krg_move *move);
/*
 * In the process that moves, once: it is decided. 0, or -errno with @move->why. Puts the task
 * work's reference.
 */
void krg_move_finish(struct krg_move *move, int err);

/* source.c: the task work of the leader of a process that is to leave this node */
void krg_move_work(struct callback_head *work);

#endif /* KRG_EPM_MOVE_H */
