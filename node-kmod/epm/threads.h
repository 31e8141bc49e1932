/* SPDX-License-Identifier: GPL-2.0-only */
/* The threads of a process that moves, beside its leader, which does the moving. */
#ifndef KRG_EPM_THREADS_H
#define KRG_EPM_THREADS_H

#include <linux/task_work.h>
#include <linux/xarray.h>
#include "epm.h"

/* One thread; lives as long as its group. */
struct krg_thread {
	struct callback_head work;
	struct krg_group *group;
	unsigned int index;		/* in the ghost, where it arrives */
	bool stopped;			/* where it leaves: it waits, and all below is valid */
	struct gf_thread_image *image;
	krg_cap_t caps;
	struct krg_signals signals;	/* its own, not its process's */
	struct sigpending taken;	/* where it leaves: the same */
	int err;
	struct krg_refusal why;
};

/* They wait in .park until it is decided whose the process is. */
struct krg_group {
	struct krg_park park;
	struct xarray threads;		/* struct krg_thread, by TID */
	unsigned int count;
	atomic_t running;		/* called, made or told to end, and not there yet */
	wait_queue_head_t leader;	/* until .running is 0 */
	const struct krg_ghost *ghost;	/* that is arriving */
	/* for what was decided */
	int node;			/* they end: where they go on */
	int err;			/* they stay: what .asker is told */
	struct task_struct *asker;	/* the thread that asked for the move; not a reference */
};

/* May sleep. Return: the group, of which krg_park_put() frees its owner's part, or NULL. */
struct krg_group *krg_group_new(void);

/**
 * krg_group_stop() - bring all other threads of current's process to a stop
 *
 * Task work context of the leader, signals held. Each saves itself. May sleep, up to
 * KRG_STOP_TIMEOUT. Return: 0, or -errno with @why; krg_park_decide() lets them go.
 */
int krg_group_stop(struct krg_group *group, struct krg_refusal *why);
/*
 * They go on at @node and end here; KRG_NODE_NONE: nowhere. When it returns they have
 * sent on the signals that came meanwhile: the end of the leader would look like one.
 */
void krg_group_end(struct krg_group *group, int node);
/* Hands what they saved to @ghost, which then has .nthreads. 0 or -ENOMEM. */
int krg_group_save(struct krg_group *group, struct krg_ghost *ghost);
int krg_group_send(struct krg_group *group, struct krg_rpc_stream *stream);

/* What krg_group_send() sent, for the threads of @ghost. 0, or -errno with @why. */
int krg_group_receive(struct krg_group *group, const struct krg_ghost *ghost,
		      struct krg_rpc_stream *stream, struct krg_refusal *why);
/* Makes them; when it returns none of them runs, also after an error. 0, or -errno with @why. */
int krg_group_make(struct krg_group *group, struct krg_refusal *why);

/* queue.c: queued signals as they travel */
int krg_send_queue(struct krg_rpc_stream *stream, const struct krg_signals *signals);
int krg_receive_queue(struct krg_rpc_stream *stream, struct krg_signals *signals,
		      struct krg_refusal *why);

#endif /* KRG_EPM_THREADS_H */
