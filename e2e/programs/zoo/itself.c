// SPDX-License-Identifier: GPL-2.0-only
/* Signals to oneself, in all the ways there are: each has come before the call is over. */
#include "../zoo.h"
#include <pthread.h>
#include <sys/syscall.h>

static volatile int came, value, over;
static volatile pid_t taker;

static void take(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	MUST(info->si_pid == getpid() && info->si_uid == getuid());
	value = info->si_value.sival_int;
	taker = gettid();
	came++;
}

static void *other_life(void *arg)
{
	sigset_t set;

	*(volatile pid_t *)arg = gettid();
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	MUST(!pthread_sigmask(SIG_UNBLOCK, &set, NULL));
	while (!over)
		usleep(50000);
	return NULL;
}

static void *nobody(void *arg)
{
	*(volatile pid_t *)arg = gettid();
	return NULL;
}

void program(void)
{
	struct sigaction action = { .sa_sigaction = take, .sa_flags = SA_SIGINFO | SA_RESTART };
	volatile pid_t tid = 0, gone = 0;
	union sigval number = { 0 };
	pthread_t other, ended;
	sigset_t set;

	MUST(!sigaction(SIGUSR1, &action, NULL) && !sigaction(SIGUSR2, &action, NULL));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	MUST(!pthread_sigmask(SIG_BLOCK, &set, NULL));
	MUST(!pthread_create(&other, NULL, other_life, (void *)&tid));
	while (!tid)
		sched_yield();
	sigaddset(&set, SIGUSR2);
	say_ready();
	while (!stopping) {
		came = 0;
		/* only this thread takes SIGUSR2 at once: the other one sleeps */
		MUST(!raise(SIGUSR2) && came == 1 && taker == getpid());
		MUST(!syscall(SYS_tgkill, getpid(), getpid(), SIGUSR2) && came == 2);
		MUST(!syscall(SYS_tkill, getpid(), SIGUSR2) && came == 3);
		MUST(!kill(getpid(), SIGUSR2));
		number.sival_int++;
		MUST(!sigqueue(getpid(), SIGUSR2, number));
		while (came < 5)
			sched_yield();
		MUST(value == number.sival_int);
		/* and this one only the other */
		MUST(!syscall(SYS_tgkill, getpid(), tid, SIGUSR1));
		while (came < 6)
			sched_yield();
		MUST(taker == tid);
		MUST(!kill(getpid(), SIGUSR1));
		while (came < 7)
			sched_yield();
		MUST(taker == tid && came == 7);
		MUST(!kill(getpid(), 0) && !kill(tid, 0));
		MUST(!pthread_create(&ended, NULL, nobody, (void *)&gone));
		MUST(!pthread_join(ended, NULL));
		/* joined is a little earlier than gone */
		while (!syscall(SYS_tgkill, getpid(), gone, 0))
			sched_yield();
		MUST(errno == ESRCH);
		MUST(kill(getpid(), 65) == -1 && errno == EINVAL);
		say_round();
		nap(20);
	}
	over = 1;
	MUST(!pthread_join(other, NULL));
}
