/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cluster-wide processes: a PID says which node allocated it, its home node.
 * While a process runs elsewhere, its task at home stays as a *stub* that has
 * its relations (parent, group, session, wait status); the task that runs it
 * is its *body*, with the same PID.
 *
 * /proc/kerrighed/processes lists the container's processes that this node
 * knows, one a line, fields separated by one space:
 *
 *	PID HOME NODE UID THREADS STATE COMM
 *
 * HOME allocated the PID, NODE runs it: equal to this node's id for what runs
 * here, otherwise the line is a stub's (THREADS and STATE are the stub's then).
 * UID is the effective user, STATE the letter of /proc/PID/stat; COMM is last
 * because it may have spaces. Processes without a home any more have HOME 0.
 */
#ifndef KRG_PROC_H
#define KRG_PROC_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/sched/signal.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <kerrighed/rpc.h>

#define KRG_PID_SHIFT		15
#define KRG_PID_LOCAL_MIN	300

static inline int krg_home_of(pid_t pid)
{
	return pid >> KRG_PID_SHIFT;
}

/* Wake @task out of an interruptible sleep or a group stop. Any context; siglock is taken. */
void krg_poke(struct task_struct *task);

/* One queued signal, as it travels. */
struct krg_signal {
	__s32 sig;
	__u32 thread;			/* to the thread, not the process */
	__u32 timer;			/* of a timer that comes too: only its place in the queue */
	__u32 pad;
	kernel_siginfo_t info;
};

struct krg_signals {
	unsigned int count;
	struct krg_signal *sig;		/* kvfree() */
};

/**
 * krg_signals_hold() - from now on signals for current are queued and none acts
 *
 * Task work context; SIGKILL is held too.
 * Return: 0, or -ESRCH if current is already dying (nothing is held then).
 */
int krg_signals_hold(void);
/*
 * The end of krg_signals_hold(): what is queued acts now. A stopped process stops again; one
 * that is not stops, if @stop is a signal.
 */
void krg_signals_release(int stop);
/*
 * What was queued for current and its process when it was taken off for a move. The process has
 * it with it when it begins to run elsewhere: what is blocked stays pending without a gap.
 */
struct krg_taken {
	struct sigpending own, shared;
};

void krg_taken_init(struct krg_taken *taken);
/**
 * krg_signals_take() - take off what is queued, and copy it
 * @taken: krg_taken_init()ed; afterwards krg_signals_return(), before what came meanwhile, or
 *	krg_signals_drop()
 *
 * Task work context, signals held. May sleep. Return: 0 (kvfree() copy->sig) or -ENOMEM.
 */
int krg_signals_take(struct krg_taken *taken, struct krg_signals *copy);
void krg_signals_return(struct krg_taken *taken);
void krg_signals_drop(struct krg_taken *taken);
/*
 * Queue signals for current, first to last, before those that came meanwhile. Signals are
 * held. Those of timers are in the queues already (krg_ghost_loaded()).
 */
void krg_signals_queue(const struct krg_signals *signals);

/*
 * Signals to one thread, while it is stopped for a move: what is queued is taken off
 * and copied. Then it is put back before what came meanwhile (the thread stays), or
 * what came meanwhile is sent after it to @node (it goes on there, and ends here).
 * Task work context of the thread, signals held; all may sleep.
 */
int krg_thread_signals_take(struct sigpending *taken, struct krg_signals *copy);
void krg_thread_signals_return(struct sigpending *taken);
void krg_thread_signals_forward(struct sigpending *taken, int node);

/* Where the other threads of a process that is moving wait until it is decided whose it is. */
enum krg_park_verdict {
	KRG_PARK_WAIT,
	KRG_PARK_RUN,		/* they run here (again) */
	KRG_PARK_END,		/* they run elsewhere, or not at all: they end here */
};

struct krg_park {
	struct kref ref;
	wait_queue_head_t wait;
	enum krg_park_verdict verdict;
	void (*release)(struct krg_park *park);
};

void krg_park_init(struct krg_park *park, void (*release)(struct krg_park *park));
void krg_park_put(struct krg_park *park);
/* Any context, only once: wakes the threads. */
void krg_park_decide(struct krg_park *park, enum krg_park_verdict verdict);
/* In a thread: what was decided. Sleeps until it is; no signal ends that. */
enum krg_park_verdict krg_park_wait(struct krg_park *park);

