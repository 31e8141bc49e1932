// SPDX-License-Identifier: GPL-2.0-only
/* What the process has used: it goes on from where it was, and never steps back. */
#include "../zoo.h"
#include <pthread.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>

#define LONG 1000000	/* seconds: nobody uses as much */

enum { PROCESS, THREAD, TIMER, TIMES, USER, SYSTEM, OF_THREAD, FAULTS, SWITCHES, RESIDENT,
       CHILDREN, CHILDREN_TIMES, CHILDREN_FAULTS, COUNT };

static double used(const struct timeval *t)
{
	return t->tv_sec + t->tv_usec / 1e6;
}

static void look(double value[COUNT])
{
	double tick = sysconf(_SC_CLK_TCK);
	struct rusage self, thread, children;
	struct itimerval timer;
	struct tms times_;

	MUST(!getrusage(RUSAGE_SELF, &self) && !getrusage(RUSAGE_THREAD, &thread));
	MUST(!getrusage(RUSAGE_CHILDREN, &children) && times(&times_) != -1);
	value[PROCESS] = seconds(CLOCK_PROCESS_CPUTIME_ID);
	value[THREAD] = seconds(CLOCK_THREAD_CPUTIME_ID);
	MUST(!getitimer(ITIMER_PROF, &timer));
	/* what is left is rounded up */
	value[TIMER] = LONG + 1 - used(&timer.it_value);
	value[TIMES] = (times_.tms_utime + times_.tms_stime) / tick;
	value[USER] = used(&self.ru_utime);
	value[SYSTEM] = used(&self.ru_stime);
	value[OF_THREAD] = used(&thread.ru_utime) + used(&thread.ru_stime);
	value[FAULTS] = self.ru_minflt;
	value[SWITCHES] = self.ru_nvcsw + self.ru_nivcsw;
	value[RESIDENT] = self.ru_maxrss;
	value[CHILDREN] = used(&children.ru_utime) + used(&children.ru_stime);
	value[CHILDREN_TIMES] = (times_.tms_cutime + times_.tms_cstime) / tick;
	value[CHILDREN_FAULTS] = children.ru_minflt;
}

/* Each thread for itself; the process's are those of all. */
static void never_back(double last[COUNT])
{
	static const char *name[] = {
		"CLOCK_PROCESS_CPUTIME_ID", "CLOCK_THREAD_CPUTIME_ID", "ITIMER_PROF", "times", "user time",
		"system time", "time of the thread", "faults", "context switches", "maxrss",
		"time of children", "times of children", "faults of children",
	};
	double value[COUNT];
	int i;

	look(value);
	for (i = 0; i < COUNT; i++) {
		if (value[i] < last[i])
			say("broken: %s stepped back from %f to %f", name[i], last[i], value[i]);
		MUST(value[i] >= last[i]);
		last[i] = value[i];
	}
}

static void *thread_life(void *arg)
{
	double last[COUNT] = { 0 };

	while (!stopping) {
		work(10);
		never_back(last);
		nap(10);
	}
	return arg;
}

static void *brief(void *arg)
{
	work(50);
	return arg;
}

void program(void)
{
	double last[COUNT] = { 0 }, start;
	pthread_t thread, other;
	struct rlimit limit = { LONG, LONG };
	struct itimerval timer = { .it_value.tv_sec = LONG };
	int status;
	pid_t child;

	/* either makes the process's clocks count on their own */
	MUST(!setrlimit(RLIMIT_CPU, &limit) && !setitimer(ITIMER_PROF, &timer, NULL));
	MUST(!pthread_create(&thread, NULL, thread_life, NULL));
	say_ready();
	while (!stopping) {
		start = seconds(CLOCK_PROCESS_CPUTIME_ID);
		MUST(!pthread_create(&other, NULL, brief, NULL));
		MUST(!pthread_join(other, NULL));
		never_back(last);
		child = fork();
		MUST(child >= 0);
		if (!child) {
			work(100);
			_exit(seconds(CLOCK_PROCESS_CPUTIME_ID) > 60);
		}
		while (waitpid(child, &status, 0) != child)
			MUST(errno == EINTR);
		MUST(!status);
		never_back(last);
		work(50);
		never_back(last);
		MUST(last[PROCESS] > start && last[PROCESS] >= last[THREAD]);
		say_round();
	}
	MUST(!pthread_join(thread, NULL));
	/* nobody works before it is born, nor twice at a time on one processor for long */
	MUST(last[PROCESS] < 100000);
}
