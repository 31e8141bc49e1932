// SPDX-License-Identifier: GPL-2.0-only
/* Services: requests of peers, run in workers. */
#define pr_fmt(fmt) "krg_rpc: " fmt

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "rpc.h"

struct krg_service {
	spinlock_t lock;	/* of all the rest */
	krg_rpc_handler handler;
	krg_rpc_acceptor acceptor;
	unsigned int flags;
	unsigned int users;	/* running handlers and acceptors */
};

static struct krg_service services[KRG_RPC_SERVICES];
static DECLARE_WAIT_QUEUE_HEAD(unused);

void krg_services_init(void)
{
	int i;

	for (i = 0; i < KRG_RPC_SERVICES; i++)
		spin_lock_init(&services[i].lock);
}

int krg_rpc_serve(unsigned int service, krg_rpc_handler handler, unsigned int flags)
{
	struct krg_service *s = &services[service];
	int err = -EBUSY;

	if (service >= KRG_RPC_SERVICES)
		return -EINVAL;
	spin_lock(&s->lock);
	if (!s->handler) {
		s->handler = handler;
		s->flags = flags;
		err = 0;
	}
	spin_unlock(&s->lock);
	return err;
}
EXPORT_SYMBOL_GPL(krg_rpc_serve);

int krg_rpc_accept(unsigned int service, krg_rpc_acceptor acceptor)
{
	struct krg_service *s = &services[service];
	int err = -EBUSY;

	if (service >= KRG_RPC_SERVICES)
		return -EINVAL;
	spin_lock(&s->lock);
	if (!s->acceptor) {
		s->acceptor = acceptor;
		err = 0;
	}
	spin_unlock(&s->lock);
	return err;
}
EXPORT_SYMBOL_GPL(krg_rpc_accept);

void krg_rpc_withdraw(unsigned int service)
{
	struct krg_service *s = &services[service];

	if (service >= KRG_RPC_SERVICES)
		return;
	spin_lock(&s->lock);
	s->handler = NULL;
	s->acceptor = NULL;
	spin_unlock(&s->lock);
	wait_event_idle(unused, !READ_ONCE(s->users));
}
EXPORT_SYMBOL_GPL(krg_rpc_withdraw);

static void krg_service_put(struct krg_service *s)
{
	bool last;

	spin_lock(&s->lock);
	last = !--s->users;
	spin_unlock(&s->lock);
	if (last)
		wake_up_all(&unused);
}

static krg_rpc_handler krg_handler_get(struct krg_service *s)
{
	krg_rpc_handler handler;

	spin_lock(&s->lock);
	handler = s->handler;
	if (handler)
		s->users++;
	spin_unlock(&s->lock);
	return handler;
}

static krg_rpc_acceptor krg_acceptor_get(struct krg_service *s)
{
	krg_rpc_acceptor acceptor;

	spin_lock(&s->lock);
	acceptor = s->acceptor;
	if (acceptor)
		s->users++;
	spin_unlock(&s->lock);
	return acceptor;
}

static void krg_reply(struct krg_link *link, const struct krg_wire_head *call, int err,
		      const void *data, size_t len)
{
	struct krg_wire_head head = {
		.type = KRG_WIRE_REPLY,
		.service = call->service,
		.value = cpu_to_le32(err),
		.id = call->id,
	};

	if (krg_link_send(link, &head, data, len, true) != -ENOMEM)
		return;
	/* a caller must not wait for ever because this node is short of memory */
	head.value = cpu_to_le32(-ENOMEM);
	krg_link_send(link, &head, NULL, 0, true);
}

/* Run the handler for @m, and free @m. */
static void krg_handle(struct krg_link *link, struct krg_message *m)
{
	struct krg_service *s = &services[le16_to_cpu(m->head.service)];
	struct krg_rpc_request req = {
		.from = link->peer.node,
		.arg = m->data,
		.len = m->len,
	};
	bool call = m->head.type == KRG_WIRE_CALL;
	krg_rpc_handler handler;
	int err;

	if (call) {
		req.reply_max = min_t(u32, le32_to_cpu(m->head.value), KRG_RPC_MAX);
		req.reply = kvmalloc(max_t(size_t, req.reply_max, 1), GFP_KERNEL);
		if (!req.reply) {
			krg_reply(link, &m->head, -ENOMEM, NULL, 0);
			goto out;
		}
	}
	handler = krg_handler_get(s);
	err = -EOPNOTSUPP;
	if (handler) {
		err = handler(&req);
		krg_service_put(s);
	}
	if (call)
		krg_reply(link, &m->head, err, req.reply,
			  err ? 0 : min(req.reply_len, req.reply_max));
	kvfree(req.reply);
out:
	krg_message_free(m);
}

