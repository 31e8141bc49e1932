// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process takes one user's identity and then another's; two processes of these users
 * try to signal it. Who may is decided by what it is at that moment, wherever all three run.
 * A third one is root in a user namespace of its own, which is nothing to them.
 */
#include "../zoo.h"
#include <sys/prctl.h>
#include <sys/resource.h>

#define USER 4000	/* and the next */
#define INTRUDER 4950

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

static void write_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);

	MUST(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && !close(fd));
}

static void intrude(int number)
{
	struct sched_param param = { 0 };
	char map[32];

	(void)number;
	MUST(!setresgid(INTRUDER, INTRUDER, INTRUDER) && !setresuid(INTRUDER, INTRUDER, INTRUDER));
	MUST(!unshare(CLONE_NEWUSER) && !prctl(PR_SET_DUMPABLE, 1));
	snprintf(map, sizeof(map), "0 %d 1", INTRUDER);
	write_file("/proc/self/uid_map", map);
	MUST(!geteuid());
	while (!stopping) {
		/* nobody is its user's; ignored if it is */
		kill(-1, SIGURG);
		MUST(kill(target, SIGUSR1) == -1 && errno == EPERM);
		MUST(kill(target, 0) == -1 && errno == EPERM);
		MUST(setpriority(PRIO_PROCESS, target, 5) == -1 && errno == EPERM);
		MUST(sched_setscheduler(target, SCHED_BATCH, &param) == -1 && errno == EPERM);
		nap(50);
	}
}

/* The default would be to ignore it. */
static void betrayed(int signal)
{
	say("broken: signal %d", signal);
	_exit(1);
}

void program(void)
{
	pid_t prober[2], intruder;
	int64_t round = 0;
	int i;

	handle(SIGUSR1, ignore, SA_RESTART);
	target = getpid();
	for (i = 0; i < 2; i++)
		prober[i] = resident(probe, i);
	intruder = bystander(intrude, 0);
	handle(SIGURG, betrayed, 0);
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
	dismiss(intruder);
}
