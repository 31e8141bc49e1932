/* SPDX-License-Identifier: GPL-2.0-only */
/* What the nodes' krg_ipc send each other. */
#ifndef KRG_IPC_WIRE_H
#define KRG_IPC_WIRE_H

#include <linux/types.h>
#include <kerrighed/rpc.h>

enum {
	KRG_IPC_ASK = KRG_RPC_IPC,	/* to the master, one request of a node after the other */
	KRG_IPC_TELL,			/* from the master, and for what others know */
	KRG_IPC_JOIN,			/* to all other nodes, of one that comes in */
	KRG_IPC_KEEP,			/* to a keeper: struct krg_keep_wire */
	KRG_IPC_ANSWER,			/* from it, to who had to wait: struct krg_answer_wire */
	KRG_IPC_HAND,			/* from it, to the next one: struct krg_keep_wire */
};

/* As the kernel counts its ids. */
enum krg_ipc_kind { KRG_IPC_SEM, KRG_IPC_MSG, KRG_IPC_SHM, KRG_IPC_KINDS };

enum krg_ipc_op {
	/* ASK */
	KRG_IPC_CREATE,		/* .key .flags .size .uid .gid .creator → .id; -EEXIST */
	KRG_IPC_REMOVE,		/* .id, also TELL: nobody finds it by its key any more */
	KRG_IPC_SET,		/* .id .uid .gid .mode .changed, also TELL */
	KRG_IPC_ATTACH,		/* .id is new here, or was removed and is not attached: will be */
	KRG_IPC_RELEASE,	/* .id was removed, this node has it not attached any more */
	/* TELL */
	KRG_IPC_MAKE,		/* all of it */
	KRG_IPC_DESTROY,	/* .id: nobody has it attached */
	KRG_IPC_KEPT_BY,	/* .id: its keeper is .keeper now */
	KRG_IPC_DESCRIBE,	/* → what there is from .id of .kind on; .flags: only that */
	/* JOIN */
	KRG_IPC_COPY,		/* tell me of all there is, and from now on as if I were online */
	KRG_IPC_YIELD,		/* I am the master now; -EAGAIN: not yet */
};

/* All that nodes tell each other of a segment, set or queue. */
struct krg_ipc_wire {
	u32 op;			/* enum krg_ipc_op */
	s32 id;
	s32 key;
	u32 number;		/* that nothing else has, not even later with the same id */
	u64 size;		/* bytes of a segment, semaphores of a set */
	s32 flags;
	u32 uid, gid, cuid, cgid;
	u32 mode;
	s32 creator;
	s32 last;		/* PID in the container of who attached or detached last */
	u8 kind;		/* enum krg_ipc_kind */
	u8 keeper;		/* node that has the contents of a set or a queue */
	u8 removed;
	u8 used;		/* REMOVE: does the node have it attached? */
	u8 unused[4];
	u64 attached;		/* how often, at the node that says it */
	s64 changed, attached_at, detached_at;
};

enum krg_keep_op {
	/* of sets */
	KRG_KEEP_SEMOP,		/* .count struct sembuf follow */
	KRG_KEEP_VALUES,	/* → all values, u16 each */
	KRG_KEEP_VALUE,		/* .number: enum krg_sem_what of semaphore .count → .type */
	KRG_KEEP_SET_VALUES,	/* from semaphore .number on, .count u16 follow */
	KRG_KEEP_EXIT,		/* process .pid has ended, all sets; .id does not matter */
	/* of queues */
	KRG_KEEP_SEND,		/* message of .type, .count bytes follow */
	KRG_KEEP_RECEIVE,	/* .type .flags, at most .count bytes → .type and bytes */
	KRG_KEEP_LIMIT,		/* at most .number bytes from now on */
	/* of both */
	KRG_KEEP_STAT,		/* → struct krg_keep_stat */
	KRG_KEEP_CANCEL,	/* who waits with .ticket does no more; -ENOENT: nobody does */
	/* HAND, in this order */
	KRG_HAND_BEGIN,		/* struct krg_keep_stat follows */
	KRG_HAND_VALUES,	/* from semaphore .number on, .count struct krg_sem follow */
	KRG_HAND_UNDO,		/* of process .pid, from semaphore .number on, .count s16 follow */
	KRG_HAND_MESSAGE,	/* as SEND */
	KRG_HAND_END,		/* the node that is asked is the keeper now */
};

enum krg_sem_what { KRG_SEM_VALUE, KRG_SEM_PID, KRG_SEM_NCNT, KRG_SEM_ZCNT };

struct krg_keep_wire {
	u16 op;			/* enum krg_keep_op */
	u8 kind;
	u8 unused;
	s32 id;
	u32 object;		/* .number of struct krg_ipc_wire */
	s32 pid;		/* of the process, in the container */
	u64 ticket;		/* of who may have to wait */
	s64 type;
	u32 flags;
	u32 number;
	u32 count;
	u32 unused2;
	u8 data[];
};

#define KRG_KEEP_PARKED	1	/* .result: an answer comes later */
#define KRG_KEEP_MAX	(KRG_RPC_MAX - sizeof(struct krg_keep_wire))

struct krg_answer_wire {
	u64 ticket;
	s64 type;		/* of a message, or a value */
	s32 result;		/* as the system call's, or KRG_KEEP_AGAIN */
	u32 count;		/* bytes that follow */
	u8 data[];
};

#define KRG_KEEP_AGAIN	(-ESTALE)	/* somebody else is the keeper */

struct krg_sem {
	u16 value;
	u16 unused;
	s32 pid;		/* of who changed it last */
};

struct krg_keep_stat {
	u64 bytes, messages, limit;
	s64 sent_at, received_at, operated_at;
	s32 sender, receiver;
};

#endif /* KRG_IPC_WIRE_H */
