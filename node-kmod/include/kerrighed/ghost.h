/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ghost: one process as a versioned stream of typed sections. Written by
 * the process itself (in task work), read by the task that turns into it.
 * A reader treats every number in the stream as hostile.
 */
#ifndef KRG_GHOST_H
#define KRG_GHOST_H

#include <linux/types.h>
#include <kerrighed/hotplug.h>

struct task_struct;
struct gf_image;
struct page;
struct gf_thread_image;
struct krg_away;
struct krg_remainder;
struct krg_sent;
struct krg_store;

/* Where a ghost goes to or comes from. Both functions: all of it, or -errno. May sleep. */
struct krg_ghost {
	int (*write)(struct krg_ghost *ghost, const void *buf, size_t len);
	int (*read)(struct krg_ghost *ghost, void *buf, size_t len);
	void *priv;
	bool home;			/* import: current was this process before it left */
	u64 bytes;			/* moved so far, counted by ghost/ */
	const bool *stop;		/* send early: who asked for it is gone, or NULL */
	struct krg_sent *sent;		/* export: what was sent early, or NULL */
	struct krg_store *store;	/* import: the same; what is used is taken out */
	struct krg_remainder *remainder;	/* export: takes pages that are not sent, or NULL */
	struct krg_away *away;		/* import: for such pages, or NULL: there are none */
	struct krg_refusal why;		/* filled with the reason when export or import fails */
	/*
	 * The threads beside the leader. Before an export: what each of them saved,
	 * by ascending TID; export takes them. After an import only their number.
	 */
	struct gf_thread_image **threads;
	unsigned int nthreads;
	/* private to ghost/ */
	struct gf_image *image;
	u64 timers[7];			/* the interval timers, stopped by the export */
	bool held;
};

/**
 * krg_ghost_check() - can @task move at all, as it is now?
 *
 * Looks, touches nothing. Called for another task before it is disturbed, and
 * again by the task itself (@task == current) when it has stopped in task work,
 * because things may have changed in between. Another one that is in execve(2)
 * is not refused: it is neither its old program nor its new one. May sleep.
 * Return: 0, or the errno of the contract (section 13, 15) with a sentence in @why.
 */
int krg_ghost_check(struct task_struct *task, struct krg_refusal *why);

/**
 * krg_ghost_export() - write current, the leader of its process
 *
 * Task work context, signals held off by real_blocked. All other threads have saved
 * themselves and wait. Stops the interval timers,
 * or they would fire here and there; nothing else of current changes. Pending
 * signals and the relations (parent, group, session) are proc's, not in here.
 * May sleep.
 * Return: 0, or -errno with ghost->why and the timers run on.
 */
int krg_ghost_export(struct krg_ghost *ghost);

/**
 * krg_ghost_resume() - the migration was given up after the export: current lives on here
 *
 * Lets the interval timers run on. Before krg_ghost_settle(). Does not sleep.
 */
void krg_ghost_resume(struct krg_ghost *ghost);

/**
 * krg_ghost_import() - make current, which has no memory, into the process of the stream
 *
 * current is a fresh kernel_clone() child without memory, or a stub: it has an
 * own (unshared) signal_struct, sighand, fs. Everything that can fail happens
 * here. Afterwards current's user registers are those of the process: when it
 * returns to user mode it *is* the process. May sleep.
 * current is the process's leader; its other threads are made by the caller, and load
 * themselves. krg_ghost_done() follows when they have.
 * Return: 0; on error -errno with ghost->why, and current is without memory and
 * files again as krg_ghost_shed() leaves it.
 */
int krg_ghost_import(struct krg_ghost *ghost);
/* Frees what an import left for the threads. */
void krg_ghost_done(struct krg_ghost *ghost);

/*
 * Pre-copy: the memory of a process is sent while it still runs, in rounds, and the ghost says
 * in the end what of it is still so. The process loses soft-dirty marks (who else works with
 * them, as CRIU, does too) and huge pages, what is swapped out comes back, and its memory is
 * told of each change of its mappings from then on.
 */

/* About how much of @task's memory is not in files, in bytes. May sleep. */
u64 krg_ghost_memory(struct task_struct *task);
/**
 * krg_sent_begin() - begin to note what was sent of @task's memory
 * May sleep. Return: to be ended by krg_sent_end(), or an ERR_PTR.
 */
struct krg_sent *krg_sent_begin(struct task_struct *task);
/* Does not sleep; also when the memory is gone. */
void krg_sent_end(struct krg_sent *sent);
/**
 * krg_ghost_send_early() - send what was not sent, or has changed since
 * @task:    not current; it may do what it likes meanwhile
 * @changed: bytes that had changed, sent or not
 *
 * May sleep. Return: 0; -ESRCH: the memory is not its memory any more; -EINTR: a fatal
 * signal of the caller, or ->stop; what ghost->write() returned.
 */
