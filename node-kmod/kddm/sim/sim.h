/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The protocol of KDDM on many nodes in one program, in simulated time: world.c has the
 * nodes and what lies between them, threads.c what they do, fate.c who comes and goes,
 * history.c the check. A seed gives the same run each time.
 */
#ifndef KRG_KDDM_SIM_H
#define KRG_KDDM_SIM_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kddm/core.h"

#define OBJECTS		1500
#define OF_SET		100		/* objects of a set */
#define NODES		KRG_SET_NODES		/* 1..127 */
#define THREADS		2			/* of each node */
#define VIEWS		4096

#define fail(...)								\
	do {									\
		fprintf(stderr, "sim: %llu us: ", (unsigned long long)now);	\
		fprintf(stderr, __VA_ARGS__);					\
		fprintf(stderr, "\n");						\
		exit(1);							\
	} while (0)

enum event_type { MESSAGE, HEAR_VIEW, THREAD, RELEASE, FATE, NEW_VIEW, LEAVE };

struct event {
	u8 type;
	u8 to, from;
	u8 thread;
	u32 life, from_life;		/* of a node: counts its starts */
	u32 value;			/* content of a copy; number of a view */
	struct krg_kddm_msg msg;
	struct event *next;
};

struct held {				/* messages that came before their view */
	struct event *first, **last;
};

enum doing { READ, WRITE, REMOVE, FLUSH, SYNC, DESTROY };

struct thread {
	u8 doing;
	bool busy, waits, calls, holds;
	bool grabbed;			/* of a removal: the first half is done */
	int err;
	u32 object, id;			/* object: of a destruction, the first one of the set */
	u32 event;			/* of a destruction, in the history */
	u32 seen;			/* content at the beginning of a hold */
	u64 since;
};

struct node {
	struct krg_kddm core;
	bool alive, in, stopping, left;
	u32 life;
	u32 view;
	struct held held[NODES];
	struct krg_kddm_copy copies[OBJECTS];
	u32 content[OBJECTS];
	struct krg_kddm_entry entries[OBJECTS];
	bool known[OBJECTS];
	struct krg_kddm_ending endings[OBJECTS / OF_SET];
	bool ends[OBJECTS / OF_SET];	/* its set is being destroyed */
	struct thread threads[THREADS];
};

struct view {
	struct krg_kddm_place place;
	u32 life[NODES];
	unsigned int deaths;		/* since the one before */
};

extern u64 now;				/* us */
extern struct node nodes[NODES];
extern struct view *views[VIEWS];	/* by epoch; [0] is none */
extern u32 epoch;			/* of the latest */
extern u64 sent[KRG_KDDM_TYPES];
extern bool ignore_nonsense;	/* the history shall show what is broken */

void sim_seed(u64 seed);
u64 dice(u64 below);
struct event *event_new(u8 type, int to);
void event_at(u64 time, struct event *e);

/* world.c */
struct krg_kddm_key key_of(u32 object);
bool set_ends(u32 set);		/* some node has heard that it is destroyed */
void node_start(int node);
void node_die(int node);
void run(void);

/* threads.c */
extern u64 operations, wanted_operations, failed, longest;
extern u32 destroy_every;	/* one of so many operations destroys a set */
void threads_start(int node);
void thread_go_on(int node, int thread);
void thread_release(int node, int thread);
void threads_wake(int node, u32 object, enum krg_kddm_want ended, int err);
void threads_destroyed(int node, u64 set, int err);
bool threads_idle(int node);

/* fate.c */
extern u64 joins, leaves, deaths, outs;
extern u64 last_loss;		/* when a node last heard that others are out */
extern unsigned int at_once;	/* nodes that die together, at most */
bool node_counts(int node);	/* a living member, which stays one as far as is known */
void fate_start(int count, unsigned int together);
void fate_event(struct event *e);
void fate_gone(int node);

/* main.c: that nothing is left to be done */
void check_rest(void);

/* history.c: what threads saw. Values are unique: they are numbers of events. */
extern u64 born[OBJECTS];	/* when an object was last made */
extern u64 destructions;	/* that have ended */
u32 history_birth(u32 object);
u32 history_write(u32 thread, u32 object, u32 before);
void history_read(u32 thread, u32 object, u32 value);
/* Its end is asked for; @value: what was seen last, or 0 */
void history_remove(u32 object, u32 value);
/* All objects from @first on, a set, are to be destroyed; and no old one is left. */
u32 history_destroy(u32 thread, u32 first);
void history_destroyed(u32 event);
/* Return: number of events; ends the program if they are not sequentially consistent. */
u32 history_check(void);

#endif /* KRG_KDDM_SIM_H */
