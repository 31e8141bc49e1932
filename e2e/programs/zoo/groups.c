// SPDX-License-Identifier: GPL-2.0-only
/* Process groups and sessions: who is in which, and a signal for all of one. */
#include "../zoo.h"
#include <sys/wait.h>

#define MEMBERS 3	/* the last one has a session of its own */

static volatile sig_atomic_t came;

static void take(int signal)
{
	(void)signal;
	came++;
}

static void member(int number)
{
	pid_t program = getppid();
	int seen = 0;

	came = 0;
	if (number == MEMBERS - 1)
		MUST(setsid() == getpid() && getpgrp() == getpid());
	post(number, 1);
	while (!stopping) {
		MUST(getppid() == program);
		MUST(getsid(0) == (number == MEMBERS - 1 ? getpid() : program));
		nap(20);
		if (came != seen) {
			seen = came;
			post(number, 1 + seen);
		}
	}
}

static void all_have(const int *expected)
{
	int i;

	for (i = 0; i < MEMBERS; i++)
		await_post(i, 1 + expected[i]);
	for (i = 0; i < MEMBERS; i++)
		MUST(stopping || posted(i) == 1 + expected[i]);
}

void program(void)
{
	int expected[MEMBERS] = { 0 }, mine = 0, i, round = 0;
	pid_t self = getpid(), pid[MEMBERS];

	handle(SIGUSR1, take, SA_RESTART);
	MUST(setsid() == self);
	for (i = 0; i < MEMBERS; i++) {
		pid[i] = resident(member, i);
		await_post(i, 1);
	}
	say_ready();
	while (!stopping) {
		pid_t group = ++round % 2 ? pid[0] : self;

		/* two of them: now in one group of their own, now in that of all */
		MUST(!setpgid(pid[0], group) && !setpgid(pid[1], group));
		MUST(getpgid(pid[0]) == group && getpgid(pid[1]) == group && getpgrp() == self);
		MUST(getpgid(pid[2]) == pid[2] && getsid(pid[2]) == pid[2]);
		MUST(getsid(pid[0]) == self && getsid(pid[1]) == self);
		MUST(setpgid(pid[2], self) == -1 && errno == EPERM);
		MUST(!kill(-group, SIGUSR1));
		expected[0]++;
		expected[1]++;
		mine += group == self;
		all_have(expected);
		MUST(!kill(-pid[2], SIGUSR1));
		expected[2]++;
		all_have(expected);
		MUST(!kill(0, SIGUSR1));
		mine++;
		for (i = 0; i < 2; i++)
			expected[i] += group == self;
		all_have(expected);
		while (came < mine && !stopping)
			nap(5);
		MUST(came <= mine);
		if (group == self)
			MUST(kill(-pid[0], 0) == -1 && errno == ESRCH);
		say_round();
	}
	for (i = 0; i < MEMBERS; i++)
		dismiss(pid[i]);
}