/**
 * krg_thread_new() - make a thread of current's process, with this TID
 *
 * Task work context of the leader. @fn runs first in the thread and returns 0. May sleep.
 * Return: the TID or -errno.
 */
pid_t krg_thread_new(pid_t tid, int (*fn)(void *arg), void *arg);

/* What a body is, beside its memory. Travels in the head of a migration. */
struct krg_identity {
	__s32 pid;
	__s32 home;			/* KRG_NODE_NONE: it has none any more */
	__u32 seq;			/* counts the moves */
	__u32 conts;			/* SIGCONTs that home has passed on so far */
	__u32 stopped;			/* by this signal; 0: it is not */
};

/**
 * krg_identity_here() - who is current, as it would be after one more move
 * Task work context, signals held.
 */
void krg_identity_here(struct krg_identity *who);

/* Does @pid run on this node (as a native process or as a body)? Process context. */
bool krg_runs_here(pid_t pid);
/**
 * krg_place_of() - the node that runs a process, as far as this node knows without asking
 * @pid: of the process or of a thread of it
 *
 * Any context. Return: node id (this one too); -ESRCH: nothing is known here, or
 * it is about to arrive here.
 */
int krg_place_of(pid_t pid);
/* The home of @pid, or of its process, if it is a body that runs here; else -ESRCH. Any context. */
int krg_home_of_body(pid_t pid);
/**
 * krg_locate() - the node where a process runs
 *
 * May sleep. Return: node id (this one too); -ESRCH if nobody has it, -ENOMEM.
 */
int krg_locate(pid_t pid);

/**
 * krg_pidfd_pid() - the process behind a pidfd of Kerrighed's own
 *
 * Those are for processes of another home; others have the kernel's pidfds. Any context.
 * Return: PID; 0: @file is none of them; -ESRCH: the process has ended.
 */
pid_t krg_pidfd_pid(struct file *file);

/*
 * Leaving this node: all in task work of the leaving process, in this order.
 * For a native process a stub is prepared; for a body its home is told.
 */
struct krg_departure;

/**
 * krg_depart_begin() - home holds back signals for current from now on
 * All threads stopped, signals held. May sleep. Return: the departure or ERR_PTR.
 */
struct krg_departure *krg_depart_begin(int node);
/* It stays: home passes signals on again. Frees @departure. May sleep. */
void krg_depart_cancel(struct krg_departure *departure);
/* It ends here and nobody hears of it: this node is out of the cluster. Frees @departure. */
void krg_depart_abandon(struct krg_departure *departure);
/* It is @node's now: home is told; a stub or body of current does not run again. May sleep. */
void krg_depart_commit(struct krg_departure *departure);
/**
 * krg_depart_finish() - current has no memory and files any more (krg_ghost_shed())
 *
 * A body's task ends here and nobody hears of it. A native process lives on as a
 * stub until it dies (no return) or comes home: then this returns, and current is
 * the process again. Frees @departure.
 */
void krg_depart_finish(struct krg_departure *departure);

/**
 * krg_arrive_home() - run @fn in the stub of @pid, which is to become the process
 *
 * @fn runs with signals held; if it returns 0 the stub is the process from then
 * on, and what it left in @park runs too. Otherwise (memory and files shed again)
 * it stays a stub. May sleep.
 * Return: what @fn returned; -ESRCH: there is no such stub.
 */
int krg_arrive_home(const struct krg_identity *who,
		    int (*fn)(void *arg, struct krg_park **park), void *arg);

/**
 * krg_arrive_begin() - current, a new task with this pid, is to become a body
 *
 * Nobody hears of its end until krg_arrive_commit(). Holds signals. May sleep.
 * Return: 0 or -errno.
 */
int krg_arrive_begin(const struct krg_identity *who);
/**
 * krg_arrive_ready() - it is all here; from now on it lives if the node it came from dies
 * Return: false if home has already taken it for dead; it must end then.
 */
bool krg_arrive_ready(void);
/*
 * It lives, with its threads in @park (NULL: none): signals act, home hears of it; stops
 * if it was stopped. Task work context.
 */
void krg_arrive_commit(const struct krg_identity *who, struct krg_park *park);

#endif /* KRG_PROC_H */
