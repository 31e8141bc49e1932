/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects that all nodes of a cluster share: many may read one, or one may write it, and
 * who reads sees the latest write. kddm/PROTOCOL.md says how.
 *
 * An object has a number in a set. The number of a set says all that a node has to know
 * of it (krg_object_set()), so sets need not be made: an object is there as soon as
 * somebody gets it, with the content that its linker gives it.
 *
 * All of these may sleep. While another node has what is wanted they wait for it, and no
 * longer than that node lives; a fatal signal ends each wait. A thread that holds one
 * object and waits for a second one has to get them in an order that all threads keep.
 */
#ifndef KRG_KDDM_H
#define KRG_KDDM_H

#include <linux/types.h>

/* Who keeps the content of a set's objects; part of the wire protocol: never reuse one. */
enum krg_linker_id {
	KRG_LINKER_MEMORY = 1,		/* plain memory, zeros at first, up to a page */
	KRG_LINKER_PAGES = 2,		/* mm: pages that processes map */
	KRG_LINKERS = 256,
};

/* Who numbers sets; part of the wire protocol, too. */
enum krg_object_space {
	KRG_SPACE_SHM = 1,		/* ipc: System V segments */
	KRG_SPACE_TEST = 255,
};

/**
 * krg_object_set() - the number of a set
 * @linker: enum krg_linker_id
 * @space: enum krg_object_space
 * @size: bytes of each object, at least 1
 * @number: the caller's; unused ones cost nothing
 */
static inline u64 krg_object_set(u8 linker, u8 space, u16 size, u32 number)
{
	return (u64)linker << 56 | (u64)space << 48 | (u64)size << 32 | number;
}

#define KRG_OBJECT_FIND		1	/* -ENOENT if the object does not exist; no first touch */

/**
 * krg_object_get() - hold an object for reading, until krg_object_put()
 * @flags: 0 or KRG_OBJECT_FIND
 *
 * While a hold lasts who wants to write waits, on all nodes: keep it short, or until the linker
 * is told that somebody does.
 * Return: the content, which changes only after the put; or ERR_PTR(): -EIO: all copies
 * died with their nodes; -ENOENT: see @flags; -EHOSTDOWN: this node is in no cluster, or
 * leaves it; -EIDRM: its set is being destroyed; -EINTR: a fatal signal; -ENOMEM; -EINVAL:
 * there is no such linker or size.
 */
const void *krg_object_get(u64 set, u64 index, unsigned int flags);

/**
 * krg_object_grab() - hold an object for writing, until krg_object_put()
 *
 * Nobody else on any node holds it meanwhile. If the node dies before the put, others see
 * the content as it was before the grab, or -EIO.
 * Return: as krg_object_get(); the content may be changed.
 */
void *krg_object_grab(u64 set, u64 index, unsigned int flags);

/**
 * krg_object_find() - hold an object for reading if a copy is here
 * Return: the content; NULL: no copy here, or others come first. Asks nobody.
 */
const void *krg_object_find(u64 set, u64 index);

/* Ends a hold, whichever it was. */
void krg_object_put(u64 set, u64 index);

/**
 * krg_object_write() - replace the content of an object
 * @content: as many bytes as objects of the set have
 * Return: 0, or as krg_object_grab()
 */
int krg_object_write(u64 set, u64 index, const void *content);

/**
 * krg_object_flush() - give this node's copy up; if it is the only one, another node gets it
 * Waits for holds of threads here. Return: 0: it is gone; -EHOSTDOWN: no other node could
 * take it, or this one is in no cluster; -EINTR; -EINVAL; -ENOMEM.
 */
int krg_object_flush(u64 set, u64 index);

/**
 * krg_object_sync() - have a copy on another node, too, which outlives this one
 * Return: as krg_object_flush(); 0 also if there is no copy here.
 */
int krg_object_sync(u64 set, u64 index);

/**
 * krg_object_remove() - the object does not exist any more, until its next first touch
 * Takes over the caller's hold by krg_object_grab(), whatever it returns.
 * Return: 0, or as krg_object_flush()
 */
int krg_object_remove(u64 set, u64 index);

/**
 * krg_object_remove_lost() - the same for an object that is lost (-EIO), without a hold
 * Return: the same, or -EAGAIN: there are copies
 */
int krg_object_remove_lost(u64 set, u64 index);

/**
 * krg_objects_destroy() - no object of a set exists any more, until its next first touch
 *
 * It costs two short messages from each node to each other one, however many objects there
 * are, and waits for holds of all threads on all nodes: the caller has none of the set. Who
 * waits for one of its objects gets -EIDRM; who asks for one meanwhile gets that, or waits
 * until it is over and touches a new one. Objects that were lost (-EIO) are gone, too.
 * Return: 0: nothing of the set is left on any node; -EINTR: a fatal signal, but it goes on;
 * -EHOSTDOWN: this node is in no cluster, or left it meanwhile; -EINVAL.
 */
int krg_objects_destroy(u64 set);

/**
 * krg_object_home() - the node that is asked for an object which is not here
 * Return: its id, until the next view; 0: this node is in no cluster
 */
int krg_object_home(u64 set, u64 index);

/* What a linker does with the content of objects. All may sleep. */
struct krg_linker {
	u8 id;				/* enum krg_linker_id */
	u16 max_size;
	/* Room for the content; NULL: there is no memory, which @gfp may rule out. */
	void *(*alloc)(u64 set, u64 index, gfp_t gfp);
	void (*free)(u64 set, u64 index, void *content);
	/* @from: what copy_out() gave on another node; NULL: first touch */
	void (*fill)(u64 set, u64 index, void *content, const void *from);
	void (*copy_out)(u64 set, u64 index, const void *content, void *to);
	/*
	 * Another node waits until who holds the object here puts it. Said again as long as
	 * that is so, whenever something happens to the object. Must not wait; may be NULL.
	 */
	void (*wanted)(u64 set, u64 index, void *content);
};

/**
 * krg_linker_register() - before this node joins a cluster: others may send objects at once
 * Return: 0; -EBUSY: there is one with this id, or the node is in a cluster
 */
int krg_linker_register(const struct krg_linker *linker);
/* None of its objects may be left: not while the node is in a cluster. */
void krg_linker_unregister(const struct krg_linker *linker);

#endif /* KRG_KDDM_H */
