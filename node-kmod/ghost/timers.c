// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timers of timer_create(2). Where the process leaves they run on: if it stays, nothing has
 * happened to them, and if not, they are deleted with what they have queued meanwhile. Where
 * it arrives they are made by the system calls, and then told what the calls cannot say.
 */
#include <linux/hrtimer.h>
#include <linux/mman.h>
#include <linux/posix-timers.h>
#include <linux/signal.h>
#include <linux/sort.h>
#include <linux/uaccess.h>
#include "ghost.h"

/* A page of the process, for the arguments of system calls. */
struct scratch {
	sigevent_t event;
	timer_t id;
	struct __kernel_itimerspec setting;
};

static bool on_cpu_clock(const struct k_itimer *timer)
{
	return timer->it_clock < 0;
}

static int check_timer(struct task_struct *task, const struct k_itimer *timer,
		       struct krg_refusal *why)
{
	bool gone = timer->it_sigev_notify & SIGEV_THREAD_ID &&
		    !pid_task(timer->it_pid, PIDTYPE_PID);

	if (on_cpu_clock(timer)) {
		if (CPUCLOCK_PERTHREAD(timer->it_clock))
			gone |= !pid_task(timer->it.cpu.pid, PIDTYPE_PID);
		else if (timer->it.cpu.pid != task_tgid(task))
			return ghost_refuse(why, GHOST_TIMER_CLOCK, timer->it_id);
	} else if (timer->it_clock != CLOCK_REALTIME && timer->it_clock != CLOCK_MONOTONIC &&
		   timer->it_clock != CLOCK_BOOTTIME && timer->it_clock != CLOCK_TAI) {
		return ghost_refuse(why, GHOST_TIMER_CLOCK, timer->it_id);
	}
	return gone ? ghost_refuse(why, GHOST_TIMER_THREAD, timer->it_id) : 0;
}

int ghost_posix_timers_check(struct task_struct *task, struct krg_refusal *why)
{
	struct k_itimer *timer;
	unsigned long flags;
	int err = 0;

	rcu_read_lock();
	if (krg_lock_sighand(task, &flags)) {
		krg_for_each_posix_timer(timer, task->signal) {
			err = check_timer(task, timer, why);
			if (err)
				break;
		}
		unlock_task_sighand(task, &flags);
	}
	rcu_read_unlock();
	return err;
}

static void save_clock(struct gf_posix_timer *t, const struct k_itimer *timer)
{
	const struct hrtimer *hr = &timer->it.real.timer;
	int clock = hr->base->clockid;

	t->expires_ns = ghost_shifted(hrtimer_get_expires(hr), ghost_clock_offset(clock));
	if (timer->it_active)
		t->flags |= GF_TIMER_ARMED;
	if (timer->it_clock == CLOCK_REALTIME && clock == CLOCK_MONOTONIC)
		t->flags |= GF_TIMER_RELATIVE;
}

static void save_cpu_clock(struct gf_posix_timer *t, struct k_itimer *timer)
{
	struct cpu_timer *cpu = &timer->it.cpu;

	t->clock_tid = pid_vnr(cpu->pid);
	t->expires_ns = min_t(u64, cpu_timer_getexpires(cpu), KTIME_MAX);
	if (cpu_timer_queued(cpu))
		t->flags |= GF_TIMER_ARMED;
}

static void save_timer(struct gf_posix_timer *t, struct k_itimer *timer)
{
	const struct kernel_siginfo *info = &timer->sigq->info;

	*t = (struct gf_posix_timer){
		.id = timer->it_id,
		.clock = timer->it_clock,
		.notify = timer->it_sigev_notify,
		.signo = info->si_signo,
		.value = (unsigned long)info->si_value.sival_ptr,
	};
	if (timer->it_sigev_notify & SIGEV_THREAD_ID)
		t->tid = pid_vnr(timer->it_pid);
	/* its function may be about to run: then it has all to do yet, here and there */
	spin_lock_irq(&timer->it_lock);
	spin_lock(&krg_sighand()->siglock);
	if (on_cpu_clock(timer))
		save_cpu_clock(t, timer);
	else
		save_clock(t, timer);
	if (!list_empty(&timer->sigq->list))
		t->flags |= GF_TIMER_PENDING;
	t->requeue = timer->it_requeue_pending;
	t->signal_requeue = info->si_sys_private;
	t->signal_overrun = info->si_overrun;
	t->interval_ns = timer->it_interval;
	t->overrun = timer->it_overrun;
	t->overrun_last = timer->it_overrun_last;
	spin_unlock(&krg_sighand()->siglock);
	spin_unlock_irq(&timer->it_lock);
}

