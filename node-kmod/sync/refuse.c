// SPDX-License-Identifier: GPL-2.0-only
/* Priority inheritance: it would have to reach the owner of the lock on another node. */
#define pr_fmt(fmt) "krg_sync: " fmt

#include <linux/printk.h>
#include "sync.h"

KRG_HOOK(int, futex_lock_pi, (u32 __user *uaddr, unsigned int flags, ktime_t *time, int trylock));
KRG_HOOK(int, futex_unlock_pi, (u32 __user *uaddr, unsigned int flags));
KRG_HOOK(int, futex_wait_requeue_pi, (u32 __user *uaddr, unsigned int flags, u32 val,
				      ktime_t *abs_time, u32 bitset, u32 __user *uaddr2));

int krg_refuse_pi(void)
{
	pr_notice_ratelimited("process %d (%s): locks with priority inheritance do not work in memory that several nodes share: make them without it\n",
			      task_tgid_vnr(current), current->comm);
	return -EOPNOTSUPP;
}

static int krg_hook_futex_lock_pi(u32 __user *uaddr, unsigned int flags, ktime_t *time,
				  int trylock)
{
	int ret;

	krg_hook_enter(futex_lock_pi);
	ret = krg_futex_ours(uaddr, flags) ? krg_refuse_pi() :
	      krg_orig(futex_lock_pi)(uaddr, flags, time, trylock);
	krg_hook_exit(futex_lock_pi);
	return ret;
}

static int krg_hook_futex_unlock_pi(u32 __user *uaddr, unsigned int flags)
{
	int ret;

	krg_hook_enter(futex_unlock_pi);
	ret = krg_futex_ours(uaddr, flags) ? krg_refuse_pi() :
	      krg_orig(futex_unlock_pi)(uaddr, flags);
	krg_hook_exit(futex_unlock_pi);
	return ret;
}

static int krg_hook_futex_wait_requeue_pi(u32 __user *uaddr, unsigned int flags, u32 val,
					  ktime_t *abs_time, u32 bitset, u32 __user *uaddr2)
{
	int ret;

	krg_hook_enter(futex_wait_requeue_pi);
	ret = krg_futex_ours(uaddr, flags) || krg_futex_ours(uaddr2, flags) ? krg_refuse_pi() :
	      krg_orig(futex_wait_requeue_pi)(uaddr, flags, val, abs_time, bitset, uaddr2);
	krg_hook_exit(futex_wait_requeue_pi);
	return ret;
}

struct krg_hook *krg_refuse_hooks[] = {
	&krg_hook_of_futex_lock_pi, &krg_hook_of_futex_unlock_pi,
	&krg_hook_of_futex_wait_requeue_pi, NULL
};
