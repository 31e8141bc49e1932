// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets over the links: connections by name, messages that keep their order, and the
 * topology service, which says whose names are visible. The network takes LATENCY for a
 * message, and the node that receives handles one after the other.
 */
#include <linux/tipc.h>
#include "sim.h"
#include "proc/wire.h"
#include "rpc/wire.h"

#define LATENCY	(100 * NSEC_PER_USEC)
#define JITTER	(50 * NSEC_PER_USEC)
#define HANDLE	(5 * NSEC_PER_USEC)

struct sim_packet {
	struct list_head list;
	struct socket *to;		/* NULL: none yet, it asks for a connection */
	struct socket *from;
	int from_node, to_node;
	unsigned int boot;		/* of the node it goes to */
	u32 instance;
	bool end;			/* of the connection */
	bool accepted;
	size_t len;
	u8 data[];
};

struct sim_counts sim_counts;
const char *const sim_kind_names[SIM_KINDS] = {
	"connect", "membership", "home", "body", "name", "move",
};

static struct list_head sockets[SIM_NODES];
static s64 arrived[SIM_NODES][SIM_NODES];	/* the last one of each pair */
static s64 busy[SIM_NODES];			/* the receiver, until */

static struct list_head *sockets_of(int node)
{
	if (!sockets[node].next)
		INIT_LIST_HEAD(&sockets[node]);
	return &sockets[node];
}

int sim_socket(struct socket **sock)
{
	struct socket *s = sim_alloc(sizeof(*s));

	s->sk = &s->sock;
	s->sock.sk_rcvtimeo = MAX_SCHEDULE_TIMEOUT;
	s->sock.sk_sndtimeo = MAX_SCHEDULE_TIMEOUT;
	s->node = sim_node;
	INIT_LIST_HEAD(&s->received);
	INIT_LIST_HEAD(&s->accepting);
	init_waitqueue_head(&s->wait);
	list_add_tail(&s->in_node, sockets_of(sim_node));
	*sock = s;
	return 0;
}

static enum sim_kind kind_of(const struct krg_wire_head *head)
{
	switch (head->service) {
	case KRG_RPC_PROC_HOME:
		return SIM_HOME;
	case KRG_RPC_PROC_BODY:
		return SIM_BODY;
	case KRG_RPC_PROC_NAME:
		return SIM_NAME;
	case KRG_RPC_EPM ... KRG_RPC_PROCFS - 1:
		return SIM_MOVE;
	case KRG_RPC_MEMBERSHIP ... KRG_RPC_CAPABILITY - 1:
		return SIM_MEMBERSHIP;
	}
	return SIM_CONNECT;
}

static void count(const struct sim_packet *p, enum sim_kind kind)
{
	sim_counts.messages[kind]++;
	sim_counts.bytes += p->len;
	sim_counts.sent_by[p->from_node]++;
	sim_link_used(p->from_node, p->to_node);
}

static void accept_request(struct sim_packet *p);

static void handle(void *arg)
{
	struct sim_packet *p = arg;
	struct socket *s = p->to;

	if (!s && !p->accepted) {
		accept_request(p);
		free(p);
		return;
	}
	if (p->accepted) {
		s->peer = p->from;
	} else if (p->end) {
		s->over = true;
	} else if (!s->released && !s->over) {
		list_add_tail(&p->list, &s->received);
		p = NULL;
	}
	wake_up_all(&s->wait);
	free(p);
}

static void arrive(void *arg)
{
	struct sim_packet *p = arg;
	int node = p->to_node;

	busy[node] = max(busy[node], sim_now()) + HANDLE;
	sim_counts.queue = max(sim_counts.queue, (unsigned int)((busy[node] - sim_now()) / HANDLE));
	sim_at(busy[node], node, handle, p);
}

/* Takes @p over. */
static void transmit(struct sim_packet *p, int from, int to, enum sim_kind kind)
{
	s64 at = sim_now() + LATENCY + sim_random(JITTER);

	p->from_node = from;
	p->to_node = to;
	count(p, kind);
	if (!sim_wire(from, to)) {
		free(p);
		return;
	}
	at = max(at, arrived[from][to] + 1);
	arrived[from][to] = at;
	sim_at(at, to, arrive, p);
}

static struct sim_packet *packet(struct socket *from, struct socket *to, size_t len)
{
	struct sim_packet *p = sim_alloc(sizeof(*p) + len);

	p->from = from;
	p->to = to;
	p->len = len;
	return p;
}

/* On the node that is asked: it has a listener of that name, or nothing happens. */
static void accept_request(struct sim_packet *request)
{
	struct socket *listener, *s;
	struct sim_packet *p;

	list_for_each_entry(listener, sockets_of(sim_node), in_node) {
		if (listener->instance != request->instance || listener->released)
			continue;
		sim_socket(&s);
		s->peer = request->from;
		s->peer_node = request->from_node;
		list_add_tail(&s->accept_entry, &listener->accepting);
		wake_up_all(&listener->wait);
		p = packet(s, request->from, 0);
		p->accepted = true;
		transmit(p, sim_node, request->from_node, SIM_CONNECT);
		return;
	}
}

