// SPDX-License-Identifier: GPL-2.0-only
/* One interrupted call after another: none may say EINTR, none may end early. */
#include "../zoo.h"
#include <linux/futex.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/syscall.h>

void program(void)
{
	struct pollfd none = { .fd = -1 };
	unsigned int futex = 0;
	sigset_t never;

	sigemptyset(&never);
	sigaddset(&never, SIGRTMAX);
	sigprocmask(SIG_BLOCK, &never, NULL);
	say_ready();
	while (!stopping) {
		struct timespec t = { 0, 150000000 }, left;
		struct timeval v = { 0, 150000 };
		double start = now();

		MUST(!nanosleep(&t, &left) || stopping);
		MUST(!clock_nanosleep(CLOCK_REALTIME, 0, &t, NULL) || stopping);
		MUST(!clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL) || stopping);
		MUST(!clock_nanosleep(CLOCK_BOOTTIME, 0, &t, NULL) || stopping);
		MUST(!poll(&none, 1, 150) || stopping);
		MUST(!ppoll(&none, 1, &t, NULL) || stopping);
		MUST(!select(0, NULL, NULL, NULL, &v) || stopping);
		MUST(!pselect(0, NULL, NULL, NULL, &t, NULL) || stopping);
		MUST(sigtimedwait(&never, NULL, &t) == -1 && (errno == EAGAIN || stopping));
		MUST(syscall(SYS_futex, &futex, FUTEX_WAIT, 0, &t, NULL, 0) == -1);
		MUST(errno == ETIMEDOUT || stopping);
		MUST(now() - start >= 1.49 || stopping);
		say_round();
	}
}
