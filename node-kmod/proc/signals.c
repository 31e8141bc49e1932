// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holding, copying and queueing signals.
 *
 * While a task moves or is a stub, real_blocked is full: every signal, an ignored
 * or a fatal one too, is queued with its siginfo, and none acts.
 */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/module.h>
#include <linux/posix-timers.h>
#include <linux/slab.h>
#include <hooks/compat.h>
#include "proc.h"

int krg_signals_hold(void)
{
	int err = 0;

	krg_siglock();
	if (current->flags & PF_EXITING || current->signal->flags & SIGNAL_GROUP_EXIT ||
	    sigismember(&current->pending.signal, SIGKILL))
		err = -ESRCH;
	else
		sigfillset(&current->real_blocked);
	krg_sigunlock();
	return err;
}
EXPORT_SYMBOL_GPL(krg_signals_hold);

void krg_signals_release(int stop)
{
	struct signal_struct *signal = current->signal;

	krg_siglock();
	sigemptyset(&current->real_blocked);
	/* whatever is queued, and the restart of the system call, is looked at on the way out */
	set_thread_flag(TIF_SIGPENDING);
	if (stop || signal->flags & SIGNAL_STOP_STOPPED) {
		current->jobctl |= JOBCTL_STOP_DEQUEUED;
		if (krg_sym(do_signal_stop)(stop ?: SIGSTOP))
			return;		/* has dropped the lock */
	}
	krg_sigunlock();
}
EXPORT_SYMBOL_GPL(krg_signals_release);

bool krg_cont_waits(void)
{
	return sigismember(&current->signal->shared_pending.signal, SIGCONT) ||
	       sigismember(&current->pending.signal, SIGCONT);
}

/* A timer of timer_create has one entry of its own, which nobody else uses. */
static bool krg_of_timer(const struct sigqueue *q)
{
	return q->flags & SIGQUEUE_PREALLOC;
}

/* One queue into @copy; counts on when there is no room. Siglock is held. */
static void krg_copy_queue(struct krg_signals *copy, unsigned int room,
			   const struct sigpending *pending, bool thread)
{
	sigset_t left = pending->signal;
	struct sigqueue *q;
	int sig;

	list_for_each_entry(q, &pending->list, list) {
		sigdelset(&left, q->info.si_signo);
		if (copy->count < room)
			copy->sig[copy->count] = (struct krg_signal) {
				.sig = q->info.si_signo, .thread = thread, .info = q->info,
				.timer = krg_of_timer(q),
			};
		copy->count++;
	}
	/* signals without siginfo: SIGKILL, or the queue was full */
	for (sig = 1; sig <= _NSIG; sig++) {
		if (!sigismember(&left, sig))
			continue;
		if (copy->count < room)
			copy->sig[copy->count] = (struct krg_signal) {
				.sig = sig, .thread = thread, .info.si_signo = sig,
			};
		copy->count++;
	}
}

static void krg_take_queue(struct sigpending *taken, struct sigpending *pending)
{
	list_splice_init(&pending->list, &taken->list);
	taken->signal = pending->signal;
	sigemptyset(&pending->signal);
}

static void krg_return_queue(struct sigpending *taken, struct sigpending *pending)
{
	list_splice_init(&taken->list, &pending->list);
	sigorsets(&pending->signal, &pending->signal, &taken->signal);
	sigemptyset(&taken->signal);
}

/* What is queued for the thread current, and for its process unless @shared is NULL. */
static int krg_take(struct sigpending *own, struct sigpending *shared, struct krg_signals *copy)
{
	unsigned int room = 16;

	for (;;) {
		copy->sig = kvcalloc(room, sizeof(*copy->sig), GFP_KERNEL);
		if (!copy->sig)
			return -ENOMEM;
		copy->count = 0;
		krg_siglock();
		krg_copy_queue(copy, room, &current->pending, true);
		if (shared)
			krg_copy_queue(copy, room, &current->signal->shared_pending, false);
		if (copy->count <= room)
			break;
		krg_sigunlock();
		room = copy->count + 16;
		kvfree(copy->sig);
	}
	krg_take_queue(own, &current->pending);
	if (shared)
		krg_take_queue(shared, &current->signal->shared_pending);
	krg_sigunlock();
	return 0;
}

