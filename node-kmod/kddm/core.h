/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The protocol of KDDM at one node: PROTOCOL.md says how it works.
 *
 * Pure logic without kernel calls, memory of its own or locks: the caller has the memory
 * of copies and entries and finds them by key, sends messages, and delivers those of one
 * peer in the order in which that peer sent them. So it also runs in user space: in unit
 * tests, in a simulation of 127 nodes, and inside a model checker.
 *
 * Locking, which is the caller's: calls for one key one at a time; krg_kddm_view(),
 * krg_kddm_leave(), krg_kddm_bye(), krg_kddm_out(), krg_kddm_destroy(),
 * krg_kddm_destroy_again() and messages for which krg_kddm_msg_global() is true exclude all
 * others. Ops are called with that lock held and
 * may sleep if it allows to.
 */
#ifndef KRG_KDDM_CORE_H
#define KRG_KDDM_CORE_H

#include "place.h"

enum krg_kddm_state {
	KRG_KDDM_INVALID,	/* no copy here */
	KRG_KDDM_SHARED,	/* may be read; other nodes may have copies, all of them equal */
	KRG_KDDM_EXCLUSIVE,	/* may be written; nobody else has a copy */
};

/* What this node has asked the home of an object for; one thing at a time. */
enum krg_kddm_want {
	KRG_KDDM_NOTHING,
	KRG_KDDM_GET,
	KRG_KDDM_GRAB,
	KRG_KDDM_DROP,
	KRG_KDDM_SYNC,
	KRG_KDDM_REMOVE,
};

enum krg_kddm_type {
	/* to the home */
	KRG_KDDM_REQUEST,	/* .want of .node, the sender */
	/* from the home to a node with a copy: for .node */
	KRG_KDDM_SHARE,		/* send it a copy */
	KRG_KDDM_GIVE,		/* send it yours, it shall be the only one; .acks of others */
	KRG_KDDM_INVALIDATE,	/* give yours up, and acknowledge that to it */
	KRG_KDDM_FETCH,		/* get yourself a copy, if you have none, and tell it */
	/* from the home to the witness */
	KRG_KDDM_NOTE,		/* it exists from now on: grant it to .node */
	KRG_KDDM_FORGET,	/* it was removed: tell .node */
	/* to who asked */
	KRG_KDDM_DATA,		/* with the content; .acks follow */
	KRG_KDDM_GRANT,		/* you have the content, or make it (FIRST); .acks follow */
	KRG_KDDM_ACK,		/* of an INVALIDATE */
	KRG_KDDM_FETCHED,	/* .err, or the sender has a copy, too */
	KRG_KDDM_MAY_DROP,	/* somebody else keeps one: say when yours is gone */
	KRG_KDDM_DONE,		/* end of DROP or REMOVE, or of another request with .err */
	/* change of the view, from everybody to everybody; see view.c */
	KRG_KDDM_VIEW,
	KRG_KDDM_CLAIM,		/* of the slots .base + bits of .slots */
	KRG_KDDM_KNOWN,		/* .key exists; .flags say what else */
	KRG_KDDM_COPY,		/* I have a copy of .key */
	KRG_KDDM_REPORTED,
	KRG_KDDM_READY,
	/* of a node that leaves, to everybody */
	KRG_KDDM_LEAVE,		/* do not give me copies to keep */
	KRG_KDDM_BYE,		/* has all that I sent arrived? */
	KRG_KDDM_BYE_ACK,
	/* of all objects of .key.set, from everybody to everybody; see destroy.c */
	KRG_KDDM_DESTROY,	/* they are destroyed: who hears that says it, too */
	KRG_KDDM_DESTROYED,	/* nothing of them is left here */
	KRG_KDDM_TYPES
};

#define KRG_KDDM_SOLE	1	/* of COPY: it may be written */
#define KRG_KDDM_FIRST	2	/* of GRANT: nobody has touched it before */
#define KRG_KDDM_FIND	4	/* of REQUEST: only if it exists */
#define KRG_KDDM_NEW	8	/* of KNOWN: unless somebody has a copy, it does not exist */
#define KRG_KDDM_GONE	16	/* of KNOWN: the same, whoever else knows it: it is removed */
#define KRG_KDDM_DROPPED	32	/* of REQUEST: what was to be dropped is gone */
#define KRG_KDDM_HEARD	64	/* of KNOWN: by a witness, home knows better */

struct krg_kddm_msg {
	u64 epoch;			/* of the sender */
	union {
		struct krg_kddm_key key;
		struct {
			u64 base, slots;
		};
	};
	u8 type;
	u8 node;
	u8 want;
	u8 flags;
	s16 acks;
	s16 err;
};

/* What is to be done with a copy as soon as it can be. */
struct krg_kddm_give {
	u8 type;			/* KRG_KDDM_GIVE, KRG_KDDM_INVALIDATE, or 0 */
	u8 node;
	s16 acks;
};