static void krg_message_work(struct work_struct *work)
{
	struct krg_message *m = container_of(work, struct krg_message, work);
	struct krg_link *link = m->link;

	krg_handle(link, m);
	krg_link_put(link);
}

static void krg_channel_work(struct work_struct *work)
{
	struct krg_channel *c = container_of(work, struct krg_channel, work);
	struct krg_link *link = c->link;
	struct krg_message *m;

	for (;;) {
		spin_lock(&c->lock);
		m = list_first_entry_or_null(&c->queue, struct krg_message, list);
		if (m)
			list_del(&m->list);
		else
			c->running = false;
		spin_unlock(&c->lock);
		if (!m)
			break;
		krg_handle(link, m);
	}
	krg_link_put(link);
}

static struct krg_channel *krg_channel(struct krg_link *link, unsigned int service)
{
	struct krg_channel *c = READ_ONCE(link->channels[service]), *other;

	if (c)
		return c;
	c = kzalloc(sizeof(*c), GFP_KERNEL | __GFP_NOFAIL);
	INIT_LIST_HEAD(&c->queue);
	spin_lock_init(&c->lock);
	INIT_WORK(&c->work, krg_channel_work);
	c->link = link;
	other = cmpxchg(&link->channels[service], NULL, c);
	if (other) {
		kfree(c);
		return other;
	}
	return c;
}

void krg_channels_free(struct krg_link *link)
{
	int i;

	for (i = 0; i < KRG_RPC_SERVICES; i++)
		kfree(link->channels[i]);
}

void krg_service_request(struct krg_link *link, struct krg_message *m)
{
	unsigned int service = le16_to_cpu(m->head.service);
	struct krg_channel *c;
	bool start;

	if (service >= KRG_RPC_SERVICES) {
		pr_err("node %d calls service %u\n", link->peer.node, service);
		krg_message_free(m);
		krg_link_kill(link);
		return;
	}
	if (READ_ONCE(services[service].flags) & KRG_RPC_CONCURRENT) {
		kref_get(&link->ref);
		m->link = link;
		INIT_WORK(&m->work, krg_message_work);
		queue_work(krg_rpc_wq, &m->work);
		return;
	}
	c = krg_channel(link, service);
	spin_lock(&c->lock);
	list_add_tail(&m->list, &c->queue);
	start = !c->running;
	c->running = true;
	spin_unlock(&c->lock);
	if (start) {
		kref_get(&link->ref);
		queue_work(krg_rpc_wq, &c->work);
	}
}

static void krg_accept_work(struct work_struct *work)
{
	struct krg_message *m = container_of(work, struct krg_message, work);
	struct krg_service *s = &services[le16_to_cpu(m->head.service)];
	struct krg_link *link = m->link;
	struct krg_rpc_stream *stream = (void *)m->list.next;
	krg_rpc_acceptor acceptor;

	acceptor = krg_acceptor_get(s);
	if (acceptor) {
		acceptor(stream, m->data, m->len);
		krg_rpc_close(stream);
		krg_service_put(s);
	} else {
		krg_stream_refuse(link, &m->head, -EOPNOTSUPP);
		krg_rpc_close(stream);
	}
	krg_message_free(m);
	krg_link_put(link);
}

void krg_service_open(struct krg_link *link, struct krg_message *m)
{
	struct krg_rpc_stream *stream;

	if (le16_to_cpu(m->head.service) >= KRG_RPC_SERVICES) {
		krg_message_free(m);
		krg_link_kill(link);
		return;
	}
	/* at once: the data that comes next must find it */
	stream = krg_stream_accepted(link, m);
	if (!stream) {
		krg_stream_refuse(link, &m->head, -ENOMEM);
		krg_message_free(m);
		return;
	}
	kref_get(&link->ref);
	m->link = link;
	m->list.next = (void *)stream;
	INIT_WORK(&m->work, krg_accept_work);
	queue_work(krg_rpc_wq, &m->work);
}
