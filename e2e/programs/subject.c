// SPDX-License-Identifier: GPL-2.0-only
/*
 * subject MODE FILE DIRECTORY
 *
 * A process that is moved while it does one thing, and that notices if anything
 * but time was changed. It appends lines to FILE: "ready", then "round N" as it
 * goes, and "ok" or "broken: …" at its end; what else it needs is in DIRECTORY.
 * SIGTERM asks it to end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL

static volatile sig_atomic_t stopping;
static int out = -1;

static void stop(int signal)
{
	(void)signal;
	stopping = 1;
}

__attribute__((format(printf, 1, 2)))
static void say(const char *format, ...)
{
	char line[256];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	line[len++] = '\n';
	if (write(out, line, len) != len)
		_exit(3);
}

#define MUST(condition)							\
	do {								\
		if (!(condition)) {					\
			say("broken: %s (line %d, %s)", #condition, __LINE__, strerror(errno)); \
			exit(1);					\
		}							\
	} while (0)

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void nap(int ms)
{
	struct timespec t = { 0, ms * 1000000 };

	MUST(!clock_nanosleep(CLOCK_REALTIME, 0, &t, NULL) || stopping);
}

/* One interrupted call after another: none may say EINTR, none may end early. */
static void sleeps(void)
{
	struct pollfd none = { .fd = -1 };
	unsigned int futex = 0;
	uint64_t round = 0;

	while (!stopping) {
		struct timespec t = { 0, 200000000 }, left;
		struct timeval v = { 0, 200000 };
		double start = now();

		MUST(!nanosleep(&t, &left) || stopping);
		nap(200);
		MUST(!clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL) || stopping);
		MUST(!clock_nanosleep(CLOCK_BOOTTIME, 0, &t, NULL) || stopping);
		MUST(!poll(&none, 1, 200) || stopping);
		MUST(!ppoll(&none, 1, &t, NULL) || stopping);
		MUST(!select(0, NULL, NULL, NULL, &v) || stopping);
		errno = 0;
		MUST(syscall(SYS_futex, &futex, FUTEX_WAIT, 0, &t, NULL, 0) == -1);
		MUST(errno == ETIMEDOUT || stopping);
		MUST(now() - start >= 1.59 || stopping);
		say("round %" PRIu64, ++round);
	}
}

/* Clocks that no process sees go back, or leap by what nodes are apart in age. */
static void clocks(void)
{
	static const clockid_t clock[] = {
		CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,
	};
	enum { CLOCKS = sizeof(clock) / sizeof(clock[0]) };
	struct timespec vdso[CLOCKS], call[CLOCKS];
	double last[CLOCKS] = { 0 }, real = 0;
	uint64_t round = 0;

	while (!stopping) {
		struct timespec until, r;

		for (int i = 0; i < CLOCKS; i++) {
			double t;

			MUST(!clock_gettime(clock[i], &vdso[i]));
			MUST(!syscall(SYS_clock_gettime, clock[i], &call[i]));
			t = vdso[i].tv_sec + vdso[i].tv_nsec / 1e9;
			MUST(t >= last[i]);
			last[i] = call[i].tv_sec + call[i].tv_nsec / 1e9;
			MUST(last[i] >= t);
			if (!round)
				real -= last[i] / CLOCKS;
		}
		MUST(!clock_gettime(CLOCK_REALTIME, &r));
		if (!round)
			real += r.tv_sec;
		MUST(r.tv_sec - real - last[0] < 60 && last[0] - r.tv_sec + real < 60);
		MUST(!clock_gettime(CLOCK_MONOTONIC, &until));
		until.tv_sec++;
		MUST(!clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) || stopping);
		MUST(now() >= until.tv_sec + until.tv_nsec / 1e9 || stopping);
		say("round %" PRIu64, ++round);
	}
}

