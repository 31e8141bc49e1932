/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this folder show each other. */
#ifndef KRG_PROC_INTERNAL_H
#define KRG_PROC_INTERNAL_H

#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/task_work.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <kerrighed/hooks.h>
#include <kerrighed/hotplug.h>
#include <kerrighed/proc.h>
#include <kerrighed/sighand.h>
#include "symbols.h"
#include "wire.h"
#include <kerrighed/fault.h>

/*
 * Lock order: tasklist_lock, siglock, stub->lock. All state of a stub but its
 * list of requests belongs to the stub's own task; others make a request.
 */
struct krg_stub {
	pid_t pid;
	struct task_struct *task;	/* valid while !dead, under lock */
	struct kref ref;
	struct rcu_head rcu;
	spinlock_t lock;		/* requests, dead, task */
	struct list_head requests;
	bool dead;			/* takes no more requests; under lock */
	/* the stub task's own */
	struct callback_head work;
	int node;			/* of the body; others read it once */
	int dest;			/* where it is moving to, or KRG_NODE_NONE */
	u32 seq;
	u32 conts;
	int stop;			/* the body stopped by this signal, after */
	u32 stop_conts;			/* so many SIGCONTs; 0: nothing new */
	bool stalled;			/* the body can't take signals now */
	bool vanish;			/* its end is no news for the parent */
	struct krg_signal held;		/* taken from the queue, not delivered; sig 0: none */
	wait_queue_entry_t child_wait;
	struct work_struct child_event;
	bool waited;			/* threads of the body sleep until a child changes */
	bool home;			/* the task is the process again */
	struct krg_park *park;		/* its threads that came home with it */
};

struct krg_request {
	struct list_head list;
	struct krg_ask ask;
	int from;			/* the node that asks, if .answer is not NULL */
	const struct krg_creds *creds;
	struct krg_answer *answer;
	int (*arrive)(void *arg, struct krg_park **park);
	void *arg;
	int err;
	bool detached;			/* nobody waits: freed when done */
	struct completion done;
};

/* stub.c */
struct krg_stub *krg_stub_find(pid_t pid);		/* counted, or NULL */
void krg_stub_put(struct krg_stub *stub);
struct krg_stub *krg_stub_new(pid_t pid, int node);	/* ERR_PTR(-ENOMEM) */
int krg_stub_publish(struct krg_stub *stub, pid_t pid);
void krg_stub_drop(struct krg_stub *stub);		/* it never became one, or is one no more */
void krg_stub_enter(struct krg_stub *stub);		/* current is it from now on */
void krg_stub_loop(struct krg_stub *stub);
void krg_stub_die(struct krg_stub *stub, const struct krg_exit *end);	/* does not return */
int krg_stub_request(pid_t pid, struct krg_request *request);
void krg_stub_news(pid_t pid, u32 op, int node);
void krg_request_done(struct krg_request *request);
void krg_stub_each(void (*fn)(struct krg_stub *stub, void *arg), void *arg);
bool krg_stub_vanishes(struct task_struct *task);
bool krg_have_stubs(void);
extern struct workqueue_struct *krg_proc_wq;
/* stub_serve.c */
void krg_stub_serve(struct krg_stub *stub, struct krg_request *request);
void krg_stub_lost(struct krg_stub *stub, int node);
int krg_serve_home(struct krg_rpc_request *req);

struct krg_body {
	pid_t pid;
	int home;			/* KRG_NODE_NONE: the cluster knows that it has none */
	u32 seq;
	u32 conts;			/* SIGCONTs that acted; with the stops under siglock */
	unsigned long flags;
	struct kref ref;
	struct rcu_head rcu;
	wait_queue_head_t wait;
	spinlock_t lock;		/* ARRIVED against REFUSED */
	atomic_t child_events;
	struct work_struct report;
	atomic64_t stop;		/* a stop to report: conts << 8 | signal, 0: none */
	struct krg_exit end;
};

