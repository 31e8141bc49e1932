/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages between a body and its stub, and about names. Same kernel release on both sides. */
#ifndef KRG_PROC_WIRE_H
#define KRG_PROC_WIRE_H

#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <uapi/linux/sched/types.h>
#include <kerrighed/creds.h>
#include <kerrighed/proc.h>

enum {
	KRG_RPC_PROC_HOME = KRG_RPC_PROC,	/* body → stub: struct krg_ask */
	KRG_RPC_PROC_BODY,			/* stub → body: struct krg_tell */
	KRG_RPC_PROC_NAME,			/* anybody → whoever has a pid: struct krg_name */
	KRG_RPC_PROC_ABOUT,			/* the same: struct krg_about, krg_about_answer */
	KRG_RPC_PROC_WATCH,			/* struct krg_watch_message */
};

enum krg_ask_op {
	KRG_ASK_GETPPID, KRG_ASK_GETPGID, KRG_ASK_GETSID, KRG_ASK_GETPGRP,
	KRG_ASK_SETPGID, KRG_ASK_SETSID,	/* .call */
	KRG_ASK_SUBREAPER,			/* .call.a: PR_SET_CHILD_SUBREAPER */
	KRG_ASK_KILL,				/* .kill: groups, relative to the asker */
	KRG_ASK_ORPHANED,			/* is_current_pgrp_orphaned() */
	KRG_ASK_EXEC,				/* .comm */
	KRG_ASK_SIGACTION,			/* .action: of SIGCHLD */
	KRG_ASK_CREDS,				/* struct krg_ask_creds */
	KRG_ASK_FORK,				/* .fork; answer: pid of the new stub */
	KRG_ASK_UNFORK,				/* the clone failed, the stub vanishes */
	KRG_ASK_WAIT,				/* .wait */
	KRG_ASK_STOPPED, KRG_ASK_EXITED,	/* .stop .exit */
	KRG_ASK_MOVING, KRG_ASK_MOVED, KRG_ASK_STAYS,	/* .move */
	KRG_ASK_REMOTE,				/* number of operations that come by message */

	KRG_ASK_ARRIVE = KRG_ASK_REMOTE,	/* this node's own: the body comes home */
	KRG_ASK_LOST,				/* .move.node died */
	KRG_ASK_LEAVE,				/* this node leaves the cluster */
};

struct krg_exit {
	__s32 code;
	__u32 pad;
	__u64 utime, stime, runtime;
	__u64 min_flt, maj_flt, maxrss, inblock, oublock, nvcsw, nivcsw;
};

struct krg_ask {
	__u32 op;
	__s32 pid;
	__u32 seq;
	__u32 pad;
	union {
		struct { __s64 a, b; } call;
		struct { __s32 sig, pid; kernel_siginfo_t info; } kill;
		char comm[TASK_COMM_LEN];
		struct { __u32 ignore; __u32 pad; __u64 flags; } action;
		struct { __u64 flags; __s32 exit_signal; } fork;
		struct { __s32 which, upid, options, rusage; } wait;
		struct { __s32 sig; __u32 conts; } stop;
		struct { __s32 node; } move;
		struct krg_exit exit;
	};
};

/* KRG_ASK_CREDS */
struct krg_ask_creds {
	struct krg_ask ask;
	struct krg_creds creds;
};

struct krg_answer {
	__s64 ret;
	/* KRG_ASK_WAIT */
	__s32 status;		/* as wait4(2) has it */
	__s32 child, uid, info_status, cause;
	__u32 pad;
	struct rusage rusage;
};

enum krg_tell_op {
	KRG_TELL_SIGNAL,	/* .signal; -EAGAIN: its queue is full, -ESRCH: no such body here */
	KRG_TELL_CHILD,		/* a child's state changed: look again */
	KRG_TELL_ALONE,		/* home leaves the cluster */
};

struct krg_tell {
	__u32 op;
	__s32 pid;
	__u32 seq;
	__u32 conts;
	struct krg_signal signal;
};