/* Memory of every kind that may move. */
static void memory(const char *self)
{
	size_t big = 8 << 20, i;
	unsigned char *heap = malloc(big), *sparse, *sealed, *text, *huge;
	unsigned char kept[PAGE];
	int file = open(self, O_RDONLY);
	uint64_t round = 0;
	struct stat st;

	MUST(heap && file >= 0 && !fstat(file, &st));
	sparse = mmap(NULL, 1UL << 32, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	sealed = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	text = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	huge = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST(sparse != MAP_FAILED && sealed != MAP_FAILED && text != MAP_FAILED);
	MUST(huge != MAP_FAILED && !madvise(huge, 8 << 20, MADV_HUGEPAGE));
	memset(huge, 7, 8 << 20);
	for (i = 0; i < 8; i++)
		sparse[i << 29] = i + 1;
	memset(sealed, 42, 4 * PAGE);
	MUST(!mprotect(sealed + PAGE, PAGE, PROT_NONE));
	MUST(!mprotect(sealed + 2 * PAGE, PAGE, PROT_READ));
	MUST(pread(file, kept, PAGE, PAGE) == PAGE);
	text[0] = 'X';			/* a private copy of one page, the others stay the file's */
	MUST(!madvise(sealed + 3 * PAGE, PAGE, MADV_DONTFORK));
	while (!stopping) {
		round++;
		for (i = 0; i < big; i++)
			heap[i] = i * 31 + round;
		for (i = 0; i < big; i++)
			MUST(heap[i] == (unsigned char)(i * 31 + round));
		for (i = 0; i < 8; i++)
			MUST(sparse[i << 29] == i + 1 && !sparse[(i << 29) + PAGE]);
		for (i = 0; i < 8 << 20; i += PAGE)
			MUST(huge[i] == 7);
		MUST(sealed[0] == 42 && sealed[2 * PAGE] == 42);
		MUST(text[0] == 'X' && !memcmp(text + PAGE, kept, PAGE));
		say("round %" PRIu64, round);
		nap(20);
	}
	MUST(!mprotect(sealed + PAGE, PAGE, PROT_READ));
	MUST(sealed[PAGE] == 42);
}

static void alarm_came(int signal)
{
	(void)signal;
}

/* Everything a process has that is neither memory nor a file. */
static void attributes(const char *where)
{
	static char stack[65536];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) }, alt2;
	struct sigaction action = { .sa_handler = alarm_came, .sa_flags = SA_ONSTACK }, action2;
	struct rlimit limit = { 777, 888 }, limit2;
	struct itimerval timer = { { 0, 0 }, { 100000, 0 } }, timer2;
	char name[16], cwd[4096];
	sigset_t set, set2;
	gid_t groups[3] = { 5, 6, 7 }, groups2[3];
	uint64_t round = 0;

	MUST(!mkdir(where, 0755) || errno == EEXIST);
	MUST(!chdir(where));
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
	MUST(!setresuid(1000, 1000, 1000));
	MUST(!prctl(PR_SET_DUMPABLE, 0));
	MUST(!prctl(PR_SET_TIMERSLACK, 123456));
	MUST(!setitimer(ITIMER_REAL, &timer, NULL));
	while (!stopping) {
		uid_t r, e, s;
		gid_t gr, ge, gs;

		MUST(getcwd(cwd, sizeof(cwd)) && !strcmp(cwd, where));
		MUST(umask(031) == 031);
		MUST(!prctl(PR_GET_NAME, name) && !strcmp(name, "changed name"));
		MUST(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
		MUST(!sigaltstack(NULL, &alt2) && alt2.ss_sp == stack && alt2.ss_size == sizeof(stack));
		MUST(!sigaction(SIGUSR2, NULL, &action2) && action2.sa_handler == alarm_came);
		MUST(action2.sa_flags & SA_ONSTACK);
		MUST(!sigprocmask(SIG_BLOCK, NULL, &set2));
		MUST(sigismember(&set2, SIGUSR1) && sigismember(&set2, SIGRTMIN + 3));
		MUST(!sigismember(&set2, SIGUSR2));
		MUST(!getrlimit(RLIMIT_NOFILE, &limit2) && limit2.rlim_cur == 777 &&
		     limit2.rlim_max == 888);
		MUST(getgroups(3, groups2) == 3 && !memcmp(groups, groups2, sizeof(groups)));
		MUST(!getresuid(&r, &e, &s) && r == 1000 && e == 1000 && s == 1000);
		MUST(!getresgid(&gr, &ge, &gs) && gr == 10 && ge == 11 && gs == 12);
		MUST(getpriority(PRIO_PROCESS, 0) == 5);
		MUST(prctl(PR_GET_DUMPABLE) == 0);
		MUST(prctl(PR_GET_TIMERSLACK) == 123456);
		MUST(!getitimer(ITIMER_REAL, &timer2) && timer2.it_value.tv_sec > 50000);
		say("round %" PRIu64, ++round);
		nap(20);
	}
}

