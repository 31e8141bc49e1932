// SPDX-License-Identifier: GPL-2.0-only
/* kill(-1) stops and kills a whole family, also if each of it ends as soon as it has a child. */
#include "../zoo.h"
#include <sys/wait.h>

#define USER 4960	/* nobody else's, so that no other program is hit */
#define CHILDREN 20

enum { BORN };

static void run_away(void)
{
	pid_t pid = 0;

	while (!pid) {
		post(BORN, posted(BORN) + 1);
		pid = fork();
	}
	_exit(0);
}

/* A family that is left alive, or runs on, counts on, and this does not end. */
static void hit(int signal)
{
	int64_t born;

	MUST(!kill(-1, signal));
	do {
		born = posted(BORN);
		usleep(100000);
	} while (posted(BORN) != born);
}

static void hunt(void)
{
	int64_t least = posted(BORN) + CHILDREN;
	pid_t pid;

	MUST(!setresgid(USER, USER, USER) && !setresuid(USER, USER, USER));
	pid = fork();
	MUST(pid >= 0);
	if (!pid)
		run_away();
	while (posted(BORN) < least)
		usleep(1000);
	hit(SIGSTOP);
	hit(SIGKILL);
}

void program(void)
{
	int status;
	pid_t pid;

	say_ready();
	while (!stopping) {
		pid = fork();
		MUST(pid >= 0);
		if (!pid) {
			handle(SIGTERM, SIG_IGN, 0);
			hunt();
			_exit(0);
		}
		while (waitpid(pid, &status, 0) != pid)
			MUST(errno == EINTR);
		MUST(!status);
		say_round();
	}
}
