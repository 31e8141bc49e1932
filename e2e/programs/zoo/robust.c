// SPDX-License-Identifier: GPL-2.0-only
/* Threads that die with a robust mutex: the kernel finds it in their list, and says so. */
#include "../zoo.h"
#include <pthread.h>
#include <semaphore.h>

static pthread_mutex_t lock;
static sem_t held;
static int owners;

static void *dies_with_it(void *arg)
{
	MUST(!pthread_mutex_lock(&lock));
	owners++;
	MUST(!sem_post(&held));
	nap(60);
	return arg;
}

void program(void)
{
	pthread_mutexattr_t attr;
	pthread_t thread;
	int round = 0;

	MUST(!pthread_mutexattr_init(&attr));
	MUST(!pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST));
	MUST(!pthread_mutex_init(&lock, &attr));
	MUST(!sem_init(&held, 0, 0));
	say_ready();
	while (!stopping) {
		MUST(!pthread_create(&thread, NULL, dies_with_it, NULL));
		while (sem_wait(&held))
			MUST(errno == EINTR);
		MUST(pthread_mutex_lock(&lock) == EOWNERDEAD);
		MUST(owners == ++round);
		MUST(!pthread_mutex_consistent(&lock) && !pthread_mutex_unlock(&lock));
		MUST(!pthread_join(thread, NULL));
		say_round();
	}
}
