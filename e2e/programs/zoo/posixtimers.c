// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timers of timer_create: each keeps its ID, fires as often as its clock has come round, no
 * more and no less, and its signals come in their order to whom they are for.
 */
#include "../zoo.h"
#include <pthread.h>
#include <sys/syscall.h>

#define MS 1000000L
#define LOST (30000 * MS)

enum { MONO, BOOT, OF_ALL, OF_THREAD, TO_THREAD, ONCE, SAME, SIGNALS };

/* Fires whenever another @each is over. */
struct periodic {
	clockid_t clock;
	long each;
	int number;		/* its signal is SIGRTMIN + this */
	bool to_thread;
	int id;
	int64_t start, count;
};

static int64_t ns(clockid_t clock)
{
	struct timespec t;

	MUST(!clock_gettime(clock, &t));
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static struct timespec from_ns(int64_t t)
{
	return (struct timespec){ t / 1000000000, t % 1000000000 };
}

/* Not glibc's: IDs are the kernel's. */
static int create(clockid_t clock, int notify, int number, void *value)
{
	struct sigevent event = { 0 };
	int id;

	event.sigev_notify = notify;
	event.sigev_signo = SIGRTMIN + number;
	event.sigev_value.sival_ptr = value;
	event._sigev_un._tid = notify == SIGEV_THREAD_ID ? gettid() : 0;
	MUST(!syscall(SYS_timer_create, clock, &event, &id));
	return id;
}

static void set(int id, int flags, int64_t value, int64_t each)
{
	struct itimerspec setting = { from_ns(each), from_ns(value) };

	MUST(!syscall(SYS_timer_settime, id, flags, &setting, NULL));
}

/* What is left of it; *@each: its interval. */
static int64_t get(int id, int64_t *each)
{
	struct itimerspec setting;

	MUST(!syscall(SYS_timer_gettime, id, &setting));
	*each = setting.it_interval.tv_sec * 1000000000L + setting.it_interval.tv_nsec;
	return setting.it_value.tv_sec * 1000000000L + setting.it_value.tv_nsec;
}

static void delete(int id)
{
	struct itimerspec setting;

	MUST(!syscall(SYS_timer_delete, id));
	MUST(syscall(SYS_timer_gettime, id, &setting) == -1 && errno == EINVAL);
}

/* False: not within @timeout, or interrupted. */
static bool await(int number, int64_t timeout, siginfo_t *info)
{
	struct timespec wait = from_ns(timeout);
	sigset_t set;
	int signal;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + number);
	signal = sigtimedwait(&set, info, &wait);
	MUST(signal == SIGRTMIN + number || errno == EAGAIN || errno == EINTR);
	return signal >= 0;
}

static void begin(struct periodic *p)
{
	p->id = create(p->clock, p->to_thread ? SIGEV_THREAD_ID : SIGEV_SIGNAL, p->number, p);
	p->start = ns(p->clock);
	set(p->id, TIMER_ABSTIME, p->start + p->each, p->each);
}

/* It has counted every time that its clock came round before the signal was taken. */
static void fired(struct periodic *p, const siginfo_t *info, int64_t before)
{
	int64_t after = ns(p->clock), least = (before - p->start) / p->each;

	MUST(info->si_code == SI_TIMER && info->si_timerid == p->id);
	MUST(info->si_value.sival_ptr == p);
	MUST(syscall(SYS_timer_getoverrun, p->id) == info->si_overrun);
	p->count += 1 + info->si_overrun;
	if (p->count > (after - p->start) / p->each || p->count < least)
		say("timer %d: %ld times, at least %ld, in %ld ns", p->id, p->count, least,
		    after - p->start);
	MUST(p->count <= (after - p->start) / p->each);
	MUST(p->count >= least);
}

static void check_time_left(const struct periodic *p)
{
	int64_t each, left = get(p->id, &each);

	MUST(left > 0 && left <= p->each && each == p->each);
}

/* On a clock that goes on by itself. */
static void next(struct periodic *p)
{
	int64_t before = ns(p->clock);
	siginfo_t info;

	if (await(p->number, LOST, &info))
		fired(p, &info, before);
	else
		MUST(errno == EINTR && stopping);
	check_time_left(p);
}

