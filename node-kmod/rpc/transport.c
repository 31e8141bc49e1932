// SPDX-License-Identifier: GPL-2.0-only
/*
 * TIPC: a service name tells who is there. Every node listens under type
 * KRG_TIPC_TYPE + session and instance node id, and of two nodes the one with
 * the higher id connects.
 */
#define pr_fmt(fmt) "krg_rpc: " fmt

#include <linux/kthread.h>
#include <linux/net.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/tipc.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "rpc.h"

#define KRG_TIPC_TYPE	0x4b520000

static struct socket *listener, *topology;
static struct task_struct *listen_thread, *topology_thread;

static int krg_tipc_socket(struct socket **sock)
{
	return sock_create_kern(&init_net, AF_TIPC, SOCK_SEQPACKET, 0, sock);
}

static int krg_tipc_connect(struct socket *sock, u32 type, u32 instance)
{
	struct sockaddr_tipc to = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_ADDR,
		.addr.name.name = { .type = type, .instance = instance },
	};

	return kernel_connect(sock, (struct sockaddr *)&to, sizeof(to), 0);
}

struct socket *krg_transport_connect(int node)
{
	struct socket *sock;
	int err = krg_tipc_socket(&sock);

	if (err)
		return ERR_PTR(err);
	err = krg_tipc_connect(sock, KRG_TIPC_TYPE + krg_session_id(), node);
	if (err) {
		sock_release(sock);
		return ERR_PTR(err);
	}
	return sock;
}

static int krg_listen(void *unused)
{
	struct socket *sock;
	int err;

	allow_signal(SIGKILL);
	while (!kthread_should_stop()) {
		err = kernel_accept(listener, &sock, 0);
		if (err) {
			if (!signal_pending(current))
				schedule_timeout_idle(HZ / 10);
			continue;
		}
		if (krg_link_start(sock, 0))
			sock_release(sock);
	}
	return 0;
}

static int krg_watch(void *unused)
{
	struct tipc_event event;
	int len;

	allow_signal(SIGKILL);
	while (!kthread_should_stop()) {
		struct kvec vec = { &event, sizeof(event) };
		struct msghdr msg = {};

		len = kernel_recvmsg(topology, &msg, &vec, 1, sizeof(event), 0);
		if (len != sizeof(event)) {
			if (!signal_pending(current)) {
				pr_err("the topology service of TIPC is gone (error %d)\n", len);
				break;
			}
			continue;
		}
		if (event.found_lower >= 1 && event.found_lower < KRG_MAX_NODES &&
		    event.found_lower != krg_node_id())
			krg_peer_published(event.found_lower, event.event == TIPC_PUBLISHED);
	}
	return 0;
}

static int krg_subscribe(void)
{
	struct tipc_subscr all = {
		.seq = { KRG_TIPC_TYPE + krg_session_id(), 1, KRG_MAX_NODES - 1 },
		.timeout = TIPC_WAIT_FOREVER,
		.filter = TIPC_SUB_PORTS,
	};
	struct kvec vec = { &all, sizeof(all) };
	struct msghdr msg = {};
	int err;

	err = krg_tipc_socket(&topology);
	if (!err)
		err = krg_tipc_connect(topology, TIPC_TOP_SRV, TIPC_TOP_SRV);
	if (!err)
		err = kernel_sendmsg(topology, &msg, &vec, 1, sizeof(all));
	return min(err, 0);
}

static int krg_publish(void)
{
	struct sockaddr_tipc here = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_RANGE,
		.scope = TIPC_CLUSTER_SCOPE,
		.addr.nameseq = { KRG_TIPC_TYPE + krg_session_id(), krg_node_id(), krg_node_id() },
	};
	int err;

	err = krg_tipc_socket(&listener);
	if (!err)
		err = kernel_bind(listener, (struct sockaddr *)&here, sizeof(here));
	if (!err)
		err = kernel_listen(listener, KRG_MAX_NODES);
	return err;
}

static int krg_thread(struct task_struct **thread, int (*run)(void *), const char *name)
{
	struct task_struct *t = kthread_run(run, NULL, "%s", name);

	if (IS_ERR(t))
		return PTR_ERR(t);
	set_user_nice(t, MIN_NICE);
	*thread = get_task_struct(t);
	return 0;
}

static void krg_thread_stop(struct task_struct *thread)
{
	if (!thread)
		return;
	/* the signal first: a wait inside TIPC is not ended by kthread_stop() */
	send_sig(SIGKILL, thread, 1);
	kthread_stop(thread);
	put_task_struct(thread);
}

int krg_transport_init(void)
{
	int err;

	err = krg_publish();
	if (!err)
		err = krg_subscribe();
	if (!err)
		err = krg_thread(&listen_thread, krg_listen, "krg_listen");
	if (!err)
		err = krg_thread(&topology_thread, krg_watch, "krg_topology");
	if (err) {
		pr_err("TIPC cannot be used (error %d)%s\n", err,
		       err == -EAFNOSUPPORT ? ": load the module tipc" : "");
		krg_transport_exit();
	}
	return err;
}

void krg_transport_exit(void)
{
	krg_thread_stop(topology_thread);
	krg_thread_stop(listen_thread);
	if (topology)
		sock_release(topology);
	if (listener)
		sock_release(listener);
}
