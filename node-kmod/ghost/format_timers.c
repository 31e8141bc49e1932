// SPDX-License-Identifier: GPL-2.0-only
/* Are the timers that were read in range, and do they fit the threads? Pure: see format.h. */
#include "format.h"

static int check_interval_timers(struct gf_io *io, const struct gf_timers *t)
{
	int i;

	MUST(t->real_expires_ns >= 0, GF_TIMERS, "real_expires_ns", t->real_expires_ns);
	MUST(t->real_interval_ns < 1ULL << 63, GF_TIMERS, "real_interval_ns", t->real_interval_ns);
	MUST(t->real_armed <= 1, GF_TIMERS, "real_armed", t->real_armed);
	for (i = 0; i < 2; i++) {
		MUST(t->cpu[i].left_ns < 1ULL << 63, GF_TIMERS, "left_ns", t->cpu[i].left_ns);
		MUST(t->cpu[i].interval_ns < 1ULL << 63, GF_TIMERS, "interval_ns",
		     t->cpu[i].interval_ns);
	}
	return 0;
}

/* The leader is the first; the others ascend. */
static bool has_thread(const struct gf_image *image, s32 tid)
{
	u32 low = 1, high = image->process.threads;

	if (image->threads[0]->self.tid == tid)
		return true;
	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (image->threads[mid]->self.tid == tid)
			return true;
		if (image->threads[mid]->self.tid < tid)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

/* A CPU clock: ~PID << 3, that it is a thread's, and one of three kinds of time. */
static int check_cpu_clock(struct gf_io *io, const struct gf_image *image,
			   const struct gf_posix_timer *t)
{
	s32 pid = ~(t->clock >> 3);

	MUST((t->clock & 3) < 3, GF_POSIX_TIMERS, "clock", t->clock);
	MUST(!pid || pid == t->clock_tid, GF_POSIX_TIMERS, "clock", t->clock);
	if (t->clock & 4)
		MUST(has_thread(image, t->clock_tid), GF_POSIX_TIMERS, "clock_tid", t->clock_tid);
	else
		MUST(t->clock_tid == image->threads[0]->self.tid, GF_POSIX_TIMERS, "clock_tid",
		     t->clock_tid);
	return 0;
}

static int check_notify(struct gf_io *io, const struct gf_image *image,
			const struct gf_posix_timer *t)
{
	MUST(t->notify == SIGEV_SIGNAL || t->notify == SIGEV_NONE || t->notify == SIGEV_THREAD ||
	     t->notify == SIGEV_THREAD_ID, GF_POSIX_TIMERS, "notify", t->notify);
	if (t->notify == SIGEV_THREAD_ID)
		MUST(has_thread(image, t->tid), GF_POSIX_TIMERS, "tid", t->tid);
	else
		MUST(!t->tid, GF_POSIX_TIMERS, "tid", t->tid);
	if (t->notify != SIGEV_NONE) {
		MUST(t->signo > 0 && t->signo <= GF_SIGNALS_COUNT, GF_POSIX_TIMERS, "signo",
		     t->signo);
		return 0;
	}
	MUST(!(t->flags & GF_TIMER_PENDING), GF_POSIX_TIMERS, "flags", t->flags);
	/* 6.1 arms those of CPU clocks all the same */
	MUST(!(t->flags & GF_TIMER_ARMED) || t->clock < 0, GF_POSIX_TIMERS, "flags", t->flags);
	return 0;
}

/* The kernel would start one that is armed when it delivers a signal with the same number. */
static int check_counters(struct gf_io *io, const struct gf_posix_timer *t)
{
	MUST(!(t->flags & GF_TIMER_ARMED) || !(t->requeue & 1), GF_POSIX_TIMERS, "requeue",
	     t->requeue);
	MUST(!t->signal_requeue || t->signal_requeue & 1, GF_POSIX_TIMERS, "signal_requeue",
	     t->signal_requeue);
	MUST(t->signal_overrun >= 0, GF_POSIX_TIMERS, "signal_overrun", t->signal_overrun);
	MUST(t->overrun >= -1 && t->overrun < 1LL << 60, GF_POSIX_TIMERS, "overrun", t->overrun);
	MUST(t->overrun_last >= -1 && t->overrun_last < 1LL << 60, GF_POSIX_TIMERS,
	     "overrun_last", t->overrun_last);
	return 0;
}

static int check_posix_timer(struct gf_io *io, const struct gf_image *image,
			     const struct gf_posix_timer *t)
{
	int err = 0;

	MUST(t->id >= 0, GF_POSIX_TIMERS, "id", t->id);
	MUST(!(t->flags & ~GF_TIMER_ALL), GF_POSIX_TIMERS, "flags", t->flags);
	MUST(!(t->flags & GF_TIMER_RELATIVE) || t->clock == CLOCK_REALTIME, GF_POSIX_TIMERS,
	     "flags", t->flags);
	MUST(t->expires_ns >= 0, GF_POSIX_TIMERS, "expires_ns", t->expires_ns);
	MUST(t->interval_ns < 1ULL << 63, GF_POSIX_TIMERS, "interval_ns", t->interval_ns);
	if (t->clock < 0) {
		err = check_cpu_clock(io, image, t);
	} else {
		MUST(t->clock == CLOCK_REALTIME || t->clock == CLOCK_MONOTONIC ||
		     t->clock == CLOCK_BOOTTIME || t->clock == CLOCK_TAI, GF_POSIX_TIMERS,
		     "clock", t->clock);
		MUST(!t->clock_tid, GF_POSIX_TIMERS, "clock_tid", t->clock_tid);
	}
	if (!err)
		err = check_notify(io, image, t);
	return err ?: check_counters(io, t);
}

int gf_check_timers(struct gf_io *io, const struct gf_image *image)
{
	int err = check_interval_timers(io, &image->timers);
	u32 i;

	for (i = 0; i < image->nposix_timers && !err; i++) {
		const struct gf_posix_timer *t = &image->posix_timers[i];

		MUST(!i || t[-1].id < t->id, GF_POSIX_TIMERS, "order", t->id);
		err = check_posix_timer(io, image, t);
	}
	return err;
}
