// SPDX-License-Identifier: GPL-2.0-only
/* Interval timers and alarm: they go on, and never run ahead of the time they count. */
#include "../zoo.h"
#include <sys/time.h>

#define EACH_US 50000

static volatile sig_atomic_t ticks, virtual_ticks;

static void tick(int signal)
{
	if (signal == SIGALRM)
		ticks++;
	else
		virtual_ticks++;
}

/* Each round begins with timers of its own. */
static void set(int which, long us)
{
	struct itimerval timer = { { 0, us }, { 0, us } };

	MUST(!setitimer(which, &timer, NULL));
}

void program(void)
{
	struct itimerval left;
	double start;

	handle(SIGALRM, tick, SA_RESTART);
	handle(SIGVTALRM, tick, SA_RESTART);
	say_ready();
	while (!stopping) {
		ticks = 0;
		start = now();
		set(ITIMER_REAL, EACH_US);
		while (ticks < 5 && !stopping) {
			pause();
			MUST(ticks <= (now() - start) * 1e6 / EACH_US + 0.001);
		}
		set(ITIMER_REAL, 0);
		virtual_ticks = 0;
		start = now();
		set(ITIMER_VIRTUAL, EACH_US);
		while (virtual_ticks < 2 && !stopping) {
			work(20);
			/* user time is counted by ticks of up to 10 ms */
			MUST(virtual_ticks <= (now() - start) * 1e6 / EACH_US + 0.2);
			MUST(!getitimer(ITIMER_VIRTUAL, &left));
			MUST(left.it_interval.tv_usec == EACH_US && !left.it_interval.tv_sec);
		}
		set(ITIMER_VIRTUAL, 0);
		ticks = 0;
		start = now();
		alarm(1);
		MUST(alarm(1) == 1);
		while (!ticks && !stopping)
			pause();
		MUST(now() - start >= 0.999 || stopping);
		MUST(!alarm(0) || stopping);
		say_round();
	}
}
