// SPDX-License-Identifier: GPL-2.0-only
/* The requests of /proc/kerrighed/services that concern nodes and the cluster. */
#include <linux/capability.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include "membership.h"

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

/* Checks that ADD, REMOVE and FAIL have in common. */
static long krg_get_set(void __user *arg, struct krg_set *set, struct krg_refusal *why)
{
	struct krg_hotplug_node_set request;
	int i;

	if (!capable(CAP_SYS_ADMIN))
		return krg_refuse(why, -EPERM, "this needs CAP_SYS_ADMIN");
	if (copy_from_user(&request, arg, sizeof(request)))
		return -EFAULT;
	for (i = KRG_MAX_NODES / 64; i < ARRAY_SIZE(request.nodes); i++)
		if (request.nodes[i])
			return krg_refuse(why, -EINVAL, "node ids are 1 to %d", KRG_MAX_NODES - 1);
	memcpy(set, request.nodes, sizeof(*set));
	if (krg_set_has(set, 0))
		return krg_refuse(why, -EINVAL, "node ids are 1 to %d", KRG_MAX_NODES - 1);
	if (request.subclusterid)
		return krg_refuse(why, -EPERM, "there is no subcluster %d", request.subclusterid);
	if (!krg_self_online())
		return krg_refuse(why, -EPERM, "this node is not online");
	return 0;
}

/* Do all nodes of @set have the state that a request wants? @self: this one may be in it. */
static long krg_check_states(const struct krg_set *set, int state, bool self,
			     struct krg_refusal *why)
{
	int node;

	if (!krg_quorate())
		return krg_refuse(why, -EAGAIN, "this node is cut off from the majority");
	krg_for_each_node(node, set) {
		if (krg_node_state(node) < KRG_NODE_PRESENT)
			return krg_refuse(why, -ENONET, "node %d is not there", node);
		if (krg_node_state(node) != state)
			return krg_refuse(why, -EPERM, "node %d is %s", node,
					  state == KRG_NODE_ONLINE ? "not online" :
					  "online already");
		if (node == krg_node_id() && !self)
			return krg_refuse(why, -EPERM, "node %d is this node", node);
	}
	return 0;
}

/* Ask each node of @set to do something, and wait until its state is @online. */
static long krg_each_node(const struct krg_set *set, int service, bool online,
			  struct krg_refusal *why)
{
	int node, err;

	krg_for_each_node(node, set) {
		err = krg_rpc_call(node, service, NULL, 0, NULL, 0);
		if (err)
			return krg_refuse(why, err, "node %d %s (error %d)", node,
					  online ? "did not start its container" :
					  "did not leave", -err);
		if (wait_event_killable(krg_membership_wait, krg_node_online(node) == online ||
					!krg_rpc_reachable(node) || !krg_self_online()))
			return krg_refuse(why, -EINTR, "interrupted while waiting for node %d",
					  node);
		if (krg_node_online(node) != online)
			return krg_refuse(why, -EHOSTDOWN, "node %d died", node);
	}
	return 0;
}

static long krg_hotplug_add(void __user *arg, struct krg_refusal *why)
{
	struct krg_set set;
	long err = krg_get_set(arg, &set, why);

	if (!err)
		err = krg_check_states(&set, KRG_NODE_PRESENT, true, why);
	return err ?: krg_each_node(&set, KRG_START, true, why);
}

static long krg_hotplug_remove(void __user *arg, struct krg_refusal *why)
{
	struct krg_set set;
	long err = krg_get_set(arg, &set, why);

	if (!err)
		err = krg_check_states(&set, KRG_NODE_ONLINE, false, why);
	return err ?: krg_each_node(&set, KRG_QUIT, false, why);
}

/* Also on a side without majority: so an administrator says that the other side is dead. */
static long krg_hotplug_fail(void __user *arg, struct krg_refusal *why)
{
	struct krg_set set;
	long err = krg_get_set(arg, &set, why);
	int node;

	if (err)
		return err;
	krg_for_each_node(node, &set) {
		if (!krg_node_online(node))
			return krg_refuse(why, -EPERM, "node %d is not online", node);
		if (node == krg_node_id())
			return krg_refuse(why, -EPERM, "node %d is this node", node);
	}
	err = krg_agree_request(KRG_FAIL, &set, sizeof(set), true);
	return err ? krg_refuse(why, err, "the cluster did not agree (error %ld)", -err) : 0;
}

/* Ask the nodes of @set to power off or restart; this one last. */
static long krg_power(struct krg_set set, u32 what)
{
	bool self = krg_set_has(&set, krg_node_id());
	int node, err, ret = 0;

	krg_set_remove(&set, krg_node_id());
	krg_for_each_node(node, &set) {
		err = krg_rpc_call(node, KRG_POWER, &what, sizeof(what), NULL, 0);
		if (err && err != -EHOSTDOWN)
			ret = err;
	}
	if (self)
		ret = krg_rpc_call(krg_node_id(), KRG_POWER, &what, sizeof(what), NULL, 0);
	return ret;
}

static long krg_hotplug_poweroff(void __user *arg, struct krg_refusal *why)
{
	struct krg_set set;
	long err;

	if (!capable(CAP_SYS_BOOT))
		return krg_refuse(why, -EPERM, "this needs CAP_SYS_BOOT");
	err = krg_get_set(arg, &set, why);
	return err ?: krg_power(set, KRG_POWER_OFF);
}

static long krg_power_cluster(void __user *arg, struct krg_refusal *why, u32 what)
{
	DECLARE_BITMAP(online, KRG_MAX_NODES);
	struct krg_set set;
	int subcluster;

	if (!capable(CAP_SYS_BOOT))
		return krg_refuse(why, -EPERM, "this needs CAP_SYS_BOOT");
	if (get_user(subcluster, (int __user *)arg))
		return -EFAULT;
	if (subcluster)
		return krg_refuse(why, -EPERM, "there is no subcluster %d", subcluster);
	krg_online_nodes(online);
	bitmap_to_arr64(set.w, online, KRG_MAX_NODES);
	return krg_power(set, what);
}

static long krg_hotplug_shutdown(void __user *arg, struct krg_refusal *why)
{
	return krg_power_cluster(arg, why, KRG_POWER_OFF);
}

static long krg_hotplug_restart(void __user *arg, struct krg_refusal *why)
{
	return krg_power_cluster(arg, why, KRG_POWER_RESTART);
}

static const struct krg_service_entry services[] = {
	{ KSYS_NB_MAX_NODES, krg_nb_max_nodes },
	{ KSYS_NB_MAX_CLUSTERS, krg_nb_max_clusters },
	{ KSYS_GET_NODE_ID, krg_get_node_id },
	{ KSYS_GET_NODES_COUNT, krg_get_nodes_count },
	{ KSYS_HOTPLUG_STATUS, krg_hotplug_status },
	{ KSYS_HOTPLUG_NODES, krg_hotplug_nodes },
	{ KSYS_HOTPLUG_ADD, krg_hotplug_add },
	{ KSYS_HOTPLUG_REMOVE, krg_hotplug_remove },
	{ KSYS_HOTPLUG_FAIL, krg_hotplug_fail },
	{ KSYS_HOTPLUG_POWEROFF, krg_hotplug_poweroff },
	{ KSYS_HOTPLUG_SHUTDOWN, krg_hotplug_shutdown },
	{ KSYS_HOTPLUG_RESTART, krg_hotplug_restart },
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
