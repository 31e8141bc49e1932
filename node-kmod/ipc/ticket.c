// SPDX-License-Identifier: GPL-2.0-only
/* Asking the keeper of a set or a queue, and waiting for its answer. */
#include <linux/completion.h>
#include <linux/sched/signal.h>
#include "keep.h"

#define KRG_AGAIN	(HZ / 50)	/* until it is known who the keeper is now */

struct krg_ticket {
	u32 number;
	int keeper;
	bool answered;
	int result;
	struct krg_answer_wire *late;	/* the answer, if one came; kvfree() */
	struct completion done;
};

static DEFINE_XARRAY_ALLOC1(krg_tickets);	/* its lock: of .answered */
static u32 krg_ticket_last;

/* Return: was it the first answer? It takes over @late then. */
static bool krg_ticket_answer(struct krg_ticket *ticket, int result, struct krg_answer_wire *late)
{
	if (ticket->answered)
		return false;
	ticket->answered = true;
	ticket->result = result;
	ticket->late = late;
	complete(&ticket->done);
	return true;
}

static int krg_serve_answer(struct krg_rpc_request *req)
{
	const struct krg_answer_wire *wire = req->arg;
	struct krg_answer_wire *late;
	struct krg_ticket *ticket;

	if (req->len < sizeof(*wire) || req->len != sizeof(*wire) + wire->count)
		return -EPROTO;
	/* without it who waits would wait for ever */
	late = kvmalloc(req->len, GFP_KERNEL | __GFP_NOFAIL);
	memcpy(late, wire, req->len);
	xa_lock(&krg_tickets);
	ticket = xa_load(&krg_tickets, wire->ticket);
	if (ticket && ticket->keeper == req->from &&
	    krg_ticket_answer(ticket, wire->result, late))
		late = NULL;
	xa_unlock(&krg_tickets);
	kvfree(late);
	return 0;
}

void krg_tickets_gone(void)
{
	struct krg_ticket *ticket;
	unsigned long number;

	xa_lock(&krg_tickets);
	xa_for_each(&krg_tickets, number, ticket)
		if (!krg_node_online(ticket->keeper))
			krg_ticket_answer(ticket, KRG_KEEP_AGAIN, NULL);
	xa_unlock(&krg_tickets);
}

/* Who keeps it, as far as is known here? Return: 0; -EINVAL: there is no such thing */
static int krg_keeper_find(struct krg_keep_wire *ask, int *keeper)
{
	struct krg_ipc_object *obj;

	mutex_lock(&krg_ipc_lock);
	obj = krg_ipc_find(ask->kind, ask->id);
	/* the same id may be another one's by now */
	if (obj && ask->object && obj->number != ask->object)
		obj = NULL;
	if (obj) {
		ask->object = obj->number;
		*keeper = obj->keeper;
	}
	mutex_unlock(&krg_ipc_lock);
	return obj ? 0 : -EINVAL;
}

/* This node may have come in while the keeper changed, and has not heard of it. */
static void krg_keeper_refresh(const struct krg_keep_wire *ask)
{
	struct krg_ipc_wire wire = {
		.op = KRG_IPC_DESCRIBE, .kind = ask->kind, .id = ask->id, .flags = 1,
	}, found;
	struct krg_ipc_object *obj;

	if (krg_ipc_tell(krg_master_node(), &wire, &found, sizeof(found)) != sizeof(found))
		return;
	mutex_lock(&krg_ipc_lock);
	obj = krg_ipc_find(ask->kind, ask->id);
	if (obj && obj->number == found.number)
		obj->keeper = found.keeper;
	mutex_unlock(&krg_ipc_lock);
}

/* It takes no more turn, unless it had it already. Return: the result */
static int krg_ticket_cancel(struct krg_ticket *ticket, const struct krg_keep_wire *ask, int why)
{
	struct krg_keep_wire cancel = {
		.op = KRG_KEEP_CANCEL, .kind = ask->kind, .id = ask->id, .object = ask->object,
		.ticket = ask->ticket,
	};
	struct krg_answer_wire answer;
	ssize_t len = krg_rpc_call(ticket->keeper, KRG_IPC_KEEP, &cancel, sizeof(cancel), &answer,
				   sizeof(answer));

	/* gone, or not the keeper any more: it was told of that, or is */
	if (len != sizeof(answer) && !completion_done(&ticket->done))
		return why;
	if (len == sizeof(answer) && !answer.result)
		return why;
	/* the answer is on its way, unless the keeper dies, or has taken this node for dead */
	while (!wait_for_completion_timeout(&ticket->done, KRG_AGAIN))
		if (!krg_self_member())
			return why;
	return ticket->result == KRG_KEEP_AGAIN ? why : ticket->result;
}

