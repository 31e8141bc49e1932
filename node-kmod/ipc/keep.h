/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is in a set of semaphores or in a message queue, at its keeper. A request is tried. If it
 * cannot be done now it is parked, and tried again, in the order in which they came, whenever
 * something has changed.
 */
#ifndef KRG_IPC_KEEP_H
#define KRG_IPC_KEEP_H

#include "ipc.h"

struct krg_sems;
struct krg_queue;

struct krg_message {
	struct list_head list;
	s64 type;
	u32 size;
	u8 text[];
};

struct krg_keep {
	struct list_head parked;
	bool coming;			/* from the last keeper: nothing is done here yet */
	struct krg_sems *sems;		/* one of these two */
	struct krg_queue *queue;
};

/* What came of a try, beside its result. */
struct krg_outcome {
	bool changed;			/* so that others may go on */
	struct krg_message *message;	/* for who asked, and to be freed */
	u32 count;			/* bytes of it */
};

/* keep.c; krg_ipc_lock */
/* Return: 0, -ENOMEM */
int krg_keep_new(struct krg_ipc_object *obj);
/* Who waits hears that it is gone. */
void krg_keep_free(struct krg_ipc_object *obj);
/* Another node becomes the keeper: who waits is to ask that one. */
void krg_keep_stop(struct krg_keep *keep);
/* It belongs to no object any more, and nobody waits for it. */
void krg_keep_drop(struct krg_keep *keep);
void krg_keep_stat(const struct krg_keep *keep, struct krg_keep_stat *stat);
/* Something has changed. */
void krg_keep_retry(struct krg_ipc_object *obj);
int krg_keep_init(void);
void krg_keep_exit(void);
/* Without krg_ipc_lock: other nodes are gone, and what they waited for nobody needs. */
void krg_keepers_gone(void);

/* hand.c: this node leaves, and all that it keeps goes to another one. Waits for that. */
void krg_keep_hand_on(void);
int krg_hand_init(void);
void krg_hand_exit(void);

/* sems.c, at the keeper; krg_ipc_lock */
struct krg_sems *krg_sems_new(u64 count);
void krg_sems_free(struct krg_sems *sems);
/*
 * Return: as the system call, or KRG_KEEP_PARKED: not now. .count was checked against the length
 * of what follows.
 */
int krg_sems_try(struct krg_sems *sems, const struct krg_keep_wire *ask, struct krg_outcome *out);
/* What needs no waiting; @answer has room for @room bytes. */
int krg_sems_do(struct krg_sems *sems, const struct krg_keep_wire *ask,
		struct krg_answer_wire *answer, size_t room, struct krg_outcome *out);
/* Does who asked @ask wait for semaphore @number, to be @zero or to be more? */
bool krg_sems_waits(const struct krg_sems *sems, const struct krg_keep_wire *ask, u32 number,
		    bool zero);
s64 krg_sems_operated(const struct krg_sems *sems);
/* The process has ended: what it has to undo is undone. Return: did that change anything? */
bool krg_sems_exit(struct krg_sems *sems, pid_t pid);
/* The next process after @pid (0: the first) that has something to undo, or 0 */
pid_t krg_sems_next_undo(const struct krg_sems *sems, pid_t pid);
/*
 * What hand.c sends, one request after the other. @to: has room for KRG_KEEP_MAX bytes; .number
 * says from where on. Return: bytes behind it; 0: that was all
 */
size_t krg_sems_save(const struct krg_sems *sems, struct krg_keep_wire *to);
size_t krg_sems_save_undo(const struct krg_sems *sems, struct krg_keep_wire *to);
int krg_sems_load(struct krg_sems *sems, const struct krg_keep_wire *from);
void krg_sems_load_stat(struct krg_sems *sems, const struct krg_keep_stat *stat);

/* queue.c, at the keeper; krg_ipc_lock */
struct krg_queue *krg_queue_new(u64 limit);
void krg_queue_free(struct krg_queue *queue);
int krg_queue_try(struct krg_queue *queue, const struct krg_keep_wire *ask,
		  struct krg_outcome *out);
struct krg_keep_stat *krg_queue_stat(struct krg_queue *queue);
/* The first message after @after, NULL: of all */
struct krg_message *krg_queue_next(struct krg_queue *queue, struct krg_message *after);
int krg_queue_add(struct krg_queue *queue, const struct krg_keep_wire *ask);

/* ticket.c, at who asks */
/**
 * krg_keeper_ask() - have the keeper do something for current
 * @ask: .op, .data and what belongs to them; the rest is filled in
 * @answer: with room for @room bytes behind it
 * @timeout: jiffies to wait for its turn, which are used up; NULL: for ever
 *
 * Return: what the keeper said; -EINVAL: there is no such thing; -EIDRM: there is none any more;
 * -EINTR: a signal came; -EAGAIN: time is up; -EHOSTDOWN: this node is in no cluster
 */
int krg_keeper_ask(enum krg_ipc_kind kind, int id, struct krg_keep_wire *ask,
		   struct krg_answer_wire *answer, size_t room, long *timeout);
/* What the keeper knows of its use. Return: the same */
int krg_keep_ask_stat(enum krg_ipc_kind kind, int id, struct krg_keep_stat *stat);
int krg_ticket_init(void);
void krg_ticket_exit(void);
/* Who waits for a node that is gone looks for the next keeper. */
void krg_tickets_gone(void);

/* undo.c. Nodes are gone: have processes ended that had something to undo? */
void krg_undo_gone(void);
void krg_undo_exit(void);

#endif /* KRG_IPC_KEEP_H */
