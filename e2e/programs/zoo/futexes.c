// SPDX-License-Identifier: GPL-2.0-only
/* Futex waits with bit sets, until a moment, and requeued from one word to another. */
#include "../zoo.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>

#define WAITERS 4

static unsigned int word, other;
static volatile int turn[WAITERS], taken[WAITERS];

static long futex(unsigned int *at, int op, unsigned int val, const void *time, void *at2,
		  unsigned int val3)
{
	return syscall(SYS_futex, at, op | FUTEX_PRIVATE_FLAG, val, time, at2, val3);
}

/* Waits for its own turn; what wakes others does not wake it. */
static void *waiter(void *arg)
{
	int me = (int)(intptr_t)arg;
	struct timespec far;
	unsigned int seen;
	long ret;

	while (!stopping) {
		MUST(!clock_gettime(CLOCK_MONOTONIC, &far));
		far.tv_sec += 100000;
		seen = __atomic_load_n(&word, __ATOMIC_SEQ_CST);
		if (turn[me] == taken[me] && !stopping) {
			ret = futex(&word, FUTEX_WAIT_BITSET, seen, &far, NULL, 1 << me);
			MUST(!ret || errno == EAGAIN || errno == EINTR);
			continue;
		}
		taken[me] = turn[me];
		__atomic_add_fetch(&other, 1, __ATOMIC_SEQ_CST);
		futex(&other, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
	}
	return NULL;
}

static void expire(clockid_t clock, int flag)
{
	unsigned int same = 0;
	struct timespec until;
	long ret;

	MUST(!clock_gettime(clock, &until));
	until.tv_nsec += 50000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	ret = futex(&same, FUTEX_WAIT_BITSET | flag, 0, &until, NULL, FUTEX_BITSET_MATCH_ANY);
	MUST(ret == -1 && (errno == ETIMEDOUT || stopping));
	MUST(stopping || seconds(clock) >= until.tv_sec + until.tv_nsec / 1e9);
}

void program(void)
{
	pthread_t thread[WAITERS];
	unsigned int seen;
	int i, round = 0;

	for (i = 0; i < WAITERS; i++)
		MUST(!pthread_create(&thread[i], NULL, waiter, (void *)(intptr_t)i));
	say_ready();
	while (!stopping) {
		int chosen = mix(++round) % WAITERS;

		nap(20);
		turn[chosen]++;
		__atomic_add_fetch(&word, 1, __ATOMIC_SEQ_CST);
		if (round % 3)
			futex(&word, FUTEX_WAKE_BITSET, INT32_MAX, NULL, NULL, 1 << chosen);
		else	/* all of them to the other word, and from there */
			futex(&word, FUTEX_CMP_REQUEUE, 0, (void *)WAITERS, &other, word);
		while (!stopping && taken[chosen] != turn[chosen]) {
			seen = __atomic_load_n(&other, __ATOMIC_SEQ_CST);
			futex(&other, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
			if (taken[chosen] != turn[chosen]) {
				struct timespec little = { 0, 20000000 };

				futex(&other, FUTEX_WAIT, seen, &little, NULL, 0);
			}
		}
		for (i = 0; i < WAITERS; i++)
			MUST(stopping || taken[i] == turn[i]);
		expire(CLOCK_MONOTONIC, 0);
		expire(CLOCK_REALTIME, FUTEX_CLOCK_REALTIME);
		say_round();
	}
	__atomic_add_fetch(&word, 1, __ATOMIC_SEQ_CST);
	futex(&word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
	/* some may have been put there just now */
	futex(&other, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
	for (i = 0; i < WAITERS; i++)
		MUST(!pthread_join(thread[i], NULL));
}
