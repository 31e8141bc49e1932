/* SPDX-License-Identifier: GPL-2.0-only */
/* What nodes say to each other about futexes. */
#ifndef KRG_SYNC_WIRE_H
#define KRG_SYNC_WIRE_H

#include <linux/types.h>
#include <kerrighed/rpc.h>

enum {
	KRG_SYNC_REGISTER = KRG_RPC_SYNC,	/* krg_register_wire, to the home */
	KRG_SYNC_FORGET,			/* the same, a cast: nobody waits here any more */
	KRG_SYNC_WAKE,				/* krg_wake_wire to the home: krg_woken_wire */
	KRG_SYNC_WAKE_HERE,			/* the same from the home to who has registered */
};

/* A word in memory of the cluster: a page as an object of KDDM, and where in it. */
struct krg_futex_key {
	__u64 set, index;
	__u32 offset;
	__u32 unused;
};

struct krg_register_wire {
	struct krg_futex_key key;
	__u64 epoch;		/* of the view; another one than the home's: -ESTALE */
	__u64 serial;		/* the sender's: higher each time that it begins to wait */
};

struct krg_wake_wire {
	struct krg_futex_key key;
	__u64 epoch;		/* as above, to the home */
	__s32 count;		/* wake no more than that many */
	__u32 bitset;
};

struct krg_woken_wire {
	__s32 count;
	__u32 unused;
	__u64 gone;		/* nobody waits there of whom this serial or a lower one told */
};

#endif /* KRG_SYNC_WIRE_H */
