// SPDX-License-Identifier: GPL-2.0-only
/* kill(-1): everyone whom the sender may signal, wherever they run, but not the sender. */
#include "../zoo.h"
#include <sys/wait.h>

#define MEMBERS 3
#define USER 3019	/* nobody else's, so that no other program is hit */

static volatile sig_atomic_t came;

static void take(int signal)
{
	(void)signal;
	came++;
}

static void member(int number)
{
	int seen = 0;

	post(number, 1);
	while (!stopping) {
		nap(20);
		if (came != seen) {
			seen = came;
			post(number, 1 + seen);
		}
	}
}

void program(void)
{
	pid_t pid[MEMBERS];
	int i, round = 0;

	handle(SIGUSR1, take, SA_RESTART);
	MUST(!setresgid(USER, USER, USER) && !setresuid(USER, USER, USER));
	for (i = 0; i < MEMBERS; i++) {
		pid[i] = resident(member, i);
		await_post(i, 1);
	}
	say_ready();
	while (!stopping) {
		MUST(!kill(-1, SIGUSR1));
		round++;
		for (i = 0; i < MEMBERS; i++)
			await_post(i, 1 + round);
		nap(50);
		for (i = 0; i < MEMBERS; i++)
			MUST(stopping || posted(i) == 1 + round);
		MUST(!came);
		say_round();
	}
	for (i = 0; i < MEMBERS; i++)
		dismiss(pid[i]);
}
