// SPDX-License-Identifier: GPL-2.0-only
/* Messages, and where each type of them goes. */
#define pr_fmt(fmt) "krg_rpc: " fmt

#include <linux/mm.h>
#include <linux/slab.h>
#include "rpc.h"

struct krg_message *krg_message_alloc(const struct krg_wire_head *head, const void *data,
				      size_t len)
{
	struct krg_message *m;
	size_t size = struct_size(m, data, len);

	/* a short one may be all that somebody waits for, such as the end of a stream */
	m = kvmalloc(size, size <= PAGE_SIZE ? GFP_KERNEL | __GFP_NOFAIL : GFP_KERNEL);

	if (!m)
		return NULL;
	m->link = NULL;
	m->head = *head;
	m->len = len;
	memcpy(m->data, data, len);
	return m;
}

void krg_message_free(struct krg_message *m)
{
	kvfree(m);
}

void krg_deliver(struct krg_link *link, struct krg_message *m)
{
	switch (m->head.type) {
	case KRG_WIRE_CALL:
	case KRG_WIRE_CAST:
		krg_service_request(link, m);
		break;
	case KRG_WIRE_REPLY:
		krg_call_reply(link, m);
		break;
	case KRG_WIRE_OPEN:
		krg_service_open(link, m);
		break;
	case KRG_WIRE_DATA:
	case KRG_WIRE_CREDIT:
	case KRG_WIRE_CLOSE:
		krg_stream_message(link, m);
		break;
	default:
		pr_err("node %d sends messages of unknown type %d\n", link->peer.node,
		       m->head.type);
		krg_message_free(m);
		krg_link_kill(link);
	}
}