static int by_id(const void *a, const void *b)
{
	const struct gf_posix_timer *first = a, *second = b;

	return first->id < second->id ? -1 : 1;
}

int ghost_posix_timers_save(struct gf_image *image)
{
	struct k_itimer *timer;
	u32 count = 0;

	krg_for_each_posix_timer(timer, current->signal)
		count++;
	if (!count)
		return 0;
	image->posix_timers = kvcalloc(count, sizeof(*image->posix_timers), GFP_KERNEL);
	if (!image->posix_timers)
		return -ENOMEM;
	krg_for_each_posix_timer(timer, current->signal)
		save_timer(&image->posix_timers[image->nposix_timers++], timer);
	sort(image->posix_timers, count, sizeof(*image->posix_timers), by_id, NULL);
	return 0;
}

/* A new timer of this ID, or an ERR_PTR. */
static struct k_itimer *create(const struct gf_posix_timer *t, struct scratch __user *scratch)
{
	struct signal_struct *signal = current->signal;
	/* of which thread, says a clock of the caller's only in the caller */
	clockid_t clock = t->clock_tid ? ~t->clock_tid << 3 | (t->clock & 7) : t->clock;
	struct pt_regs regs = {
		.di = clock,
		.si = (unsigned long)&scratch->event,
		.dx = (unsigned long)&scratch->id,
	};
	sigevent_t event = {
		.sigev_notify = t->notify,
		.sigev_signo = t->signo,
		.sigev_value.sival_ptr = (void __user *)t->value,
		.sigev_notify_thread_id = t->tid,
	};
	struct k_itimer *timer;
	long err;

	if (copy_to_user(&scratch->event, &event, sizeof(event)))
		return ERR_PTR(-EFAULT);
	signal->next_posix_timer_id = t->id;
	err = krg_sym(__x64_sys_timer_create)(&regs);
	if (err)
		return ERR_PTR(err);
	timer = krg_newest_posix_timer(signal);
	if (timer->it_id != t->id)
		return ERR_PTR(-EEXIST);
	timer->it_clock = t->clock;
	return timer;
}

static int set(const struct gf_posix_timer *t, int flags, s64 value, struct scratch __user *scratch)
{
	struct timespec64 first = ns_to_timespec64(value);
	struct timespec64 interval = ns_to_timespec64(t->interval_ns);
	struct itimerspec64 setting = { .it_value = first, .it_interval = interval };
	struct pt_regs regs = {
		.di = t->id,
		.si = flags,
		.dx = (unsigned long)&scratch->setting,
	};

	if (put_itimerspec64(&setting, &scratch->setting))
		return -EFAULT;
	return krg_sym(__x64_sys_timer_settime)(&regs);
}

static void load_counters(struct k_itimer *timer, const struct gf_posix_timer *t)
{
	timer->it_interval = t->interval_ns;
	timer->it_overrun = t->overrun;
	timer->it_overrun_last = t->overrun_last;
}

/* Set for ever and stopped it has all that depends on how it was set. */
static int load_clock(struct k_itimer *timer, const struct gf_posix_timer *t,
		      struct scratch __user *scratch)
{
	struct hrtimer *hr = &timer->it.real.timer;
	int err = set(t, t->flags & GF_TIMER_RELATIVE ? 0 : TIMER_ABSTIME, KTIME_MAX, scratch);

	if (err)
		return err;
	hrtimer_cancel(hr);
	spin_lock_irq(&timer->it_lock);
	timer->it_requeue_pending = t->requeue;
	timer->it_active = !!(t->flags & GF_TIMER_ARMED);
	load_counters(timer, t);
	hrtimer_set_expires(hr, ghost_shifted(t->expires_ns,
					      -ghost_clock_offset(hr->base->clockid)));
	if (timer->it_active)
		hrtimer_start_expires(hr, HRTIMER_MODE_ABS);
	spin_unlock_irq(&timer->it_lock);
	return 0;
}

/* The process has used what it had used there: the same moment. */
static int load_cpu_clock(struct k_itimer *timer, const struct gf_posix_timer *t,
			  struct scratch __user *scratch)
{
	int err;

