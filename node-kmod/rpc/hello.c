// SPDX-License-Identifier: GPL-2.0-only
/* How two nodes find out whether they can work together. */
#define pr_fmt(fmt) "krg_rpc: " fmt

#include <linux/net.h>
#include <linux/slab.h>
#include <linux/utsname.h>
#include <net/sock.h>
#include <asm/cpufeature.h>
#include <asm/fpu/xcr.h>
#include "rpc.h"

#define KRG_HELLO_TIMEOUT	(5 * HZ)

static void krg_fill_hello(struct krg_wire_hello *h)
{
	memset(h, 0, sizeof(*h));
	h->version = cpu_to_le32(KRG_WIRE_VERSION);
	h->session = cpu_to_le32(krg_session_id());
	h->node = cpu_to_le32(krg_node_id());
	h->incarnation = cpu_to_le64(krg_incarnation);
	if (boot_cpu_has(X86_FEATURE_OSXSAVE))
		h->xfeatures = cpu_to_le64(xgetbv(XCR_XFEATURE_ENABLED_MASK));
	snprintf(h->kernel, sizeof(h->kernel), "%s %s", init_uts_ns.name.release,
		 init_uts_ns.name.version);
	strscpy(h->build, KRG_BUILD, sizeof(h->build));
}

/* Return: true, or false with the reason in @why. */
static bool krg_hello_matches(struct krg_wire_hello *theirs, struct krg_wire_hello *ours,
			      char *why, size_t size)
{
	theirs->kernel[sizeof(theirs->kernel) - 1] = 0;
	theirs->build[sizeof(theirs->build) - 1] = 0;
	*why = 0;
	if (theirs->version != ours->version)
		snprintf(why, size, "protocol version %u and %u", le32_to_cpu(theirs->version),
			 le32_to_cpu(ours->version));
	else if (theirs->session != ours->session)
		snprintf(why, size, "session %u and %u", le32_to_cpu(theirs->session),
			 le32_to_cpu(ours->session));
	else if (strcmp(theirs->kernel, ours->kernel))
		snprintf(why, size, "kernel '%s' and '%s'", theirs->kernel, ours->kernel);
	else if (strcmp(theirs->build, ours->build))
		snprintf(why, size, "module build %s and %s", theirs->build, ours->build);
	else if (theirs->xfeatures != ours->xfeatures)
		snprintf(why, size, "CPU state features %llx and %llx",
			 le64_to_cpu(theirs->xfeatures), le64_to_cpu(ours->xfeatures));
	else if (theirs->node == ours->node)
		snprintf(why, size, "node id %u is used twice", le32_to_cpu(ours->node));
	return !*why;
}

static int krg_hello_send(struct krg_link *link, u8 type, const void *data, size_t len)
{
	struct krg_wire_head head = { .type = type };

	return krg_link_send_raw(link, &head, data, len, 0);
}

/* Receive a message into @data. Return: its length, or -errno. */
static int krg_hello_receive(struct krg_link *link, struct krg_wire_head *head, void *data,
			     size_t size)
{
	struct kvec vec[] = { { head, sizeof(*head) }, { data, size } };
	struct msghdr msg = {};
	int len = kernel_recvmsg(link->sock, &msg, vec, 2, sizeof(*head) + size, 0);

	if (len < 0)
		return len;
	if (len < sizeof(*head) || (msg.msg_flags & MSG_TRUNC))
		return -EPROTO;
	return len - sizeof(*head);
}

struct krg_hello_buffers {
	struct krg_wire_hello ours, theirs;
	char why[320];
};

static int krg_hello_exchange(struct krg_link *link, struct krg_hello_buffers *b)
{
	struct krg_wire_head head;
	u32 node;
	int len;

	krg_fill_hello(&b->ours);
	len = krg_hello_send(link, KRG_WIRE_HELLO, &b->ours, sizeof(b->ours));
	if (len)
		return len;
	len = krg_hello_receive(link, &head, &b->theirs, sizeof(b->theirs));
	if (len < 0)
		return len;
	node = le32_to_cpu(b->theirs.node);
	if (len != sizeof(b->theirs) || head.type != KRG_WIRE_HELLO || node < 1 ||
	    node >= KRG_MAX_NODES)
		return -EPROTO;
	if (!krg_hello_matches(&b->theirs, &b->ours, b->why, sizeof(b->why))) {
		krg_hello_send(link, KRG_WIRE_REFUSED, b->why, strlen(b->why) + 1);
		krg_peer_refused(node, b->why);
		return -EPROTONOSUPPORT;
	}
	len = krg_hello_send(link, KRG_WIRE_WELCOME, NULL, 0);
	if (len)
		return len;
	len = krg_hello_receive(link, &head, b->why, sizeof(b->why));
	if (len < 0)
		return len;
	if (head.type == KRG_WIRE_REFUSED && len) {
		b->why[len - 1] = 0;
		krg_peer_refused(node, b->why);
		return -EPROTONOSUPPORT;
	}
	if (head.type != KRG_WIRE_WELCOME)
		return -EPROTO;
	link->peer.node = node;
	link->peer.incarnation = le64_to_cpu(b->theirs.incarnation);
	return 0;
}

int krg_hello(struct krg_link *link)
{
	struct krg_hello_buffers *b = kzalloc(sizeof(*b), GFP_KERNEL);
	int err;

	if (!b)
		return -ENOMEM;
	link->sock->sk->sk_rcvtimeo = KRG_HELLO_TIMEOUT;
	link->sock->sk->sk_sndtimeo = KRG_HELLO_TIMEOUT;
	err = krg_hello_exchange(link, b);
	link->sock->sk->sk_rcvtimeo = MAX_SCHEDULE_TIMEOUT;
	link->sock->sk->sk_sndtimeo = MAX_SCHEDULE_TIMEOUT;
	kfree(b);
	return err;
}