/* Offsets, flags, descriptors that share a file, holes between them. */
static void files(const char *where)
{
	char path[4096], line[16], back[16];
	int data, twin, appended, null, dir, i, len;
	uint64_t round = 0;

	MUST(!mkdir(where, 0755) || errno == EEXIST);
	snprintf(path, sizeof(path), "%s/data", where);
	data = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	MUST(data >= 0);
	twin = fcntl(data, F_DUPFD_CLOEXEC, 100);
	MUST(twin >= 100);
	snprintf(path, sizeof(path), "%s/log", where);
	appended = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
	null = open("/dev/null", O_RDWR | O_NONBLOCK);
	dir = open(where, O_RDONLY | O_DIRECTORY);
	MUST(appended >= 0 && null >= 0 && dir >= 0);
	while (!stopping) {
		len = snprintf(line, sizeof(line), "%" PRIu64 "\n", ++round);
		MUST(write(data, line, len) == len);
		MUST(lseek(twin, 0, SEEK_CUR) == lseek(data, 0, SEEK_CUR));
		MUST(lseek(twin, -len, SEEK_CUR) >= 0);
		MUST(read(data, back, len) == len && !memcmp(line, back, len));
		MUST(write(appended, line, len) == len);
		MUST(fcntl(twin, F_GETFD) == FD_CLOEXEC && fcntl(data, F_GETFD) == 0);
		MUST(fcntl(appended, F_GETFL) & O_APPEND && fcntl(null, F_GETFL) & O_NONBLOCK);
		MUST(write(null, line, len) == len && faccessat(dir, "data", R_OK, 0) == 0);
		for (i = dir + 1; i < 100; i++)
			MUST(fcntl(i, F_GETFD) == -1);
		say("round %" PRIu64, round);
		nap(10);
	}
}

static volatile sig_atomic_t ticks;

static void tick(int signal)
{
	(void)signal;
	ticks++;
}

/* A timer that repeats goes on; its signal is neither lost nor doubled for long. */
static void timers(void)
{
	struct itimerval each = { { 0, 50000 }, { 0, 50000 } };
	struct sigaction action = { .sa_handler = tick, .sa_flags = SA_RESTART };
	uint64_t round = 0;
	int before;

	MUST(!sigaction(SIGALRM, &action, NULL) && !sigaction(SIGVTALRM, &action, NULL));
	MUST(!setitimer(ITIMER_REAL, &each, NULL));
	while (!stopping) {
		before = ticks;
		while (ticks == before && !stopping)
			pause();
		say("round %" PRIu64, ++round);
	}
	each.it_interval.tv_usec = 0;
	each.it_value.tv_usec = 0;
	MUST(!setitimer(ITIMER_REAL, &each, NULL));
}

/* Doubles and vector registers that live across the move. */
__attribute__((target("avx")))
static void vectors(void)
{
	uint64_t round = 0, lanes[4], i;
	double x, expected;

	while (!stopping) {
		round++;
		lanes[0] = round;
		lanes[1] = ~round;
		lanes[2] = round * 0x9e3779b97f4a7c15;
		lanes[3] = round << 32 | 5;
		x = 1;
		asm volatile("vmovdqu %0, %%ymm9" : : "m"(*(char (*)[32])lanes) : "xmm9");
		for (i = 0; i < 3000000; i++)
			asm volatile("" : "+x"(x) : : "xmm9");
		asm volatile("vmovdqu %%ymm9, %0" : "=m"(*(char (*)[32])lanes));
		MUST(lanes[0] == round && lanes[1] == ~round);
		MUST(lanes[2] == round * 0x9e3779b97f4a7c15 && lanes[3] == (round << 32 | 5));
		for (i = 0, expected = 1, x = 1; i < 1000; i++) {
			x = x * 1.0000001 + 1e-9;
			expected = expected * 1.0000001 + 1e-9;
		}
		MUST(x == expected);
		say("round %" PRIu64, round);
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = stop };
	const char *mode = argc > 2 ? argv[1] : "";
	char self[4096] = "";

	if (argc != 4) {
		fputs("usage: subject {sleeps|clocks|memory|timers|vectors|attributes|files} FILE DIRECTORY\n",
		      stderr);
		return 2;
	}
	out = open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0666);
	if (out < 0 || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0) {
		perror(argv[2]);
		return 2;
	}
	sigaction(SIGTERM, &action, NULL);
	say("ready");
	if (!strcmp(mode, "sleeps"))
		sleeps();
	else if (!strcmp(mode, "clocks"))
		clocks();
	else if (!strcmp(mode, "memory"))
		memory(self);
	else if (!strcmp(mode, "attributes"))
		attributes(argv[3]);
	else if (!strcmp(mode, "files"))
		files(argv[3]);
	else if (!strcmp(mode, "timers"))
		timers();
	else if (!strcmp(mode, "vectors"))
		vectors();
	else
		return 2;
	say("ok");
	return 42;
}
