// SPDX-License-Identifier: GPL-2.0-only
/*
 * Priorities, processors and limits of one process, and priorities of a group and of a user, are set
 * and read by another, wherever all of them run.
 */
#include "../zoo.h"
#include <linux/ioprio.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define STRANGER 4900
#define CROWD 4901

enum { NICE, POLICY, IO, LIMIT, ASKED, DENIED, CROWDED, NICE_OF_CROWD };

/* the first 48 bytes of struct sched_attr, which sched.h does not have everywhere */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static pid_t target;

static void shows(int number)
{
	struct rlimit limit;

	(void)number;
	while (!stopping) {
		MUST(!getrlimit(RLIMIT_NOFILE, &limit));
		post(LIMIT, limit.rlim_cur);
		post(NICE, getpriority(PRIO_PROCESS, 0));
		post(POLICY, sched_getscheduler(0));
		post(IO, syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0));
		nap(20);
	}
}

/* A group and a user of its own. */
static void crowd(int number)
{
	(void)number;
	MUST(!setpgid(0, 0));
	MUST(!setresgid(CROWD, CROWD, CROWD) && !setresuid(CROWD, CROWD, CROWD));
	post(CROWDED, 1);
	while (!stopping) {
		post(NICE_OF_CROWD, getpriority(PRIO_PGRP, 0));
		nap(20);
	}
}

/* Somebody else, who may look but not touch. */
static void tries(int number)
{
	struct sched_param none = { 0 };
	struct rlimit limit;
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
		MUST(prlimit(target, RLIMIT_NOFILE, NULL, &limit) == -1 && errno == EPERM);
		MUST(setpriority(PRIO_USER, CROWD, 19) == -1 && errno == EPERM);
		post(DENIED, round);
	}
}

/* What the target sees of itself comes to be that. */
static void await_own(int slot, int64_t value)
{
	while (!stopping && posted(slot) != value)
		nap(10);
}

/* All at once: what one of them has, the others have. */
static void rank(int which, pid_t who, int nice)
{
	int io = IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, nice % 8);
	/* of groups and users the numbers of I/O are one higher */
	int which_io = which + IOPRIO_WHO_PGRP - PRIO_PGRP;

	MUST(!setpriority(which, who, nice));
	errno = 0;
	MUST(getpriority(which, who) == nice && !errno);
	MUST(!syscall(SYS_ioprio_set, which_io, who, io));
	MUST(syscall(SYS_ioprio_get, which_io, who) == io);
	await_own(NICE_OF_CROWD, nice);
}

static void limits(int number)
{
	struct rlimit old, new;

	MUST(!prlimit(target, RLIMIT_NOFILE, NULL, &old));
	new = (struct rlimit){ .rlim_cur = number, .rlim_max = old.rlim_max };
	MUST(!prlimit(target, RLIMIT_NOFILE, &new, &old) && old.rlim_max == new.rlim_max);
	MUST(!prlimit(target, RLIMIT_NOFILE, NULL, &old) && old.rlim_cur == new.rlim_cur);
	new.rlim_cur = new.rlim_max + 1;
	MUST(prlimit(target, RLIMIT_NOFILE, &new, NULL) == -1 && errno == EINVAL);
	MUST(prlimit(target, RLIM_NLIMITS, NULL, &old) == -1 && errno == EINVAL);
	await_own(LIMIT, number);
}

static void schedules(int nice)
{
	struct attributes set = { .size = sizeof(set), .policy = SCHED_BATCH, .nice = nice };
	struct attributes got = { 0 };
	struct timespec interval;

	MUST(!syscall(SYS_sched_setattr, target, &set, 0));
	MUST(!syscall(SYS_sched_getattr, target, &got, sizeof(got), 0));
	MUST(got.size == sizeof(got) && got.policy == SCHED_BATCH && got.nice == nice);
	MUST(syscall(SYS_sched_getattr, target, &got, sizeof(got), 1) == -1 && errno == EINVAL);
	set.policy = 99;
	MUST(syscall(SYS_sched_setattr, target, &set, 0) == -1 && errno == EINVAL);
	interval.tv_nsec = -1;
	MUST(!sched_rr_get_interval(target, &interval) && interval.tv_nsec >= 0);
	await_own(NICE, nice);
}

/* A real-time process keeps the nice value that it has when it is none. */
static void is_real_time(int number)
{
	struct sched_param param = { .sched_priority = 3 };

	(void)number;
	MUST(!setpriority(PRIO_PROCESS, 0, 5) && !sched_setscheduler(0, SCHED_RR, &param));
	while (!stopping) {
		MUST(sched_getscheduler(0) == SCHED_RR && getpriority(PRIO_PROCESS, 0) == 5);
		MUST(!sched_getparam(0, &param) && param.sched_priority == 3);
		nap(20);
	}
}

void program(void)
{
	static const int policy[] = { SCHED_OTHER, SCHED_BATCH };
	struct sched_param param = { 0 };
	pid_t stranger, others, real_time;
	int round = 0;
	cpu_set_t cpus;

	target = resident(shows, 0);
	others = resident(crowd, 0);
	await_post(CROWDED, 1);
	stranger = resident(tries, 0);
	real_time = resident(is_real_time, 0);
	say_ready();
	while (!stopping) {
		int nice = ++round % 19 - 5, kind = policy[round % 2];
		int io = IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, round % 8);

		MUST(!setpriority(PRIO_PROCESS, target, nice));
		errno = 0;
		MUST(getpriority(PRIO_PROCESS, target) == nice && !errno);
		await_own(NICE, nice);
		limits(100 + round % 50);
		schedules(round % 7);
		rank(PRIO_PGRP, others, round % 18);
		rank(PRIO_USER, CROWD, round % 18 + 1);
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
	dismiss(real_time);
	dismiss(stranger);
	dismiss(others);
	dismiss(target);
}
