// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <kerrighed/hotplug.h>
#include <kerrighed/services.h>

int krg_hotplug_init(void)
{
	int nodes, clusters;

	if (call_kerrighed_services(KSYS_NB_MAX_NODES, &nodes) ||
	    call_kerrighed_services(KSYS_NB_MAX_CLUSTERS, &clusters))
		return -1;
	kerrighed_max_nodes = nodes;
	kerrighed_max_clusters = clusters;
	return 0;
}

int krg_check_container(void)
{
	int id;

	if (access("/proc/nodes/self", F_OK))
		return -1;
	return call_kerrighed_services(KSYS_GET_NODE_ID, &id);
}

int krg_check_hotplug(void)
{
	return krg_check_container() || krg_hotplug_init() ? 1 : 0;
}

const char *krg_status_str(int status)
{
	static const char *const names[] = { "invalid", "possible", "present", "online" };

	return status >= 0 && status <= HOTPLUG_NODE_ONLINE ? names[status] : "unknown";
}

static int valid(int n)
{
	return n >= 0 && n < kerrighed_max_nodes;
}

struct krg_node_set *krg_node_set_create(void)
{
	struct krg_node_set *set = calloc(1, sizeof(*set));

	if (!set)
		return NULL;
	set->v = calloc(kerrighed_max_nodes, 1);
	if (!set->v) {
		free(set);
		return NULL;
	}
	return set;
}

void krg_node_set_destroy(struct krg_node_set *set)
{
	if (!set)
		return;
	free(set->v);
	free(set);
}

void krg_node_set_clear(struct krg_node_set *set)
{
	memset(set->v, 0, kerrighed_max_nodes);
}

int krg_node_set_add(struct krg_node_set *set, int n)
{
	if (!valid(n))
		return -1;
	set->v[n] = 1;
	return 0;
}

int krg_node_set_remove(struct krg_node_set *set, int n)
{
	if (!valid(n))
		return -1;
	set->v[n] = 0;
	return 0;
}

int krg_node_set_contains(struct krg_node_set *set, int n)
{
	return valid(n) && set->v[n];
}

int krg_node_set_weight(struct krg_node_set *set)
{
	int i, weight = 0;

	for (i = 0; i < kerrighed_max_nodes; i++)
		weight += !!set->v[i];
	return weight;
}

int krg_node_set_next(struct krg_node_set *set, int n)
{
	for (n++; valid(n); n++)
		if (set->v[n])
			return n;
	return -1;
}

struct krg_nodes *krg_nodes_create(void)
{
	struct krg_nodes *nodes = calloc(1, sizeof(*nodes));

	if (!nodes)
		return NULL;
	nodes->nodes = calloc(kerrighed_max_nodes, 1);
	if (!nodes->nodes) {
		free(nodes);
		return NULL;
	}
	return nodes;
}

void krg_nodes_destroy(struct krg_nodes *nodes)
{
	if (!nodes)
		return;
	free(nodes->nodes);
	free(nodes);
}

int krg_nodes_num(struct krg_nodes *nodes, enum krg_status s)
{
	int n, num = 0;

	for (n = 0; valid(n); n++)
		num += nodes->nodes[n] == (char)s;
	return num;
}

int krg_nodes_is(struct krg_nodes *nodes, int node, enum krg_status s)
{
	return valid(node) ? nodes->nodes[node] == (char)s : -1;
}

int krg_nodes_next(struct krg_nodes *nodes, int node, enum krg_status s)
{
	for (node++; valid(node); node++)
		if (nodes->nodes[node] == (char)s)
			return node;
	return -1;
}

struct krg_node_set *krg_nodes_get(struct krg_nodes *nodes, enum krg_status s)
{
	struct krg_node_set *set = krg_node_set_create();
	int n;

	if (!set)
		return NULL;
	for (n = 0; valid(n); n++)
		set->v[n] = nodes->nodes[n] == (char)s;
	return set;
}

