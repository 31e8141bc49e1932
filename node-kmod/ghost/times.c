// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a process has used goes on from where it was: the counters that came are those
 * of the task that is the process now.
 */
#include <linux/sched/cputime.h>
#include <linux/sched/signal.h>
#include <linux/task_io_accounting_ops.h>
#include "ghost.h"

void ghost_times_save(struct gf_times *t)
{
	*t = (struct gf_times){
		.utime = current->utime,
		.stime = current->stime,
		.runtime = current->se.sum_exec_runtime,
		.shown_utime = current->prev_cputime.utime,
		.shown_stime = current->prev_cputime.stime,
		.min_flt = current->min_flt,
		.maj_flt = current->maj_flt,
		.nvcsw = current->nvcsw,
		.nivcsw = current->nivcsw,
		.inblock = task_io_get_inblock(current),
		.oublock = task_io_get_oublock(current),
	};
}

/* The kernel divides the exact runtime by ticks, and never takes back what it has shown. */
static void shown_load(struct prev_cputime *shown, const struct gf_times *t)
{
	raw_spin_lock_irq(&shown->lock);
	shown->utime = t->shown_utime;
	shown->stime = t->shown_stime;
	raw_spin_unlock_irq(&shown->lock);
}

/* With its run queue locked: the tick adds to them, and so does a wake-up from elsewhere. */
static int counted_load(struct task_struct *task, void *times)
{
	const struct gf_times *t = times;
	u64 more = t->runtime - task->se.sum_exec_runtime;

	task->utime = t->utime;
	task->stime = t->stime;
	task->se.sum_exec_runtime += more;
	task->se.prev_sum_exec_runtime += more;
	task->nvcsw = t->nvcsw;
	task->nivcsw = t->nivcsw;
	return 0;
}

void ghost_times_load(const struct gf_times *t)
{
	krg_sym(task_call_func)(current, counted_load, (void *)t);
	current->min_flt = t->min_flt;
	current->maj_flt = t->maj_flt;
	current->ioac.read_bytes = t->inblock << 9;
	current->ioac.write_bytes = t->oublock << 9;
	shown_load(&current->prev_cputime, t);
}

void ghost_process_times_save(struct gf_process *p)
{
	struct signal_struct *signal = current->signal;

	spin_lock_irq(&krg_sighand()->siglock);
	p->ended = (struct gf_times){
		.utime = signal->utime,
		.stime = signal->stime,
		.runtime = signal->sum_sched_runtime,
		.shown_utime = signal->prev_cputime.utime,
		.shown_stime = signal->prev_cputime.stime,
		.min_flt = signal->min_flt,
		.maj_flt = signal->maj_flt,
		.nvcsw = signal->nvcsw,
		.nivcsw = signal->nivcsw,
		.inblock = signal->inblock,
		.oublock = signal->oublock,
	};
	p->children = (struct gf_times){
		.utime = signal->cutime,
		.stime = signal->cstime,
		.min_flt = signal->cmin_flt,
		.maj_flt = signal->cmaj_flt,
		.nvcsw = signal->cnvcsw,
		.nivcsw = signal->cnivcsw,
		.inblock = signal->cinblock,
		.oublock = signal->coublock,
	};
	p->maxrss = max(signal->maxrss, get_mm_hiwater_rss(current->mm));
	p->children_maxrss = signal->cmaxrss;
	spin_unlock_irq(&krg_sighand()->siglock);
}

void ghost_process_times_load(const struct gf_process *p)
{
	struct signal_struct *signal = current->signal;

	spin_lock_irq(&krg_sighand()->siglock);
	write_seqlock(&signal->stats_lock);
	signal->utime = p->ended.utime;
	signal->stime = p->ended.stime;
	signal->sum_sched_runtime = p->ended.runtime;
	signal->min_flt = p->ended.min_flt;
	signal->maj_flt = p->ended.maj_flt;
	signal->nvcsw = p->ended.nvcsw;
	signal->nivcsw = p->ended.nivcsw;
	signal->inblock = p->ended.inblock;
	signal->oublock = p->ended.oublock;
	signal->cutime = p->children.utime;
	signal->cstime = p->children.stime;
	signal->cmin_flt = p->children.min_flt;
	signal->cmaj_flt = p->children.maj_flt;
	signal->cnvcsw = p->children.nvcsw;
	signal->cnivcsw = p->children.nivcsw;
	signal->cinblock = p->children.inblock;
	signal->coublock = p->children.oublock;
	signal->maxrss = p->maxrss;
	signal->cmaxrss = p->children_maxrss;
	write_sequnlock(&signal->stats_lock);
	spin_unlock_irq(&krg_sighand()->siglock);
	shown_load(&signal->prev_cputime, &p->ended);
}

/* While a timer or a limit needs it the process's clock counts on its own. */
void ghost_process_clock_load(void)
{
	struct task_cputime_atomic *clock = &current->signal->cputimer.cputime_atomic;
	struct task_cputime used;

	spin_lock_irq(&krg_sighand()->siglock);
	krg_sym(thread_group_cputime)(current, &used);
	atomic64_set(&clock->utime, used.utime);
	atomic64_set(&clock->stime, used.stime);
	atomic64_set(&clock->sum_exec_runtime, used.sum_exec_runtime);
	spin_unlock_irq(&krg_sighand()->siglock);
}
