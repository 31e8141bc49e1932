// SPDX-License-Identifier: GPL-2.0-only
/* Signal actions, masks, alternate stack, what a thread registered, interval timers. */
#include <linux/hrtimer.h>
#include <linux/posix-timers.h>
#include <linux/rseq.h>
#include <linux/sched/cputime.h>
#include <linux/signal.h>
#include "ghost.h"

static_assert(_NSIG == GF_SIGNALS_COUNT);

static u64 set_bits(const sigset_t *set)
{
	return set->sig[0];
}

static sigset_t set_of(u64 bits)
{
	return (sigset_t){ .sig = { bits } };
}

void ghost_signal_save(struct gf_thread *t)
{
	/* an interrupted sigsuspend or ppoll: it is called again with its mask */
	t->blocked = set_bits(test_restore_sigmask() ? &current->saved_sigmask :
						       &current->blocked);
	t->altstack_sp = current->sas_ss_sp;
	t->altstack_size = current->sas_ss_size;
	t->altstack_flags = current->sas_ss_flags;
	t->rseq = (__force u64)current->rseq;
	t->rseq_len = krg_rseq_len(current);
	t->rseq_sig = current->rseq_sig;
	t->robust_list = (__force u64)current->robust_list;
	t->clear_child_tid = (__force u64)current->clear_child_tid;
}

void ghost_signal_load(const struct gf_thread *t)
{
	sigset_t blocked = set_of(t->blocked);

	clear_restore_sigmask();
	krg_sym(__set_current_blocked)(&blocked);
	current->sas_ss_sp = t->altstack_sp;
	current->sas_ss_size = t->altstack_size;
	current->sas_ss_flags = t->altstack_flags;
	current->robust_list = (void __user *)t->robust_list;
	current->clear_child_tid = (void __user *)t->clear_child_tid;
	current->rseq = (void __user *)t->rseq;
	krg_set_rseq_len(current, t->rseq_len);
	current->rseq_sig = t->rseq_sig;
	rseq_migrate(current);	/* another CPU: a sequence under way is aborted */
}

void ghost_actions_save(struct gf_actions *a)
{
	int i;

	spin_lock_irq(&krg_sighand()->siglock);
	for (i = 0; i < _NSIG; i++) {
		const struct sigaction *sa = &krg_sighand()->action[i].sa;

		a->action[i].handler = (__force u64)sa->sa_handler;
		a->action[i].flags = sa->sa_flags;
		a->action[i].restorer = (__force u64)sa->sa_restorer;
		a->action[i].mask = set_bits(&sa->sa_mask);
	}
	spin_unlock_irq(&krg_sighand()->siglock);
}

void ghost_actions_load(const struct gf_actions *a)
{
	int i;

	spin_lock_irq(&krg_sighand()->siglock);
	for (i = 0; i < _NSIG; i++) {
		struct sigaction *sa = &krg_sighand()->action[i].sa;

		sa->sa_handler = (void __user *)a->action[i].handler;
		sa->sa_flags = a->action[i].flags;
		sa->sa_restorer = (void __user *)a->action[i].restorer;
		sa->sa_mask = set_of(a->action[i].mask);
	}
	spin_unlock_irq(&krg_sighand()->siglock);
}

static void cpu_timer_hold(struct gf_timers *timers, int which, int clock, u64 now)
{
	struct cpu_itimer *timer = &current->signal->it[clock];

	if (timer->expires)
		timers->cpu[which].left_ns = timer->expires > now ? timer->expires - now :
								    TICK_NSEC;
	timers->cpu[which].interval_ns = timer->incr;
	memset(timer, 0, sizeof(*timer));
}

/*
 * Stop the timers and note how they stood, or they would fire here, at the stub,
 * and once more where the process goes.
 */
void ghost_timers_hold(struct gf_timers *timers)
{
	struct signal_struct *signal = current->signal;
	struct hrtimer *real = &signal->real_timer;
	struct task_cputime now;

	memset(timers, 0, sizeof(*timers));
	krg_sym(thread_group_cputime)(current, &now);
	/* first the timer, outside siglock, which its function takes */
	timers->real_armed = hrtimer_cancel(real);
	timers->real_expires_ns = ghost_shifted(hrtimer_get_expires(real),
						ghost_clock_offset(CLOCK_MONOTONIC));
	spin_lock_irq(&krg_sighand()->siglock);
	timers->real_interval_ns = signal->it_real_incr;
	signal->it_real_incr = 0;
	cpu_timer_hold(timers, 0, CPUCLOCK_VIRT, now.utime);
	cpu_timer_hold(timers, 1, CPUCLOCK_PROF, now.utime + now.stime);
	spin_unlock_irq(&krg_sighand()->siglock);
}

static void cpu_timer_load(int clock, u64 left, u64 interval)
{
	struct cpu_itimer *timer = &current->signal->it[clock];
	u64 expires = left, old = 0;

	if (left)
		krg_sym(set_process_cpu_timer)(current, clock, &expires, &old);
	timer->expires = expires;
	timer->incr = interval;
}

void ghost_timers_load(const struct gf_timers *timers)
{
	struct signal_struct *signal = current->signal;
	struct hrtimer *real = &signal->real_timer;

	spin_lock_irq(&krg_sighand()->siglock);
	signal->it_real_incr = timers->real_interval_ns;
	hrtimer_set_expires(real, ghost_shifted(timers->real_expires_ns,
						-ghost_clock_offset(CLOCK_MONOTONIC)));
	if (timers->real_armed)
		hrtimer_start_expires(real, HRTIMER_MODE_ABS);
	cpu_timer_load(CPUCLOCK_VIRT, timers->cpu[0].left_ns, timers->cpu[0].interval_ns);
	cpu_timer_load(CPUCLOCK_PROF, timers->cpu[1].left_ns, timers->cpu[1].interval_ns);
	spin_unlock_irq(&krg_sighand()->siglock);
}
