// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes whose parent dies: they get another one, the signal they asked for, and
 * their stopped group is woken.
 */
#include "../zoo.h"
#include <sys/prctl.h>
#include <sys/wait.h>

enum { ADOPTED, WOKEN, GONE };

static volatile sig_atomic_t hung_up;

static void hang_up(int signal)
{
	(void)signal;
	hung_up = 1;
}

static void await(pid_t pid, int expected)
{
	int status;

	while (waitpid(pid, &status, 0) != pid)
		MUST(errno == EINTR);
	MUST(status == expected);
}

/* Its parent dies: it gets a signal that it asked for, and @heir for a parent. */
static void adopted(pid_t heir)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	MUST(!sigprocmask(SIG_BLOCK, &set, NULL));
	MUST(!prctl(PR_SET_PDEATHSIG, SIGUSR1));
	post(ADOPTED, getpid());
	MUST(!sigwait(&set, &sig) && sig == SIGUSR1);
	while (getppid() != heir)
		usleep(5000);
	post(GONE, getpid());
	_exit(5);
}

static void leave_a_child(pid_t heir)
{
	pid_t pid = fork();

	MUST(pid >= 0);
	if (!pid)
		adopted(heir);
	while (posted(ADOPTED) != pid)
		usleep(5000);
	_exit(6);
}

/* In a session where nobody else is left to continue it. */
static void stopped(void)
{
	MUST(!setpgid(0, 0));
	handle(SIGHUP, hang_up, 0);
	MUST(!raise(SIGSTOP));
	MUST(hung_up);
	post(WOKEN, getpid());
	_exit(7);
}

static void leave_a_stopped_child(void)
{
	int status;
	pid_t pid;

	MUST(setsid() == getpid());
	pid = fork();
	MUST(pid >= 0);
	if (!pid)
		stopped();
	while (waitpid(pid, &status, WUNTRACED) != pid)
		MUST(errno == EINTR);
	MUST(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	_exit(8);
}

/* The program adopts it, or leaves it to process 1. */
static void adopt(bool adopts)
{
	pid_t heir = adopts ? getpid() : 1, pid;
	int is;

	MUST(!prctl(PR_SET_CHILD_SUBREAPER, adopts));
	MUST(!prctl(PR_GET_CHILD_SUBREAPER, &is) && is == adopts);
	post(ADOPTED, 0);
	pid = fork();
	MUST(pid >= 0);
	if (!pid)
		leave_a_child(heir);
	await(pid, 6 << 8);
	if (adopts)
		await(posted(ADOPTED), 5 << 8);
	while (posted(GONE) != posted(ADOPTED))
		usleep(5000);
}

void program(void)
{
	int status, is;
	pid_t pid, orphan;

	say_ready();
	while (!stopping) {
		adopt(false);
		adopt(true);
		MUST(!prctl(PR_GET_CHILD_SUBREAPER, &is) && is);
		post(WOKEN, 0);
		pid = fork();
		MUST(pid >= 0);
		if (!pid)
			leave_a_stopped_child();
		await(pid, 8 << 8);
		while ((orphan = waitpid(-1, &status, 0)) < 0)
			MUST(errno == EINTR);
		MUST(status == 7 << 8 && orphan == posted(WOKEN));
		say_round();
	}
}
