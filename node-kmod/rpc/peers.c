// SPDX-License-Identifier: GPL-2.0-only
/* Who is reachable: the life of connections, and who is told of it. */
#define pr_fmt(fmt) "krg_rpc: " fmt

#include <linux/debugfs.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <net/sock.h>
#include <kerrighed/hooks.h>
#include "rpc.h"

#define KRG_RECONNECT	(HZ / 4)

struct krg_peer {
	struct krg_link __rcu *link;	/* written under lock */
	bool published;			/* TIPC sees it */
	struct delayed_work connect;
	char refused[320];		/* why it is not accepted */
};

struct krg_peer_event {
	struct work_struct work;
	int node;
	unsigned long action;
};

static struct krg_peer peers[KRG_MAX_NODES];
static LIST_HEAD(links);		/* all of them, handshaking ones too */
static DEFINE_MUTEX(lock);
static DECLARE_WAIT_QUEUE_HEAD(gone);	/* a link has left the table */
static bool closing;
static struct workqueue_struct *events;	/* ordered */
static BLOCKING_NOTIFIER_HEAD(chain);

int krg_rpc_notify(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&chain, nb);
}
EXPORT_SYMBOL_GPL(krg_rpc_notify);

void krg_rpc_unnotify(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&chain, nb);
}
EXPORT_SYMBOL_GPL(krg_rpc_unnotify);

struct krg_link *krg_link_get(int node)
{
	struct krg_link *link;

	if (node < 1 || node >= KRG_MAX_NODES)
		return NULL;
	rcu_read_lock();
	link = rcu_dereference(peers[node].link);
	if (link && (READ_ONCE(link->dead) || !kref_get_unless_zero(&link->ref)))
		link = NULL;
	rcu_read_unlock();
	return link;
}

bool krg_rpc_reachable(int node)
{
	struct krg_link *link;
	bool up;

	if (node < 1 || node >= KRG_MAX_NODES)
		return false;
	rcu_read_lock();
	link = rcu_dereference(peers[node].link);
	up = link && !READ_ONCE(link->dead);
	rcu_read_unlock();
	return up;
}
EXPORT_SYMBOL_GPL(krg_rpc_reachable);

u64 krg_rpc_incarnation(int node)
{
	struct krg_link *link;
	u64 incarnation = 0;

	if (node < 1 || node >= KRG_MAX_NODES)
		return 0;
	rcu_read_lock();
	link = rcu_dereference(peers[node].link);
	if (link && !READ_ONCE(link->dead))
		incarnation = link->peer.incarnation;
	rcu_read_unlock();
	return incarnation;
}
EXPORT_SYMBOL_GPL(krg_rpc_incarnation);

void krg_rpc_declare_dead(int node)
{
	struct krg_link *link = node == krg_node_id() ? NULL : krg_link_get(node);

	if (!link)
		return;
	krg_link_kill(link);
	krg_link_put(link);
}
EXPORT_SYMBOL_GPL(krg_rpc_declare_dead);

static void krg_event_work(struct work_struct *work)
{
	struct krg_peer_event *e = container_of(work, struct krg_peer_event, work);

	pr_info("node %d is %s\n", e->node, e->action == KRG_PEER_UP ? "up" : "down");
	blocking_notifier_call_chain(&chain, e->action, (void *)(long)e->node);
	kfree(e);
}

/* Called under lock, so that events have the order of what happened. */
static void krg_peer_event(int node, unsigned long action)
{
	struct krg_peer_event *e = kmalloc(sizeof(*e), GFP_KERNEL | __GFP_NOFAIL);

	INIT_WORK(&e->work, krg_event_work);
	e->node = node;
	e->action = action;
	queue_work(events, &e->work);
}

void krg_peer_refused(int node, const char *why)
{
	mutex_lock(&lock);
	if (strncmp(peers[node].refused, why, sizeof(peers[node].refused) - 1))
		pr_err("node %d does not match: %s\n", node, why);
	strscpy(peers[node].refused, why, sizeof(peers[node].refused));
	mutex_unlock(&lock);
}

