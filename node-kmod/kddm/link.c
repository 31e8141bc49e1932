// SPDX-License-Identifier: GPL-2.0-only
/* Messages of the protocol to and from other nodes. */
#define pr_fmt(fmt) "krg_kddm: " fmt

#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "node.h"
#include "wire.h"
#define CREATE_TRACE_POINTS
#include "trace.h"

#define KRG_GATHERED	4000		/* bytes: what rpc sends even when memory is short */
/*
 * Packets that wait for a view: a peer sends a few. More can only be for this node's former
 * life, and come before the others.
 */
#define KRG_HELD	4096
#define KRG_MEMORY_WAIT	(HZ / 50)

struct krg_held {
	struct list_head list;
	size_t len;
	u8 data[];
};

static struct krg_from {
	struct mutex lock;		/* its messages are dealt with in order */
	struct list_head held;		/* of a view that this node does not have yet; lock */
	unsigned int held_count;
	u64 since;			/* its life's first epoch; written in sections of all */
	/* sections of all */
	u8 *gathered;
	size_t gathered_len;
} krg_peers[KRG_MAX_NODES];
static bool krg_gathers;

/* A dead node needs nothing any more: a new view will say so. */
static void krg_send_packet(int to, const void *packet, size_t len)
{
	while (krg_rpc_cast(to, KRG_RPC_KDDM, packet, len) == -ENOMEM)
		schedule_timeout_uninterruptible(KRG_MEMORY_WAIT);
}

static void krg_flush_peer(int to)
{
	struct krg_from *peer = &krg_peers[to];

	if (peer->gathered_len)
		krg_send_packet(to, peer->gathered, peer->gathered_len);
	peer->gathered_len = 0;
}

void krg_link_gather(void)
{
	krg_gathers = true;
}

void krg_link_flush(void)
{
	int node;

	for (node = 1; node < KRG_MAX_NODES; node++) {
		krg_flush_peer(node);
		free_page((unsigned long)krg_peers[node].gathered);
		krg_peers[node].gathered = NULL;
	}
	krg_gathers = false;
}

static void krg_gather(int to, const struct krg_kddm_msg *msg)
{
	struct krg_from *peer = &krg_peers[to];

	if (!peer->gathered)
		peer->gathered = (u8 *)__get_free_page(GFP_KERNEL | __GFP_NOFAIL);
	if (peer->gathered_len + KRG_KDDM_WIRE > KRG_GATHERED)
		krg_flush_peer(to);
	krg_kddm_encode(peer->gathered + peer->gathered_len, msg);
	peer->gathered_len += KRG_KDDM_WIRE;
}

void krg_send(struct krg_kddm *n, int to, const struct krg_kddm_msg *msg,
	      struct krg_kddm_copy *c)
{
	u8 alone[KRG_KDDM_WIRE], *packet;
	struct krg_object *o;
	size_t len;

	krg_count(KRG_STAT_SENT);
	trace_krg_kddm_send(to, msg);
	if (!c && krg_gathers) {
		krg_gather(to, msg);
	} else if (!c) {
		krg_kddm_encode(alone, msg);
		krg_send_packet(to, alone, sizeof(alone));
	} else {
		if (krg_gathers)
			krg_flush_peer(to);
		o = container_of(c, struct krg_object, copy);
		len = KRG_KDDM_WIRE + o->set->size;
		packet = kmalloc(len, GFP_KERNEL | __GFP_NOFAIL);
		krg_kddm_encode(packet, msg);
		o->set->linker->copy_out(c->key.set, c->key.index, o->content,
					 packet + KRG_KDDM_WIRE);
		krg_send_packet(to, packet, len);
		kfree(packet);
	}
}

static bool krg_has_set(const struct krg_kddm_msg *msg)
{
	return krg_kddm_msg_of_object(msg) || msg->type == KRG_KDDM_DESTROY ||
	       msg->type == KRG_KDDM_DESTROYED;
}

/* Return: bytes of the first message of a packet; 0: it is wrong */
static size_t krg_parse(const u8 *data, size_t len, struct krg_kddm_msg *msg)
{
	if (krg_kddm_decode(data, len, msg) ||
	    (krg_has_set(msg) && !krg_kddm_set_valid(msg->key.set)))
		return 0;
	if (msg->type != KRG_KDDM_DATA)
		return KRG_KDDM_WIRE;
	return len == KRG_KDDM_WIRE + krg_kddm_set_size(msg->key.set) ? len : 0;
}

