// SPDX-License-Identifier: GPL-2.0-only
/* A message queue at its keeper. Rules and limits are those of msgsnd(2) and msgrcv(2). */
#include <linux/ipc.h>
#include <linux/timekeeping.h>
#include <uapi/linux/msg.h>
#include "keep.h"

struct krg_queue {
	struct list_head messages;
	struct krg_keep_stat stat;
};

struct krg_queue *krg_queue_new(u64 limit)
{
	struct krg_queue *queue = kzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);

	if (!queue)
		return NULL;
	INIT_LIST_HEAD(&queue->messages);
	queue->stat.limit = limit;
	return queue;
}

void krg_queue_free(struct krg_queue *queue)
{
	struct krg_message *message, *next;

	if (!queue)
		return;
	list_for_each_entry_safe(message, next, &queue->messages, list)
		kvfree(message);
	kfree(queue);
}

struct krg_keep_stat *krg_queue_stat(struct krg_queue *queue)
{
	return &queue->stat;
}

struct krg_message *krg_queue_next(struct krg_queue *queue, struct krg_message *after)
{
	struct list_head *next = after ? after->list.next : queue->messages.next;

	return next == &queue->messages ? NULL : list_entry(next, struct krg_message, list);
}

static struct krg_message *krg_message_new(s64 type, const void *text, u32 size)
{
	struct krg_message *message = kvmalloc(struct_size(message, text, size),
					       GFP_KERNEL_ACCOUNT);

	if (!message)
		return NULL;
	message->type = type;
	message->size = size;
	memcpy(message->text, text, size);
	return message;
}

int krg_queue_add(struct krg_queue *queue, const struct krg_keep_wire *ask)
{
	struct krg_message *message = krg_message_new(ask->type, ask->data, ask->count);

	if (!message)
		return -ENOMEM;
	list_add_tail(&message->list, &queue->messages);
	queue->stat.bytes += message->size;
	queue->stat.messages++;
	return 0;
}

static int krg_queue_send(struct krg_queue *queue, const struct krg_keep_wire *ask,
			  struct krg_outcome *out)
{
	struct krg_keep_stat *stat = &queue->stat;
	int err;

	if (ask->count + stat->bytes > stat->limit || 1 + stat->messages > stat->limit)
		return ask->flags & IPC_NOWAIT ? -EAGAIN : KRG_KEEP_PARKED;
	err = krg_queue_add(queue, ask);
	if (err)
		return err;
	stat->sent_at = ktime_get_real_seconds();
	stat->sender = ask->pid;
	out->changed = true;
	return 0;
}

/* The message that msgrcv() takes; NULL: there is none. */
static struct krg_message *krg_queue_find(struct krg_queue *queue, const struct krg_keep_wire *ask)
{
	struct krg_message *message, *found = NULL;
	/* -LONG_MIN is no number */
	s64 type = ask->type, most = type == S64_MIN ? S64_MAX : -type, number = 0;

	list_for_each_entry(message, &queue->messages, list) {
		if (ask->flags & MSG_COPY) {
			if (number++ == type)
				return message;
		} else if (!type) {
			return message;
		} else if (type < 0) {
			if (message->type <= most && (!found || message->type < found->type))
				found = message;
		} else if ((message->type == type) == !(ask->flags & MSG_EXCEPT)) {
			return message;
		}
	}
	return found;
}

static int krg_queue_receive(struct krg_queue *queue, const struct krg_keep_wire *ask,
			     struct krg_outcome *out)
{
	struct krg_message *message = krg_queue_find(queue, ask);
	struct krg_keep_stat *stat = &queue->stat;

	if (!message)
		return ask->flags & IPC_NOWAIT ? -ENOMSG : KRG_KEEP_PARKED;
	if (message->size > ask->count && !(ask->flags & MSG_NOERROR))
		return -E2BIG;
	out->count = min(message->size, ask->count);
	if (ask->flags & MSG_COPY) {
		out->message = krg_message_new(message->type, message->text, message->size);
		return out->message ? 0 : -ENOMEM;
	}
	list_del(&message->list);
	stat->bytes -= message->size;
	stat->messages--;
	stat->received_at = ktime_get_real_seconds();
	stat->receiver = ask->pid;
	out->message = message;
	out->changed = true;
	return 0;
}

int krg_queue_try(struct krg_queue *queue, const struct krg_keep_wire *ask,
		  struct krg_outcome *out)
{
	return ask->op == KRG_KEEP_SEND ? krg_queue_send(queue, ask, out) :
					  krg_queue_receive(queue, ask, out);
}