#define FOR_STATE(name, state)							\
	int krg_nodes_num_##name(struct krg_nodes *nodes)			\
	{									\
		return krg_nodes_num(nodes, state);				\
	}									\
	int krg_nodes_is_##name(struct krg_nodes *nodes, int node)		\
	{									\
		return krg_nodes_is(nodes, node, state);			\
	}									\
	int krg_nodes_next_##name(struct krg_nodes *nodes, int node)		\
	{									\
		return krg_nodes_next(nodes, node, state);			\
	}									\
	struct krg_node_set *krg_nodes_get_##name(struct krg_nodes *nodes)	\
	{									\
		return krg_nodes_get(nodes, state);				\
	}

FOR_STATE(possible, HOTPLUG_NODE_POSSIBLE)
FOR_STATE(present, HOTPLUG_NODE_PRESENT)
FOR_STATE(online, HOTPLUG_NODE_ONLINE)

enum krg_status krg_nodes_getnode(struct krg_nodes *nodes, int node)
{
	return valid(node) ? (enum krg_status)nodes->nodes[node] : HOTPLUG_NODE_INVALID;
}

int krg_nodes_nextnode(struct krg_nodes *nodes, int node)
{
	for (node++; valid(node); node++)
		if (nodes->nodes[node] != HOTPLUG_NODE_INVALID)
			return node;
	return -1;
}

struct krg_clusters *krg_clusters_create(void)
{
	struct krg_clusters *clusters = calloc(1, sizeof(*clusters));

	if (!clusters)
		return NULL;
	clusters->clusters = calloc(1, sizeof(struct krg_hotplug_clusters));
	if (!clusters->clusters) {
		free(clusters);
		return NULL;
	}
	return clusters;
}

void krg_clusters_destroy(struct krg_clusters *clusters)
{
	if (!clusters)
		return;
	free(clusters->clusters);
	free(clusters);
}

int krg_clusters_is_up(struct krg_clusters *clusters, int cluster)
{
	if (cluster < 0 || cluster >= kerrighed_max_clusters)
		return -1;
	return !!clusters->clusters[cluster];
}

static int request(int service, struct krg_node_set *set)
{
	struct krg_hotplug_node_set arg = { .subclusterid = set->subclusterid };
	int n;

	for (n = 0; valid(n); n++)
		if (set->v[n])
			arg.nodes[n / 64] |= 1ULL << n % 64;
	return call_kerrighed_services(service, &arg);
}

int krg_nodes_add(struct krg_node_set *set)
{
	return request(KSYS_HOTPLUG_ADD, set);
}

int krg_nodes_remove(struct krg_node_set *set)
{
	return request(KSYS_HOTPLUG_REMOVE, set);
}

int krg_nodes_fail(struct krg_node_set *set)
{
	return request(KSYS_HOTPLUG_FAIL, set);
}

int krg_nodes_poweroff(struct krg_node_set *set)
{
	return request(KSYS_HOTPLUG_POWEROFF, set);
}

struct krg_nodes *krg_nodes_status(void)
{
	struct krg_nodes *nodes = krg_nodes_create();
	struct krg_hotplug_nodes arg;

	if (!nodes)
		return NULL;
	arg.nodes = (uintptr_t)nodes->nodes;
	if (call_kerrighed_services(KSYS_HOTPLUG_NODES, &arg)) {
		krg_nodes_destroy(nodes);
		return NULL;
	}
	return nodes;
}

struct krg_clusters *krg_cluster_status(void)
{
	struct krg_clusters *clusters = krg_clusters_create();

	if (!clusters)
		return NULL;
	if (call_kerrighed_services(KSYS_HOTPLUG_STATUS, clusters->clusters)) {
		krg_clusters_destroy(clusters);
		return NULL;
	}
	return clusters;
}

int krg_set_cluster_creator(int enable)
{
	return call_kerrighed_services(KSYS_HOTPLUG_SET_CREATOR, (void *)(intptr_t)enable);
}

int krg_node_ready(int setup_ok)
{
	return call_kerrighed_services(KSYS_HOTPLUG_READY, (void *)(intptr_t)setup_ok);
}

int krg_cluster_shutdown(int subclusterid)
{
	return call_kerrighed_services(KSYS_HOTPLUG_SHUTDOWN, &subclusterid);
}

int krg_cluster_reboot(int subclusterid)
{
	return call_kerrighed_services(KSYS_HOTPLUG_RESTART, &subclusterid);
}
