/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KRG_RPC_PRIVATE_H
#define KRG_RPC_PRIVATE_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <kerrighed/rpc.h>
#include "wire.h"

#define KRG_SYMBOLS(FUNC, VAR)						\
	VAR(char *, saved_command_line)
#include <kerrighed/symbols.h>
#include <kerrighed/fault.h>

struct krg_service;

/* What a node is known by as long as it runs. */
struct krg_peer_info {
	int node;
	u64 incarnation;
};

struct krg_stats {
	atomic64_t sent, sent_bytes, received, received_bytes, calls, casts, streams;
};

/* The requests of one peer for one service that is not concurrent. */
struct krg_channel {
	struct list_head queue;
	spinlock_t lock;	/* of queue and running */
	bool running;
	struct work_struct work;
	struct krg_link *link;
};

/* A connection to a peer, from its handshake to its end; or this node itself. */
struct krg_link {
	struct kref ref;
	struct list_head all;			/* peers.c */
	struct krg_peer_info peer;		/* peer.node is 0 until its hello */
	struct socket *sock;			/* NULL: this node itself */
	bool connecting;			/* else it was accepted */
	struct task_struct *thread;
	struct work_struct reap;
	bool dead;

	struct mutex send_lock;			/* order of messages */
	struct list_head backlog;		/* when the socket takes no more; send_lock */
	atomic_t backlog_len;
	struct work_struct backlog_work;
	wait_queue_head_t backlog_wait;

	atomic64_t next_id;
	struct xarray calls;			/* id -> struct krg_call */
	struct xarray streams;			/* krg_stream_key() -> struct krg_rpc_stream */
	struct krg_channel *channels[KRG_RPC_SERVICES];	/* made when first used, by receiver */
	struct krg_stats stats;
};

/* A message that was received, or that waits to be sent. */
struct krg_message {
	struct list_head list;
	struct work_struct work;
	struct krg_link *link;			/* counted when work is used */
	struct krg_wire_head head;
	size_t len;
	u8 data[];
};

/* identity.c */
int krg_identity_init(void);

/* hello.c: both sides introduce themselves. 0: both agree; the peer is in link->peer. */
int krg_hello(struct krg_link *link);
extern u64 krg_incarnation;

/* transport.c: listens, and watches who else is there */
int krg_transport_init(void);
void krg_transport_exit(void);
struct socket *krg_transport_connect(int node);

/* peers.c */
int krg_peers_init(void);
void krg_peers_exit(void);
void krg_peer_published(int node, bool published);
void krg_peer_refused(int node, const char *why);
void krg_peer_up(struct krg_link *link);
void krg_peer_down(struct krg_link *link);
int krg_link_start(struct socket *sock, int connect_to);

/* link.c */
struct krg_link *krg_link_create(struct socket *sock);
struct krg_link *krg_link_get(int node);	/* a living one, counted; or NULL */
void krg_link_put(struct krg_link *link);
void krg_link_kill(struct krg_link *link);	/* ends every wait on it. May sleep. */
/*
 * A message is sent whole; @patient: may wait for room. 0 or -EHOSTDOWN, or -ENOMEM if it
 * does not fit into a page: a shorter one is sent when there is memory again.
 */
int krg_link_send(struct krg_link *link, const struct krg_wire_head *head, const void *data,
		  size_t len, bool patient);
int krg_link_send_raw(struct krg_link *link, const struct krg_wire_head *head, const void *data,
		      size_t len, int flags);
void krg_link_receive(struct krg_link *link);	/* until it is dead */
extern struct workqueue_struct *krg_rpc_wq;

/* message.c */
struct krg_message *krg_message_alloc(const struct krg_wire_head *head, const void *data,
				      size_t len);
void krg_message_free(struct krg_message *m);
/* takes @m over */
void krg_deliver(struct krg_link *link, struct krg_message *m);

/* service.c */
void krg_services_init(void);
void krg_service_request(struct krg_link *link, struct krg_message *m);
void krg_service_open(struct krg_link *link, struct krg_message *m);
void krg_channels_free(struct krg_link *link);

/* call.c */
void krg_call_reply(struct krg_link *link, struct krg_message *m);
void krg_calls_end(struct krg_link *link);

/* stream.c */
struct krg_rpc_stream *krg_stream_accepted(struct krg_link *link, struct krg_message *open);
void krg_stream_message(struct krg_link *link, struct krg_message *m);
void krg_stream_refuse(struct krg_link *link, const struct krg_wire_head *open, int err);
void krg_streams_end(struct krg_link *link);

#endif /* KRG_RPC_PRIVATE_H */
