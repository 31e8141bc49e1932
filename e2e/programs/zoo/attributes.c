// SPDX-License-Identifier: GPL-2.0-only
/* Everything a process has that is neither memory nor a file. */
#include "../zoo.h"
#include <grp.h>
#include <linux/ioprio.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

void program(void)
{
	static char stack[65536];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) }, alt2;
	struct sigaction action = { .sa_handler = ignore, .sa_flags = SA_ONSTACK }, action2;
	struct rlimit limit = { 777, 888 }, limit2;
	struct itimerval timer = { { 0, 0 }, { 100000, 0 } }, timer2;
	int io = IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 6);
	gid_t groups[3] = { 5, 6, 7 }, groups2[3];
	char name[16], cwd[4096], cwd2[4096];
	sigset_t set, set2;

	MUST(getcwd(cwd, sizeof(cwd)));
	umask(031);
	MUST(!prctl(PR_SET_NAME, "changed name"));
	MUST(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	MUST(!sigaltstack(&alt, NULL));
	MUST(!sigaction(SIGUSR2, &action, NULL));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN + 3);
	MUST(!sigprocmask(SIG_BLOCK, &set, NULL));
	MUST(!setrlimit(RLIMIT_NOFILE, &limit));
	MUST(!setgroups(3, groups));
	MUST(!setresgid(10, 11, 12));
	MUST(!setpriority(PRIO_PROCESS, 0, 5));
	MUST(!syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, io));
	MUST(personality(PER_LINUX | ADDR_NO_RANDOMIZE) >= 0);
	MUST(!setresuid(1000, 1000, 1000));
	MUST(!prctl(PR_SET_DUMPABLE, 0));
	MUST(!prctl(PR_SET_TIMERSLACK, 123456));
	MUST(!setitimer(ITIMER_REAL, &timer, NULL));
	say_ready();
	while (!stopping) {
		uid_t r, e, s;
		gid_t gr, ge, gs;

		MUST(getcwd(cwd2, sizeof(cwd2)) && !strcmp(cwd, cwd2));
		MUST(umask(031) == 031);
		MUST(!prctl(PR_GET_NAME, name) && !strcmp(name, "changed name"));
		MUST(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
		MUST(!sigaltstack(NULL, &alt2) && alt2.ss_sp == stack && alt2.ss_size == sizeof(stack));
		MUST(!sigaction(SIGUSR2, NULL, &action2) && action2.sa_handler == ignore);
		MUST(action2.sa_flags & SA_ONSTACK);
		MUST(!sigprocmask(SIG_BLOCK, NULL, &set2));
		MUST(sigismember(&set2, SIGUSR1) && sigismember(&set2, SIGRTMIN + 3));
		MUST(!sigismember(&set2, SIGUSR2));
		MUST(!getrlimit(RLIMIT_NOFILE, &limit2));
		MUST(limit2.rlim_cur == 777 && limit2.rlim_max == 888);
		MUST(getgroups(3, groups2) == 3 && !memcmp(groups, groups2, sizeof(groups)));
		MUST(!getresuid(&r, &e, &s) && r == 1000 && e == 1000 && s == 1000);
		MUST(!getresgid(&gr, &ge, &gs) && gr == 10 && ge == 11 && gs == 12);
		MUST(getpriority(PRIO_PROCESS, 0) == 5);
		MUST(syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0) == io);
		MUST(personality(0xffffffff) == (PER_LINUX | ADDR_NO_RANDOMIZE));
		MUST(prctl(PR_GET_DUMPABLE) == 0);
		MUST(prctl(PR_GET_TIMERSLACK) == 123456);
		MUST(!getitimer(ITIMER_REAL, &timer2) && timer2.it_value.tv_sec > 50000);
		say_round();
		nap(20);
	}
}