enum krg_name_op {
	KRG_NAME_KILL,		/* .sig .type .info and who asks; answer: errno */
	KRG_NAME_LOCATE,	/* where does it run? answer: __s32 node */
	/* have you taken this body over from .gone? If you have not, you will not; answer: errno */
	KRG_NAME_TAKEN,
	KRG_NAME_CLAIMS,	/* .pid is a node: PIDs of that home that live at your place */
	KRG_NAME_FREED,		/* thread .pid, whose number is yours, has ended */
	KRG_NAME_CLAIM,		/* .pid, whose number is yours, comes to my place without a stub */
};

struct krg_name {
	__u32 op;
	__s32 pid;
	__s32 tgid;		/* > 0: .pid is a thread of this process */
	__u32 thread;		/* to the thread .pid, not to its process */
	__s32 sig;
	__u32 uid, euid;
	__u32 capable;		/* CAP_KILL */
	__s32 sid;		/* session: SIGCONT is free inside it */
	__u32 here;		/* only what runs at your place, do not pass on */
	__u32 again;		/* kill(-1): only who is not ending yet */
	__u32 pad;
	__s32 gone;		/* a node that the cluster has put out */
	kernel_siginfo_t info;
};

enum krg_about_op {
	KRG_ABOUT_PGID, KRG_ABOUT_SID,			/* at home */
	KRG_ABOUT_GETPRIORITY, KRG_ABOUT_SETPRIORITY,	/* where it runs; .value */
	KRG_ABOUT_IOPRIO_GET, KRG_ABOUT_IOPRIO_SET,
	KRG_ABOUT_GETSCHEDULER, KRG_ABOUT_SETSCHEDULER,	/* .value: policy; .priority */
	KRG_ABOUT_GETPARAM, KRG_ABOUT_SETPARAM,		/* .priority */
	KRG_ABOUT_GETATTR, KRG_ABOUT_SETATTR,		/* .attr */
	KRG_ABOUT_INTERVAL,				/* .interval */
	KRG_ABOUT_GETAFFINITY, KRG_ABOUT_SETAFFINITY,	/* .cpus */
	KRG_ABOUT_LIMIT, KRG_ABOUT_SETLIMIT,		/* .value: which; .limit */
	/*
	 * of your processes those of a group or a user, from the lowest number above .value on;
	 * answer: as many __s32 as there is room for
	 */
	KRG_ABOUT_LIST,
};

/* Of the priorities and of a list: whose? */
enum krg_about_whose {
	KRG_WHOSE_OWN,		/* the thread .pid's */
	KRG_WHOSE_THREADS,	/* of all threads of the process .pid */
	KRG_WHOSE_GROUP,	/* of the group .pid */
	KRG_WHOSE_USER,		/* of the user .pid, a number of the container */
};

#define KRG_ABOUT_CPUS 1024

struct krg_about {
	__u32 op;
	__u32 whose;
	__s32 pid;
	__s32 value;
	__s32 priority;
	__u32 pad;
	union {
		__u64 cpus[KRG_ABOUT_CPUS / 64];
		struct sched_attr attr;
		struct rlimit64 limit;
	};
	struct krg_creds creds;		/* of who asks, without groups */
};

struct krg_about_answer {
	__s64 ret;
	__s32 priority;
	__u32 pad;
	union {
		__u64 cpus[KRG_ABOUT_CPUS / 64];
		struct sched_attr attr;
		struct rlimit64 limit;	/* the one before */
		struct { __s64 sec, nsec; } interval;
	};
};

enum krg_watch_op {
	/*
	 * call: tell me when process .pid ends. -ESRCH: there is none; -EINVAL: a thread; -EREMOTE:
	 * it may be elsewhere, without a home
	 */
	KRG_WATCH_BEGIN,
	KRG_WATCH_END,		/* cast: I need not know it any more */
	/* cast, the answer: it has ended or, if this is not its home, may have left */
	KRG_WATCH_OVER,
};

struct krg_watch_message {
	__u32 op;
	__s32 pid;
	__u32 id;		/* of the pidfd, where it is */
};

#endif /* KRG_PROC_WIRE_H */
