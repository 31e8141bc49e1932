// SPDX-License-Identifier: GPL-2.0-only
/* Sleeps and waits until a moment: the process comes with the clocks they are of. */
#include "../zoo.h"
#include <pthread.h>
#include <semaphore.h>

static struct timespec in(clockid_t clock, long ms)
{
	struct timespec t;

	MUST(!clock_gettime(clock, &t));
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static bool past(clockid_t clock, const struct timespec *t)
{
	struct timespec at;

	MUST(!clock_gettime(clock, &at));
	return at.tv_sec > t->tv_sec || (at.tv_sec == t->tv_sec && at.tv_nsec >= t->tv_nsec);
}

void program(void)
{
	static const clockid_t clock[] = { CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_REALTIME };
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t never = PTHREAD_COND_INITIALIZER;
	struct timespec until;
	sem_t sem;
	int ret;

	MUST(!sem_init(&sem, 0, 0));
	say_ready();
	while (!stopping) {
		for (int i = 0; i < 3; i++) {
			until = in(clock[i], 200);
			ret = clock_nanosleep(clock[i], TIMER_ABSTIME, &until, NULL);
			MUST(!ret || stopping);
			MUST(past(clock[i], &until) || stopping);
		}
		for (int i = 0; i < 2; i++) {
			clockid_t one = i ? CLOCK_REALTIME : CLOCK_MONOTONIC;

			until = in(one, 200);
			MUST(sem_clockwait(&sem, one, &until) == -1);
			MUST((errno == ETIMEDOUT && past(one, &until)) || stopping);
			until = in(one, 200);
			MUST(!pthread_mutex_lock(&lock));
			ret = pthread_cond_clockwait(&never, &lock, one, &until);
			MUST(!pthread_mutex_unlock(&lock));
			MUST((ret == ETIMEDOUT && past(one, &until)) || !ret);
		}
		say_round();
	}
}
