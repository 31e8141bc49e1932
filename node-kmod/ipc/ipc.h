/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System V segments, sets of semaphores and message queues of the containers of all nodes: each
 * node has each of them, as one of its kernel with the same id and key. The pages of segments
 * are the cluster's (krg_mm). What is in a set or a queue is at its keeper, the node that made
 * it, or another one if that leaves: the others ask it (keep.c, ticket.c). If it dies they are
 * gone.
 *
 * What changes which of them there are goes through the master, the online node with the lowest
 * id, which tells all nodes: so each of them can be the next one. A segment that has been removed
 * stays until nobody has it attached: only the master knows which nodes do, and those tell it
 * when they don't any more.
 *
 * Locks in order: krg_tell_lock (attach.c; asks the master), krg_master_lock (of the master;
 * tells nodes), krg_ipc_lock, the kernel's ids->rwsem. Nobody waits for another node with
 * krg_ipc_lock.
 */
#ifndef KRG_IPC_PRIVATE_H
#define KRG_IPC_PRIVATE_H

#include <linux/file.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <kerrighed/hooks.h>
#include <kerrighed/hotplug.h>
#include <kerrighed/rpc.h>
#include <kerrighed/set.h>
#include "symbols.h"
#include "wire.h"

struct krg_keep;

struct krg_ipc_object {
	u8 kind;			/* enum krg_ipc_kind */
	bool everywhere;		/* all nodes have been told of it */
	bool removed;
	int id, key;			/* key: IPC_PRIVATE once it is removed */
	u32 number;
	int flags;			/* of the call that made it, those that count later */
	u64 size;			/* bytes, or semaphores */
	pid_t creator;			/* in the container */
	struct rcu_head rcu;
	/* segments: */
	struct file *file;
	bool used;			/* removed, but the master knows that this node has it */
	unsigned int attaching;		/* calls of shmat() under way */
	struct krg_set users;		/* at the master, once it is removed: who has it */
	/* the others: */
	int keeper;
	struct krg_keep *keep;		/* at the keeper */
	/* stat.c, when last asked for: */
	u64 elsewhere;			/* how often other nodes have it attached */
	pid_t last;			/* who attached or detached last, on any node */
	time64_t attached_at, detached_at;
	struct krg_keep_stat stat;
};

/* object.c; krg_ipc_lock */
extern struct mutex krg_ipc_lock;
extern struct xarray krg_ipc_objects;	/* krg_ipc_index() -> struct krg_ipc_object */
static inline unsigned long krg_ipc_index(u8 kind, int id)
{
	return (unsigned long)kind << 32 | id;
}

struct krg_ipc_object *krg_ipc_find(u8 kind, int id);
/* As @wire says, with any id if that is negative, which is then set. Return: 0, -errno */
int krg_ipc_make(struct krg_ipc_wire *wire);
void krg_ipc_destroy(struct krg_ipc_object *obj, bool remove);
void krg_ipc_remove(struct krg_ipc_object *obj);
void krg_ipc_set(struct krg_ipc_object *obj, const struct krg_ipc_wire *wire);
/* All that other nodes need to know of it */
void krg_ipc_describe(struct krg_ipc_object *obj, struct krg_ipc_wire *wire);

/* kernel.c: the kernel's own */
extern struct ipc_namespace *krg_ipc_ns;	/* the container's; NULL: not in a cluster */
static inline struct ipc_ids *krg_ids(enum krg_ipc_kind kind)
{
	return &krg_ipc_ns->ids[kind];
}

static inline struct shmid_kernel *krg_shm_of(struct kern_ipc_perm *perm)
{
	return container_of(perm, struct shmid_kernel, shm_perm);
}

/* Locked, under RCU; NULL: there is none */
struct kern_ipc_perm *krg_perm_lock(enum krg_ipc_kind kind, int id);
void krg_perm_unlock(struct kern_ipc_perm *perm);
time64_t *krg_perm_changed(enum krg_ipc_kind kind, struct kern_ipc_perm *perm);
/* Owner, mode and time of change; locked */
void krg_perm_set(enum krg_ipc_kind kind, struct kern_ipc_perm *perm,
		  const struct krg_ipc_wire *wire);
/* Return: the id, or -errno. @file: of a segment, a reference */
int krg_kernel_make(const struct krg_ipc_wire *wire, struct file **file);
/* Nobody finds it by its key any more. */
void krg_kernel_hide(enum krg_ipc_kind kind, int id);
/* A segment: if it exists, nobody has it attached. */
void krg_kernel_free(enum krg_ipc_kind kind, int id);
unsigned long krg_shm_attached(int id);
/* Does current use the container's namespace? */
bool krg_ipc_here(void);

/* serve.c: what the master tells nodes */
int krg_ipc_serve_init(void);
void krg_ipc_serve_exit(void);
/* Return: bytes of answer, or -errno */
ssize_t krg_ipc_tell(int node, struct krg_ipc_wire *wire, void *answer, size_t max);

/* master.c: what nodes ask the master */
int krg_master_init(void);
void krg_master_exit(void);
int krg_master_node(void);
/* Return: 0, @wire->id may be set; -errno. A fatal signal ends it. */
int krg_master_ask(struct krg_ipc_wire *wire);
/* All that have what there is. One that is not online any more, or not yet, gives an error. */
void krg_audience(unsigned long *nodes);
/* @here: this node, too. A node that dies or only comes in does not count. */
int krg_tell_all(struct krg_ipc_wire *wire, bool here);
/* This node has all that there is, or has not. */
void krg_master_ready(bool ready);
void krg_master_view(void);		/* there is a new view */
void krg_master_join(void);		/* this node came into a cluster: gets all that there is */

/* members.c: this node's way into a cluster and out of it */
extern struct notifier_block krg_ipc_view;

/* attach.c: from begin, which may ask the master, to end the segment does not go. -EINVAL: none */
int krg_attach_begin(int id);
void krg_attach_end(int id);
int krg_attach_init(void);
void krg_attach_exit(void);

/* get.c, shm.c, attach.c, stat.c, sem.c, undo.c, msg.c: system calls */
extern struct krg_hook *krg_get_hooks[], *krg_shm_hooks[], *krg_attach_hooks[], *krg_stat_hooks[],
	*krg_sem_hooks[], *krg_undo_hooks[], *krg_msg_hooks[];
/*
 * IPC_SET and IPC_RMID, on all nodes. @perm: of the former, from user space. Return: 0, -errno
 */
long krg_ipc_change(enum krg_ipc_kind kind, int id, int cmd, struct ipc64_perm *perm);
/* How it is on all nodes. Return: is there such a segment? */
bool krg_stat_sum(int id, struct krg_ipc_wire *sum);

#endif /* KRG_IPC_PRIVATE_H */
