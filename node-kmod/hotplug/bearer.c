// SPDX-License-Identifier: GPL-2.0-only
/* Network cards for the interconnect: asks tipc(8) to use one, or to leave it. */
#define pr_fmt(fmt) "krg_hotplug: " fmt

#include <linux/if_arp.h>
#include <linux/kmod.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/tipc.h>
#include <net/net_namespace.h>
#include "hotplug.h"

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

static int krg_bearer(const char *device, bool on)
{
	const char *const words[] = {
		"bearer", on ? "enable" : "disable", "media", "eth", "device", device, NULL
	};
	int err = on ? krg_tipc_identity() : 0;

	if (!err)
		err = krg_tipc(words);
	if (err)
		pr_err("%s cannot be switched %s for the interconnect (error %d)\n", device,
		       on ? "on" : "off", err);
	return err;
}

/* Every Ethernet card that is up. */
static int krg_all_bearers(bool on)
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
		err = krg_bearer(names[i], on);
		if (ret)
			ret = err;
	}
	kfree(names);
	return ret;
}

int krg_net_device(const char *word)
{
	bool on = *word != '-';

	if (*word == '+' || *word == '-')
		word++;
	if (!strcmp(word, "ALL"))
		return krg_all_bearers(on);
	if (!*word || strlen(word) >= IFNAMSIZ)
		return -EINVAL;
	return krg_bearer(word, on);
}
