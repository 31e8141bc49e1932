// SPDX-License-Identifier: GPL-2.0-only
/* Calls and casts, as their senders see them. */
#include <linux/completion.h>
#include <linux/export.h>
#include <linux/string.h>
#include "rpc.h"

struct krg_call {
	struct completion done;
	struct krg_message *reply;	/* NULL: the peer is dead */
};

static ssize_t krg_call(int node, unsigned int service, const void *arg, size_t len,
			void *reply, size_t reply_max, unsigned int state)
{
	struct krg_link *link;
	struct krg_wire_head head;
	struct krg_call call = {};
	unsigned long id;
	ssize_t ret;

	if (len > KRG_RPC_MAX || reply_max > KRG_RPC_MAX)
		return -EMSGSIZE;
	link = krg_link_get(node);
	if (!link)
		return -EHOSTDOWN;
	atomic64_inc(&link->stats.calls);
	init_completion(&call.done);
	id = atomic64_inc_return(&link->next_id);
	ret = xa_insert(&link->calls, id, &call, GFP_KERNEL);
	if (ret)
		goto out_put;
	head = (struct krg_wire_head) {
		.type = KRG_WIRE_CALL,
		.service = cpu_to_le16(service),
		.value = cpu_to_le32(reply_max),
		.id = cpu_to_le64(id),
	};
	/* the link's end looks for calls after it has set dead: one of us sees the other */
	smp_mb();
	ret = krg_link_send(link, &head, arg, len, true);
	if (ret && xa_erase(&link->calls, id))
		goto out_put;
	if (wait_for_completion_state(&call.done, state)) {
		ret = -EINTR;
		if (xa_erase(&link->calls, id))
			goto out_put;
		wait_for_completion(&call.done);	/* it is being ended */
	}
	ret = -EHOSTDOWN;
	if (call.reply) {
		ret = (s32)le32_to_cpu(call.reply->head.value);
		if (!ret) {
			ret = min(call.reply->len, reply_max);
			memcpy(reply, call.reply->data, ret);
		}
		krg_message_free(call.reply);
	}
out_put:
	krg_link_put(link);
	return ret;
}

ssize_t krg_rpc_call(int node, unsigned int service, const void *arg, size_t len,
		     void *reply, size_t reply_max)
{
	return krg_call(node, service, arg, len, reply, reply_max, TASK_IDLE);
}
EXPORT_SYMBOL_GPL(krg_rpc_call);

ssize_t krg_rpc_call_killable(int node, unsigned int service, const void *arg, size_t len,
			      void *reply, size_t reply_max)
{
	return krg_call(node, service, arg, len, reply, reply_max, TASK_KILLABLE);
}
EXPORT_SYMBOL_GPL(krg_rpc_call_killable);

int krg_rpc_cast(int node, unsigned int service, const void *arg, size_t len)
{
	struct krg_wire_head head = {
		.type = KRG_WIRE_CAST,
		.service = cpu_to_le16(service),
	};
	struct krg_link *link;
	int err;

	if (len > KRG_RPC_MAX)
		return -EMSGSIZE;
	link = krg_link_get(node);
	if (!link)
		return -EHOSTDOWN;
	atomic64_inc(&link->stats.casts);
	err = krg_link_send(link, &head, arg, len, true);
	krg_link_put(link);
	return err;
}
EXPORT_SYMBOL_GPL(krg_rpc_cast);

/* Whoever takes a call out of the table ends it, so it ends once. */
static void krg_call_end(struct krg_link *link, unsigned long id, struct krg_message *reply)
{
	struct krg_call *call = xa_erase(&link->calls, id);

	if (call) {
		call->reply = reply;
		complete(&call->done);
	} else if (reply) {
		krg_message_free(reply);
	}
}

void krg_call_reply(struct krg_link *link, struct krg_message *m)
{
	/* a positive status is no errno: treat it as garbage */
	if ((s32)le32_to_cpu(m->head.value) > 0)
		m->head.value = cpu_to_le32(-EPROTO);
	krg_call_end(link, le64_to_cpu(m->head.id), m);
}

void krg_calls_end(struct krg_link *link)
{
	struct krg_call *call;
	unsigned long id;

	xa_for_each(&link->calls, id, call)
		krg_call_end(link, id, NULL);
}
