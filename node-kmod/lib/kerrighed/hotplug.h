/* SPDX-License-Identifier: GPL-2.0-only */
/* Nodes of the cluster: sets of them, their states, adding and removing them. */
#ifndef KERRIGHED_HOTPLUG_H
#define KERRIGHED_HOTPLUG_H

#ifdef __cplusplus
extern "C" {
#endif

enum krg_status {
	HOTPLUG_NODE_INVALID,
	HOTPLUG_NODE_POSSIBLE,
	HOTPLUG_NODE_PRESENT,
	HOTPLUG_NODE_ONLINE,
};

struct krg_nodes {
	char *nodes;		/* a state a node */
};

struct krg_clusters {
	char *clusters;		/* not 0: up */
};

struct krg_node_set {
	int subclusterid;
	char *v;		/* not 0: in the set */
};

/* Asks the kernel for its limits. 0, or -1 with errno. */
int krg_hotplug_init(void);
/* 0: this runs in the Kerrighed container and the cluster answers; 1: not. */
int krg_check_hotplug(void);
/* 0: this runs in the Kerrighed container; -1: not, errno says why. */
int krg_check_container(void);
const char *krg_status_str(int status);

/*
 * Sets of nodes. create: NULL with errno when out of memory. add, remove: -1 if
 * there is no such node id. next: the next member after n, -1 to begin with,
 * and -1 at the end.
 */
struct krg_node_set *krg_node_set_create(void);
void krg_node_set_destroy(struct krg_node_set *set);
void krg_node_set_clear(struct krg_node_set *set);
int krg_node_set_add(struct krg_node_set *set, int n);
int krg_node_set_remove(struct krg_node_set *set, int n);
int krg_node_set_contains(struct krg_node_set *set, int n);
int krg_node_set_weight(struct krg_node_set *set);
int krg_node_set_next(struct krg_node_set *set, int n);

/* States of all nodes. num: how many are in a state; is: -1 if there is no such node id. */
struct krg_nodes *krg_nodes_create(void);
void krg_nodes_destroy(struct krg_nodes *nodes);
int krg_nodes_num(struct krg_nodes *nodes, enum krg_status s);
int krg_nodes_num_online(struct krg_nodes *nodes);
int krg_nodes_num_possible(struct krg_nodes *nodes);
int krg_nodes_num_present(struct krg_nodes *nodes);
int krg_nodes_is(struct krg_nodes *nodes, int node, enum krg_status s);
int krg_nodes_is_online(struct krg_nodes *nodes, int node);
int krg_nodes_is_possible(struct krg_nodes *nodes, int node);
int krg_nodes_is_present(struct krg_nodes *nodes, int node);
int krg_nodes_next(struct krg_nodes *nodes, int node, enum krg_status s);
int krg_nodes_next_online(struct krg_nodes *nodes, int node);
int krg_nodes_next_possible(struct krg_nodes *nodes, int node);
int krg_nodes_next_present(struct krg_nodes *nodes, int node);
struct krg_node_set *krg_nodes_get(struct krg_nodes *nodes, enum krg_status s);
struct krg_node_set *krg_nodes_get_online(struct krg_nodes *nodes);
struct krg_node_set *krg_nodes_get_possible(struct krg_nodes *nodes);
struct krg_node_set *krg_nodes_get_present(struct krg_nodes *nodes);
enum krg_status krg_nodes_getnode(struct krg_nodes *nodes, int node);
int krg_nodes_nextnode(struct krg_nodes *nodes, int node);

struct krg_clusters *krg_clusters_create(void);
void krg_clusters_destroy(struct krg_clusters *clusters);
int krg_clusters_is_up(struct krg_clusters *clusters, int cluster);

/* Requests to the kernel: -1 or NULL with errno; krg_refusal() has the sentence. */
int krg_nodes_add(struct krg_node_set *set);
int krg_nodes_remove(struct krg_node_set *set);
int krg_nodes_fail(struct krg_node_set *set);
int krg_nodes_poweroff(struct krg_node_set *set);
struct krg_nodes *krg_nodes_status(void);
struct krg_clusters *krg_cluster_status(void);
int krg_set_cluster_creator(int enable);
int krg_node_ready(int setup_ok);
int krg_cluster_shutdown(int subclusterid);
int krg_cluster_reboot(int subclusterid);

#ifdef __cplusplus
}
#endif

#endif /* KERRIGHED_HOTPLUG_H */
