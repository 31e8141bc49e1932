/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Membership on the wire. All nodes of a cluster have the same kernel and the
 * same build of the modules (krg_rpc sees to it), so structures go as they are.
 */
#ifndef KRG_HOTPLUG_PROTOCOL_H
#define KRG_HOTPLUG_PROTOCOL_H

#include <linux/build_bug.h>
#include <kerrighed/rpc.h>
#include "view.h"

/* Services; which nodes serve them, and what -EAGAIN from them means, is in agree.c and join.c. */
enum {
	KRG_ASK = KRG_RPC_MEMBERSHIP,	/* -> struct krg_answer */
	KRG_FOUND,		/* may I found a cluster? 0, -EEXIST: join mine, -EBUSY: wait */
	KRG_JOIN,		/* to the coordinator: take me in; u64 incarnation */
	KRG_LEAVE,		/* to the coordinator: let me go */
	KRG_FAIL,		/* to the coordinator: struct krg_set is dead */
	KRG_PREPARE,		/* struct krg_proposal without view -> struct krg_promise */
	KRG_ACCEPT,		/* struct krg_proposal */
	KRG_COMMIT,		/* struct krg_view */
	KRG_CHECK,		/* to the coordinator: look who is there */
	KRG_EVICTED,		/* you are not in this view: struct krg_view */
	KRG_START,		/* start your container, join us */
	KRG_QUIT,		/* end your container */
	KRG_POWER,		/* u32: enum krg_power */
};

enum krg_power { KRG_POWER_OFF, KRG_POWER_RESTART };

enum krg_phase { KRG_OUT, KRG_STARTING, KRG_FOUNDING, KRG_IN, KRG_LEAVING };

struct krg_answer {
	u32 phase;
	s32 coordinator;	/* when KRG_IN */
	u32 parts;		/* KRG_PART_… that are there */
	u32 unused;
	u64 cluster;
	u64 epoch;
};

struct krg_proposal {
	u64 ballot;
	u64 cluster;
	struct krg_view view;
};

struct krg_promise {
	struct krg_acceptor acceptor;
	struct krg_set reach;	/* members with whom nothing was lost */
	struct krg_set near;	/* all nodes with a connection */
};

static_assert(sizeof(struct krg_view) == 48 + 8 * KRG_SET_NODES);
static_assert(sizeof(struct krg_promise) < KRG_RPC_MAX);
static_assert(KRG_SET_NODES == KRG_MAX_NODES);

#endif /* KRG_HOTPLUG_PROTOCOL_H */
