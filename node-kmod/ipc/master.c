// SPDX-License-Identifier: GPL-2.0-only
/*
 * The master, which is the online node with the lowest id, decides what there is.
 * It tells every node before who asked hears of it.
 *
 * A node that comes in has a view before the others have it, and they wait until it has dealt
 * with that. So they tell it of everything from the moment on when it asks for what there is.
 */
#define pr_fmt(fmt) "krg_ipc: " fmt

#include <linux/bitmap.h>
#include <linux/ipc.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>
#include "ipc.h"

#define KRG_AGAIN	(HZ / 50)	/* until who is asked knows the new view, too */

static DEFINE_MUTEX(krg_master_lock);
static bool krg_ready;			/* this node has all that there is; krg_master_lock */
static bool krg_acts;			/* as the master, and has all that its predecessor told */
static DECLARE_BITMAP(krg_guests, KRG_MAX_NODES);	/* who came in; krg_master_lock */

int krg_master_node(void)
{
	DECLARE_BITMAP(online, KRG_MAX_NODES);

	krg_online_nodes(online);
	return find_first_bit(online, KRG_MAX_NODES);
}

void krg_audience(unsigned long *nodes)
{
	krg_online_nodes(nodes);
	bitmap_or(nodes, nodes, krg_guests, KRG_MAX_NODES);
}

int krg_tell_all(struct krg_ipc_wire *wire, bool here)
{
	DECLARE_BITMAP(nodes, KRG_MAX_NODES);
	ssize_t err;
	int node, ret = 0;

	krg_audience(nodes);
	for_each_set_bit(node, nodes, KRG_MAX_NODES) {
		if (node == krg_node_id() && !here)
			continue;
		err = krg_ipc_tell(node, wire, NULL, 0);
		if (err < 0 && err != -EHOSTDOWN && err != -EAGAIN && err != -ENOENT && !ret)
			ret = err;
	}
	return ret;
}

static void krg_master_destroy(u8 kind, int id)
{
	struct krg_ipc_wire wire = { .op = KRG_IPC_DESTROY, .kind = kind, .id = id };

	krg_tell_all(&wire, true);
}

static struct krg_ipc_object *krg_find_key(u8 kind, int key)
{
	struct krg_ipc_object *obj;
	unsigned long id;

	xa_for_each(&krg_ipc_objects, id, obj)
		if (obj->kind == kind && obj->key == key)
			return obj;
	return NULL;
}

/* A number that nothing has */
static u32 krg_new_number(void)
{
	struct krg_ipc_object *obj;
	unsigned long id;
	u32 number;

again:
	number = get_random_u32();
	xa_for_each(&krg_ipc_objects, id, obj)
		if (obj->number == number)
			goto again;
	return number;
}

static int krg_master_create(int from, struct krg_ipc_wire *wire)
{
	struct krg_ipc_object *obj;
	ssize_t told;
	int err = 0;

	mutex_lock(&krg_ipc_lock);
	obj = wire->key == IPC_PRIVATE ? NULL : krg_find_key(wire->kind, wire->key);
	if (obj) {
		krg_ipc_describe(obj, wire);
	} else {
		wire->id = -1;
		wire->number = krg_new_number();
		wire->keeper = from;
		wire->changed = ktime_get_real_seconds();
		err = krg_ipc_make(wire);
	}
	mutex_unlock(&krg_ipc_lock);
	wire->op = KRG_IPC_MAKE;
	if (obj) {
		/* it may have come in a moment ago */
		told = krg_ipc_tell(from, wire, NULL, 0);
		err = told < 0 ? told : -EEXIST;
	} else if (!err) {
		err = krg_tell_all(wire, false);
		if (err)
			krg_master_destroy(wire->kind, wire->id);
	}
	return err;
}

/* Who has it attached? If nobody does, it goes. */
static void krg_master_remove(u8 kind, int id)
{
	struct krg_ipc_wire wire = { .op = KRG_IPC_REMOVE, .kind = kind, .id = id }, answer;
	DECLARE_BITMAP(nodes, KRG_MAX_NODES);
	struct krg_ipc_object *obj;
	struct krg_set users = {};
	int node;

	krg_audience(nodes);
	for_each_set_bit(node, nodes, KRG_MAX_NODES)
		if (krg_ipc_tell(node, &wire, &answer, sizeof(answer)) == sizeof(answer) &&
		    answer.used)
			krg_set_add(&users, node);
	if (krg_set_empty(&users)) {
		krg_master_destroy(kind, id);
		return;
	}
	obj = krg_ipc_find(kind, id);
	if (obj)
		obj->users = users;
}

