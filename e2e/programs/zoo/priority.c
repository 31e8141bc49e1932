// SPDX-License-Identifier: GPL-2.0-only
/* Priorities and processors of one process are set and read by another, wherever both run. */
#include "../zoo.h"
#include <linux/ioprio.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define STRANGER 4900

enum { NICE, POLICY, IO, ASKED, DENIED };

static pid_t target;

static void shows(int number)
{
	(void)number;
	while (!stopping) {
		post(NICE, getpriority(PRIO_PROCESS, 0));
		post(POLICY, sched_getscheduler(0));
		post(IO, syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0));
		nap(20);
	}
}

/* Somebody else, who may look but not touch. */
static void tries(int number)
{
	struct sched_param none = { 0 };
	int64_t round;

	(void)number;
	MUST(!setresgid(STRANGER, STRANGER, STRANGER) && !setresuid(STRANGER, STRANGER, STRANGER));
	while (!stopping) {
		await_post(ASKED, posted(DENIED) + 1);
		round = posted(ASKED);
		MUST(sched_getscheduler(target) >= 0);
		MUST(setpriority(PRIO_PROCESS, target, 19) == -1 && errno == EPERM);
		MUST(sched_setscheduler(target, SCHED_IDLE, &none) == -1 && errno == EPERM);
		MUST(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, target, 0) == -1);
		post(DENIED, round);
	}
}

/* What the target sees of itself comes to be that. */
static void await_own(int slot, int64_t value)
{
	while (!stopping && posted(slot) != value)
		nap(10);
}

void program(void)
{
	static const int policy[] = { SCHED_OTHER, SCHED_BATCH };
	struct sched_param param = { 0 };
	pid_t stranger;
	int round = 0;
	cpu_set_t cpus;

	target = resident(shows, 0);
	stranger = resident(tries, 0);
	say_ready();
	while (!stopping) {
		int nice = ++round % 19 - 5, kind = policy[round % 2];
		int io = IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, round % 8);

		MUST(!setpriority(PRIO_PROCESS, target, nice));
		errno = 0;
		MUST(getpriority(PRIO_PROCESS, target) == nice && !errno);
		await_own(NICE, nice);
		/* for a moment: beside others it would hardly come to show it */
		MUST(!sched_setscheduler(target, SCHED_IDLE, &param));
		MUST(sched_getscheduler(target) == SCHED_IDLE);
		MUST(!sched_setscheduler(target, kind, &param));
		MUST(sched_getscheduler(target) == kind);
		await_own(POLICY, kind);
		MUST(!sched_setparam(target, &param));
		param.sched_priority = 7;
		MUST(sched_setparam(target, &param) == -1 && errno == EINVAL);
		MUST(!sched_getparam(target, &param) && !param.sched_priority);
		MUST(!syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, target, io));
		MUST(syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, target) == io);
		await_own(IO, io);
		CPU_ZERO(&cpus);
		MUST(!sched_getaffinity(target, sizeof(cpus), &cpus) && CPU_ISSET(0, &cpus));
		CPU_ZERO(&cpus);
		MUST(sched_setaffinity(target, sizeof(cpus), &cpus) == -1 && errno == EINVAL);
		CPU_SET(0, &cpus);
		MUST(!sched_setaffinity(target, sizeof(cpus), &cpus));
		MUST(!sched_getaffinity(target, sizeof(cpus), &cpus) && CPU_COUNT(&cpus) == 1);
		MUST(getpgid(target) == getpgrp() && getsid(target) == getsid(0));
		post(ASKED, round);
		await_post(DENIED, round);
		say_round();
		nap(20);
	}
	dismiss(stranger);
	dismiss(target);
}
