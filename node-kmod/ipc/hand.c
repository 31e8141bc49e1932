// SPDX-License-Identifier: GPL-2.0-only
/* This node leaves: what it keeps goes to another one, which is the keeper from then on. */
#define pr_fmt(fmt) "krg_ipc: " fmt

#include <linux/bitmap.h>
#include "keep.h"

static ssize_t krg_hand(int node, struct krg_keep_wire *wire, u16 op, size_t len)
{
	wire->op = op;
	return krg_rpc_call(node, KRG_IPC_HAND, wire, sizeof(*wire) + len, NULL, 0);
}

static ssize_t krg_hand_sems(int node, const struct krg_sems *sems, struct krg_keep_wire *wire)
{
	ssize_t err = 0;
	size_t len;

	for (wire->number = 0; !err; wire->number += wire->count) {
		len = krg_sems_save(sems, wire);
		if (!len)
			break;
		err = krg_hand(node, wire, KRG_HAND_VALUES, len);
	}
	for (wire->pid = krg_sems_next_undo(sems, 0); wire->pid && !err;
	     wire->pid = krg_sems_next_undo(sems, wire->pid)) {
		for (wire->number = 0; !err; wire->number += wire->count) {
			len = krg_sems_save_undo(sems, wire);
			if (!len)
				break;
			err = krg_hand(node, wire, KRG_HAND_UNDO, len);
		}
	}
	return err;
}

static ssize_t krg_hand_queue(int node, struct krg_queue *queue, struct krg_keep_wire *wire)
{
	struct krg_message *message = NULL;
	ssize_t err = 0;

	while (!err) {
		message = krg_queue_next(queue, message);
		if (!message)
			break;
		wire->type = message->type;
		wire->count = message->size;
		memcpy(wire->data, message->text, message->size);
		err = krg_hand(node, wire, KRG_HAND_MESSAGE, message->size);
	}
	return err;
}

/* What is taken off an object, so that nothing is done with it any more. */
struct krg_handed {
	u8 kind;
	int id;
	u32 number;
	struct krg_keep *keep;
};

/* Return: 0: @node has it all */
static ssize_t krg_hand_all(int node, const struct krg_handed *handed, struct krg_keep_wire *wire)
{
	struct krg_keep *keep = handed->keep;
	ssize_t err;

	*wire = (struct krg_keep_wire) {
		.kind = handed->kind, .id = handed->id, .object = handed->number,
	};
	krg_keep_stat(keep, (struct krg_keep_stat *)wire->data);
	err = krg_hand(node, wire, KRG_HAND_BEGIN, sizeof(struct krg_keep_stat));
	if (!err)
		err = keep->sems ? krg_hand_sems(node, keep->sems, wire) :
				   krg_hand_queue(node, keep->queue, wire);
	return err ?: krg_hand(node, wire, KRG_HAND_END, 0);
}

/* To any other node that takes it; without one it ends with this one. */
static void krg_hand_to_some(const struct krg_handed *handed, struct krg_keep_wire *wire)
{
	struct krg_ipc_wire told = {
		.op = KRG_IPC_KEPT_BY, .kind = handed->kind, .id = handed->id,
	};
	DECLARE_BITMAP(online, KRG_MAX_NODES);
	int node;

	krg_online_nodes(online);
	for_each_set_bit(node, online, KRG_MAX_NODES) {
		if (node == krg_node_id() || krg_hand_all(node, handed, wire))
			continue;
		told.keeper = node;
		krg_tell_all(&told, true);
		return;
	}
}

static bool krg_hand_next(struct krg_handed *handed)
{
	struct krg_ipc_object *obj;
	unsigned long index;
	bool found = false;

	mutex_lock(&krg_ipc_lock);
	xa_for_each(&krg_ipc_objects, index, obj) {
		if (!obj->keep)
			continue;
		krg_keep_stop(obj->keep);
		*handed = (struct krg_handed) {
			.kind = obj->kind, .id = obj->id, .number = obj->number, .keep = obj->keep,
		};
		obj->keep = NULL;
		found = true;
		break;
	}
	mutex_unlock(&krg_ipc_lock);
	return found;
}

void krg_keep_hand_on(void)
{
	struct krg_keep_wire *wire = kvmalloc(KRG_RPC_MAX, GFP_KERNEL | __GFP_NOFAIL);
	struct krg_handed handed;

	while (krg_hand_next(&handed)) {
		krg_hand_to_some(&handed, wire);
		krg_keep_drop(handed.keep);
	}
	kvfree(wire);
}

static int krg_hand_begin(struct krg_ipc_object *obj, const struct krg_keep_stat *stat)
{
	int err;

	if (obj->keep && !obj->keep->coming)
		return -EEXIST;
	/* who was about to hand it on has not come to the end */
	krg_keep_free(obj);
	err = krg_keep_new(obj);
	if (err)
		return err;
	obj->keep->coming = true;
	if (obj->keep->queue) {
		*krg_queue_stat(obj->keep->queue) = *stat;
		/* they count as they come */
		krg_queue_stat(obj->keep->queue)->bytes = 0;
		krg_queue_stat(obj->keep->queue)->messages = 0;
	} else {
		krg_sems_load_stat(obj->keep->sems, stat);
	}
	return 0;
}

static int krg_hand_load(struct krg_ipc_object *obj, const struct krg_keep_wire *wire, size_t len)
{
	struct krg_keep *keep = obj->keep;

	if (wire->op == KRG_HAND_BEGIN)
		return len == sizeof(struct krg_keep_stat) ?
		       krg_hand_begin(obj, (const struct krg_keep_stat *)wire->data) : -EPROTO;
	if (!keep || !keep->coming)
		return -EPROTO;
	switch (wire->op) {
	case KRG_HAND_VALUES:
	case KRG_HAND_UNDO:
		if (!keep->sems || wire->count > KRG_KEEP_MAX || len != wire->count *
		    (wire->op == KRG_HAND_UNDO ? sizeof(s16) : sizeof(struct krg_sem)))
			return -EPROTO;
		return krg_sems_load(keep->sems, wire);
	case KRG_HAND_MESSAGE:
		return keep->queue && len == wire->count ? krg_queue_add(keep->queue, wire) :
							   -EPROTO;
	case KRG_HAND_END:
		keep->coming = false;
		obj->keeper = krg_node_id();
		return 0;
	}
	return -EPROTO;
}

static int krg_serve_hand(struct krg_rpc_request *req)
{
	const struct krg_keep_wire *wire = req->arg;
	struct krg_ipc_object *obj;
	int err;

	if (req->len < sizeof(*wire))
		return -EPROTO;
	mutex_lock(&krg_ipc_lock);
	obj = krg_ipc_ns ? krg_ipc_find(wire->kind, wire->id) : NULL;
	if (!obj || obj->number != wire->object || obj->kind == KRG_IPC_SHM)
		err = -ENOENT;
	else
		err = krg_hand_load(obj, wire, req->len - sizeof(*wire));
	mutex_unlock(&krg_ipc_lock);
	/* one of its processes may have ended on the way, unheard */
	if (!err && wire->op == KRG_HAND_END)
		krg_undo_gone();
	return err;
}

int krg_hand_init(void)
{
	return krg_rpc_serve(KRG_IPC_HAND, krg_serve_hand, 0);
}

void krg_hand_exit(void)
{
	krg_rpc_withdraw(KRG_IPC_HAND);
}
