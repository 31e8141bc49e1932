/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KRG_SYNC_SYMBOLS_H
#define KRG_SYNC_SYMBOLS_H

#include <linux/futex.h>
#include <linux/hrtimer.h>
#include <linux/plist.h>
#include <linux/sched.h>
#include <linux/sched/wake_q.h>
#include "../hooks/compat.h"

/* Private to kernel/futex/; the build compares them with the kernel's own. */
enum futex_access { FUTEX_READ, FUTEX_WRITE };

struct futex_q {
	struct plist_node list;
	struct task_struct *task;
	spinlock_t *lock_ptr;		/* not ours */
#if KRG_KERNEL_SINCE(6, 7)
	void (*wake)(struct wake_q_head *wake_q, struct futex_q *q);
	void *wake_data;
#endif
	union futex_key key;
	struct futex_pi_state *pi_state;
	struct rt_mutex_waiter *rt_waiter;
	union futex_key *requeue_pi_key;
	u32 bitset;
	atomic_t requeue_state;
};

struct futex_vector {
	struct futex_waitv w;
	struct futex_q q;
};

#if KRG_KERNEL_SINCE(6, 7)
#define KRG_FLAGS_SHARED	0x10
#define KRG_FLAGS_WORD		0x02	/* of 32 bits */
typedef unsigned int krg_futex_flags;
#define krg_futex_is_shared(flags) ((flags) & KRG_FLAGS_SHARED)
#define krg_waitv_is_shared(flags) ((flags) & KRG_FLAGS_SHARED)
/* the system call futex_wait() comes through here, too */
#define KRG_FUTEX_WAIT		__futex_wait
#define krg_hook_futex_waits	krg_hook___futex_wait
#define krg_hook_of_futex_waits	krg_hook_of___futex_wait
#define krg_orig_futex_waits	krg_orig___futex_wait
typedef struct hrtimer_sleeper krg_futex_limit_t;
#define KRG_FUTEX_REQUEUE							\
	(u32 __user *uaddr1, unsigned int flags1, u32 __user *uaddr2,		\
	 unsigned int flags2, int nr_wake, int nr_requeue, u32 *cmpval, int requeue_pi)
#define KRG_REQUEUE_FLAGS2	flags2
#define krg_futex_requeue() \
	krg_orig(futex_requeue)(uaddr1, flags1, uaddr2, flags2, nr_wake, nr_requeue, cmpval, \
				requeue_pi)
#else
#define KRG_FLAGS_SHARED	0x01
#define KRG_FLAGS_WORD		0
typedef bool krg_futex_flags;
#define krg_futex_is_shared(shared) (shared)
#define krg_waitv_is_shared(flags) (!((flags) & FUTEX_PRIVATE_FLAG))
#define KRG_FUTEX_WAIT		futex_wait
#define krg_hook_futex_waits	krg_hook_futex_wait
#define krg_hook_of_futex_waits	krg_hook_of_futex_wait
#define krg_orig_futex_waits	krg_orig_futex_wait
typedef ktime_t krg_futex_limit_t;
#define KRG_FUTEX_REQUEUE							\
	(u32 __user *uaddr1, unsigned int flags1, u32 __user *uaddr2,		\
	 int nr_wake, int nr_requeue, u32 *cmpval, int requeue_pi)
#define KRG_REQUEUE_FLAGS2	flags1
#define krg_futex_requeue() \
	krg_orig(futex_requeue)(uaddr1, flags1, uaddr2, nr_wake, nr_requeue, cmpval, requeue_pi)
#endif

#define KRG_SYMBOLS(FUNC, VAR)							\
	FUNC(int, wake_up_state, (struct task_struct *p, unsigned int state))
#include <kerrighed/symbols.h>

#endif /* KRG_SYNC_SYMBOLS_H */
