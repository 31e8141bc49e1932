// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clocks that no process sees go back, or leap by what nodes are apart in age. For the kernel
 * CLOCK_MONOTONIC_RAW has the offset of CLOCK_MONOTONIC: how much a node's clock has been steered
 * shows there.
 */
#include "../zoo.h"
#include <sys/syscall.h>

void program(void)
{
	static const clockid_t clock[] = {
		CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,
	};
	enum { CLOCKS = sizeof(clock) / sizeof(clock[0]) };
	struct timespec vdso[CLOCKS], call[CLOCKS];
	static const double steered[CLOCKS] = { [1] = 5 };
	double last[CLOCKS] = { 0 }, real = seconds(CLOCK_REALTIME) - now();

	say_ready();
	while (!stopping) {
		for (int i = 0; i < CLOCKS; i++) {
			double t;

			MUST(!clock_gettime(clock[i], &vdso[i]));
			MUST(!syscall(SYS_clock_gettime, clock[i], &call[i]));
			t = vdso[i].tv_sec + vdso[i].tv_nsec / 1e9;
			if (t < last[i] - steered[i])
				say("clock %d: %.9f after %.9f", clock[i], t, last[i]);
			MUST(t >= last[i] - steered[i]);
			last[i] = call[i].tv_sec + call[i].tv_nsec / 1e9;
			MUST(last[i] >= t);
		}
		MUST(seconds(CLOCK_REALTIME) - now() - real < 60);
		MUST(seconds(CLOCK_REALTIME) - now() - real > -60);
		say_round();
		nap(50);
	}
}
