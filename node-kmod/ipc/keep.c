// SPDX-License-Identifier: GPL-2.0-only
/* The keeper of sets of semaphores and of message queues. */
#include <linux/ipc.h>
#include <uapi/linux/sem.h>
#include "keep.h"

struct krg_parked {
	struct list_head list;
	int node;
	struct krg_keep_wire *ask;	/* behind this */
};

/* An answer that is to be sent when krg_ipc_lock has been released. */
struct krg_late {
	struct list_head list;
	int node;
	struct krg_answer_wire wire;	/* last: its data follow */
};

static LIST_HEAD(krg_late_answers);	/* krg_ipc_lock */

int krg_keep_new(struct krg_ipc_object *obj)
{
	struct krg_keep *keep = kzalloc(sizeof(*keep), GFP_KERNEL);

	if (!keep)
		return -ENOMEM;
	INIT_LIST_HEAD(&keep->parked);
	if (obj->kind == KRG_IPC_SEM)
		keep->sems = krg_sems_new(obj->size);
	else
		keep->queue = krg_queue_new(krg_ipc_ns->msg_ctlmnb);
	if (!keep->sems && !keep->queue) {
		kfree(keep);
		return -ENOMEM;
	}
	obj->keep = keep;
	return 0;
}

/* There is no other way to tell who waits: it is not given up for want of memory. */
static void krg_answer_late(const struct krg_parked *parked, int result,
			    const struct krg_outcome *out)
{
	u32 count = out->message ? out->count : 0;
	struct krg_late *late = kvmalloc(struct_size(late, wire.data, count),
					 GFP_KERNEL | __GFP_NOFAIL);

	late->node = parked->node;
	late->wire = (struct krg_answer_wire) {
		.ticket = parked->ask->ticket, .result = result, .count = count,
		.type = out->message ? out->message->type : 0,
	};
	if (count)
		memcpy(late->wire.data, out->message->text, count);
	list_add_tail(&late->list, &krg_late_answers);
}

static void krg_send_late(void)
{
	struct krg_late *late, *next;
	LIST_HEAD(answers);

	mutex_lock(&krg_ipc_lock);
	list_splice_init(&krg_late_answers, &answers);
	mutex_unlock(&krg_ipc_lock);
	list_for_each_entry_safe(late, next, &answers, list) {
		/* who has died does not wait */
		krg_rpc_cast(late->node, KRG_IPC_ANSWER, &late->wire,
			     sizeof(late->wire) + late->wire.count);
		kvfree(late);
	}
}

/* For who must not wait for room to send, with krg_ipc_lock. */
static void krg_send_soon(struct work_struct *work)
{
	krg_send_late();
}

static DECLARE_WORK(krg_answers, krg_send_soon);

static void krg_unpark(struct krg_parked *parked, int result, struct krg_outcome *out)
{
	krg_answer_late(parked, result, out);
	kvfree(out->message);
	list_del(&parked->list);
	kvfree(parked);
}

/* All who wait are told the same. */
static void krg_unpark_all(struct krg_keep *keep, int result)
{
	struct krg_parked *parked, *next;
	struct krg_outcome out = {};

	list_for_each_entry_safe(parked, next, &keep->parked, list)
		krg_unpark(parked, result, &out);
	if (!list_empty(&krg_late_answers))
		queue_work(system_unbound_wq, &krg_answers);
}

void krg_keep_drop(struct krg_keep *keep)
{
	krg_sems_free(keep->sems);
	krg_queue_free(keep->queue);
	kfree(keep);
}

void krg_keep_free(struct krg_ipc_object *obj)
{
	if (!obj->keep)
		return;
	krg_unpark_all(obj->keep, -EIDRM);
	krg_keep_drop(obj->keep);
	obj->keep = NULL;
}

void krg_keep_stop(struct krg_keep *keep)
{
	krg_unpark_all(keep, KRG_KEEP_AGAIN);
}