int kernel_bind(struct socket *sock, struct sockaddr *name, int len)
{
	const struct sockaddr_tipc *at = (const void *)name;
	int peer;

	sock->type = at->addr.nameseq.type;
	sock->instance = at->addr.nameseq.lower;
	for (peer = 1; peer < SIM_NODES; peer++)
		if (sim_link_up(peer, sim_node))
			sim_names_visible(peer, sim_node, true);
	return 0;
}

int kernel_accept(struct socket *listener, struct socket **sock, int flags)
{
	struct socket *s;

	wait_event_idle(listener->wait, !list_empty(&listener->accepting));
	s = list_first_entry_or_null(&listener->accepting, struct socket, accept_entry);
	list_del(&s->accept_entry);
	*sock = s;
	return 0;
}

int kernel_connect(struct socket *sock, struct sockaddr *to, int len, int flags)
{
	const struct sockaddr_tipc *name = (const void *)to;
	struct sim_packet *p;

	if (name->addr.name.name.type == TIPC_TOP_SRV)
		return 0;
	sock->peer_node = name->addr.name.name.instance;
	if (!sim_link_up(sock->node, sock->peer_node))
		return -EHOSTUNREACH;
	p = packet(sock, NULL, 0);
	p->instance = sock->peer_node;
	transmit(p, sock->node, sock->peer_node, SIM_CONNECT);
	wait_event_idle(sock->wait, sock->peer || sock->over);
	return sock->over ? -ECONNREFUSED : 0;
}

int kernel_sendmsg(struct socket *sock, struct msghdr *msg, struct kvec *vec, size_t n, size_t len)
{
	struct sim_packet *p;
	size_t i, at = 0;
	int peer;

	if (!sock->peer_node) {
		sock->watched = ((struct tipc_subscr *)vec[0].iov_base)->seq.type;
		for (peer = 1; peer < SIM_NODES; peer++)
			if (sim_link_up(sock->node, peer))
				sim_names_visible(sock->node, peer, true);
		return len;
	}
	if (sock->over)
		return -EPIPE;
	p = packet(sock, sock->peer, len);
	for (i = 0; i < n; i++) {
		memcpy(p->data + at, vec[i].iov_base, vec[i].iov_len);
		at += vec[i].iov_len;
	}
	transmit(p, sock->node, sock->peer_node, kind_of((const void *)p->data));
	return len;
}

int kernel_recvmsg(struct socket *sock, struct msghdr *msg, struct kvec *vec, size_t n, size_t len,
		   int flags)
{
	s64 deadline = SIM_NEVER;
	struct sim_packet *p;
	size_t i, at = 0, part;

	if (sock->sk->sk_rcvtimeo != MAX_SCHEDULE_TIMEOUT)
		deadline = sim_now() + sock->sk->sk_rcvtimeo * (NSEC_PER_SEC / HZ);
	while (list_empty(&sock->received)) {
		if (sock->over)
			return 0;
		if (!sim_wait_on(&sock->wait, deadline))
			return -EAGAIN;
	}
	p = list_first_entry_or_null(&sock->received, struct sim_packet, list);
	list_del(&p->list);
	for (i = 0; i < n; i++, at += part) {
		part = min(vec[i].iov_len, p->len - at);
		memcpy(vec[i].iov_base, p->data + at, part);
	}
	if (p->len > at)
		msg->msg_flags |= MSG_TRUNC;
	free(p);
	return at;
}

int kernel_sock_shutdown(struct socket *sock, int how)
{
	struct sim_packet *p;

	if (sock->over)
		return 0;
	sock->over = true;
	wake_up_all(&sock->wait);
	if (!sock->peer)
		return 0;
	p = packet(sock, sock->peer, 0);
	p->end = true;
	transmit(p, sock->node, sock->peer_node, SIM_CONNECT);
	return 0;
}

/* The memory stays: what is on its way to it still arrives. */
void sock_release(struct socket *sock)
{
	kernel_sock_shutdown(sock, SHUT_RDWR);
	sock->released = true;
	list_del_init(&sock->in_node);
}

static bool listens(int node, u32 type)
{
	struct socket *s;

	list_for_each_entry(s, sockets_of(node), in_node)
		if (s->type == type)
			return true;
	return false;
}

/* The topology service of @node tells its subscribers of @peer's name, which is its id. */
void sim_names_visible(int node, int peer, bool visible)
{
	struct tipc_event *event;
	struct sim_packet *p;
	struct socket *s;

	list_for_each_entry(s, sockets_of(node), in_node) {
		if (!s->watched || (visible && !listens(peer, s->watched)))
			continue;
		p = packet(NULL, s, sizeof(*event));
		event = (void *)p->data;
		event->event = visible ? TIPC_PUBLISHED : TIPC_WITHDRAWN;
		event->found_lower = peer;
		sim_at(sim_now(), node, handle, p);
	}
}

/* @node has lost the link to @peer. */
void sim_connections_end(int node, int peer)
{
	struct socket *s;

	list_for_each_entry(s, sockets_of(node), in_node) {
		if (s->peer_node != peer)
			continue;
		s->over = true;
		wake_up_all(&s->wait);
	}
}

void sim_sockets_end(int node)
{
	struct socket *s, *next;

	list_for_each_entry_safe(s, next, sockets_of(node), in_node)
		list_del_init(&s->in_node);
}
