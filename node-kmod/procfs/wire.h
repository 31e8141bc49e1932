/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages about /proc. Same kernel release on both sides. */
#ifndef KRG_PROCFS_WIRE_H
#define KRG_PROCFS_WIRE_H

#include <linux/types.h>
#include <kerrighed/creds.h>
#include <kerrighed/rpc.h>

enum {
	KRG_RPC_PROCFS_ASK = KRG_RPC_PROCFS,	/* call: struct krg_procfs_ask */
	KRG_RPC_PROCFS_READ,	/* stream, opened with the same: see krg_serve_read() */
	KRG_RPC_PROCFS_BOOT,	/* call: nothing; answer: u64 ns since it was started */
	KRG_RPC_PROCFS_HOME,	/* call to a home node: s32 pid; answer: struct krg_relations */
};

enum krg_procfs_op {
	KRG_PROCFS_ATTR,	/* answer: struct krg_procfs_attr */
	KRG_PROCFS_LINK,	/* answer: what the link says, no NUL at its end */
	KRG_PROCFS_DIR,		/* from .pos on; answer: struct krg_procfs_dir */
	KRG_PROCFS_PIDS,	/* from .pos on; answer: ascending s32, at most KRG_PROCFS_WINDOW */
	KRG_PROCFS_READ,	/* stream: the file */
	KRG_PROCFS_GLOBAL,	/* stream: the file about a node, .pos is an enum krg_global */
};

#define KRG_PROCFS_PATH		128
#define KRG_PROCFS_WINDOW	1024

struct krg_procfs_ask {
	__u32 op;
	__s32 pid;			/* that must run there; 0: none in particular */
	__u64 pos;
	char path[KRG_PROCFS_PATH];	/* below /proc, no slash in front, with NUL */
	struct krg_creds creds;		/* of who asks: permissions are checked where it runs */
};

struct krg_procfs_attr {
	__u32 mode, uid, gid, nlink;
};

/* One entry; the next one follows the name, aligned to 8. */
struct krg_procfs_entry {
	__u64 pos, ino;
	__u32 type;			/* DT_* */
	__u32 len;
	char name[];
};

struct krg_procfs_dir {
	__u64 next;			/* where to go on */
	__u8 entries[];
};

/* What only a process's home knows for certain, in the form of /proc/PID/stat. */
struct krg_relations {
	__u64 start_time;		/* in clock ticks since the oldest node was started */
	__s32 ppid, pgrp, session, tty, tty_pgrp, exit_signal;
	/* times in clock ticks */
	__u64 min_flt, maj_flt, utime, stime;	/* until it left home */
	__u64 cmin_flt, cmaj_flt, cutime, cstime, cgtime;
};

#endif /* KRG_PROCFS_WIRE_H */