static void krg_master_release(int from, struct krg_ipc_object *obj)
{
	krg_set_remove(&obj->users, from);
	if (krg_set_empty(&obj->users))
		krg_master_destroy(obj->kind, obj->id);
}

static int krg_master_do(int from, struct krg_ipc_wire *wire)
{
	struct krg_ipc_object *obj;

	if (wire->op == KRG_IPC_CREATE)
		return krg_master_create(from, wire);
	/* it stays: all that destroys it needs the lock of the master */
	obj = krg_ipc_find(wire->kind, wire->id);
	if (!obj)
		return -EINVAL;
	switch (wire->op) {
	case KRG_IPC_REMOVE:
		krg_master_remove(wire->kind, wire->id);
		return 0;
	case KRG_IPC_SET:
		wire->changed = ktime_get_real_seconds();
		return krg_tell_all(wire, true);
	case KRG_IPC_ATTACH:
		if (obj->removed)
			krg_set_add(&obj->users, from);
		return 0;
	case KRG_IPC_RELEASE:
		if (obj->removed)
			krg_master_release(from, obj);
		return 0;
	}
	return -EPROTO;
}

static int krg_serve_ask(struct krg_rpc_request *req)
{
	struct krg_ipc_wire wire;
	int err = -EAGAIN;

	if (req->len != sizeof(wire) || req->reply_max < sizeof(wire))
		return -EPROTO;
	wire = *(const struct krg_ipc_wire *)req->arg;
	if (wire.kind >= KRG_IPC_KINDS)
		return -EPROTO;
	mutex_lock(&krg_master_lock);
	/* what somebody does not have any more needs no majority */
	if (krg_ready && READ_ONCE(krg_acts) && (krg_quorate() || wire.op == KRG_IPC_RELEASE))
		err = krg_master_do(req->from, &wire);
	mutex_unlock(&krg_master_lock);
	if (!err) {
		memcpy(req->reply, &wire, sizeof(wire));
		req->reply_len = sizeof(wire);
	}
	return err;
}