void krg_taken_init(struct krg_taken *taken)
{
	init_sigpending(&taken->own);
	init_sigpending(&taken->shared);
}
EXPORT_SYMBOL_GPL(krg_taken_init);

int krg_signals_take(struct krg_taken *taken, struct krg_signals *copy)
{
	return krg_take(&taken->own, &taken->shared, copy);
}
EXPORT_SYMBOL_GPL(krg_signals_take);

void krg_signals_return(struct krg_taken *taken)
{
	krg_siglock();
	krg_return_queue(&taken->own, &current->pending);
	krg_return_queue(&taken->shared, &current->signal->shared_pending);
	krg_sigunlock();
}
EXPORT_SYMBOL_GPL(krg_signals_return);

void krg_signals_drop(struct krg_taken *taken)
{
	krg_siglock();
	krg_sym(flush_sigqueue)(&taken->own);
	krg_sym(flush_sigqueue)(&taken->shared);
	krg_sigunlock();
}
EXPORT_SYMBOL_GPL(krg_signals_drop);

static void krg_put_back(struct sigpending *pending, struct list_head *newer)
{
	struct sigqueue *q;

	list_for_each_entry(q, newer, list)
		sigaddset(&pending->signal, q->info.si_signo);
	list_splice_tail(newer, &pending->list);
}

int krg_thread_signals_take(struct sigpending *taken, struct krg_signals *copy)
{
	init_sigpending(taken);
	return krg_take(taken, NULL, copy);
}
EXPORT_SYMBOL_GPL(krg_thread_signals_take);

void krg_thread_signals_return(struct sigpending *taken)
{
	krg_siglock();
	krg_return_queue(taken, &current->pending);
	krg_sigunlock();
}
EXPORT_SYMBOL_GPL(krg_thread_signals_return);

void krg_thread_signals_forward(struct sigpending *taken, int node)
{
	struct krg_signals came;
	struct sigpending unused;
	unsigned int i;

	while (krg_thread_signals_take(&unused, &came))
		schedule_timeout_uninterruptible(KRG_MEMORY_WAIT);
	for (i = 0; i < came.count; i++)
		if (!came.sig[i].timer)
			krg_signal_thread(node, task_tgid_vnr(current), task_pid_vnr(current),
					  &came.sig[i]);
	krg_thread_signals_return(&unused);
	kvfree(came.sig);
	/* freed at the thread's end */
	krg_thread_signals_return(taken);
}
EXPORT_SYMBOL_GPL(krg_thread_signals_forward);

/* From @newer to its place. False: the timer was deleted while its process was being stopped. */
static bool krg_place_timer(struct sigpending *pending, struct list_head *newer,
			    const struct krg_signal *signal)
{
	struct k_itimer *timer;
	struct sigqueue *q;

	list_for_each_entry(q, newer, list) {
		if (!krg_of_timer(q) || q->info.si_tid != signal->info.si_tid ||
		    q->info.si_signo != signal->sig)
			continue;
		list_move_tail(&q->list, &pending->list);
		sigaddset(&pending->signal, signal->sig);
		return true;
	}
	/* one that fired after it was saved fires here too */
	krg_for_each_posix_timer(timer, current->signal)
		if (timer->it_id == signal->info.si_tid)
			return true;
	return false;
}

void krg_signals_queue(const struct krg_signals *signals)
{
	struct sigpending *shared = &current->signal->shared_pending;
	LIST_HEAD(newer_shared);
	LIST_HEAD(newer);
	unsigned int i, lost = 0;

	krg_siglock();
	list_splice_init(&shared->list, &newer_shared);
	list_splice_init(&current->pending.list, &newer);
	for (i = 0; i < signals->count; i++) {
		struct krg_signal *s = &signals->sig[i];

		if (s->timer && (s->thread ? krg_place_timer(&current->pending, &newer, s) :
					     krg_place_timer(shared, &newer_shared, s)))
			continue;
		if (krg_sym(__send_signal_locked)(s->sig, &s->info, current,
						  s->thread ? PIDTYPE_PID : PIDTYPE_TGID, true))
			lost++;
	}
	krg_put_back(shared, &newer_shared);
	krg_put_back(&current->pending, &newer);
	krg_sigunlock();
	if (lost)
		pr_warn("%d: %u queued signals are lost, RLIMIT_SIGPENDING is lower here\n",
			task_tgid_vnr(current), lost);
}
EXPORT_SYMBOL_GPL(krg_signals_queue);