void krg_keep_stat(const struct krg_keep *keep, struct krg_keep_stat *stat)
{
	if (keep->queue)
		*stat = *krg_queue_stat(keep->queue);
	else
		*stat = (struct krg_keep_stat) { .operated_at = krg_sems_operated(keep->sems) };
}

static int krg_keep_try(struct krg_ipc_object *obj, const struct krg_keep_wire *ask,
			struct krg_outcome *out)
{
	return obj->kind == KRG_IPC_SEM ? krg_sems_try(obj->keep->sems, ask, out) :
					  krg_queue_try(obj->keep->queue, ask, out);
}

void krg_keep_retry(struct krg_ipc_object *obj)
{
	struct krg_parked *parked, *next;
	struct krg_outcome out;
	bool changed;
	int result;

again:
	list_for_each_entry_safe(parked, next, &obj->keep->parked, list) {
		out = (struct krg_outcome) {};
		result = krg_keep_try(obj, parked->ask, &out);
		if (result == KRG_KEEP_PARKED)
			continue;
		changed = out.changed;
		krg_unpark(parked, result, &out);
		/* those before it may go on now, and come first */
		if (changed)
			goto again;
	}
}

static int krg_keep_park(struct krg_keep *keep, const struct krg_rpc_request *req)
{
	struct krg_parked *parked = kvmalloc(sizeof(*parked) + req->len, GFP_KERNEL);

	if (!parked)
		return -ENOMEM;
	parked->node = req->from;
	parked->ask = (struct krg_keep_wire *)(parked + 1);
	memcpy(parked->ask, req->arg, req->len);
	list_add_tail(&parked->list, &keep->parked);
	return KRG_KEEP_PARKED;
}

static int krg_keep_cancel(struct krg_keep *keep, int node, u64 ticket)
{
	struct krg_parked *parked;

	list_for_each_entry(parked, &keep->parked, list) {
		if (parked->node == node && parked->ask->ticket == ticket) {
			list_del(&parked->list);
			kvfree(parked);
			return 0;
		}
	}
	return -ENOENT;
}

/* How many wait for that, as GETNCNT and GETZCNT have it: by the operation that holds them up. */
static int krg_keep_waiting(struct krg_keep *keep, u32 number, bool zero)
{
	struct krg_parked *parked;
	int count = 0;

	list_for_each_entry(parked, &keep->parked, list)
		count += krg_sems_waits(keep->sems, parked->ask, number, zero);
	return count;
}

/* Is what follows as long as it says? */
static bool krg_keep_whole(const struct krg_keep_wire *ask, size_t len)
{
	size_t each = 0;

	if (ask->count > KRG_KEEP_MAX)
		return false;
	if (ask->op == KRG_KEEP_SEMOP)
		each = sizeof(struct sembuf);
	else if (ask->op == KRG_KEEP_SET_VALUES)
		each = sizeof(u16);
	else if (ask->op == KRG_KEEP_SEND)
		each = 1;
	return len == sizeof(*ask) + each * ask->count;
}

static int krg_keep_do(struct krg_ipc_object *obj, const struct krg_rpc_request *req,
		       struct krg_answer_wire *answer, struct krg_outcome *out)
{
	const struct krg_keep_wire *ask = req->arg;
	size_t room = req->reply_max - sizeof(*answer);

	switch (ask->op) {
	case KRG_KEEP_SEMOP:
	case KRG_KEEP_SEND:
	case KRG_KEEP_RECEIVE:
		return krg_keep_try(obj, ask, out);
	case KRG_KEEP_CANCEL:
		return krg_keep_cancel(obj->keep, req->from, ask->ticket);
	case KRG_KEEP_STAT:
		if (room < sizeof(struct krg_keep_stat))
			return -EPROTO;
		answer->count = sizeof(struct krg_keep_stat);
		krg_keep_stat(obj->keep, (struct krg_keep_stat *)answer->data);
		return 0;
	case KRG_KEEP_LIMIT:
		krg_queue_stat(obj->keep->queue)->limit = ask->number;
		out->changed = true;
		return 0;
	default:
		if (ask->op == KRG_KEEP_VALUE && ask->number >= KRG_SEM_NCNT) {
			answer->type = krg_keep_waiting(obj->keep, ask->count,
							ask->number == KRG_SEM_ZCNT);
			return 0;
		}
		return krg_sems_do(obj->keep->sems, ask, answer, room, out);
	}
}

