/* SPDX-License-Identifier: GPL-2.0-only */
/* Membership of the cluster, the container's life, and the services file. */
#ifndef KRG_HOTPLUG_H
#define KRG_HOTPLUG_H

#include <linux/bitmap.h>
#include <linux/notifier.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <kerrighed/hooks.h>
#include <kerrighed/rpc.h>
#include <uapi/kerrighed/services.h>

bool krg_node_online(int node);			/* any context */
bool krg_self_online(void);
/* Online nodes of the current view, and its epoch. Any context. */
u64 krg_online_nodes(unsigned long *nodes /* KRG_MAX_NODES bits */);
/* Is this node in the majority of the last agreed view? Cluster-wide decisions need it. */
bool krg_quorate(void);
/*
 * Does this node belong to the cluster? No longer as soon as it has been put out
 * or begins to leave, while krg_self_online() is true until its container has ended.
 */
bool krg_self_member(void);
/* Woken when one of these two changes. */
extern wait_queue_head_t krg_membership_wait;

/*
 * Changes of the view, in the order of priority (hotplug/notify.c says which
 * module has which). Process context, may sleep; data is struct krg_view_change.
 * LEAVE comes before this node leaves in good order: last time to talk to peers.
 */
enum {
	KRG_VIEW_JOINED,	/* this node is in a cluster now */
	KRG_VIEW_ADDED,		/* another node came in */
	KRG_VIEW_REMOVED,	/* another node left in good order */
	KRG_VIEW_FAILED,	/* another node died */
	KRG_VIEW_LEAVING,	/* this node is about to leave; peers still answer */
	KRG_VIEW_LEFT,		/* this node is in no cluster any more */
	KRG_VIEW_PARTING,	/* nothing runs in its container any more; peers still answer */
	KRG_VIEW_EVICTED,	/* the others have put this node out; it has not left yet */
};

struct krg_view_change {
	int node;		/* who joined, was removed, or died */
	u64 epoch;
};

enum {
	KRG_PRIO_PROCFS = 5, KRG_PRIO_EPM = 10, KRG_PRIO_PROC = 20, KRG_PRIO_CAPABILITY = 30,
	KRG_PRIO_SYNC = 35, KRG_PRIO_KDDM = 40, KRG_PRIO_IPC = 50, KRG_PRIO_MM = 60,
};	/* higher first */
int krg_view_notify(struct notifier_block *nb);
void krg_view_unnotify(struct notifier_block *nb);

/*
 * What works only if all nodes of a cluster have it, also on the wire. A node joins none whose
 * nodes have others than it has, so it may come and go only while the node is in no cluster.
 */
enum { KRG_PART_KDDM = 1, KRG_PART_IPC = 2, KRG_PART_SYNC = 4 };
void krg_part_add(u32 part);
void krg_part_remove(u32 part);

/*
 * Why a request was refused: an errno for the program, a sentence for the person.
 * read(2) on the services file gives the sentence of that file's last refusal.
 */
struct krg_refusal {
	char text[256];
};

/* Return: @err. @why may be NULL. */
__printf(3, 4) int krg_refuse(struct krg_refusal *why, int err, const char *fmt, ...);

/**
 * typedef krg_service - serves one ioctl of /proc/kerrighed/services
 * @arg: as user space gave it; every access is the handler's to check
 * Process context of the caller. Return: value of ioctl(2), or -errno.
 */
typedef long (*krg_service)(void __user *arg, struct krg_refusal *why);

struct krg_service_entry {
	unsigned int cmd;
	krg_service run;
	bool anywhere;		/* also for callers outside the container */
};

/* Tables end with an entry whose run is NULL. Unregistering waits for callers inside. */
int krg_services_register(const struct krg_service_entry *table);
void krg_services_unregister(const struct krg_service_entry *table);

struct kobject;
struct proc_dir_entry;

extern struct kobject *krg_kobj;		/* /sys/kerrighed */
extern struct proc_dir_entry *krg_procdir;	/* /proc/kerrighed */

struct seq_file;

/* A file in each folder of /proc/nodes. */
struct krg_node_file {
	const char *name;
	/* m->private: id of the folder's node as a (void *)(long); NULL in folder "cluster" */
	int (*show)(struct seq_file *m, void *unused);
};

/**
 * krg_node_files() - have the folders of /proc/nodes show these files from now on
 * @files: ends with an entry without a name; NULL: none any more
 * May sleep; waits until nobody reads the ones that go.
 */
void krg_node_files(const struct krg_node_file *files);

/*
 * The container's init on this node, or NULL. Counted reference: put_task_struct().
 * Its namespaces, root and working directory are those of a process that arrives.
 */
struct task_struct *krg_container_init(void);

#endif /* KRG_HOTPLUG_H */