int krg_ghost_send_early(struct krg_ghost *ghost, struct krg_sent *sent, struct task_struct *task,
			 u64 *changed);
/* After the last round. 0 or what ghost->write() returned. */
int krg_ghost_end_early(struct krg_ghost *ghost);
/**
 * krg_ghost_receive_early() - read all rounds
 * May sleep. Return: the pages, to be freed by krg_store_free(), or an ERR_PTR with ghost->why.
 */
struct krg_store *krg_ghost_receive_early(struct krg_ghost *ghost);
void krg_store_free(struct krg_store *store);

/*
 * Post-copy: pages stay behind when the process goes, and are fetched from there.
 */

/* Where they stay until they are dropped, one by one or all. */
struct krg_remainder *krg_remainder_new(void);		/* NULL: no memory */
void krg_remainder_free(struct krg_remainder *remainder);	/* may sleep */
/* The page at @addr to @to. 0 or -ENOENT. Both do not sleep. */
int krg_remainder_copy(struct krg_remainder *remainder, u64 addr, void *to);
void krg_remainder_drop(struct krg_remainder *remainder, u64 addr);
unsigned long krg_remainder_pages(const struct krg_remainder *remainder);

#define KRG_AWAY_BATCH 14	/* pages, that fit into one message */

/* How to fetch them. Both may sleep, and are called without locks of the process's memory. */
struct krg_away_ops {
	/*
	 * Fill @page[] with what was at @addr[], @count of them, one call at a time; no page that
	 * came is asked for again. 0; -ENOMEM: it may be tried again; else they are lost.
	 */
	int (*fetch)(void *priv, const u64 *addr, unsigned int count, struct page **page);
	/* No page will be asked for any more. */
	void (*over)(void *priv);
};

/**
 * krg_away_new() - for a process that is about to be imported
 * @priv: for @ops; kvfree()d with the last reference
 *
 * From the import on all pages are fetched in the background, and before others those that
 * somebody waits for. The flow ends when all are here or the memory is gone.
 * Return: a counted reference, or NULL.
 */
struct krg_away *krg_away_new(const struct krg_away_ops *ops, void *priv);
void krg_away_put(struct krg_away *away);
/* The process is to run: from now on it is killed if its pages are lost, or have been. */
void krg_away_runs(struct krg_away *away);
/* Waits until no page of @task is away. 0, or -EINTR: a fatal signal of the caller. */
int krg_away_wait(struct task_struct *task);
/* Waits until nothing is fetched any more; no process may have pages away. May sleep. */
void krg_away_flush(void);

/**
 * krg_ghost_save_thread() - current saves its part of the process
 * Task work context, signals held. May sleep. Return: 0, or -errno with @why.
 */
int krg_ghost_save_thread(struct gf_thread_image **saved, struct krg_refusal *why);
void krg_ghost_drop_thread(struct gf_thread_image *thread);

/* TID of thread @i < nthreads of an imported process, in the container. */
pid_t krg_ghost_tid(const struct krg_ghost *ghost, unsigned int i);
/**
 * krg_ghost_load_thread() - make current, a new thread, into thread @i of an imported process
 *
 * Any number of threads may do so at once. May sleep. Return: 0, or -errno with @why.
 */
int krg_ghost_load_thread(const struct krg_ghost *ghost, unsigned int i, struct krg_refusal *why);
/**
 * krg_ghost_loaded() - the leader, when all threads have loaded themselves and none runs yet
 *
 * From here on timers may queue signals. May sleep. Return: 0, or -errno with @why;
 * krg_ghost_shed() undoes it.
 */
int krg_ghost_loaded(const struct krg_ghost *ghost, struct krg_refusal *why);

/**
 * krg_ghost_shed() - current drops its memory, files and working directory
 *
 * In the order of exit_mm() (design/home-node: "Leave home"). Afterwards
 * current->mm is NULL, files empty, root and cwd "/"; rseq, robust list and
 * clear_child_tid are cleared. Credentials, limits, tty, signal_struct stay.
 */
void krg_ghost_shed(void);
/* current, a thread that goes on elsewhere, is about to end: its memory is not to show it. */
void krg_ghost_shed_thread(void);

/**
 * krg_ghost_settle() - make an interrupted system call of current restart as if nothing was
 *
 * Task work context, after the migration went through or was given up:
 * -EINTR of calls that do not restart by themselves, short counts of writes.
 */
void krg_ghost_settle(void);

#endif /* KRG_GHOST_H */
