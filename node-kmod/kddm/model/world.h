/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small cluster with one object, for the model checker: all of it that changes is in
 * struct world, so that spin can save it, and everything that can happen is a move. The
 * protocol is the project's own code.
 */
#ifndef KRG_KDDM_WORLD_H
#define KRG_KDDM_WORLD_H

#include "core.h"

#ifndef NODES
#define NODES	3
#endif
#define QUEUE	16

/* What threads do; also bits of what a run lets them do. A node has one thread of each kind. */
enum { READER, WRITER, KEEPER, THREADS };
enum { READ = 1, WRITE = 2, REMOVE = 4, FLUSH = 8, SYNC = 16, DESTROY = 32 };

struct packed_msg {
	u8 type, node, want, flags, err, epoch, content;
	signed char acks;
};

struct queue {
	u8 used;
	struct packed_msg msg[QUEUE];
};

struct world {
	struct krg_kddm node[NODES];	/* of id 1, 2, … */
	struct krg_kddm_copy copy[NODES];
	struct krg_kddm_entry entry[NODES];
	struct krg_kddm_ending ending[NODES];
	struct queue queue[NODES][NODES];
	u8 content[NODES];
	u8 alive[NODES], known[NODES];
	u8 first_view[NODES];
	u8 doing[NODES][THREADS];	/* 0: nothing; else it waits, or holds: */
	u8 holds[NODES][THREADS];
	u8 views;			/* decided so far */
	u8 members[8];			/* bits, of each view */
	u8 operations, deaths, joins;	/* still to come */
	u8 version;			/* the latest content that somebody wrote */
	u8 exists;			/* somebody had it, and nobody asked for its end */
	u8 births;			/* first touches */
	u8 before[NODES];		/* of those: when a destruction began */
	u8 destroyed;			/* of those: before the last destruction that has ended */
	u8 failed;			/* a property, see world.c */
	u64 possible;			/* moves; none any more once a property is broken */
};

extern struct world w;
extern int world_says;

/* From the environment: COUNT, DEATHS and JOINS, OPERATIONS (bits), and HOME_IS */
void world_start(void);

/*
 * Moves have numbers: 4 * from + to is a message, 16 + 11 * node and up what that node can do
 * besides.
 */
void move(int number);

#endif /* KRG_KDDM_WORLD_H */