static int krg_receive_in(int from, const struct krg_kddm_msg *msg, const void *payload)
{
	if (msg->epoch < krg_peers[from].since)
		return 0;
	krg_count(KRG_STAT_RECEIVED);
	trace_krg_kddm_receive(from, msg);
	return krg_kddm_receive(&krg_kddm_node, from, msg, payload);
}

static int krg_receive_one(int from, const struct krg_kddm_msg *msg, const void *payload,
			   bool *all)
{
	bool global = krg_kddm_msg_global(msg);
	int err;

	if (*all && !global)
		krg_kddm_exit_all();
	else if (!*all && global)
		krg_kddm_enter_all();
	*all = global;
	if (global)
		return krg_receive_in(from, msg, payload);
	krg_kddm_enter(&msg->key);
	err = krg_receive_in(from, msg, payload);
	krg_kddm_exit(&msg->key);
	return err;
}

/* Return: bytes dealt with; the rest has to wait for a view */
static size_t krg_deliver(int from, const u8 *data, size_t len)
{
	struct krg_kddm_msg msg;
	size_t at = 0, used;
	bool all = false;
	int err = 0;

	while (at < len) {
		used = krg_parse(data + at, len - at, &msg);
		if (!used) {
			pr_err_ratelimited("node %d sends what is no message\n", from);
			at = len;
			break;
		}
		err = krg_receive_one(from, &msg, data + at + KRG_KDDM_WIRE, &all);
		if (err == -EAGAIN)
			break;
		if (err)
			pr_err_ratelimited("message %d of node %d about %llx:%llu is nonsense\n",
					   msg.type, from, msg.key.set, msg.key.index);
		at += used;
	}
	if (all)
		krg_kddm_exit_all();
	return at;
}

static void krg_held_free(struct krg_from *peer, struct krg_held *held)
{
	list_del(&held->list);
	peer->held_count--;
	kfree(held);
}

static void krg_hold_back(struct krg_from *peer, const u8 *data, size_t len)
{
	struct krg_held *held;

	if (peer->held_count >= KRG_HELD)
		krg_held_free(peer, list_first_entry(&peer->held, struct krg_held, list));
	held = kmalloc(struct_size(held, data, len), GFP_KERNEL | __GFP_NOFAIL);
	held->len = len;
	memcpy(held->data, data, len);
	list_add_tail(&held->list, &peer->held);
	peer->held_count++;
}

static int krg_serve_kddm(struct krg_rpc_request *req)
{
	struct krg_from *peer = &krg_peers[req->from];
	size_t at = 0;

	if (req->len > KRG_KDDM_WIRE + PAGE_SIZE)
		return -EPROTO;
	mutex_lock(&peer->lock);
	if (list_empty(&peer->held))
		at = krg_deliver(req->from, req->arg, req->len);
	if (at < req->len)
		krg_hold_back(peer, req->arg + at, req->len - at);
	mutex_unlock(&peer->lock);
	return 0;
}

static void krg_deliver_held(int from)
{
	struct krg_from *peer = &krg_peers[from];
	struct krg_held *held, *next;
	size_t at;

	list_for_each_entry_safe(held, next, &peer->held, list) {
		at = krg_deliver(from, held->data, held->len);
		if (at < held->len) {
			held->len -= at;
			memmove(held->data, held->data + at, held->len);
			break;
		}
		krg_held_free(peer, held);
	}
}

void krg_link_came(int node, u64 epoch)
{
	krg_peers[node].since = epoch;
}

void krg_link_view(void)
{
	int node;

	for (node = 1; node < KRG_MAX_NODES; node++) {
		mutex_lock(&krg_peers[node].lock);
		krg_deliver_held(node);
		mutex_unlock(&krg_peers[node].lock);
	}
}

void krg_link_forget(void)
{
	struct krg_held *held, *next;
	int node;

	for (node = 1; node < KRG_MAX_NODES; node++) {
		mutex_lock(&krg_peers[node].lock);
		list_for_each_entry_safe(held, next, &krg_peers[node].held, list)
			krg_held_free(&krg_peers[node], held);
		mutex_unlock(&krg_peers[node].lock);
	}
}

int krg_link_init(void)
{
	int node;

	for (node = 1; node < KRG_MAX_NODES; node++) {
		mutex_init(&krg_peers[node].lock);
		INIT_LIST_HEAD(&krg_peers[node].held);
	}
	return krg_rpc_serve(KRG_RPC_KDDM, krg_serve_kddm, 0);
}

void krg_link_exit(void)
{
	krg_rpc_withdraw(KRG_RPC_KDDM);
	krg_link_forget();
}
