// SPDX-License-Identifier: GPL-2.0-only
/* Network cards for the interconnect: asks tipc(8) to use one, or to leave it. */
#define pr_fmt(fmt) "krg_hotplug: " fmt

#include <linux/if_arp.h>
#include <linux/kmod.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/tipc.h>
#include <net/net_namespace.h>
#include "hotplug.h"

#define KRG_TOLERANCE		1500	/* ms, unless somebody says otherwise */
#define KRG_TOLERANCE_MIN	100
#define KRG_TOLERANCE_MAX	30000

static DEFINE_MUTEX(krg_tolerance_lock);	/* cards get the value that is read */
static unsigned int krg_tolerance;

static int krg_tipc(const char *const *words)
{
	static char * const env[] = { "PATH=/sbin:/bin:/usr/sbin:/usr/bin", NULL };
	const char *argv[12] = { "/usr/sbin/tipc" };
	int i, status;

	for (i = 0; words[i]; i++)
		argv[i + 1] = words[i];
	status = call_usermodehelper(argv[0], (char **)argv, (char **)env, UMH_WAIT_PROC);
	if (status < 0) {
		pr_err("cannot run %s (error %d): install iproute2\n", argv[0], status);
		return status;
	}
	return status ? -EIO : 0;
}

/*
 * TIPC takes an address once, and keeps it when our modules are unloaded.
 * Return: this node's TIPC address, 0 if it has none yet.
 */
static u32 krg_tipc_address(void)
{
	struct sockaddr_tipc name;
	struct socket *sock;
	u32 own = 0;

	if (sock_create_kern(&init_net, AF_TIPC, SOCK_RDM, 0, &sock))
		return 0;
	if (kernel_getsockname(sock, (struct sockaddr *)&name) >= 0)
		own = name.addr.id.node;
	sock_release(sock);
	return own;
}

/* TIPC's own idea of who and where we are must be there before its first card. */
static int krg_tipc_identity(void)
{
	char address[16], netid[8];
	u32 own = krg_tipc_address();
	int err;

	if (own == tipc_addr(1, 1, krg_node_id() + 1))
		return 0;
	if (own) {
		pr_err("TIPC has the address of another node (0x%x): unload it first (modprobe -r tipc)\n",
		       own);
		return -EBUSY;
	}
	snprintf(address, sizeof(address), "1.1.%d", krg_node_id() + 1);
	snprintf(netid, sizeof(netid), "%d", krg_session_id());
	err = krg_tipc((const char *[]){ "node", "set", "netid", netid, NULL });
	return err ?: krg_tipc((const char *[]){ "node", "set", "address", address, NULL });
}

/*
 * TIPC probes four times per tolerance, but at least each 500 ms, and takes a link
 * down at the second probe after the tolerance: a dead node is found at the latest
 * after that.
 */
static unsigned int krg_link_tolerance(unsigned int ms)
{
	return ms > 3000 ? ms - 1000 : ms * 2 / 3;
}

static int krg_bearer_tolerance(const char *device)
{
	char tolerance[12];

	snprintf(tolerance, sizeof(tolerance), "%u", krg_link_tolerance(krg_tolerance));
	return krg_tipc((const char *[]){ "bearer", "set", "tolerance", tolerance, "media", "eth",
					  "device", device, NULL });
}

/*
 * With more than 32 nodes TIPC has each of them watch only some others, and the rest hears of a
 * death from those: that takes longer than the tolerance, and saves no message since Linux 5.5,
 * where a silent link is probed anyway. So each watches all.
 */
static int krg_tipc_watch_all(void)
{
	char nodes[8];

	snprintf(nodes, sizeof(nodes), "%d", KRG_MAX_NODES);
	return krg_tipc((const char *[]){ "link", "monitor", "set", "threshold", nodes, NULL });
}

static int krg_bearer(const char *device, bool on)
{
	const char *const words[] = {
		"bearer", on ? "enable" : "disable", "media", "eth", "device", device, NULL
	};
	int err = on ? krg_tipc_identity() ?: krg_tipc_watch_all() : 0;

	if (!err)
		err = krg_tipc(words);
	if (!err && on) {
		mutex_lock(&krg_tolerance_lock);
		krg_tolerance = krg_tolerance ?: KRG_TOLERANCE;
		err = krg_bearer_tolerance(device);
		mutex_unlock(&krg_tolerance_lock);
	}
	if (err)
		pr_err("%s cannot be switched %s for the interconnect (error %d)\n", device,
		       on ? "on" : "off", err);
	return err;
}

/* Calls @fn for every Ethernet card that is up. Return: 0 if it was right for one of them. */
static int krg_each_card(int (*fn)(const char *device, bool on), bool on)
{
	char (*names)[IFNAMSIZ] = NULL;
	struct net_device *dev;
	int n = 0, i, err, ret = -ENODEV;

	rtnl_lock();
	for_each_netdev(&init_net, dev)
		n++;
	names = kcalloc(n, sizeof(*names), GFP_KERNEL);
	n = 0;
	if (names)
		for_each_netdev(&init_net, dev)
			if (dev->type == ARPHRD_ETHER && (dev->flags & IFF_UP))
				strscpy(names[n++], dev->name, IFNAMSIZ);
	rtnl_unlock();
	if (!names)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		err = fn(names[i], on);
		if (ret)
			ret = err;
	}
	kfree(names);
	return ret;
}

static int krg_card_tolerance(const char *device, bool unused)
{
	return krg_bearer_tolerance(device);
}

unsigned int krg_failure_tolerance(void)
{
	return READ_ONCE(krg_tolerance);
}

int krg_set_failure_tolerance(unsigned int ms)
{
	int err;

	if (ms < KRG_TOLERANCE_MIN || ms > KRG_TOLERANCE_MAX)
		return -EINVAL;
	mutex_lock(&krg_tolerance_lock);
	WRITE_ONCE(krg_tolerance, ms);
	/* most cards are not for the interconnect, or none is yet: TIPC refuses those */
	err = krg_each_card(krg_card_tolerance, true);
	mutex_unlock(&krg_tolerance_lock);
	return err == -EIO || err == -ENODEV ? 0 : err;
}

int krg_net_device(const char *word)
{
	bool on = *word != '-';

	if (*word == '+' || *word == '-')
		word++;
	if (!strcmp(word, "ALL"))
		return krg_each_card(krg_bearer, on);
	if (!*word || strlen(word) >= IFNAMSIZ)
		return -EINVAL;
	return krg_bearer(word, on);
}
