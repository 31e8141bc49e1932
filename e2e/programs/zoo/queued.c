// SPDX-License-Identifier: GPL-2.0-only
/*
 * Real-time signals with a number each, from two senders on any node: none is lost or
 * doubled, each sender's come in their order, with all that belongs to them.
 */
#include "../zoo.h"
#include <sys/wait.h>

#define SENDERS 2
#define LATEST 150	/* times that it waits for nothing */
#define AHEAD 40	/* in the queue at most, of each sender */

static pid_t receiver;

static void send(int number)
{
	union sigval value = { 0 };

	while (!stopping) {
		if (value.sival_int - posted(number) >= AHEAD) {
			nap(10);
			continue;
		}
		value.sival_int++;
		while (sigqueue(receiver, SIGRTMIN + number, value)) {
			MUST(errno == EAGAIN);
			nap(10);
		}
	}
	post(SENDERS + number, value.sival_int);
}

void program(void)
{
	struct timespec wait = { 0, 200000000 };
	int count[SENDERS] = { 0 }, i, sig, vain = 0;
	pid_t sender[SENDERS];
	siginfo_t info;
	sigset_t set;

	receiver = getpid();
	sigemptyset(&set);
	for (i = 0; i < SENDERS; i++)
		sigaddset(&set, SIGRTMIN + i);
	MUST(!sigprocmask(SIG_BLOCK, &set, NULL));
	for (i = 0; i < SENDERS; i++)
		sender[i] = resident(send, i);
	say_ready();
	for (;;) {
		for (i = 0; stopping && i < SENDERS && sender[i]; i++) {
			dismiss(sender[i]);
			sender[i] = 0;
		}
		sig = sigtimedwait(&set, &info, &wait);
		if (sig < 0) {
			MUST(errno == EAGAIN || (errno == EINTR && stopping));
			if (!stopping || sender[0])
				continue;
			/* the last ones may still be on their way to another node */
			if (count[0] == posted(SENDERS) && count[1] == posted(SENDERS + 1))
				return;
			MUST(++vain < LATEST);
			continue;
		}
		i = sig - SIGRTMIN;
		MUST(i >= 0 && i < SENDERS);
		MUST(info.si_code == SI_QUEUE && (!sender[i] || info.si_pid == sender[i]));
		MUST(info.si_uid == getuid() && info.si_value.sival_int == ++count[i]);
		if (count[i] % (AHEAD / 4) == 0)
			post(i, count[i]);
		if ((count[0] + count[1]) % AHEAD == 0)
			say_round();
	}
}
