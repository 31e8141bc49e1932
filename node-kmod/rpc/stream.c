// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams. The writer may be KRG_WIRE_WINDOW bytes ahead of the reader, who
 * gives credit back as it reads.
 */
#define pr_fmt(fmt) "krg_rpc: " fmt

#include <linux/export.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "rpc.h"

struct krg_rpc_stream {
	struct kref ref;
	struct krg_link *link;
	unsigned int service;
	u64 id;
	bool initiator;			/* this end has opened it */
	spinlock_t lock;		/* of what follows, up to wait */
	struct list_head received;
	size_t received_bytes;
	u32 credit;			/* what we may still send */
	int error;			/* why it is over, or 0 */
	bool peer_closed;
	wait_queue_head_t wait;
	/* of the one who reads */
	size_t offset;			/* in the first message */
	u32 unacknowledged;
	/* of the one who writes */
	u8 *gathered;
	size_t gathered_len;
};

static unsigned long krg_stream_key(u64 id, bool initiator)
{
	return id << 1 | initiator;
}

static void krg_stream_release(struct kref *ref)
{
	struct krg_rpc_stream *s = container_of(ref, struct krg_rpc_stream, ref);
	struct krg_message *m, *next;

	list_for_each_entry_safe(m, next, &s->received, list)
		krg_message_free(m);
	kvfree(s->gathered);
	krg_link_put(s->link);
	kfree(s);
}

static void krg_stream_end(struct krg_rpc_stream *s, int err)
{
	spin_lock(&s->lock);
	if (!s->error)
		s->error = err;
	spin_unlock(&s->lock);
	wake_up_all(&s->wait);
}

static struct krg_rpc_stream *krg_stream_create(struct krg_link *link, unsigned int service,
						u64 id, bool initiator)
{
	struct krg_rpc_stream *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return NULL;
	s->gathered = kvmalloc(KRG_WIRE_MAX, GFP_KERNEL);
	if (!s->gathered) {
		kfree(s);
		return NULL;
	}
	kref_init(&s->ref);
	kref_get(&link->ref);
	s->link = link;
	s->service = service;
	s->id = id;
	s->initiator = initiator;
	spin_lock_init(&s->lock);
	INIT_LIST_HEAD(&s->received);
	s->credit = KRG_WIRE_WINDOW;
	init_waitqueue_head(&s->wait);
	if (xa_insert(&link->streams, krg_stream_key(id, initiator), s, GFP_KERNEL)) {
		kref_put(&s->ref, krg_stream_release);
		return NULL;
	}
	atomic64_inc(&link->stats.streams);
	/* the link's end looks for streams after it has set dead: one of us sees the other */
	smp_mb();
	if (READ_ONCE(link->dead))
		krg_stream_end(s, -EHOSTDOWN);
	return s;
}

static int krg_stream_send(struct krg_rpc_stream *s, u8 type, u32 value, const void *data,
			   size_t len)
{
	struct krg_wire_head head = {
		.type = type,
		.flags = s->initiator ? KRG_WIRE_INITIATOR : 0,
		.service = cpu_to_le16(s->service),
		.value = cpu_to_le32(value),
		.id = cpu_to_le64(s->id),
	};

	return krg_link_send(s->link, &head, data, len, true);
}

struct krg_rpc_stream *krg_rpc_open(int node, unsigned int service, const void *head, size_t len)
{
	struct krg_rpc_stream *s;
	struct krg_link *link;
	int err;

	if (len > KRG_RPC_MAX)
		return ERR_PTR(-EMSGSIZE);
	link = krg_link_get(node);
	if (!link)
		return ERR_PTR(-EHOSTDOWN);
	s = krg_stream_create(link, service, atomic64_inc_return(&link->next_id), true);
	krg_link_put(link);
	if (!s)
		return ERR_PTR(-ENOMEM);
	err = krg_stream_send(s, KRG_WIRE_OPEN, 0, head, len);
	if (err) {
		krg_stream_end(s, err);
		krg_rpc_close(s);
		return ERR_PTR(err);
	}
	return s;
}
EXPORT_SYMBOL_GPL(krg_rpc_open);

struct krg_rpc_stream *krg_stream_accepted(struct krg_link *link, struct krg_message *open)
{
	return krg_stream_create(link, le16_to_cpu(open->head.service),
				 le64_to_cpu(open->head.id), false);
}

void krg_stream_refuse(struct krg_link *link, const struct krg_wire_head *open, int err)
{
	struct krg_wire_head head = {
		.type = KRG_WIRE_CLOSE,
		.service = open->service,
		.value = cpu_to_le32(err),
		.id = open->id,
	};

	krg_link_send(link, &head, NULL, 0, false);
}

/* Why nothing can be written any more, or 0. */
static int krg_write_error(struct krg_rpc_stream *s)
{
	return s->error ?: s->peer_closed ? -EPIPE : 0;
}

static int krg_take_credit(struct krg_rpc_stream *s, size_t len, bool *taken)
{
	int err;

	spin_lock(&s->lock);
	err = krg_write_error(s);
	*taken = !err && s->credit >= len;
	if (*taken)
		s->credit -= len;
	spin_unlock(&s->lock);
	return err;
}

/* Sends one message as soon as the reader has room for it. */
static int krg_stream_data(struct krg_rpc_stream *s, const void *buf, size_t len)
{
	bool taken;
	int err;

	wait_event_idle(s->wait, (err = krg_take_credit(s, len, &taken)) || taken);
	if (!err && len > PAGE_SIZE && krg_fails("krg_stream_send"))
		err = -ENOMEM;
	return err ?: krg_stream_send(s, KRG_WIRE_DATA, 0, buf, len);
}

