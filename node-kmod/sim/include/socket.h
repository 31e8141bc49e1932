/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets of TIPC, connected and listening, and its topology service. */
#ifndef SIM_SOCKET_H
#define SIM_SOCKET_H

struct sockaddr;
struct socket;
struct net;

struct sock {
	long sk_rcvtimeo, sk_sndtimeo;		/* ticks */
};

struct msghdr {
	int msg_flags;
};

struct kvec {
	void *iov_base;
	size_t iov_len;
};

#define AF_TIPC		30
#define SOCK_SEQPACKET	5
#define SHUT_RDWR	2
#define MSG_TRUNC	0x20
#define MSG_DONTWAIT	0x40

struct socket {
	struct sock *sk;
	struct sock sock;
	int node;
	struct socket *peer;			/* connected with it */
	int peer_node;
	struct list_head in_node;		/* all sockets of a node */
	struct list_head received;		/* struct sim_packet */
	struct list_head accepting;		/* of a listener: sockets to be accepted */
	struct list_head accept_entry;
	u32 type, instance;			/* of a listener: its name */
	u32 watched;				/* of a subscriber: the type */
	bool over;				/* nothing more will come */
	bool released;
	wait_queue_head_t wait;
};

#define init_net (*(struct net *)NULL)
int sim_socket(struct socket **sock);
#define sock_create_kern(net, family, type, protocol, sock) sim_socket(sock)
void sock_release(struct socket *sock);
int kernel_bind(struct socket *sock, struct sockaddr *name, int len);
#define kernel_listen(sock, backlog) 0
int kernel_accept(struct socket *listener, struct socket **sock, int flags);
int kernel_connect(struct socket *sock, struct sockaddr *to, int len, int flags);
int kernel_sendmsg(struct socket *sock, struct msghdr *msg, struct kvec *vec, size_t n, size_t len);
int kernel_recvmsg(struct socket *sock, struct msghdr *msg, struct kvec *vec, size_t n, size_t len,
		   int flags);
int kernel_sock_shutdown(struct socket *sock, int how);

#endif /* SIM_SOCKET_H */