int krg_master_ask(struct krg_ipc_wire *wire)
{
	struct krg_ipc_wire answer;
	ssize_t ret;

	for (;;) {
		if (!krg_self_member())
			return -EHOSTDOWN;
		ret = krg_rpc_call_killable(krg_master_node(), KRG_IPC_ASK, wire, sizeof(*wire),
					    &answer, sizeof(answer));
		if (ret != -EAGAIN && ret != -EHOSTDOWN)
			break;
		schedule_timeout_killable(KRG_AGAIN);
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	if (ret == sizeof(answer))
		*wire = answer;
	return ret < 0 ? ret : 0;
}

/* Tells one node of all that this one has. */
static int krg_push(int node)
{
	struct krg_ipc_wire wire;
	struct krg_ipc_object *obj;
	unsigned long id;
	ssize_t err;

	xa_for_each(&krg_ipc_objects, id, obj) {
		mutex_lock(&krg_ipc_lock);
		krg_ipc_describe(obj, &wire);
		mutex_unlock(&krg_ipc_lock);
		wire.op = KRG_IPC_MAKE;
		err = krg_ipc_tell(node, &wire, NULL, 0);
		if (err == -EHOSTDOWN)
			return err;
		if (err)
			pr_err("node %d cannot have the object %d of System V (error %zd)\n",
			       node, wire.id, err);
	}
	return 0;
}

/* Return: -ENODATA: this node has not got all of them itself */
static int krg_serve_copy(int to)
{
	int err = -ENODATA;

	mutex_lock(&krg_master_lock);
	if (krg_ready) {
		set_bit(to, krg_guests);
		err = krg_push(to);
	}
	mutex_unlock(&krg_master_lock);
	return err;
}

/*
 * Who asks may be asked the same in turn: it must not wait for what goes on here. To one with a
 * higher id, which does not know yet that this one came in, the master yields only when it leaves.
 */
static int krg_serve_yield(int to)
{
	int err = 0;

	if (!mutex_trylock(&krg_master_lock))
		return -EAGAIN;
	if (krg_ready && krg_node_id() < to)
		err = -EAGAIN;
	else
		WRITE_ONCE(krg_acts, false);
	mutex_unlock(&krg_master_lock);
	return err;
}

static int krg_serve_join(struct krg_rpc_request *req)
{
	const struct krg_ipc_wire *wire = req->arg;

	if (req->len != sizeof(*wire))
		return -EPROTO;
	return wire->op == KRG_IPC_COPY ? krg_serve_copy(req->from) :
					  krg_serve_yield(req->from);
}

static int krg_call_join(int node, u32 op)
{
	struct krg_ipc_wire wire = { .op = op };

	return krg_rpc_call(node, KRG_IPC_JOIN, &wire, sizeof(wire), NULL, 0);
}

void krg_master_ready(bool ready)
{
	mutex_lock(&krg_master_lock);
	krg_ready = ready;
	if (!ready) {
		krg_acts = false;
		bitmap_zero(krg_guests, KRG_MAX_NODES);
	}
	mutex_unlock(&krg_master_lock);
}

/* From all, because any may be the one that still acts as the master. */
void krg_master_join(void)
{
	DECLARE_BITMAP(online, KRG_MAX_NODES);
	int node;

	krg_online_nodes(online);
	for_each_set_bit(node, online, KRG_MAX_NODES)
		if (node != krg_node_id())
			krg_call_join(node, KRG_IPC_COPY);
}

/* What @node has and this one has not: its master died while it told the nodes of it. */
static void krg_collect(int node, struct krg_ipc_wire *found)
{
	struct krg_ipc_wire ask = { .op = KRG_IPC_DESCRIBE };
	ssize_t i, len;

	for (;;) {
		len = krg_ipc_tell(node, &ask, found, KRG_RPC_MAX) / (ssize_t)sizeof(*found);
		mutex_lock(&krg_ipc_lock);
		for (i = 0; i < len; i++)
			if (!krg_ipc_find(found[i].kind, found[i].id) || found[i].removed)
				krg_ipc_make(found + i);
		mutex_unlock(&krg_ipc_lock);
		if (len <= 0)
			return;
		ask.kind = found[len - 1].kind;
		ask.id = found[len - 1].id + 1;
	}
}

/* Return: does nobody else act as the master any more? */
static bool krg_alone(void)
{
	DECLARE_BITMAP(nodes, KRG_MAX_NODES);
	int node;

	krg_audience(nodes);
	for_each_set_bit(node, nodes, KRG_MAX_NODES)
		if (node != krg_node_id() && krg_call_join(node, KRG_IPC_YIELD) == -EAGAIN)
			return false;
	return true;
}

static bool krg_take_over(void)
{
	DECLARE_BITMAP(online, KRG_MAX_NODES);
	struct krg_ipc_wire *found;
	int node;

	if (!krg_alone())
		return false;
	krg_online_nodes(online);
	found = kvmalloc(KRG_RPC_MAX, GFP_KERNEL | __GFP_NOFAIL);
	for_each_set_bit(node, online, KRG_MAX_NODES)
		if (node != krg_node_id())
			krg_collect(node, found);
	for_each_set_bit(node, online, KRG_MAX_NODES)
		if (node != krg_node_id())
			krg_push(node);
	kvfree(found);
	WRITE_ONCE(krg_acts, true);
	return true;
}

/* Who is gone has nothing attached and keeps nothing any more, and may have been the master. */
static bool krg_review_once(void)
{
	DECLARE_BITMAP(online, KRG_MAX_NODES);
	struct krg_ipc_object *obj;
	unsigned long index;

	if (!krg_ready || krg_master_node() != krg_node_id())
		return true;
	if (!READ_ONCE(krg_acts) && !krg_take_over())
		return false;
	krg_online_nodes(online);
	xa_for_each(&krg_ipc_objects, index, obj) {
		if (obj->kind != KRG_IPC_SHM && !test_bit(obj->keeper, online))
			krg_master_destroy(obj->kind, obj->id);
		else if (obj->removed)
			krg_master_remove(obj->kind, obj->id);
	}
	return true;
}

static void krg_review(struct work_struct *work)
{
	bool done;

	for (;;) {
		mutex_lock(&krg_master_lock);
		done = krg_review_once();
		mutex_unlock(&krg_master_lock);
		if (done)
			break;
		schedule_timeout_idle(KRG_AGAIN);
	}
}

static DECLARE_WORK(krg_review_work, krg_review);

void krg_master_view(void)
{
	if (krg_master_node() != krg_node_id())
		WRITE_ONCE(krg_acts, false);
	queue_work(system_unbound_wq, &krg_review_work);
}

int krg_master_init(void)
{
	int err = krg_rpc_serve(KRG_IPC_ASK, krg_serve_ask, 0);

	if (err)
		return err;
	err = krg_rpc_serve(KRG_IPC_JOIN, krg_serve_join, 0);
	if (err)
		krg_rpc_withdraw(KRG_IPC_ASK);
	return err;
}

void krg_master_exit(void)
{
	krg_rpc_withdraw(KRG_IPC_JOIN);
	krg_rpc_withdraw(KRG_IPC_ASK);
	cancel_work_sync(&krg_review_work);
}
