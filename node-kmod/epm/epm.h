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
};

/* request.c */
extern const struct krg_service_entry krg_epm_services[];
int krg_serve_request(struct krg_rpc_request *req);

/*
 * source.c: move the process @pid, which runs on this node. May sleep; when the
 * caller is that process, 0 only says that it moves on its way to user mode.
 */
int krg_move(const struct krg_move_request *request, struct krg_refusal *why);

/* destination.c */
int krg_destination_init(void);
void krg_destination_exit(void);
void krg_serve_move(struct krg_rpc_stream *stream, const void *head, size_t len);

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
