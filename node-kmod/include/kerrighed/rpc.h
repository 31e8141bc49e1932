/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Remote procedure calls between the kernels of a cluster, over TIPC.
 *
 * Every wait on another node ends with -EHOSTDOWN when that node is declared
 * dead. Messages from one node to another on the same channel arrive in the
 * order they were sent. A channel is a service: requests of one peer for one
 * service are handled one after another unless the service is concurrent;
 * different services and different peers run in parallel, so a handler may call back.
 */
#ifndef KRG_RPC_H
#define KRG_RPC_H

#include <linux/types.h>

#define KRG_NODE_BITS	7
#define KRG_MAX_NODES	128	/* 1 << KRG_NODE_BITS; ids 1..127; 0 is never a node */
#define KRG_NODE_NONE	(-1)
#define KRG_RPC_MAX	60000			/* bytes of argument or reply in one call */

/* Service numbers are part of the wire protocol: never reuse one. */
enum krg_rpc_service {
	KRG_RPC_HELLO = 1,		/* rpc: versions and features at joining */
	KRG_RPC_MEMBERSHIP = 16,	/* hotplug: 16..31 */
	KRG_RPC_CAPABILITY = 32,	/* capability: 32..47 */
	KRG_RPC_PROC = 48,		/* proc: 48..79 */
	KRG_RPC_EPM = 80,		/* epm: 80..95 */
	KRG_RPC_PROCFS = 96,		/* procfs: 96..111 */
	KRG_RPC_KDDM = 112,		/* kddm: 112..127 */
	KRG_RPC_IPC = 128,		/* ipc: 128..143 */
	KRG_RPC_SYNC = 144,		/* sync: 144..159 */
	KRG_RPC_TEST = 240,		/* test modules: 240..255 */
	KRG_RPC_SERVICES = 256,
};

/* One request as its handler sees it. */
struct krg_rpc_request {
	int from;			/* node id of the caller */
	const void *arg;
	size_t len;
	void *reply;			/* room for reply_max bytes; NULL for a cast */
	size_t reply_max;
	size_t reply_len;		/* set by the handler */
};

/**
 * typedef krg_rpc_handler - serves calls and casts of one service
 *
 * Process context in a worker, may sleep and may make calls itself.
 * Return: 0 or -errno, which the caller's krg_rpc_call() returns.
 */
typedef int (*krg_rpc_handler)(struct krg_rpc_request *req);

struct krg_rpc_stream;
/**
 * typedef krg_rpc_acceptor - serves an incoming stream in a thread of its own
 *
 * Reads and writes until it returns; the stream is closed then. The head that
 * the peer gave to krg_rpc_open() is @head. May sleep for ever.
 */
typedef void (*krg_rpc_acceptor)(struct krg_rpc_stream *stream, const void *head, size_t len);

/* Register or unregister a service; unregistering waits for running handlers. May sleep. */
#define KRG_RPC_CONCURRENT	1	/* order does not matter, a handler may take long */
int krg_rpc_serve(unsigned int service, krg_rpc_handler handler, unsigned int flags);
int krg_rpc_accept(unsigned int service, krg_rpc_acceptor acceptor);
void krg_rpc_withdraw(unsigned int service);

/**
 * krg_rpc_call() - run a service on another node (or this one) and wait for its answer
 * @reply: room for @reply_max bytes, may be NULL when that is 0
 *
 * May sleep; not interruptible, but the end of the peer ends it.
 * Return: number of reply bytes, or what the handler returned (< 0);
 * -EHOSTDOWN: peer dead or unknown; -EOPNOTSUPP: no such service there;
 * -EMSGSIZE: longer than KRG_RPC_MAX.
 */
ssize_t krg_rpc_call(int node, unsigned int service, const void *arg, size_t len,
		     void *reply, size_t reply_max);
/* The same; a fatal signal ends it with -EINTR, and the handler's answer goes nowhere. */
ssize_t krg_rpc_call_killable(int node, unsigned int service, const void *arg, size_t len,
			      void *reply, size_t reply_max);

/**
 * krg_rpc_cast() - one-way message; a return of 0 says queued, not delivered
 * May sleep. Return: 0, -EHOSTDOWN, -EMSGSIZE or -ENOMEM.
 */
int krg_rpc_cast(int node, unsigned int service, const void *arg, size_t len);

/*
 * Streams: a byte pipe in both directions with back-pressure, for payloads
 * beyond one message. All may sleep, all end with -EHOSTDOWN when the peer dies.
 * -ENOMEM is only for what is larger than a page, flushed or written at once.
 */
struct krg_rpc_stream *krg_rpc_open(int node, unsigned int service, const void *head, size_t len);
int krg_rpc_write(struct krg_rpc_stream *stream, const void *buf, size_t len);	/* all or -errno */
/* all or -errno; -EPIPE: peer closed */
int krg_rpc_read(struct krg_rpc_stream *stream, void *buf, size_t len);
int krg_rpc_flush(struct krg_rpc_stream *stream);	/* pushes out what write() gathered */
int krg_rpc_peer(struct krg_rpc_stream *stream);	/* node id */
void krg_rpc_close(struct krg_rpc_stream *stream);	/* the peer's next read sees -EPIPE */

int krg_node_id(void);			/* of this node; KRG_NODE_NONE before it is known */
int krg_session_id(void);
bool krg_rpc_reachable(int node);	/* link up and HELLO accepted. Any context. */
/* A number that changes when the node loads its modules anew; 0: not reachable. Any context. */
u64 krg_rpc_incarnation(int node);
/* One line a peer into a sysfs buffer: "3 up", "4 refused: kernel '...' and '...'". May sleep. */
ssize_t krg_rpc_show_peers(char *buf);

/**
 * krg_rpc_declare_dead() - ends every wait on @node with -EHOSTDOWN. May sleep.
 */
void krg_rpc_declare_dead(int node);

struct notifier_block;
/* Events of the transport: action is one of these, data is the node id. Process context. */
enum { KRG_PEER_UP, KRG_PEER_DOWN };
int krg_rpc_notify(struct notifier_block *nb);
void krg_rpc_unnotify(struct notifier_block *nb);

#endif /* KRG_RPC_H */