void krg_peer_up(struct krg_link *link)
{
	struct krg_peer *peer = &peers[link->peer.node];
	struct krg_link *old;

	mutex_lock(&lock);
	/* what we have still got of this peer is older: let it end first */
	while ((old = rcu_dereference_protected(peer->link, lockdep_is_held(&lock)))) {
		kref_get(&old->ref);
		mutex_unlock(&lock);
		krg_link_kill(old);
		wait_event_idle(gone, rcu_access_pointer(peer->link) != old);
		krg_link_put(old);
		mutex_lock(&lock);
	}
	peer->refused[0] = 0;
	kref_get(&link->ref);
	rcu_assign_pointer(peer->link, link);
	krg_peer_event(link->peer.node, KRG_PEER_UP);
	mutex_unlock(&lock);
}

void krg_peer_down(struct krg_link *link)
{
	struct krg_peer *peer = &peers[link->peer.node];
	bool was_up;

	krg_link_kill(link);
	mutex_lock(&lock);
	was_up = link->peer.node && rcu_access_pointer(peer->link) == link;
	if (was_up) {
		rcu_assign_pointer(peer->link, NULL);
		krg_peer_event(link->peer.node, KRG_PEER_DOWN);
	}
	mutex_unlock(&lock);
	if (was_up) {
		wake_up_all(&gone);
		synchronize_rcu();
		krg_link_put(link);
	}
}

static void krg_link_reap(struct work_struct *work)
{
	struct krg_link *link = container_of(work, struct krg_link, reap);

	kthread_stop(link->thread);
	krg_link_put(link);
}

/* Only the higher id connects, and again after a while as long as TIPC sees the peer. */
static void krg_connect_later(int node, unsigned long delay)
{
	if (peers[node].published && node < krg_node_id() && !closing)
		queue_delayed_work(krg_rpc_wq, &peers[node].connect, delay);
}

static int krg_link_thread(void *data)
{
	struct krg_link *link = data;
	int node;

	allow_signal(SIGKILL);
	if (!krg_hello(link)) {
		krg_peer_up(link);
		krg_link_receive(link);
	}
	krg_peer_down(link);
	node = link->peer.node;
	mutex_lock(&lock);
	if (link->connecting)
		krg_connect_later(node, KRG_RECONNECT);
	if (!list_empty(&link->all)) {
		list_del_init(&link->all);
		queue_work(krg_rpc_wq, &link->reap);
	}
	mutex_unlock(&lock);
	return 0;
}

int krg_link_start(struct socket *sock, int connect_to)
{
	struct krg_link *link = krg_link_create(sock);
	struct task_struct *thread;
	int err = -ESHUTDOWN;

	if (!link)
		return -ENOMEM;
	link->connecting = connect_to;
	INIT_WORK(&link->reap, krg_link_reap);
	thread = kthread_create(krg_link_thread, link, "krg_link");
	if (IS_ERR(thread)) {
		err = PTR_ERR(thread);
		goto out_put;
	}
	set_user_nice(thread, MIN_NICE);
	link->thread = get_task_struct(thread);
	mutex_lock(&lock);
	if (!closing) {
		list_add(&link->all, &links);
		err = 0;
	}
	mutex_unlock(&lock);
	if (!err) {
		wake_up_process(thread);
		return 0;
	}
	kthread_stop(thread);
out_put:
	link->sock = NULL;	/* stays the caller's */
	krg_link_put(link);
	return err;
}

static void krg_connect_work(struct work_struct *work)
{
	struct krg_peer *peer = container_of(work, struct krg_peer, connect.work);
	int node = peer - peers;
	struct socket *sock;

	if (krg_rpc_reachable(node) || peer->refused[0])
		return;
	sock = krg_transport_connect(node);
	if (!IS_ERR(sock)) {
		if (!krg_link_start(sock, node))
			return;
		sock_release(sock);
	}
	mutex_lock(&lock);
	krg_connect_later(node, KRG_RECONNECT);
	mutex_unlock(&lock);
}

