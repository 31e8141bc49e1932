// SPDX-License-Identifier: GPL-2.0-only
/* Who waits on this node for futexes of the cluster, and what their homes know of it. */
#include <linux/hashtable.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <kerrighed/hotplug.h>
#include "sync.h"

#define KRG_IDLE_FUTEXES	1024	/* that their homes know of and nobody waits for */
#define KRG_OWN_WAKES		15	/* of who waits here, before others come first once */

struct krg_futex {
	struct hlist_node hash;
	struct krg_futex_key key;
	u64 serial;
	u64 registered;			/* the epoch in which its home knows of it */
	unsigned int own_wakes;
	struct list_head waits;		/* struct krg_wait */
	struct list_head idle;		/* of krg_idle, if there are none */
};

static DEFINE_HASHTABLE(krg_futexes, 10);
static LIST_HEAD(krg_idle);		/* who became idle last is last */
static unsigned int krg_idle_count;
static u64 krg_serial;
static DEFINE_SPINLOCK(krg_futexes_lock);	/* of all these */

static struct krg_futex *krg_futex_find(const struct krg_futex_key *key)
{
	struct krg_futex *futex;

	hash_for_each_possible(krg_futexes, futex, hash, krg_futex_hash(key))
		if (krg_same_futex(&futex->key, key))
			return futex;
	return NULL;
}

/* Nobody waits for it; the caller frees it. */
static void krg_futex_remove(struct krg_futex *futex)
{
	list_del(&futex->idle);
	krg_idle_count--;
	hash_del(&futex->hash);
}

static struct krg_futex *krg_futex_add(struct krg_futex *futex, const struct krg_futex_key *key)
{
	futex->key = *key;
	futex->serial = ++krg_serial;
	INIT_LIST_HEAD(&futex->waits);
	list_add_tail(&futex->idle, &krg_idle);
	krg_idle_count++;
	hash_add(krg_futexes, &futex->hash, krg_futex_hash(key));
	return futex;
}

/* Waits until its home has the same view, but no longer than this node is in the cluster. */
static int krg_futex_register(struct krg_futex *futex)
{
	struct krg_register_wire wire = { .key = futex->key, .serial = futex->serial };
	int home, err;

	for (;;) {
		wire.epoch = krg_sync_epoch();
		if (READ_ONCE(futex->registered) == wire.epoch)
			return 0;
		home = krg_object_home(wire.key.set, wire.key.index);
		if (!home)
			return 0;
		if (home == krg_node_id())
			err = krg_interest_add(home, &wire);
		else
			err = krg_rpc_call_killable(home, KRG_SYNC_REGISTER, &wire, sizeof(wire),
						    NULL, 0);
		if (!err)
			WRITE_ONCE(futex->registered, wire.epoch);
		if (!err || err == -EINTR || err == -ENOMEM)
			return err;
		schedule_timeout_killable(1);
		if (fatal_signal_pending(current))
			return -EINTR;
	}
}

int krg_wait_begin(struct krg_wait *wait, const struct krg_futex_key *key)
{
	struct krg_futex *new = kzalloc(sizeof(*new), GFP_KERNEL), *futex;
	int err;

	if (!new)
		return -ENOMEM;
	spin_lock(&krg_futexes_lock);
	futex = krg_futex_find(key);
	if (!futex) {
		futex = krg_futex_add(new, key);
		new = NULL;
	}
	if (list_empty(&futex->waits)) {
		list_del(&futex->idle);
		krg_idle_count--;
	}
	wait->futex = futex;
	wait->task = current;
	list_add(&wait->list, &futex->waits);
	spin_unlock(&krg_futexes_lock);
	kfree(new);
	err = krg_futex_register(futex);
	if (err)
		krg_wait_end(wait);
	return err;
}

static void krg_futex_forget(const struct krg_futex *futex)
{
	struct krg_register_wire wire = { .key = futex->key, .serial = futex->serial };
	int home = krg_object_home(wire.key.set, wire.key.index);

	/* whom it does not reach asks in vain once */
	if (home == krg_node_id())
		krg_interest_drop(home, &wire.key, wire.serial);
	else if (home)
		krg_rpc_cast(home, KRG_SYNC_FORGET, &wire, sizeof(wire));
}

