/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* The requests of /proc/kerrighed/services, as in Kerrighed 3.0. */
#ifndef _UAPI_KERRIGHED_SERVICES_H
#define _UAPI_KERRIGHED_SERVICES_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define KRG_VERSION			"0.1.0"	/* of modules and tools */
#define KERRIGHED_ABI			"1"
#define KERRIGHED_HARD_MAX_NODES	256
#define KERRIGHED_MAX_CLUSTERS		256

/* A set of nodes; bit n % 64 of word n / 64 is node n. */
struct krg_hotplug_node_set {
	__s32 subclusterid;
	__u32 pad;
	__u64 nodes[KERRIGHED_HARD_MAX_NODES / 64];
};

/* One byte a subcluster: not 0 when it is up. */
struct krg_hotplug_clusters {
	char clusters[KERRIGHED_MAX_CLUSTERS];
};

/* Where to put one byte a node (KRG_NODE_*), KSYS_NB_MAX_NODES bytes. */
struct krg_hotplug_nodes {
	__u64 nodes;		/* char * */
};

#define KRG_NODE_INVALID	0
#define KRG_NODE_POSSIBLE	1
#define KRG_NODE_PRESENT	2
#define KRG_NODE_ONLINE		3

#define KRG_MAGIC 0xD1

#define KSYS_NB_MAX_NODES	_IOR(KRG_MAGIC, 6, int)
#define KSYS_NB_MAX_CLUSTERS	_IOR(KRG_MAGIC, 7, int)
#define KSYS_GET_NODE_ID	_IOR(KRG_MAGIC, 32, int)
#define KSYS_GET_NODES_COUNT	_IOR(KRG_MAGIC, 33, int)
/* the argument of the next two is an int *, whatever their size field says */
#define KSYS_HOTPLUG_RESTART	_IOC(_IOC_WRITE, KRG_MAGIC, 36, 32)
#define KSYS_HOTPLUG_SHUTDOWN	_IOC(_IOC_WRITE, KRG_MAGIC, 37, 32)
#define KSYS_HOTPLUG_STATUS	_IOR(KRG_MAGIC, 39, struct krg_hotplug_clusters)
#define KSYS_HOTPLUG_ADD	_IOW(KRG_MAGIC, 40, struct krg_hotplug_node_set)
#define KSYS_HOTPLUG_REMOVE	_IOW(KRG_MAGIC, 41, struct krg_hotplug_node_set)
#define KSYS_HOTPLUG_FAIL	_IOW(KRG_MAGIC, 42, struct krg_hotplug_node_set)
#define KSYS_HOTPLUG_NODES	_IOWR(KRG_MAGIC, 43, struct krg_hotplug_nodes)
#define KSYS_HOTPLUG_POWEROFF	_IOW(KRG_MAGIC, 44, struct krg_hotplug_node_set)
/* these two have their argument in the pointer itself */
#define KSYS_HOTPLUG_SET_CREATOR _IO(KRG_MAGIC, 46)
#define KSYS_HOTPLUG_READY	_IO(KRG_MAGIC, 47)

#endif /* _UAPI_KERRIGHED_SERVICES_H */