/* An object at a node that has, had or wants it. Start with zeros and the key. */
struct krg_kddm_copy {
	struct krg_kddm_key key;
	u8 state;
	u8 want;
	u8 flags;			/* of core.c and copy.c */
	bool writer;			/* held by a grab */
	u16 readers;			/* holds by get */
	s16 acks;			/* acknowledgements still to come; < 0: they came first */
	struct krg_set share_to;	/* who waits for a copy of this one */
	struct krg_set tell;		/* who waits until this node has one */
	struct krg_kddm_give before;	/* for when readers are done, though more is wanted */
	struct krg_kddm_give next;	/* for when what is wanted was had */
};

/* An object at its home, and at its witness, which only has it to know that it exists. */
struct krg_kddm_entry {
	struct krg_kddm_key key;
	struct krg_set copies;		/* who has one, or it is on its way there */
	struct krg_set dropping;	/* who may drop it, and has not said that it did */
	bool exclusive;			/* the only one, which may be written */
	bool witness;			/* home knows more than this entry */
	u8 owner;			/* who grabbed it last */
	/*
	 * All who were to get a copy since its first touch, until the next view: if they live
	 * and none of them has one, nobody ever had. Empty: it was there before.
	 */
	struct krg_set fresh;
};

/* A set whose objects are being destroyed; krg_kddm has a list of them. */
struct krg_kddm_ending {
	struct krg_kddm_ending *next;
	u64 set;
	struct krg_set told, done;	/* who has said DESTROY, and DESTROYED, in this epoch */
	bool held;			/* by a thread here; only while that is counted */
};

enum krg_kddm_phase {
	KRG_KDDM_OUT,			/* in no cluster */
	KRG_KDDM_SETTLING,		/* until all messages of earlier views are here */
	KRG_KDDM_REPORTING,		/* until all have said what they have */
	KRG_KDDM_WAITING,		/* until all homes know what all have */
	KRG_KDDM_SERVING,
};

struct krg_kddm;

struct krg_kddm_ops {
	/* NULL: none */
	struct krg_kddm_copy *(*find_copy)(struct krg_kddm *n, const struct krg_kddm_key *key);
	struct krg_kddm_entry *(*find_entry)(struct krg_kddm *n, const struct krg_kddm_key *key);
	/* Never NULL: a new one is all zeros but for the key. */
	struct krg_kddm_copy *(*need_copy)(struct krg_kddm *n, const struct krg_kddm_key *key);
	struct krg_kddm_entry *(*need_entry)(struct krg_kddm *n, const struct krg_kddm_key *key);
	void (*drop_entry)(struct krg_kddm *n, struct krg_kddm_entry *e);
	/* @fn may drop the entry it is called with, and make others. */
	void (*each_copy)(struct krg_kddm *n,
			  void (*fn)(struct krg_kddm *n, struct krg_kddm_copy *c));
	void (*each_entry)(struct krg_kddm *n,
			   void (*fn)(struct krg_kddm *n, struct krg_kddm_entry *e));
	/*
	 * Takes @msg, and the content of @c as it is now unless that is NULL. Not to this
	 * node itself. May gather small messages. A failure means that @to is dead, and a
	 * new view will say so.
	 */
	void (*send)(struct krg_kddm *n, int to, const struct krg_kddm_msg *msg,
		     struct krg_kddm_copy *c);
	/* The content of @c is @payload of a message; NULL: first touch. */
	void (*fill)(struct krg_kddm *n, struct krg_kddm_copy *c, const void *payload);
	/*
	 * Nobody here reads (INVALID) or writes (SHARED) the content from now on. It is
	 * needed until the send that may follow.
	 */
	void (*restrict_to)(struct krg_kddm *n, struct krg_kddm_copy *c,
			    enum krg_kddm_state state);
	/*
	 * Something changed: who waits for @c tries again. What it calls now may be granted,
	 * before others get it. @ended: what was asked for came to an end, with @err for who
	 * waits for that. Also called before the call that asked returns -EINPROGRESS: who is
	 * in such a call does not call again.
	 */
	void (*wake)(struct krg_kddm *n, struct krg_kddm_copy *c, enum krg_kddm_want ended,
		     int err);
	/* Never NULL: a new one is all zeros but for the set. */
	struct krg_kddm_ending *(*new_ending)(struct krg_kddm *n, u64 set);
	void (*free_ending)(struct krg_kddm *n, struct krg_kddm_ending *e);
	/* Calls @copy and @entry, unless NULL, for those of @set; @entry may drop it. */
	void (*each_of)(struct krg_kddm *n, u64 set,
			void (*copy)(struct krg_kddm *n, struct krg_kddm_copy *c),
			void (*entry)(struct krg_kddm *n, struct krg_kddm_entry *e));
	/* A hold of a set that is being destroyed has ended: krg_kddm_destroy_again() is due. */
	void (*released)(struct krg_kddm *n);
	/* A destruction that this node took part in is over; @err: it is out of the cluster. */
	void (*destroyed)(struct krg_kddm *n, u64 set, int err);
	/* After krg_kddm_bye(): everything this node sent has arrived. */
	void (*gone)(struct krg_kddm *n);
};

