/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages of a migration. Both sides run the same kernel release and build. */
#ifndef KRG_EPM_WIRE_H
#define KRG_EPM_WIRE_H

#include <linux/sched.h>
#include <linux/types.h>
#include <kerrighed/proc.h>
#include <uapi/kerrighed/capability.h>

enum {
	KRG_RPC_EPM_REQUEST = KRG_RPC_EPM,	/* call: struct krg_move_request */
	KRG_RPC_EPM_MOVE,			/* stream: struct krg_move_head, ghost, signals */
	KRG_RPC_EPM_EARLY,			/* stream: pages, and then as KRG_RPC_EPM_MOVE */
	KRG_RPC_EPM_PULL,			/* call: struct krg_pull */
	KRG_RPC_EPM_CALL_OFF,			/* cast: struct krg_call_off */
};

/* Somebody wants @pid to be moved; sent to the node where it runs. */
struct krg_move_request {
	__s32 pid;
	__s32 destination;
	__u32 uid;		/* who asks, in the initial user namespace */
	__u32 euid;
	__s32 asker;		/* its PID, for the log; 0: not in the container */
	__u32 thread;		/* .pid is a thread */
	__u64 id;		/* no other request of that node has it */
};

/* Who sent that request has been killed. */
struct krg_call_off {
	__s32 pid;
	__u32 reserved;
	__u64 id;
};

/* The outcome of a request, or of the building at the destination. */
struct krg_move_answer {
	__s32 err;		/* 0 or -errno */
	char text[sizeof_field(struct krg_refusal, text)];
};

struct krg_move_head {
	struct krg_identity who;
	krg_cap_t caps;
	char comm[TASK_COMM_LEN];
	__u32 rest;		/* of the pages that stay at the source; 0: none do */
};

/*
 * After the ghost: this, then .count times struct krg_signal; and for each other
 * thread, in the order of the ghost, krg_cap_t and again this with its own signals.
 */
struct krg_move_signals {
	__u32 count;
};

#define KRG_MOVE_SIGNALS_MAX 65536	/* more than RLIMIT_SIGPENDING of any sane system */

#define KRG_MOVE_GO 0x4f47u		/* the last word of a stream, __u32 */

#endif /* KRG_EPM_WIRE_H */