static int krg_ticket_wait(struct krg_ticket *ticket, const struct krg_keep_wire *ask,
			   long *timeout)
{
	long left = wait_for_completion_interruptible_timeout(&ticket->done,
							      timeout ? *timeout :
									MAX_SCHEDULE_TIMEOUT);

	if (left <= 0)
		return krg_ticket_cancel(ticket, ask, left ? -EINTR : -EAGAIN);
	if (timeout)
		*timeout = left;
	return ticket->result;
}

/* Return: the result; KRG_KEEP_AGAIN: that node is not the keeper, or not any more */
static int krg_keeper_call(int keeper, struct krg_keep_wire *ask, size_t len,
			   struct krg_answer_wire *answer, size_t room, long *timeout)
{
	struct krg_ticket ticket = { .keeper = keeper };
	ssize_t got;
	int result;

	init_completion(&ticket.done);
	result = xa_alloc_cyclic(&krg_tickets, &ticket.number, &ticket, xa_limit_32b,
				 &krg_ticket_last, GFP_KERNEL);
	if (result < 0)
		return result;
	ask->ticket = ticket.number;
	got = krg_rpc_call(keeper, KRG_IPC_KEEP, ask, len, answer, sizeof(*answer) + room);
	if (got == -EAGAIN || got == -EHOSTDOWN)
		result = KRG_KEEP_AGAIN;
	else if (got < 0)
		result = got;
	else if (got < sizeof(*answer) || got != sizeof(*answer) + answer->count)
		result = -EPROTO;
	else if (answer->result == KRG_KEEP_PARKED)
		result = krg_ticket_wait(&ticket, ask, timeout);
	else
		result = answer->result;
	xa_erase(&krg_tickets, ticket.number);
	if (ticket.late && ticket.late->count > room)
		result = -EPROTO;
	else if (ticket.late)
		memcpy(answer, ticket.late, sizeof(*answer) + ticket.late->count);
	kvfree(ticket.late);
	return result;
}

static size_t krg_keep_len(const struct krg_keep_wire *ask)
{
	switch (ask->op) {
	case KRG_KEEP_SEMOP:
		return struct_size(ask, data, ask->count * sizeof(struct sembuf));
	case KRG_KEEP_SET_VALUES:
		return struct_size(ask, data, ask->count * sizeof(u16));
	case KRG_KEEP_SEND:
		return struct_size(ask, data, ask->count);
	}
	return sizeof(*ask);
}

int krg_keeper_ask(enum krg_ipc_kind kind, int id, struct krg_keep_wire *ask,
		   struct krg_answer_wire *answer, size_t room, long *timeout)
{
	size_t len = krg_keep_len(ask);
	int keeper, result = 0;

	ask->kind = kind;
	ask->id = id;
	ask->object = 0;
	ask->pid = task_tgid_vnr(current);
	for (;;) {
		result = krg_keeper_find(ask, &keeper);
		if (result)
			return ask->object ? -EIDRM : result;
		result = krg_keeper_call(keeper, ask, len, answer, room, timeout);
		if (result != KRG_KEEP_AGAIN)
			return result;
		if (!krg_self_member())
			return -EHOSTDOWN;
		schedule_timeout_killable(KRG_AGAIN);
		if (fatal_signal_pending(current))
			return -EINTR;
		krg_keeper_refresh(ask);
	}
}

int krg_keep_ask_stat(enum krg_ipc_kind kind, int id, struct krg_keep_stat *stat)
{
	struct krg_keep_wire ask = { .op = KRG_KEEP_STAT };
	struct krg_answer_wire *answer = kzalloc(sizeof(*answer) + sizeof(*stat), GFP_KERNEL);
	int ret;

	if (!answer)
		return -ENOMEM;
	ret = krg_keeper_ask(kind, id, &ask, answer, sizeof(*stat), NULL);
	memcpy(stat, answer->data, sizeof(*stat));
	kfree(answer);
	return ret;
}

int krg_ticket_init(void)
{
	return krg_rpc_serve(KRG_IPC_ANSWER, krg_serve_answer, 0);
}

void krg_ticket_exit(void)
{
	krg_rpc_withdraw(KRG_IPC_ANSWER);
}