void krg_wait_end(struct krg_wait *wait)
{
	struct krg_futex *futex = wait->futex, *oldest = NULL;

	spin_lock(&krg_futexes_lock);
	list_del(&wait->list);
	if (list_empty(&futex->waits)) {
		list_add_tail(&futex->idle, &krg_idle);
		if (++krg_idle_count > KRG_IDLE_FUTEXES) {
			oldest = list_first_entry(&krg_idle, struct krg_futex, idle);
			krg_futex_remove(oldest);
		}
	}
	spin_unlock(&krg_futexes_lock);
	if (oldest)
		krg_futex_forget(oldest);
	kfree(oldest);
}

bool krg_wait_others_first(const struct krg_futex_key *key)
{
	struct krg_futex *futex;
	bool others;

	spin_lock(&krg_futexes_lock);
	futex = krg_futex_find(key);
	others = futex && ++futex->own_wakes % (KRG_OWN_WAKES + 1) == 0;
	spin_unlock(&krg_futexes_lock);
	return others;
}

int krg_wake_others(const struct krg_futex_key *key, int count, u32 bitset)
{
	struct krg_wake_wire wire = { .key = *key, .count = count, .bitset = bitset };
	struct krg_woken_wire woken;
	ssize_t err;
	int home;

	for (;;) {
		wire.epoch = krg_sync_epoch();
		home = krg_object_home(key->set, key->index);
		if (!wire.epoch || !home)
			return 0;
		if (home == krg_node_id()) {
			err = krg_interests_wake(home, &wire);
			if (err >= 0)
				return err;
		} else {
			err = krg_rpc_call(home, KRG_SYNC_WAKE, &wire, sizeof(wire), &woken,
					   sizeof(woken));
			if (err == sizeof(woken))
				return clamp(woken.count, 0, count);
		}
		/*
		 * If the home has died, there will be a new view, with which all begin anew. Who
		 * has been put out gets none.
		 */
		if (err != -ESTALE || !krg_self_member())
			return 0;
		schedule_timeout_idle(1);
	}
}

void krg_waits_wake(const struct krg_wake_wire *wire, struct krg_woken_wire *woken)
{
	struct krg_futex *futex, *idle = NULL;

	*woken = (struct krg_woken_wire) {
		.count = krg_futex_wake_here(&wire->key, wire->count, wire->bitset),
	};
	spin_lock(&krg_futexes_lock);
	futex = krg_futex_find(&wire->key);
	if (!futex || list_empty(&futex->waits)) {
		woken->gone = krg_serial;
		idle = futex;
	}
	if (idle)
		krg_futex_remove(idle);
	spin_unlock(&krg_futexes_lock);
	kfree(idle);
}

static int krg_serve_wake_here(struct krg_rpc_request *req)
{
	const struct krg_wake_wire *wire = req->arg;

	if (req->len != sizeof(*wire) || req->reply_max < sizeof(struct krg_woken_wire) ||
	    wire->count < 1 || !krg_key_valid(&wire->key))
		return -EPROTO;
	krg_waits_wake(wire, req->reply);
	req->reply_len = sizeof(struct krg_woken_wire);
	return 0;
}

/* As a signal without a handler does. It finds who has begun, but does not sleep yet, too. */
static void krg_wait_restart(struct task_struct *task)
{
	if (!test_and_set_tsk_thread_flag(task, TIF_NOTIFY_SIGNAL) &&
	    !krg_sym(wake_up_state)(task, TASK_INTERRUPTIBLE))
		kick_process(task);
}

void krg_waits_restart(void)
{
	struct krg_futex *futex;
	struct hlist_node *next;
	struct krg_wait *wait;
	int bucket;

	spin_lock(&krg_futexes_lock);
	hash_for_each_safe(krg_futexes, bucket, next, futex, hash) {
		list_for_each_entry(wait, &futex->waits, list)
			krg_wait_restart(wait->task);
		if (list_empty(&futex->waits)) {
			krg_futex_remove(futex);
			kfree(futex);
		}
	}
	spin_unlock(&krg_futexes_lock);
}

int krg_waits_init(void)
{
	return krg_rpc_serve(KRG_SYNC_WAKE_HERE, krg_serve_wake_here, KRG_RPC_CONCURRENT);
}

void krg_waits_exit(void)
{
	krg_rpc_withdraw(KRG_SYNC_WAKE_HERE);
	krg_waits_restart();
}