/* Is this a request about that kind of thing? */
static bool krg_keep_fits(const struct krg_ipc_object *obj, u16 op)
{
	if (op == KRG_KEEP_STAT || op == KRG_KEEP_CANCEL)
		return true;
	return obj->kind == KRG_IPC_SEM ? op <= KRG_KEEP_SET_VALUES :
					  op >= KRG_KEEP_SEND && op <= KRG_KEEP_LIMIT;
}

static int krg_keep_serve(struct krg_ipc_object *obj, struct krg_rpc_request *req)
{
	const struct krg_keep_wire *ask = req->arg;
	struct krg_answer_wire *answer = req->reply;
	struct krg_outcome out = {};

	if (!krg_keep_fits(obj, ask->op) || !krg_keep_whole(ask, req->len))
		return -EPROTO;
	*answer = (struct krg_answer_wire) { .ticket = ask->ticket };
	answer->result = krg_keep_do(obj, req, answer, &out);
	if (answer->result == KRG_KEEP_PARKED)
		answer->result = krg_keep_park(obj->keep, req);
	if (out.message) {
		answer->type = out.message->type;
		answer->count = min_t(size_t, out.count, req->reply_max - sizeof(*answer));
		memcpy(answer->data, out.message->text, answer->count);
		kvfree(out.message);
	}
	req->reply_len = sizeof(*answer) + answer->count;
	if (out.changed)
		krg_keep_retry(obj);
	return 0;
}

static void krg_keep_exit_of(pid_t pid)
{
	struct krg_ipc_object *obj;
	unsigned long index;

	xa_for_each(&krg_ipc_objects, index, obj)
		if (obj->kind == KRG_IPC_SEM && obj->keep &&
		    krg_sems_exit(obj->keep->sems, pid))
			krg_keep_retry(obj);
}

static int krg_serve_keep(struct krg_rpc_request *req)
{
	const struct krg_keep_wire *ask = req->arg;
	struct krg_ipc_object *obj;
	int err = 0;

	if (req->len < sizeof(*ask))
		return -EPROTO;
	mutex_lock(&krg_ipc_lock);
	if (ask->op == KRG_KEEP_EXIT) {
		krg_keep_exit_of(ask->pid);
	} else if (req->reply_max < sizeof(struct krg_answer_wire)) {
		err = -EPROTO;
	} else {
		obj = krg_ipc_find(ask->kind, ask->id);
		if (!obj || obj->number != ask->object || !obj->keep || obj->keep->coming)
			err = -EAGAIN;
		else
			err = krg_keep_serve(obj, req);
	}
	mutex_unlock(&krg_ipc_lock);
	krg_send_late();
	return err;
}

static void krg_keep_forget_gone(struct krg_keep *keep)
{
	struct krg_parked *parked, *next;

	list_for_each_entry_safe(parked, next, &keep->parked, list) {
		if (krg_node_online(parked->node))
			continue;
		list_del(&parked->list);
		kvfree(parked);
	}
}

void krg_keepers_gone(void)
{
	struct krg_ipc_object *obj;
	unsigned long index;

	krg_tickets_gone();
	mutex_lock(&krg_ipc_lock);
	xa_for_each(&krg_ipc_objects, index, obj)
		if (obj->keep)
			krg_keep_forget_gone(obj->keep);
	mutex_unlock(&krg_ipc_lock);
	krg_undo_gone();
}

int krg_keep_init(void)
{
	return krg_rpc_serve(KRG_IPC_KEEP, krg_serve_keep, 0);
}

void krg_keep_exit(void)
{
	krg_rpc_withdraw(KRG_IPC_KEEP);
	cancel_work_sync(&krg_answers);
}