enum {
	KRG_BODY_ALONE,		/* no home any more */
	KRG_BODY_SILENT,	/* not yet, or no more: its end is nobody's business */
	KRG_BODY_ARRIVED,	/* it will live here, also if the node it came from dies */
	KRG_BODY_REFUSED,	/* it will not: home has taken it for dead */
	KRG_BODY_CLONING,	/* its task does not run yet */
	KRG_BODY_ENDED,		/* .end is to be reported */
};

/* body.c */
#define KRG_DECISION (10 * HZ)	/* longer than any cluster needs that can decide */
#define KRG_MEMORY_WAIT (HZ / 10)	/* until there may be some again */
struct krg_body *krg_body_find(pid_t pid);		/* counted, or NULL */
struct krg_body *krg_body_of(struct task_struct *task);	/* the same */
void krg_body_put(struct krg_body *body);
struct krg_body *krg_body_new(pid_t pid, int home, u32 seq, unsigned long flags);
void krg_body_drop(struct krg_body *body);		/* out of the table, and put */
bool krg_have_bodies(void);
bool krg_body_is_current(void);				/* has a home, too. Any context. */
bool krg_body_has_home(struct krg_body *body);
void krg_body_alone(struct krg_body *body);
/* Of one that is alone. 0: for good; -EHOSTDOWN: it may still turn out to be this node. */
int krg_body_homeless(struct krg_body *body);
void krg_body_each(void (*fn)(struct krg_body *body, void *arg), void *arg);
int krg_body_ask(struct krg_body *body, struct krg_ask *ask, size_t len, struct krg_answer *answer);
int krg_body_tell(struct krg_body *body, struct krg_ask *ask, size_t len);
void krg_body_report(struct krg_body *body);
int krg_serve_body(struct krg_rpc_request *req);
/* signals.c */
/* Is a SIGCONT queued for current or its process? It is newer than any stop. Siglock is held. */
bool krg_cont_waits(void);
/* body_hooks.c */
void krg_notify_stop(struct task_struct *task, int why);
/* siglock.c */
void krg_siglock(void);
void krg_sigunlock(void);

static inline bool krg_signal_valid(int sig)
{
	return sig > 0 && valid_signal(sig);
}

int krg_signal_send_locked(struct task_struct *task, struct krg_signal *signal);
int krg_signal_send(struct task_struct *task, struct krg_signal *signal);	/* or -ESRCH */
/* locate.c */
/* Counted, in the container, and not just coming or going; or NULL. Any context. */
struct task_struct *krg_task_of(pid_t pid);
bool krg_thread_runs_here(pid_t tid);			/* any thread of a process that does */
/* Puts @name to every other node in turn until one knows it. Only about what runs there. */
int krg_ask_all(struct krg_name *name, void *reply, size_t reply_max);
/* What this node knows: itself; unless only that is asked for (@here), a stub's body; or -ESRCH. */
int krg_locate_here(pid_t pid, bool here);
/* PIDs and TIDs of @home that live here, without the node, into @local. Returns how many. */
size_t krg_claims(int home, u16 *local, size_t room);
/*
 * Has the body arrived from @gone for good? If not yet, it never will. Waits until this
 * node knows too that @gone is out: what arrives from there after that is refused.
 * Return: 0 or -ESRCH.
 */
int krg_taken(pid_t pid, int gone);
/* names.c */
int krg_serve_name(struct krg_rpc_request *req);
void krg_name_fill(struct krg_name *name, int sig, const struct kernel_siginfo *info);
/* Signals the process @name->pid if it, or its stub, is here. 0 or -errno. May sleep. */
int krg_kill_here(const struct krg_name *name);
/* everyone.c */
#define KRG_PIDS_OF_A_NODE BIT(KRG_PID_SHIFT)
/* May not sleep. */
typedef bool (*krg_match)(struct task_struct *task, pid_t pid, const void *arg);
/*
 * Into @pids, which has @room: the processes of the container that match, and whose home is this
 * node, or that have none and run here. Returns how many. Any context.
 */