int krg_rpc_flush(struct krg_rpc_stream *s)
{
	size_t len = s->gathered_len;

	s->gathered_len = 0;
	return len ? krg_stream_data(s, s->gathered, len) : 0;
}
EXPORT_SYMBOL_GPL(krg_rpc_flush);

int krg_rpc_write(struct krg_rpc_stream *s, const void *buf, size_t len)
{
	size_t n;
	int err;

	for (; len; buf += n, len -= n) {
		if (len >= KRG_WIRE_MAX) {
			/* a message of its own: copied once less */
			n = KRG_WIRE_MAX;
			err = krg_rpc_flush(s) ?: krg_stream_data(s, buf, n);
		} else {
			n = min(len, KRG_WIRE_MAX - s->gathered_len);
			memcpy(s->gathered + s->gathered_len, buf, n);
			s->gathered_len += n;
			err = s->gathered_len == KRG_WIRE_MAX ? krg_rpc_flush(s) : 0;
		}
		if (err)
			return err;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(krg_rpc_write);

/* Give credit back, a quarter of the window at a time. */
static void krg_acknowledge(struct krg_rpc_stream *s, size_t len)
{
	s->unacknowledged += len;
	if (s->unacknowledged >= KRG_WIRE_WINDOW / 4) {
		krg_stream_send(s, KRG_WIRE_CREDIT, s->unacknowledged, NULL, 0);
		s->unacknowledged = 0;
	}
}

/* The first message, or an error; NULL: neither yet. */
static struct krg_message *krg_stream_first(struct krg_rpc_stream *s)
{
	struct krg_message *m;

	spin_lock(&s->lock);
	m = list_first_entry_or_null(&s->received, struct krg_message, list);
	if (!m && s->error)
		m = ERR_PTR(s->error);
	else if (!m && s->peer_closed)
		m = ERR_PTR(-EPIPE);
	spin_unlock(&s->lock);
	return m;
}

int krg_rpc_read(struct krg_rpc_stream *s, void *buf, size_t len)
{
	struct krg_message *m;
	size_t n;

	while (len) {
		wait_event_idle(s->wait, (m = krg_stream_first(s)));
		if (IS_ERR(m))
			return PTR_ERR(m);
		n = min(len, m->len - s->offset);
		memcpy(buf, m->data + s->offset, n);
		buf += n;
		len -= n;
		s->offset += n;
		if (s->offset < m->len)
			continue;
		spin_lock(&s->lock);
		list_del(&m->list);
		s->received_bytes -= m->len;
		spin_unlock(&s->lock);
		krg_acknowledge(s, m->len);
		krg_message_free(m);
		s->offset = 0;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(krg_rpc_read);

int krg_rpc_peer(struct krg_rpc_stream *s)
{
	return s->link->peer.node;
}
EXPORT_SYMBOL_GPL(krg_rpc_peer);

void krg_rpc_close(struct krg_rpc_stream *s)
{
	krg_rpc_flush(s);
	xa_erase(&s->link->streams, krg_stream_key(s->id, s->initiator));
	krg_stream_send(s, KRG_WIRE_CLOSE, 0, NULL, 0);
	kref_put(&s->ref, krg_stream_release);
}
EXPORT_SYMBOL_GPL(krg_rpc_close);

/* Takes @m over. Return: false: the peer has broken the protocol. */
static bool krg_stream_take(struct krg_rpc_stream *s, struct krg_message *m)
{
	u32 value = le32_to_cpu(m->head.value);
	bool keep = false, good = true;

	spin_lock(&s->lock);
	switch (m->head.type) {
	case KRG_WIRE_DATA:
		good = s->received_bytes + m->len <= KRG_WIRE_WINDOW && m->len;
		if (good) {
			list_add_tail(&m->list, &s->received);
			s->received_bytes += m->len;
			keep = true;
		}
		break;
	case KRG_WIRE_CREDIT:
		good = value <= KRG_WIRE_WINDOW - s->credit;
		if (good)
			s->credit += value;
		break;
	case KRG_WIRE_CLOSE:
		s->peer_closed = true;
		if (!s->error && (s32)value < 0)
			s->error = (s32)value;
		break;
	}
	spin_unlock(&s->lock);
	wake_up_all(&s->wait);
	if (!keep)
		krg_message_free(m);
	return good;
}

void krg_stream_message(struct krg_link *link, struct krg_message *m)
{
	bool initiator = !(m->head.flags & KRG_WIRE_INITIATOR);
	unsigned long key = krg_stream_key(le64_to_cpu(m->head.id), initiator);
	struct krg_rpc_stream *s;
	bool good;

	xa_lock(&link->streams);
	s = xa_load(&link->streams, key);
	if (s)
		kref_get(&s->ref);
	xa_unlock(&link->streams);
	if (!s) {
		krg_message_free(m);	/* this end has closed it already */
		return;
	}
	good = krg_stream_take(s, m);
	kref_put(&s->ref, krg_stream_release);
	if (!good) {
		pr_err("node %d sends more of a stream than it may\n", link->peer.node);
		krg_link_kill(link);
	}
}

void krg_streams_end(struct krg_link *link)
{
	struct krg_rpc_stream *s;
	unsigned long key;

	xa_lock(&link->streams);
	xa_for_each(&link->streams, key, s)
		krg_stream_end(s, -EHOSTDOWN);
	xa_unlock(&link->streams);
}
