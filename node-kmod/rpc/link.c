// SPDX-License-Identifier: GPL-2.0-only
/* One connection: sending in order, receiving, and its end. */
#define pr_fmt(fmt) "krg_rpc: " fmt

#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <net/sock.h>
#include "rpc.h"

#define KRG_BACKLOG	32	/* messages; who sends more has to wait */
#define KRG_MEMORY_WAIT	(HZ / 50)

struct workqueue_struct *krg_rpc_wq;

static void krg_backlog_work(struct work_struct *work);

struct krg_link *krg_link_create(struct socket *sock)
{
	struct krg_link *link = kvzalloc(sizeof(*link), GFP_KERNEL);

	if (!link)
		return NULL;
	kref_init(&link->ref);
	INIT_LIST_HEAD(&link->all);
	link->sock = sock;
	mutex_init(&link->send_lock);
	INIT_LIST_HEAD(&link->backlog);
	INIT_WORK(&link->backlog_work, krg_backlog_work);
	init_waitqueue_head(&link->backlog_wait);
	xa_init(&link->calls);
	xa_init(&link->streams);
	return link;
}

static void krg_link_release(struct kref *ref)
{
	struct krg_link *link = container_of(ref, struct krg_link, ref);
	struct krg_message *m, *next;

	list_for_each_entry_safe(m, next, &link->backlog, list)
		krg_message_free(m);
	krg_channels_free(link);
	xa_destroy(&link->calls);
	xa_destroy(&link->streams);
	if (link->sock)
		sock_release(link->sock);
	if (link->thread)
		put_task_struct(link->thread);
	kvfree(link);
}

void krg_link_put(struct krg_link *link)
{
	kref_put(&link->ref, krg_link_release);
}

void krg_link_kill(struct krg_link *link)
{
	WRITE_ONCE(link->dead, true);
	smp_mb(); /* who begins to wait from now on sees dead */
	krg_calls_end(link);
	krg_streams_end(link);
	wake_up_all(&link->backlog_wait);
	if (link->sock)
		kernel_sock_shutdown(link->sock, SHUT_RDWR);
}

int krg_link_send_raw(struct krg_link *link, const struct krg_wire_head *head, const void *data,
		      size_t len, int flags)
{
	struct kvec vec[] = { { (void *)head, sizeof(*head) }, { (void *)data, len } };
	struct msghdr msg = { .msg_flags = flags };
	int ret;

	krg_may_crash();
	ret = krg_may_fail(-ENOMEM,
			   kernel_sendmsg(link->sock, &msg, vec, 2, sizeof(*head) + len));
	krg_may_crash();
	if (ret >= 0) {
		atomic64_inc(&link->stats.sent);
		atomic64_add(len, &link->stats.sent_bytes);
		return 0;
	}
	return ret;
}

/* Sends what the socket did not take at once. A worker has no signals that cut a wait short. */
static void krg_backlog_work(struct work_struct *work)
{
	struct krg_link *link = container_of(work, struct krg_link, backlog_work);
	struct krg_message *m;
	int err = 0;

	for (;;) {
		mutex_lock(&link->send_lock);
		m = list_first_entry_or_null(&link->backlog, struct krg_message, list);
		mutex_unlock(&link->send_lock);
		if (!m)
			break;
		/* it stays in the list while it is sent, so that nobody overtakes it */
		if (!err && !READ_ONCE(link->dead))
			err = krg_link_send_raw(link, &m->head, m->data, m->len, 0);
		if (err == -ENOMEM) {
			schedule_timeout_uninterruptible(KRG_MEMORY_WAIT);
			err = 0;
			continue;
		}
		if (err)
			krg_link_kill(link);
		mutex_lock(&link->send_lock);
		list_del(&m->list);
		mutex_unlock(&link->send_lock);
		krg_message_free(m);
		if (atomic_dec_return(&link->backlog_len) < KRG_BACKLOG)
			wake_up_all(&link->backlog_wait);
	}
	krg_link_put(link);
}

static int krg_backlog_add(struct krg_link *link, const struct krg_wire_head *head,
			   const void *data, size_t len)
{
	struct krg_message *m = krg_message_alloc(head, data, len);

	if (!m)
		return -ENOMEM;
	list_add_tail(&m->list, &link->backlog);
	if (atomic_inc_return(&link->backlog_len) == 1 || !work_busy(&link->backlog_work)) {
		kref_get(&link->ref);
		if (!queue_work(krg_rpc_wq, &link->backlog_work))
			krg_link_put(link);
	}
	return 0;
}

int krg_link_send(struct krg_link *link, const struct krg_wire_head *head, const void *data,
		  size_t len, bool patient)
{
	int err = 0;

	if (!link->sock) {
		struct krg_message *m = krg_message_alloc(head, data, len);

		if (!m)
			return -ENOMEM;
		krg_deliver(link, m);
		return 0;
	}
	if (patient)
		wait_event_idle(link->backlog_wait, READ_ONCE(link->dead) ||
				atomic_read(&link->backlog_len) < KRG_BACKLOG);
	if (READ_ONCE(link->dead))
		return -EHOSTDOWN;
	mutex_lock(&link->send_lock);
	if (list_empty(&link->backlog))
		err = krg_link_send_raw(link, head, data, len, MSG_DONTWAIT);
	else
		err = -EAGAIN;
	if (err == -EAGAIN || err == -ENOMEM)
		err = krg_backlog_add(link, head, data, len);
	mutex_unlock(&link->send_lock);
	if (err && err != -ENOMEM) {
		krg_link_kill(link);
		err = -EHOSTDOWN;
	}
	return err;
}

void krg_link_receive(struct krg_link *link)
{
	struct krg_message *m, *room = NULL;
	int len;

	while (!READ_ONCE(link->dead)) {
		struct msghdr msg = {};
		struct kvec vec[2];

		if (!room)
			room = kvmalloc(struct_size(room, data, KRG_WIRE_MAX), GFP_KERNEL);
		if (!room) {
			/* the peer waits; without this node it would lose much more */
			schedule_timeout_idle(KRG_MEMORY_WAIT);
			continue;
		}
		vec[0] = (struct kvec){ &room->head, sizeof(room->head) };
		vec[1] = (struct kvec){ room->data, KRG_WIRE_MAX };
		len = kernel_recvmsg(link->sock, &msg, vec, 2, vec[0].iov_len + vec[1].iov_len, 0);
		if (len <= 0)
			break;
		len -= sizeof(room->head);
		if (len < 0 || (msg.msg_flags & MSG_TRUNC)) {
			pr_err("node %d sends a message of the wrong length\n", link->peer.node);
			break;
		}
		atomic64_inc(&link->stats.received);
		atomic64_add(len, &link->stats.received_bytes);
		/* what fills the room well keeps it, instead of being copied */
		m = len > KRG_WIRE_MAX / 2 ? NULL :
					     krg_message_alloc(&room->head, room->data, len);
		if (!m) {
			m = room;
			m->link = NULL;
			m->len = len;
			room = NULL;
		}
		krg_deliver(link, m);
	}
	kvfree(room);
}