unsigned int krg_list_ours(krg_match match, const void *arg, pid_t *pids, unsigned int room);
/* kill(-1), of the whole cluster and this node's share of it. Both may sleep. */
int krg_kill_everyone(int sig, const struct kernel_siginfo *info);
int krg_kill_ours(const struct krg_name *name);
/* Queues @signal for thread @tid of @tgid on @node, or for nobody if that has ended. May sleep. */
void krg_signal_thread(int node, pid_t tgid, pid_t tid, const struct krg_signal *signal);
/* about.c */
/* KRG_ABOUT_PGID or _SID of a process of another home. False: the kernel's own call knows. */
bool krg_ask_relation(u32 op, pid_t pid, long *ret);
int krg_serve_about(struct krg_rpc_request *req);
/* groups.c */
/*
 * Number @nr has no process here. If it still names its group or session, these get another
 * name, and the number is free. False: a task has it. Does not sleep.
 */
bool krg_pid_vacate(struct pid_namespace *ns, pid_t nr);

/* pids.c */
void krg_pids_init(void);
void krg_pids_exit(void);
void krg_pids_claim(int node);
/* This node has asked all others for its numbers, or knows nothing of them any more. */
void krg_pids_known(bool known);
/* Of a number of this node that nobody has here: may somebody have it elsewhere? */
bool krg_pid_unsure(pid_t pid);
/* @home asks here what of its numbers lives here; before that is looked at. */
void krg_pids_asked(int home);
/*
 * A body without a home is here, and where it comes from still has it: its number's node must
 * not give that out again. May sleep. Return: 0, or -errno: it may not know.
 */
int krg_pid_arrives(pid_t pid);
/* @pid, a number of this node, lives elsewhere without a stub. */
void krg_pid_claim(pid_t pid);
bool krg_pid_claimed(pid_t pid);
/* current's process leaves this node; all its threads are stopped. 0 or -ENOMEM. */
int krg_pids_reserve(void);
/* Process @tgid is back, stays or is no more. Any context. */
void krg_pids_release(pid_t tgid);
/* Thread @tid has ended elsewhere. */
void krg_pid_freed(pid_t tid);
/* Of which process elsewhere is @tid a thread? 0: of none that this node knows. */
pid_t krg_pid_owner(pid_t tid);
void krg_pids_review(void);		/* nodes have gone */
/* fork.c */
bool krg_forking(pid_t *set_tid);
/* threads.c */
int krg_threads_init(void);
void krg_threads_exit(void);
/* watch.c */
int krg_serve_watch(struct krg_rpc_request *req);
/* Nobody on @node has a pidfd any more; KRG_NODE_NONE: on no node. May sleep. */
void krg_watches_end(int node);
/* pidfd.c */
/* @from, which was asked to, tells that a process has ended. Any process context. */
void krg_pidfd_over(const struct krg_watch_message *message, int from);
/* @node is no more in the cluster; KRG_NODE_NONE: this one is in none. May sleep. */
void krg_pidfds_lose(int node);
/*
 * clone(2) of @pid, whose stub is at home already: if a pidfd is asked for, it is made here, as the
 * kernel's own would be of the body. Return: the descriptor, if there is a @file for it; or
 * -errno. May sleep. Then the clone, and krg_pidfd_forked().
 */
int krg_pidfd_fork(pid_t pid, struct kernel_clone_args *args, struct file **file);
/* The child runs, so it has its pidfd; or not. */
void krg_pidfd_forked(int fd, struct file *file, bool runs);
/* For waitid(2): the process behind @fd, or -errno. @nonblock: it is not to wait. */
pid_t krg_pidfd_waited(int fd, bool *nonblock);
/* tables of hooks */
extern struct krg_hook *krg_pid_hooks[], *krg_body_hooks[], *krg_call_hooks[], *krg_wait_hooks[],
	*krg_fork_hooks[], *krg_name_hooks[], *krg_priority_hooks[], *krg_scheduler_hooks[],
	*krg_limit_hooks[], *krg_pidfd_hooks[];
/* view.c, list.c */
extern struct notifier_block krg_proc_view;
int krg_list_init(void);
void krg_list_exit(void);

#endif /* KRG_PROC_INTERNAL_H */