	timer->it_requeue_pending = t->requeue;
	if (t->flags & GF_TIMER_ARMED) {
		/* to be as it was after the 2 that the call adds */
		timer->it_requeue_pending -= 2;
		err = set(t, TIMER_ABSTIME, t->expires_ns, scratch);
		if (err)
			return err;
	} else {
		cpu_timer_setexpires(&timer->it.cpu, t->expires_ns);
	}
	load_counters(timer, t);
	return 0;
}

static void load_signal(struct k_itimer *timer, const struct gf_posix_timer *t)
{
	struct sigpending *pending = &current->signal->shared_pending;
	struct sigqueue *q = timer->sigq;
	struct task_struct *thread;

	rcu_read_lock();
	spin_lock_irq(&krg_sighand()->siglock);
	if (t->tid) {
		thread = pid_task(timer->it_pid, PIDTYPE_PID);
		pending = thread ? &thread->pending : NULL;
	}
	if (pending) {
		q->info.si_overrun = t->signal_overrun;
		q->info.si_sys_private = t->signal_requeue;
		/* krg_signals_queue() makes it pending, where its place in the queue is */
		list_add_tail(&q->list, &pending->list);
	}
	spin_unlock_irq(&krg_sighand()->siglock);
	rcu_read_unlock();
}

static int load_timer(const struct gf_posix_timer *t, struct scratch __user *scratch)
{
	struct k_itimer *timer = create(t, scratch);

	if (IS_ERR(timer))
		return PTR_ERR(timer);
	if (t->flags & GF_TIMER_PENDING)
		load_signal(timer, t);
	return on_cpu_clock(timer) ? load_cpu_clock(timer, t, scratch) :
				     load_clock(timer, t, scratch);
}

static int by_expiry(const void *a, const void *b)
{
	const struct gf_posix_timer *first = a, *second = b;

	return first->expires_ns < second->expires_ns ? -1 : first->expires_ns > second->expires_ns;
}

int ghost_posix_timers_load(struct gf_image *image, struct krg_refusal *why)
{
	unsigned long page = 0;
	int err = 0;
	u32 i;

	/* those that are over by now fire at once, in this order */
	sort(image->posix_timers, image->nposix_timers, sizeof(*image->posix_timers), by_expiry,
	     NULL);
	if (image->nposix_timers) {
		page = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, 0);
		if (IS_ERR_VALUE(page))
			return ghost_failed(why, page, "making its timers");
	}
	for (i = 0; i < image->nposix_timers && !err; i++) {
		err = load_timer(&image->posix_timers[i], (struct scratch __user *)page);
		if (err)
			ghost_refuse(why, GHOST_ARRIVE_TIMER, image->posix_timers[i].id, -err);
		cond_resched();
	}
	current->signal->next_posix_timer_id = image->process.next_timer_id;
	if (page)
		vm_munmap(page, PAGE_SIZE);
	return err;
}

/* From now on it queues no signal. A thread that is ending may be about to let it. */
static void stop(struct k_itimer *timer)
{
	if (!on_cpu_clock(timer)) {
		hrtimer_cancel(&timer->it.real.timer);
		return;
	}
	spin_lock_irq(&timer->it_lock);
	spin_lock(&krg_sighand()->siglock);
	cpu_timer_dequeue(&timer->it.cpu);
	if (timer->it.cpu.firing)
		timer->it.cpu.firing = -1;
	spin_unlock(&krg_sighand()->siglock);
	spin_unlock_irq(&timer->it_lock);
}

static void drop_signals(struct sigpending *pending)
{
	struct sigqueue *q, *next;
	sigset_t dropped;

	sigemptyset(&dropped);
	list_for_each_entry_safe(q, next, &pending->list, list) {
		if (!(q->flags & SIGQUEUE_PREALLOC))
			continue;
		sigaddset(&dropped, q->info.si_signo);
		list_del_init(&q->list);
	}
	list_for_each_entry(q, &pending->list, list)
		sigdelset(&dropped, q->info.si_signo);
	sigandnsets(&pending->signal, &pending->signal, &dropped);
}

void ghost_posix_timers_drop(void)
{
	struct k_itimer *timer;

	krg_for_each_posix_timer(timer, current->signal)
		stop(timer);
	spin_lock_irq(&krg_sighand()->siglock);
	drop_signals(&current->pending);
	drop_signals(&current->signal->shared_pending);
	spin_unlock_irq(&krg_sighand()->siglock);
	krg_sym(exit_itimers)(current);
}
