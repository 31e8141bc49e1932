// SPDX-License-Identifier: Apache-2.0
/*
 * Processes on several nodes count what is in a list, in bins that a process-shared mutex of
 * pthreads protects, in a System V segment.
 *
 *	histogram make KEY ITEMS	makes the segment
 *	histogram allow KEY ITEMS	workers may go so far
 *	histogram work KEY		takes one allowed item after the other, until all are done, or
 *					SIGTERM comes: then it ends behind its item
 *	histogram check KEY WORKERS	waits until so many have ended, and compares with what one
 *					process comes to
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <time.h>
#include <unistd.h>

#define BINS 16

struct shared {
	pthread_mutex_t lock;		/* of all that follows */
	pthread_cond_t changed;		/* .allowed or .done */
	size_t items, allowed, next, done;
	uint64_t bins[BINS];
	sem_t ended;			/* workers */
};

static volatile sig_atomic_t stopped;

static void must(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "histogram: %s: %s\n", what, strerror(err));
	exit(1);
}

static struct shared *attach(key_t key, size_t size)
{
	int id = shmget(key, size, size ? IPC_CREAT | IPC_EXCL | 0600 : 0);
	void *shared;

	must(id < 0 ? errno : 0, "shmget");
	shared = shmat(id, NULL, 0);
	must(shared == (void *)-1 ? errno : 0, "shmat");
	return shared;
}

static void make(key_t key, size_t items)
{
	struct shared *shared = attach(key, sizeof(*shared));
	pthread_mutexattr_t lock;
	pthread_condattr_t changed;

	shared->items = items;
	pthread_mutexattr_init(&lock);
	pthread_mutexattr_setpshared(&lock, PTHREAD_PROCESS_SHARED);
	must(pthread_mutex_init(&shared->lock, &lock), "mutex");
	pthread_condattr_init(&changed);
	pthread_condattr_setpshared(&changed, PTHREAD_PROCESS_SHARED);
	must(pthread_cond_init(&shared->changed, &changed), "condition variable");
	must(sem_init(&shared->ended, 1, 0) ? errno : 0, "semaphore");
}

static unsigned int bin(size_t item)
{
	return item * 2654435761U % 1009 % BINS;
}

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

/* Locked. A signal does not end a wait, so now and then it ends by itself. */
static void await_item(struct shared *shared)
{
	struct timespec end;

	while (!stopped && shared->next >= shared->allowed && shared->done < shared->items) {
		clock_gettime(CLOCK_REALTIME, &end);
		end.tv_sec++;
		pthread_cond_timedwait(&shared->changed, &shared->lock, &end);
	}
}

static void work(struct shared *shared)
{
	struct sigaction action = { .sa_handler = stop };
	size_t item, items = 0;

	sigaction(SIGTERM, &action, NULL);
	must(pthread_mutex_lock(&shared->lock), "lock");
	for (;;) {
		await_item(shared);
		if (stopped || shared->next >= shared->allowed)
			break;
		item = shared->next++;
		pthread_mutex_unlock(&shared->lock);
		printf("item %zu\n", item);
		fflush(stdout);
		must(pthread_mutex_lock(&shared->lock), "lock");
		shared->bins[bin(item)]++;
		if (++shared->done == shared->items)
			pthread_cond_broadcast(&shared->changed);
		items++;
	}
	pthread_mutex_unlock(&shared->lock);
	printf("items %zu\n", items);
	sem_post(&shared->ended);
}

static void allow(struct shared *shared, size_t items)
{
	must(pthread_mutex_lock(&shared->lock), "lock");
	shared->allowed = items;
	pthread_cond_broadcast(&shared->changed);
	pthread_mutex_unlock(&shared->lock);
}

static int check(struct shared *shared, size_t workers)
{
	uint64_t bins[BINS] = {};
	size_t i, wrong = 0;

	for (i = 0; i < workers; i++)
		while (sem_wait(&shared->ended))
			must(errno == EINTR ? 0 : errno, "semaphore");
	for (i = 0; i < shared->items; i++)
		bins[bin(i)]++;
	for (i = 0; i < BINS; i++)
		wrong += bins[i] != shared->bins[i];
	printf("wrong %zu\n", wrong);
	return wrong != 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	key_t key = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
	size_t count = argc > 3 ? strtoul(argv[3], NULL, 0) : 0;

	if (!strcmp(what, "make") && argc == 4)
		make(key, count);
	else if (!strcmp(what, "allow") && argc == 4)
		allow(attach(key, 0), count);
	else if (!strcmp(what, "work") && argc == 3)
		work(attach(key, 0));
	else if (!strcmp(what, "check") && argc == 4)
		return check(attach(key, 0), count);
	else
		return fprintf(stderr, "usage: histogram make|allow|work|check KEY [NUMBER]\n"), 2;
	return 0;
}
