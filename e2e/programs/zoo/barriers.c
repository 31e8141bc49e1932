// SPDX-License-Identifier: GPL-2.0-only
/* Threads that meet at barriers, read and write under a lock, and pass on semaphores. */
#include "../zoo.h"
#include <pthread.h>
#include <semaphore.h>

#define THREADS 5

static pthread_barrier_t barrier;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t token[THREADS];
static uint64_t pair[2], rounds, visits;
static bool over;
static __thread uint64_t own;

static void *member(void *arg)
{
	int me = (int)(intptr_t)arg;
	uint64_t before;

	while (!over) {
		own++;
		MUST(!pthread_rwlock_wrlock(&lock));
		pair[0]++;
		sched_yield();
		pair[1]++;
		MUST(!pthread_rwlock_unlock(&lock));
		MUST(!pthread_rwlock_rdlock(&lock));
		before = pair[0];
		MUST(before == pair[1]);
		sched_yield();
		MUST(before == pair[0]);
		MUST(!pthread_rwlock_unlock(&lock));
		while (sem_wait(&token[me]))
			MUST(errno == EINTR);
		visits++;		/* whoever has the token */
		MUST(!sem_post(&token[(me + 1) % THREADS]));
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) {
			MUST(visits == ++rounds * THREADS && pair[0] == rounds * THREADS);
			over = stopping;
			if (rounds % 8 == 0)
				say_round();
			nap(5);
		}
		pthread_barrier_wait(&barrier);
		MUST(own == rounds);
	}
	return NULL;
}

void program(void)
{
	pthread_t thread[THREADS];
	int i;

	MUST(!pthread_barrier_init(&barrier, NULL, THREADS));
	for (i = 0; i < THREADS; i++)
		MUST(!sem_init(&token[i], 0, !i));
	say_ready();
	for (i = 0; i < THREADS; i++)
		MUST(!pthread_create(&thread[i], NULL, member, (void *)(intptr_t)i));
	for (i = 0; i < THREADS; i++)
		MUST(!pthread_join(thread[i], NULL));
}
