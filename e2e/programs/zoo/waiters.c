// SPDX-License-Identifier: GPL-2.0-only
/* Threads that wait for children at the same time: who still waits is told, whoever is served. */
#include "../zoo.h"
#include <pthread.h>
#include <sys/wait.h>

enum { GO };	/* the child that is waited for longest may end */

static void await(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) != pid)
		MUST(errno == EINTR);
	MUST(!status);
}

static void *wait_long(void *round)
{
	pid_t pid = fork();

	MUST(pid >= 0);
	if (!pid) {
		while (posted(GO) < (intptr_t)round)
			usleep(1000);
		_exit(0);
	}
	await(pid);
	return NULL;
}

static void wait_briefly(void)
{
	pid_t pid = fork();

	MUST(pid >= 0);
	if (!pid)
		_exit(0);
	usleep(50000);	/* and it has ended: there is nothing to wait for */
	await(pid);
}

void program(void)
{
	pthread_t thread;

	say_ready();
	for (intptr_t round = 1; !stopping; round++) {
		MUST(!pthread_create(&thread, NULL, wait_long, (void *)round));
		usleep(50000);	/* most probably it waits by now */
		wait_briefly();
		post(GO, round);
		MUST(!pthread_join(thread, NULL));
		say_round();
	}
}
