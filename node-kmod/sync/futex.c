// SPDX-License-Identifier: GPL-2.0-only
/* What processes in the container do with futexes in memory of the cluster. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <kerrighed/mm.h>
#include "sync.h"

/* A worker of ours has no process, and names a futex by its key. */
static inline bool krg_futex_caller(void)
{
	return krg_in_container() || current->flags & PF_WQ_WORKER;
}

KRG_HOOK_IF(int, get_futex_key, (u32 __user *uaddr, krg_futex_flags flags, union futex_key *key,
				 enum futex_access rw), krg_futex_caller);
KRG_HOOK(int, KRG_FUTEX_WAIT, (u32 __user *uaddr, unsigned int flags, u32 val,
			       krg_futex_limit_t *limit, u32 bitset));
KRG_HOOK(int, futex_wait_multiple, (struct futex_vector *vs, unsigned int count,
				    struct hrtimer_sleeper *to));
KRG_HOOK(int, futex_wake, (u32 __user *uaddr, unsigned int flags, int nr_wake, u32 bitset));
KRG_HOOK(int, futex_wake_op, (u32 __user *uaddr1, unsigned int flags, u32 __user *uaddr2,
			      int nr_wake, int nr_wake2, int op));
KRG_HOOK(int, futex_requeue, KRG_FUTEX_REQUEUE);

bool krg_futex_at(u32 __user *uaddr, bool write, struct krg_futex_key *key)
{
	unsigned long address = (unsigned long)uaddr;

	*key = (struct krg_futex_key) { .offset = offset_in_page(address) };
	return IS_ALIGNED(address, sizeof(u32)) && access_ok(uaddr, sizeof(u32)) &&
	       krg_shared_at(address, write, &key->set, &key->index);
}

bool krg_futex_ours(u32 __user *uaddr, unsigned int flags)
{
	struct krg_futex_key key;

	return flags & KRG_FLAGS_SHARED && krg_futex_at(uaddr, false, &key);
}

/*
 * The kernel would get the page here, to write even for who only waits. The number of a set is
 * beyond all that it gives to files.
 */
static void krg_kernel_key(const struct krg_futex_key *key, union futex_key *kernel)
{
	kernel->shared.i_seq = key->set;
	kernel->shared.pgoff = key->index;
	kernel->shared.offset = key->offset | FUT_OFF_INODE;
}

static int krg_hook_get_futex_key(u32 __user *uaddr, krg_futex_flags flags, union futex_key *key,
				  enum futex_access rw)
{
	struct krg_futex_key ours;
	int ret = 0;

	krg_hook_enter(get_futex_key);
	if (!krg_futex_is_shared(flags))
		ret = krg_orig(get_futex_key)(uaddr, flags, key, rw);
	else if (current->flags & PF_WQ_WORKER && !access_ok(uaddr, sizeof(u32)))
		krg_kernel_key((__force const struct krg_futex_key *)uaddr, key);
	else if (krg_futex_at(uaddr, rw == FUTEX_WRITE, &ours))
		krg_kernel_key(&ours, key);
	else
		ret = krg_orig(get_futex_key)(uaddr, flags, key, rw);
	krg_hook_exit(get_futex_key);
	return ret;
}

int krg_futex_wake_here(const struct krg_futex_key *key, int count, u32 bitset)
{
	u32 __user *name = (__force u32 __user *)key;

	return max(krg_orig(futex_wake)(name, KRG_FLAGS_SHARED | KRG_FLAGS_WORD, count, bitset), 0);
}

static int krg_hook_futex_waits(u32 __user *uaddr, unsigned int flags, u32 val,
				krg_futex_limit_t *limit, u32 bitset)
{
	struct krg_futex_key key;
	struct krg_wait wait;
	int ret;

	krg_hook_enter(futex_waits);
	if (!(flags & KRG_FLAGS_SHARED) || !krg_futex_at(uaddr, false, &key)) {
		ret = krg_orig(futex_waits)(uaddr, flags, val, limit, bitset);
		goto out;
	}
	ret = krg_wait_begin(&wait, &key);
	if (ret)
		goto out;
	ret = krg_orig(futex_waits)(uaddr, flags, val, limit, bitset);
	krg_wait_end(&wait);
out:
	krg_hook_exit(futex_waits);
	return ret;
}

static int krg_wait_multiple(struct futex_vector *vs, unsigned int count,
			     struct hrtimer_sleeper *to)
{
	struct krg_wait *waits = kcalloc(count, sizeof(*waits), GFP_KERNEL);
	struct krg_futex_key key;
	unsigned int i, begun = 0;
	int ret = 0;

