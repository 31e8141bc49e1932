// SPDX-License-Identifier: GPL-2.0-only
/* Which nodes have somebody who waits for a futex whose home this node is. */
#include <linux/bitmap.h>
#include <linux/hashtable.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "sync.h"

struct krg_interest {
	struct hlist_node hash;
	struct krg_futex_key key;
	u64 serial;
	int node;
};

static DEFINE_HASHTABLE(krg_interests, 10);
static DEFINE_SPINLOCK(krg_interests_lock);
static u64 krg_epoch;

u64 krg_sync_epoch(void)
{
	return READ_ONCE(krg_epoch);
}

void krg_interests_view(u64 epoch)
{
	struct krg_interest *interest;
	struct hlist_node *next;
	int bucket;

	spin_lock(&krg_interests_lock);
	WRITE_ONCE(krg_epoch, epoch);
	hash_for_each_safe(krg_interests, bucket, next, interest, hash) {
		hash_del(&interest->hash);
		kfree(interest);
	}
	spin_unlock(&krg_interests_lock);
}

static struct krg_interest *krg_interest_find(int node, const struct krg_futex_key *key)
{
	struct krg_interest *interest;

	hash_for_each_possible(krg_interests, interest, hash, krg_futex_hash(key))
		if (interest->node == node && krg_same_futex(&interest->key, key))
			return interest;
	return NULL;
}

int krg_interest_add(int node, const struct krg_register_wire *wire)
{
	struct krg_interest *new = kmalloc(sizeof(*new), GFP_KERNEL), *interest;
	int err = 0;

	if (!new)
		return -ENOMEM;
	spin_lock(&krg_interests_lock);
	interest = krg_interest_find(node, &wire->key);
	if (wire->epoch != krg_epoch) {
		err = -ESTALE;
	} else if (interest) {
		interest->serial = max(interest->serial, wire->serial);
	} else {
		new->node = node;
		new->key = wire->key;
		new->serial = wire->serial;
		hash_add(krg_interests, &new->hash, krg_futex_hash(&wire->key));
		new = NULL;
	}
	spin_unlock(&krg_interests_lock);
	kfree(new);
	return err;
}

void krg_interest_drop(int node, const struct krg_futex_key *key, u64 serial)
{
	struct krg_interest *interest;

	spin_lock(&krg_interests_lock);
	interest = krg_interest_find(node, key);
	if (interest && interest->serial <= serial)
		hash_del(&interest->hash);
	else
		interest = NULL;
	spin_unlock(&krg_interests_lock);
	kfree(interest);
}

/* Return: how many were woken there */
static int krg_interest_wake(int node, struct krg_wake_wire *wire)
{
	struct krg_woken_wire woken;

	if (node == krg_node_id())
		krg_waits_wake(wire, &woken);
	else if (krg_rpc_call(node, KRG_SYNC_WAKE_HERE, wire, sizeof(*wire), &woken,
			      sizeof(woken)) != sizeof(woken))
		return 0;
	krg_interest_drop(node, &wire->key, woken.gone);
	return clamp(woken.count, 0, wire->count);
}

int krg_interests_wake(int from, const struct krg_wake_wire *wire)
{
	static unsigned int turn;
	struct krg_wake_wire rest = *wire;
	struct krg_interest *interest;
	DECLARE_BITMAP(nodes, KRG_MAX_NODES);
	int i, first;

	bitmap_zero(nodes, KRG_MAX_NODES);
	spin_lock(&krg_interests_lock);
	if (wire->epoch != krg_epoch) {
		spin_unlock(&krg_interests_lock);
		return -ESTALE;
	}
	hash_for_each_possible(krg_interests, interest, hash, krg_futex_hash(&wire->key))
		if (krg_same_futex(&interest->key, &wire->key))
			__set_bit(interest->node, nodes);
	/* another one comes first each time */
	first = ++turn % KRG_MAX_NODES;
	spin_unlock(&krg_interests_lock);
	__clear_bit(from, nodes);
	for_each_set_bit_wrap(i, nodes, KRG_MAX_NODES, first) {
		if (!rest.count)
			break;
		rest.count -= krg_interest_wake(i, &rest);
	}
	return wire->count - rest.count;
}

static int krg_serve_register(struct krg_rpc_request *req)
{
	const struct krg_register_wire *wire = req->arg;

	if (req->len != sizeof(*wire) || !krg_key_valid(&wire->key))
		return -EPROTO;
	return krg_interest_add(req->from, wire);
}

static int krg_serve_forget(struct krg_rpc_request *req)
{
	const struct krg_register_wire *wire = req->arg;

	if (req->len != sizeof(*wire) || !krg_key_valid(&wire->key))
		return -EPROTO;
	krg_interest_drop(req->from, &wire->key, wire->serial);
	return 0;
}

static int krg_serve_wake(struct krg_rpc_request *req)
{
	const struct krg_wake_wire *wire = req->arg;
	struct krg_woken_wire *woken = req->reply;
	int count;

	if (req->len != sizeof(*wire) || req->reply_max < sizeof(*woken) || wire->count < 1 ||
	    !krg_key_valid(&wire->key))
		return -EPROTO;
	count = krg_interests_wake(req->from, wire);
	if (count < 0)
		return count;
	*woken = (struct krg_woken_wire) { .count = count };
	req->reply_len = sizeof(*woken);
	return 0;
}

int krg_interests_init(void)
{
	int err = krg_rpc_serve(KRG_SYNC_REGISTER, krg_serve_register, 0);

	if (!err)
		err = krg_rpc_serve(KRG_SYNC_FORGET, krg_serve_forget, 0);
	if (!err)
		err = krg_rpc_serve(KRG_SYNC_WAKE, krg_serve_wake, KRG_RPC_CONCURRENT);
	return err;
}

void krg_interests_exit(void)
{
	krg_rpc_withdraw(KRG_SYNC_WAKE);
	krg_rpc_withdraw(KRG_SYNC_FORGET);
	krg_rpc_withdraw(KRG_SYNC_REGISTER);
	krg_interests_view(0);
}