/* On a clock that goes on when there is work. The kernel looks at it in each tick. */
static void next_of_work(struct periodic *p)
{
	siginfo_t info;

	while (!await(p->number, 0, &info)) {
		if (stopping)
			return;
		MUST(ns(p->clock) - p->start < (p->count + 1) * p->each + 1000 * MS);
		work(10);
	}
	fired(p, &info, p->start);
	check_time_left(p);
}

static pthread_barrier_t begun;

static void *thread_life(void *arg)
{
	struct periodic own = { CLOCK_THREAD_CPUTIME_ID, 20 * MS, OF_THREAD, true, 0, 0, 0 };
	struct periodic told = { CLOCK_MONOTONIC, 10 * MS, TO_THREAD, true, 0, 0, 0 };

	begin(&own);
	begin(&told);
	pthread_barrier_wait(&begun);
	while (!stopping) {
		next(&told);
		next_of_work(&own);
	}
	delete(own.id);
	delete(told.id);
	return arg;
}

/* Set from now on, CLOCK_REALTIME counts as CLOCK_MONOTONIC does; set to a moment, it is over. */
static void once(void)
{
	int id = create(CLOCK_REALTIME, SIGEV_SIGNAL, ONCE, NULL);
	int64_t start = ns(CLOCK_MONOTONIC), each;
	siginfo_t info;

	set(id, 0, 50 * MS, 0);
	if (await(ONCE, LOST, &info))
		MUST(ns(CLOCK_MONOTONIC) - start >= 50 * MS && !info.si_overrun);
	MUST(!get(id, &each) || stopping);
	set(id, TIMER_ABSTIME, 1, 0);
	MUST(await(ONCE, LOST, &info) || stopping);
	delete(id);
}

/* Two timers, one signal: what fires first comes first, whoever was made first. */
static void in_order(void)
{
	int late = create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SAME, NULL);
	int early = create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SAME, NULL);
	siginfo_t info;

	MUST(early == late + 1);
	set(early, 0, 10 * MS, 0);
	set(late, 0, 30 * MS, 0);
	nap(60);
	if (await(SAME, LOST, &info))
		MUST(info.si_timerid == early);
	if (await(SAME, LOST, &info))
		MUST(info.si_timerid == late || stopping);
	delete(early);
	delete(late);
	MUST(!await(SAME, 0, &info) || stopping);
}

/* Tells nobody and says, when asked, what is left. */
static void silent(int id, int64_t end)
{
	int64_t before = ns(CLOCK_MONOTONIC), each, left = get(id, &each);

	MUST(!each && left <= end - before && left >= end - ns(CLOCK_MONOTONIC));
}

void program(void)
{
	struct periodic mono = { CLOCK_MONOTONIC, 3 * MS, MONO, false, 0, 0, 0 };
	struct periodic boot = { CLOCK_BOOTTIME, 30 * MS, BOOT, false, 0, 0, 0 };
	struct periodic all = { CLOCK_PROCESS_CPUTIME_ID, 30 * MS, OF_ALL, false, 0, 0, 0 };
	int64_t used, last = 0, end;
	pthread_t thread;
	sigset_t set_of;
	int i, none;

	sigemptyset(&set_of);
	for (i = 0; i < SIGNALS; i++)
		sigaddset(&set_of, SIGRTMIN + i);
	MUST(!pthread_sigmask(SIG_BLOCK, &set_of, NULL));
	begin(&mono);
	begin(&boot);
	begin(&all);
	none = create(CLOCK_MONOTONIC, SIGEV_NONE, 0, NULL);
	MUST(!pthread_barrier_init(&begun, NULL, 2));
	MUST(!pthread_create(&thread, NULL, thread_life, NULL));
	pthread_barrier_wait(&begun);
	say_ready();
	while (!stopping) {
		end = ns(CLOCK_MONOTONIC) + 100000 * MS;
		set(none, TIMER_ABSTIME, end, 0);
		nap(40);
		next(&mono);
		next(&boot);
		silent(none, end);
		next_of_work(&all);
		used = ns(CLOCK_PROCESS_CPUTIME_ID);
		MUST(used >= last);
		last = used;
		once();
		in_order();
		silent(none, end);
		say_round();
	}
	MUST(!pthread_join(thread, NULL));
	delete(mono.id);
	delete(boot.id);
	delete(all.id);
	delete(none);
}
