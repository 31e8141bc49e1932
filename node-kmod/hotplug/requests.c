// SPDX-License-Identifier: GPL-2.0-only
/* The requests of /proc/kerrighed/services that concern nodes and the cluster. */
#include <linux/capability.h>
#include <linux/uaccess.h>
#include "hotplug.h"

static long krg_put_int(int value, void __user *arg)
{
	return put_user(value, (int __user *)arg);
}

static long krg_nb_max_nodes(void __user *arg, struct krg_refusal *why)
{
	return krg_put_int(KRG_MAX_NODES, arg);
}

static long krg_nb_max_clusters(void __user *arg, struct krg_refusal *why)
{
	return krg_put_int(KERRIGHED_MAX_CLUSTERS, arg);
}

static long krg_get_node_id(void __user *arg, struct krg_refusal *why)
{
	return krg_put_int(krg_node_id(), arg);
}

static long krg_get_nodes_count(void __user *arg, struct krg_refusal *why)
{
	DECLARE_BITMAP(online, KRG_MAX_NODES);

	krg_online_nodes(online);
	return krg_put_int(bitmap_weight(online, KRG_MAX_NODES), arg);
}

static long krg_hotplug_status(void __user *arg, struct krg_refusal *why)
{
	struct krg_hotplug_clusters status = {};

	status.clusters[0] = krg_self_online();
	return copy_to_user(arg, &status, sizeof(status)) ? -EFAULT : 0;
}

static long krg_hotplug_nodes(void __user *arg, struct krg_refusal *why)
{
	struct krg_hotplug_nodes request;
	char states[KRG_MAX_NODES];
	int node;

	if (copy_from_user(&request, arg, sizeof(request)))
		return -EFAULT;
	for (node = 0; node < KRG_MAX_NODES; node++)
		states[node] = node ? krg_node_state(node) : KRG_NODE_INVALID;
	return copy_to_user(u64_to_user_ptr(request.nodes), states, sizeof(states)) ? -EFAULT : 0;
}

static long krg_hotplug_set_creator(void __user *arg, struct krg_refusal *why)
{
	return krg_set_creator((unsigned long)arg, why);
}

static long krg_hotplug_ready(void __user *arg, struct krg_refusal *why)
{
	return krg_container_ready(why);
}

static const struct krg_service_entry services[] = {
	{ KSYS_NB_MAX_NODES, krg_nb_max_nodes },
	{ KSYS_NB_MAX_CLUSTERS, krg_nb_max_clusters },
	{ KSYS_GET_NODE_ID, krg_get_node_id },
	{ KSYS_GET_NODES_COUNT, krg_get_nodes_count },
	{ KSYS_HOTPLUG_STATUS, krg_hotplug_status },
	{ KSYS_HOTPLUG_NODES, krg_hotplug_nodes },
	{ KSYS_HOTPLUG_SET_CREATOR, krg_hotplug_set_creator, .anywhere = true },
	/* the container is not there yet: READY looks for itself where it is called */
	{ KSYS_HOTPLUG_READY, krg_hotplug_ready, .anywhere = true },
	{}
};

int krg_requests_init(void)
{
	return krg_services_register(services);
}

void krg_requests_exit(void)
{
	krg_services_unregister(services);
}