void krg_peer_published(int node, bool published)
{
	mutex_lock(&lock);
	peers[node].published = published;
	peers[node].refused[0] = 0;	/* it may be another one by now */
	krg_connect_later(node, 0);
	mutex_unlock(&lock);
}

ssize_t krg_rpc_show_peers(char *buf)
{
	int node, at = 0;

	mutex_lock(&lock);
	for (node = 1; node < KRG_MAX_NODES; node++) {
		struct krg_peer *p = &peers[node];

		if (node == krg_node_id())
			continue;
		if (krg_rpc_reachable(node))
			at += sysfs_emit_at(buf, at, "%d up\n", node);
		else if (p->refused[0])
			at += sysfs_emit_at(buf, at, "%d refused: %s\n", node, p->refused);
		else if (p->published)
			at += sysfs_emit_at(buf, at, "%d connecting\n", node);
	}
	mutex_unlock(&lock);
	return at;
}
EXPORT_SYMBOL_GPL(krg_rpc_show_peers);

static int krg_peers_show(struct seq_file *m, void *unused)
{
	struct krg_link *link;
	int node;

	seq_puts(m, "node sent bytes received bytes calls casts streams backlog\n");
	for (node = 1; node < KRG_MAX_NODES; node++) {
		link = krg_link_get(node);
		if (!link)
			continue;
		seq_printf(m, "%d %lld %lld %lld %lld %lld %lld %lld %d\n", node,
			   atomic64_read(&link->stats.sent),
			   atomic64_read(&link->stats.sent_bytes),
			   atomic64_read(&link->stats.received),
			   atomic64_read(&link->stats.received_bytes),
			   atomic64_read(&link->stats.calls), atomic64_read(&link->stats.casts),
			   atomic64_read(&link->stats.streams),
			   atomic_read(&link->backlog_len));
		krg_link_put(link);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(krg_peers);

static struct dentry *debug_dir;

int krg_peers_init(void)
{
	struct krg_link *self = krg_link_create(NULL);
	int node;

	if (!self)
		return -ENOMEM;
	events = alloc_ordered_workqueue("krg_peers", 0);
	if (!events) {
		krg_link_put(self);
		return -ENOMEM;
	}
	for (node = 1; node < KRG_MAX_NODES; node++)
		INIT_DELAYED_WORK(&peers[node].connect, krg_connect_work);
	self->peer.node = krg_node_id();
	self->peer.incarnation = krg_incarnation;
	rcu_assign_pointer(peers[krg_node_id()].link, self);
	debug_dir = debugfs_create_dir("rpc", krg_debugfs);
	debugfs_create_file("peers", 0444, debug_dir, NULL, &krg_peers_fops);
	return 0;
}

static struct krg_link *krg_first_link(void)
{
	struct krg_link *link;

	mutex_lock(&lock);
	link = list_first_entry_or_null(&links, struct krg_link, all);
	if (link)
		list_del_init(&link->all);
	mutex_unlock(&lock);
	return link;
}

/* After this there are no threads, works or links of ours any more. */
void krg_peers_exit(void)
{
	struct krg_link *link;
	int node;

	debugfs_remove(debug_dir);
	mutex_lock(&lock);
	closing = true;
	mutex_unlock(&lock);
	for (node = 1; node < KRG_MAX_NODES; node++)
		cancel_delayed_work_sync(&peers[node].connect);
	while ((link = krg_first_link())) {
		krg_link_kill(link);
		send_sig(SIGKILL, link->thread, 1);
		kthread_stop(link->thread);
		krg_link_put(link);
	}
	flush_workqueue(krg_rpc_wq);	/* reaping, and handlers */
	link = rcu_dereference_protected(peers[krg_node_id()].link, true);
	rcu_assign_pointer(peers[krg_node_id()].link, NULL);
	krg_link_kill(link);
	synchronize_rcu();
	krg_link_put(link);
	destroy_workqueue(events);
}