/* A node. */
struct krg_kddm {
	const struct krg_kddm_ops *ops;
	const struct krg_kddm_place *place;	/* of the view */
	u64 epoch;
	u8 self;
	u8 phase;
	bool leaver, bye;			/* this node leaves */
	struct krg_set settled, reported, ready;	/* who has said so in this epoch */
	struct krg_set stayed;
	struct krg_set leaving;
	struct krg_set byes;
	struct krg_kddm_ending *endings;
	/* Slots of which this node knows every object that exists. */
	u64 claims[KRG_KDDM_SLOTS / 64];
};

/**
 * krg_kddm_init() - a node that is in no cluster
 * @self: its id, 1..127
 */
void krg_kddm_init(struct krg_kddm *n, int self, const struct krg_kddm_ops *ops);

/**
 * krg_kddm_get() - hold a copy for reading, until krg_kddm_put()
 * @find: with -ENOENT instead of a first touch if the object does not exist
 *
 * Return: 0; -EINPROGRESS: ops->wake will tell, try again then; -EBUSY: a thread here
 * holds it, try again when ops->wake tells; -EHOSTDOWN: not in a cluster; -EIDRM: its set is
 * being destroyed.
 * Errors of ops->wake: -EIO: all copies died; -ENOENT; -EHOSTDOWN; -EIDRM.
 * While a hold lasts other nodes wait, so do not wait for other objects too long.
 */
int krg_kddm_get(struct krg_kddm *n, struct krg_kddm_copy *c, bool find);
/* The same for writing: nobody else has a copy then. */
int krg_kddm_grab(struct krg_kddm *n, struct krg_kddm_copy *c, bool find);
/* Ends a hold, whichever it was. */
void krg_kddm_put(struct krg_kddm *n, struct krg_kddm_copy *c);

/**
 * krg_kddm_flush() - give the copy up; if it is the only one, somebody else gets it
 * Return: 0: it is gone; -EINPROGRESS: ops->wake tells with 0, or -EHOSTDOWN: no other
 * node could take it; -EBUSY: it is held, or something else is under way.
 */
int krg_kddm_flush(struct krg_kddm *n, struct krg_kddm_copy *c);

/**
 * krg_kddm_sync() - let another node have a copy, too, which outlives this one
 * Return: as krg_kddm_flush(). If this node has no copy any more, somebody else does.
 */
int krg_kddm_sync(struct krg_kddm *n, struct krg_kddm_copy *c);

/**
 * krg_kddm_remove() - the object does not exist any more, until its next first touch
 *
 * Takes over the caller's hold by grab; without one only an object whose copies all died
 * can be removed. If somebody else waits for it, it is made anew at once, for that one.
 * Return: -EINPROGRESS: ops->wake tells with 0, or, if it was not held, -EAGAIN: there are
 * copies; -EHOSTDOWN: not in a cluster; -EIDRM: its set is being destroyed; -EBUSY: it is
 * not taken over, because something else is under way.
 */
int krg_kddm_remove(struct krg_kddm *n, struct krg_kddm_copy *c);

/**
 * krg_kddm_destroy() - no object of a set exists any more, until its next first touch
 *
 * Who waits for one gets -EIDRM, who holds one is waited for, on all nodes. Nothing can stop
 * it once it has begun: the nodes that are left go on with it.
 * Return: 0: it is over; -EINPROGRESS: ops->destroyed tells; -EBUSY: an earlier one may be
 * over elsewhere: try again when ops->destroyed tells; -EHOSTDOWN: not in a cluster.
 */
int krg_kddm_destroy(struct krg_kddm *n, u64 set);
void krg_kddm_destroy_again(struct krg_kddm *n);

/**
 * krg_kddm_receive() - a message
 * @from: who sent it
 * @payload: what ops->send took of the sender's copy
 * Return: 0; -EAGAIN: it is from a view that this node does not have yet, so deliver it and
 * all that follow from that node after the next krg_kddm_view(); -EPROTO: nonsense, ignored.
 */
int krg_kddm_receive(struct krg_kddm *n, int from, const struct krg_kddm_msg *msg,
		     const void *payload);
/* Does @msg concern the node and not one object? See locking above. */
bool krg_kddm_msg_global(const struct krg_kddm_msg *msg);
/* Does @msg say something of one object? */
bool krg_kddm_msg_of_object(const struct krg_kddm_msg *msg);

/**
 * krg_kddm_view() - there is a new view
 * @epoch: is greater than the last one's; views may be left out
 * @place: computed for its members; stays until the next one
 * @stayed: members of the last view this node had that have not started anew since
 *
 * The founder of a cluster begins with epoch 1 and nobody else in it.
 */
void krg_kddm_view(struct krg_kddm *n, u64 epoch, const struct krg_kddm_place *place,
		   struct krg_set stayed);

/* Put out of the cluster, or out of it in good order: forgets all that it has. */
void krg_kddm_out(struct krg_kddm *n);

/**
 * krg_kddm_leave() - this node gets nothing to keep any more
 * What follows: krg_kddm_flush() of every copy, krg_kddm_bye(), ops->gone, and a view
 * without it. Until that it serves as a home.
 */
void krg_kddm_leave(struct krg_kddm *n);
void krg_kddm_bye(struct krg_kddm *n);

#endif /* KRG_KDDM_CORE_H */
