// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that starts its own program anew again and again, from its first thread or
 * from another one: it keeps its PID, and all that exec is to keep.
 */
#include "../zoo.h"
#include <pthread.h>
#include <stdnoreturn.h>
#include <sys/prctl.h>
#include <sys/time.h>

static pid_t other;

static void start_anew(void)
{
	char self[] = "/proc/self/exe", *argv[] = { "zoo-execs", getenv("ZOO_FILE"), ".", NULL };

	execv(self, argv);
	MUST(false);
}

static void *from_thread(void *arg)
{
	other = gettid();
	nap(20);
	start_anew();
	return arg;
}

static void *onlooker(void *arg)
{
	for (;;)
		pause();
	return arg;
}

/* What the program before has left. */
static void check(void)
{
	struct itimerval left;
	struct sigaction action;
	sigset_t set;
	stack_t alt;

	MUST(atoi(getenv("ZOO_PID")) == getpid() && gettid() == getpid());
	MUST(atoi(getenv("ZOO_PARENT")) == getppid());
	MUST(!sigaction(SIGUSR1, NULL, &action) && action.sa_handler == SIG_DFL);
	MUST(!sigaction(SIGUSR2, NULL, &action) && action.sa_handler == SIG_IGN);
	MUST(!sigprocmask(SIG_BLOCK, NULL, &set) && sigismember(&set, SIGRTMIN + 2));
	/* what was pending at home follows a moment after it has moved */
	while (!sigpending(&set) && !sigismember(&set, SIGRTMIN + 2))
		usleep(5000);
	MUST(!sigaltstack(NULL, &alt) && alt.ss_flags == SS_DISABLE);
	MUST(!getitimer(ITIMER_REAL, &left) && left.it_value.tv_sec > 50000);
	MUST(fcntl(50, F_GETFD) == -1 && fcntl(51, F_GETFD) == 0 && lseek(51, 0, SEEK_CUR) == 7);
}

void program(void)
{
	static char stack[65536];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct itimerval timer = { { 0, 0 }, { 100000, 0 } };
	int round = getenv("ZOO_ROUND") ? atoi(getenv("ZOO_ROUND")) : 0, i, fd;
	sigset_t set, term;
	pthread_t thread;
	char text[32];

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	if (round) {
		check();
		/* may have come while there was no handler */
		MUST(!sigprocmask(SIG_UNBLOCK, &term, NULL));
		say("round %d", round);
	} else {
		snprintf(text, sizeof(text), "%d", getpid());
		setenv("ZOO_PID", text, 1);
		snprintf(text, sizeof(text), "%d", getppid());
		setenv("ZOO_PARENT", text, 1);
		fd = open("data", O_RDWR | O_CREAT | O_TRUNC, 0644);
		MUST(fd >= 0 && dup2(fd, 51) == 51 && write(fd, "content", 7) == 7);
		sigemptyset(&set);
		sigaddset(&set, SIGRTMIN + 2);
		MUST(!sigprocmask(SIG_BLOCK, &set, NULL) && !kill(getpid(), SIGRTMIN + 2));
		handle(SIGUSR2, SIG_IGN, 0);
		MUST(!setitimer(ITIMER_REAL, &timer, NULL));
		say_ready();
	}
	nap(50);
	if (stopping)
		return;
	MUST(dup3(51, 50, O_CLOEXEC) == 50);
	handle(SIGUSR1, ignore, 0);
	MUST(!sigaltstack(&alt, NULL));
	snprintf(text, sizeof(text), "%d", round + 1);
	setenv("ZOO_ROUND", text, 1);
	MUST(!sigprocmask(SIG_BLOCK, &term, NULL));
	if (round % 2) {
		for (i = 0; i < 3; i++)
			MUST(!pthread_create(&thread, NULL, onlooker, NULL));
		MUST(!pthread_create(&thread, NULL, from_thread, NULL));
		for (;;)
			pause();
	}
	start_anew();
}