	if (!waits)
		return -ENOMEM;
	for (i = 0; i < count && !ret; i++) {
		if (!krg_waitv_is_shared(vs[i].w.flags) ||
		    !krg_futex_at(u64_to_user_ptr(vs[i].w.uaddr), false, &key))
			continue;
		ret = krg_wait_begin(waits + begun, &key);
		begun += !ret;
	}
	if (!ret)
		ret = krg_orig(futex_wait_multiple)(vs, count, to);
	while (begun--)
		krg_wait_end(waits + begun);
	kfree(waits);
	return ret;
}

static int krg_hook_futex_wait_multiple(struct futex_vector *vs, unsigned int count,
					struct hrtimer_sleeper *to)
{
	int ret;

	krg_hook_enter(futex_wait_multiple);
	ret = krg_wait_multiple(vs, count, to);
	krg_hook_exit(futex_wait_multiple);
	return ret;
}

static int krg_wake(u32 __user *uaddr, unsigned int flags, int count, u32 bitset)
{
	struct krg_futex_key key;
	bool ours = flags & KRG_FLAGS_SHARED && count > 0 && bitset &&
		    krg_futex_at(uaddr, false, &key);
	int woken = 0, ret;

	if (ours && krg_wait_others_first(&key)) {
		woken = krg_wake_others(&key, count, bitset);
		ours = false;
		if (woken >= count)
			return woken;
	}
	ret = krg_orig(futex_wake)(uaddr, flags, count - woken, bitset);
	if (ret < 0)
		return woken ?: ret;
	woken += ret;
	if (ours && woken < count)
		woken += krg_wake_others(&key, count - woken, bitset);
	return woken;
}

static int krg_hook_futex_wake(u32 __user *uaddr, unsigned int flags, int nr_wake, u32 bitset)
{
	int ret;

	krg_hook_enter(futex_wake);
	ret = krg_wake(uaddr, flags, nr_wake, bitset);
	krg_hook_exit(futex_wake);
	return ret;
}

/* Return: how many were woken on other nodes */
static int krg_wake_rest(u32 __user *uaddr, int count)
{
	struct krg_futex_key key;

	return count > 0 && krg_futex_at(uaddr, false, &key) ?
	       krg_wake_others(&key, count, FUTEX_BITSET_MATCH_ANY) : 0;
}

/*
 * The kernel says how many it has woken at both words together, so more than asked for may wake
 * on other nodes, and those at the second one may although the comparison failed. Who is woken
 * has to look at the word anyway.
 */
static int krg_hook_futex_wake_op(u32 __user *uaddr1, unsigned int flags, u32 __user *uaddr2,
				  int nr_wake, int nr_wake2, int op)
{
	int ret;

	krg_hook_enter(futex_wake_op);
	ret = krg_orig(futex_wake_op)(uaddr1, flags, uaddr2, nr_wake, nr_wake2, op);
	if (ret >= 0 && flags & KRG_FLAGS_SHARED)
		ret += krg_wake_rest(uaddr1, nr_wake) + krg_wake_rest(uaddr2, nr_wake2);
	krg_hook_exit(futex_wake_op);
	return ret;
}

/* Who was to wait for the second word is woken, too, looks at it, and waits. */
static int krg_wake_instead(u32 __user *uaddr, unsigned int flags, int count, const u32 *expected)
{
	u32 value;

	if (expected && get_user(value, uaddr))
		return -EFAULT;
	if (expected && value != *expected)
		return -EAGAIN;
	return krg_wake(uaddr, flags, count, FUTEX_BITSET_MATCH_ANY);
}

static int krg_hook_futex_requeue KRG_FUTEX_REQUEUE
{
	int ret;

	krg_hook_enter(futex_requeue);
	if (!krg_futex_ours(uaddr1, flags1) && !krg_futex_ours(uaddr2, KRG_REQUEUE_FLAGS2))
		ret = krg_futex_requeue();
	else if (requeue_pi)
		ret = krg_refuse_pi();
	else if (nr_wake < 0 || nr_requeue < 0)
		ret = -EINVAL;
	else
		ret = krg_wake_instead(uaddr1, flags1, nr_wake + min(nr_requeue, INT_MAX - nr_wake),
				       cmpval);
	krg_hook_exit(futex_requeue);
	return ret;
}

struct krg_hook *krg_futex_hooks[] = {
	&krg_hook_of_get_futex_key, &krg_hook_of_futex_waits, &krg_hook_of_futex_wait_multiple,
	&krg_hook_of_futex_wake, &krg_hook_of_futex_wake_op, &krg_hook_of_futex_requeue, NULL
};
