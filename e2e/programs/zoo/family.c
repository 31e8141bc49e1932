// SPDX-License-Identifier: GPL-2.0-only
/* Children of all ages and on any node: each is waited for once, and says how it ended. */
#include "../zoo.h"
#include <sys/resource.h>
#include <sys/wait.h>

#define KIDS 6

static void stay(int number)
{
	(void)number;
	while (!stopping)
		nap(1000);
}

/* How kid @i ends, as wait(2) has it. */
static int fate(int i)
{
	return i == 4 ? SIGKILL : i == 5 ? SIGUSR1 : (10 + i) << 8;
}

static void live(int i)
{
	handle(SIGTERM, SIG_DFL, 0);
	work(20 * i);
	nap(15 * i);
	if (i == 4)
		kill(getpid(), SIGKILL);
	if (i == 5)
		raise(SIGUSR1);
	_exit(10 + i);
}

static pid_t again(pid_t pid)
{
	MUST(pid >= 0 || errno == EINTR);
	return pid;
}

/* Some child that is not a resident has ended; taken by whatever call @way says. */
static pid_t reap(int way, pid_t kid, int *status)
{
	siginfo_t info = { 0 }, same;
	struct rusage usage = { 0 };
	pid_t pid = 0;

	do {
		switch (way % 5) {
		case 0:
			pid = again(waitpid(-1, status, 0));
			break;
		case 1:
			pid = again(waitpid(kid, status, 0));
			break;
		case 2:
			pid = again(wait4(0, status, 0, &usage));
			MUST(pid <= 0 || usage.ru_utime.tv_sec < 60);
			break;
		case 3:
			pid = waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) ? again(-1) : info.si_pid;
			if (pid <= 0)
				break;
			MUST(!waitid(P_PID, pid, &same, WEXITED | WNOHANG) && same.si_pid == pid);
			MUST(same.si_code == info.si_code && same.si_status == info.si_status);
			*status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
			break;
		case 4:
			pid = again(waitpid(-1, status, WNOHANG));
			if (!pid)
				nap(5);
			if (!pid && stopping)
				sched_yield();
			break;
		}
	} while (pid <= 0);
	return pid;
}

void program(void)
{
	pid_t old[2], kid[KIDS], pid;
	int round = 0, status, i, left;

	for (i = 0; i < 2; i++)
		old[i] = resident(stay, i);
	say_ready();
	while (!stopping) {
		round++;
		for (i = 0; i < KIDS; i++) {
			kid[i] = fork();
			MUST(kid[i] >= 0);
			if (!kid[i])
				live(i);
		}
		for (left = KIDS; left; left--) {
			for (i = 0; !kid[i]; i++)
				;
			pid = reap(round + left, kid[i], &status);
			for (i = 0; i < KIDS && kid[i] != pid; i++)
				;
			MUST(i < KIDS && status == fate(i));
			MUST(waitpid(kid[i], &status, WNOHANG) == -1 && errno == ECHILD);
			kid[i] = 0;
		}
		MUST(!waitpid(-1, &status, WNOHANG));
		MUST(!kill(old[0], 0) && !kill(old[1], 0));
		say_round();
	}
	for (i = 0; i < 2; i++)
		dismiss(old[i]);
	MUST(waitpid(-1, &status, WNOHANG) == -1 && errno == ECHILD);
}
