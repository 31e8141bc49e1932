// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process takes one user's identity and then another's; two processes of these users
 * try to signal it. Who may is decided by what it is at that moment, wherever all three run.
 */
#include "../zoo.h"

#define USER 4000	/* and the next */

enum { ROUND, ANSWER };		/* ROUND: round * 2 + who it is; each prober has an ANSWER */

static pid_t target;

static void probe(int number)
{
	int64_t round, done = 0;
	bool mine;
	int err;

	MUST(!setresgid(USER + number, USER + number, USER + number));
	MUST(!setresuid(USER + number, USER + number, USER + number));
	while (!stopping) {
		round = posted(ROUND);
		if (round == done) {
			nap(10);
			continue;
		}
		mine = round % 2 == number;
		err = kill(target, SIGUSR1) ? errno : 0;
		MUST(err == (mine ? 0 : EPERM));
		err = kill(target, 0) ? errno : 0;
		MUST(err == (mine ? 0 : EPERM));
		MUST(kill(1, SIGTERM) == -1);
		done = round;
		post(ANSWER + number, done);
	}
}

void program(void)
{
	pid_t prober[2];
	int64_t round = 0;
	int i;

	handle(SIGUSR1, ignore, SA_RESTART);
	target = getpid();
	for (i = 0; i < 2; i++)
		prober[i] = resident(probe, i);
	say_ready();
	while (!stopping) {
		uid_t user = USER + ++round % 2;

		MUST(!setresuid(user, 0, user));
		post(ROUND, round);
		for (i = 0; i < 2; i++)
			while (posted(ANSWER + i) < round)
				usleep(10000);
		MUST(!setresuid(0, 0, 0));
		say_round();
	}
	for (i = 0; i < 2; i++)
		dismiss(prober[i]);
}
