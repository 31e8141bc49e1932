/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KRG_HOTPLUG_PRIVATE_H
#define KRG_HOTPLUG_PRIVATE_H

#include <kerrighed/hotplug.h>

/* services.c */
int krg_services_init(void);
void krg_services_exit(void);

/* requests.c: the ioctls of this module */
int krg_requests_init(void);
void krg_requests_exit(void);

/* container.c */
int krg_container_setup(void);
void krg_container_teardown(void);
long krg_set_creator(bool creator, struct krg_refusal *why);
long krg_container_ready(struct krg_refusal *why);

/* sysfs.c */
int krg_sysfs_init(void);
void krg_sysfs_exit(void);
bool krg_join_only(void);
unsigned int krg_join_timeout(void);		/* seconds */
/* runs the cluster_init_helper; its exit status as errno */
int krg_run_init_helper(void);

/* bearer.c: applies one word written to net_devices */
int krg_net_device(const char *word);
/*
 * The longest silence before a node is taken for dead, ms. 0: not set since this
 * module was loaded. Setting it is for all network cards, those switched on later too.
 */
unsigned int krg_failure_tolerance(void);
int krg_set_failure_tolerance(unsigned int ms);

/* proc_nodes.c */
int krg_proc_nodes_init(void);
void krg_proc_nodes_exit(void);
void krg_proc_nodes_update(const unsigned long *online);

/* events.c: a line for the readers of /dev/kerrighed */
int krg_events_init(void);
void krg_events_exit(void);
__printf(1, 2) void krg_event(const char *fmt, ...);

/* notify.c */
int krg_notify_init(void);
void krg_notify_exit(void);
void krg_view_change(unsigned long event, int node, u64 epoch);

/* membership.c */
int krg_membership_init(void);
void krg_membership_exit(void);
int krg_join(struct krg_refusal *why);		/* killable */
void krg_leaving(void);				/* last time to talk to peers */
void krg_leave(void);
int krg_node_state(int node);			/* KRG_NODE_* */

#endif /* KRG_HOTPLUG_PRIVATE_H */
