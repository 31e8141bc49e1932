/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KRG_EPM_H
#define KRG_EPM_H

#include <linux/ktime.h>
#include <kerrighed/ghost.h>
#include <kerrighed/hotplug.h>
#include <kerrighed/rpc.h>
#include "decide.h"
#include "symbols.h"
#include "wire.h"
#include <kerrighed/fault.h>

/* A task in an uninterruptible sleep does not come to its task work; nobody waits for ever. */
#define KRG_STOP_TIMEOUT (10 * HZ)

/* One finished or refused migration; times in µs, bytes of ghost. */
struct krg_move_record {
	pid_t pid;
	int from, to;
	int err;
	char comm[TASK_COMM_LEN];
	s64 total, freeze;
	u64 bytes;
	unsigned int rounds;		/* before the freeze */
	u64 early_bytes;		/* of .bytes: sent in them */
	u64 left_bytes;			/* that stayed here, to be fetched */
};

/* What went ahead of a process. All zero: nothing did. */
struct krg_early {
	struct krg_sent *sent;
	unsigned int rounds;
	u64 bytes;
	bool leave_rest;		/* more of it would not have helped */
	bool called_off;		/* nobody waits for it any more; set by others */
};

/* request.c */
extern const struct krg_service_entry krg_epm_services[];
int krg_serve_request(struct krg_rpc_request *req);
int krg_serve_call_off(struct krg_rpc_request *req);

/*
 * move.c: move the process @pid, which runs on this node. May sleep; when the
 * caller is that process, 0 only says that it moves on its way to user mode.
 * @from: the node of who asks
 */
int krg_move(const struct krg_move_request *request, int from, struct krg_refusal *why);
/* Request @id of node @from need not go on if it is still sending ahead. Does not sleep. */
void krg_move_call_off(pid_t pid, int from, u64 id);

/* Waits for READY. 0; -errno with @why the destination does not have it; @lost: the line. */
int krg_hear_destination(struct krg_rpc_stream *stream, int destination, bool *lost,
			 struct krg_refusal *why);

/**
 * precopy.c: send ahead the memory of @task, which runs, if it is large
 * @early:  zeroed by the caller, who ends it with krg_early_end() also after an error
 * @stream: NULL; afterwards the stream on which the rest follows, if anything was sent, to
 *          be closed by the caller also after an error
 *
 * May sleep, for as long as it takes to send all of the memory several times.
 * Return: 0, also if nothing was sent; -errno with @why.
 */
int krg_precopy(struct krg_early *early, struct krg_rpc_stream **stream, struct task_struct *task,
		int destination, struct krg_refusal *why);
void krg_early_end(struct krg_early *early);
void krg_serve_early(struct krg_rpc_stream *stream, const void *unused, size_t len);

/*
 * rest.c: what of a process stays here when it goes. It can be fetched by @node from the begin;
 * either call ends what the caller may do with it. All may sleep.
 */
struct krg_rest;
/* NULL: no memory, or this node leaves the cluster */
struct krg_rest *krg_rest_new(pid_t pid, int node, unsigned int departures);
u32 krg_rest_id(const struct krg_rest *rest);
struct krg_remainder *krg_rest_pages(const struct krg_rest *rest);
void krg_rest_drop(struct krg_rest *rest);	/* the process stays, or ends */
u64 krg_rest_leave(struct krg_rest *rest);	/* it is given up; bytes that stay for now */
void krg_rests_of_dead(int node);		/* nobody fetches these any more */
void krg_rests_wait_all(void);			/* until nobody fetches anything any more */
void krg_rests_drop_all(void);
void krg_rests_init(struct dentry *dir);
int krg_serve_pull(struct krg_rpc_request *req);

/* pull.c: to fetch rest @id from @source. NULL: no memory. */
struct krg_away *krg_pull_new(int source, u32 id);

/* destination.c */
int krg_destination_init(void);
void krg_destination_exit(void);
void krg_serve_move(struct krg_rpc_stream *stream, const void *head, size_t len);
/* @departures: of the peer, when the stream began; @store: what was sent early, or NULL */
void krg_serve_arrival(struct krg_rpc_stream *stream, const struct krg_move_head *head,
		       unsigned int departures, struct krg_store *store);
int krg_answer(struct krg_rpc_stream *stream, int err, const struct krg_refusal *why);

/* main.c: how often @node was put out of the cluster or left it */
unsigned int krg_departures(int node);

/* @departures: of the other node, when the move began. Changes wake krg_membership_wait. */
static inline struct krg_standing krg_standing(int other, unsigned int departures)
{
	return (struct krg_standing){
		.outlived = krg_departures(other) != departures, .member = krg_self_member(),
	};
}

/* history.c */
void krg_history_add(const struct krg_move_record *record);
void krg_history_init(void);
void krg_history_exit(void);

/* a ghost that goes through a stream */
void krg_ghost_over(struct krg_ghost *ghost, struct krg_rpc_stream *stream);

#endif /* KRG_EPM_H */
