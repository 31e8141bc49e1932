// SPDX-License-Identifier: Apache-2.0
/*
 * idle [BATCHES]
 *
 * What system calls cost a process that nobody moves. Each operation is timed in
 * batches (101), of as many calls as take some milliseconds on an emulated
 * processor. For each it prints one line, separated by tabs: the operation,
 * nanoseconds a call in the fastest batch, and in the median one.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL
#define BATCHES_MAX 10000

#define MUST(condition)								\
	do {									\
		if (!(condition)) {						\
			fprintf(stderr, "idle: %s: %s\n", #condition, strerror(errno)); \
			exit(1);						\
		}								\
	} while (0)

static volatile sig_atomic_t caught;
static char *memory;

static void catch(int signal)
{
	(void)signal;
	caught++;
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* Each makes @calls calls; returns of how many things the time is to be told. */

static int do_getpid(int calls)
{
	for (int i = 0; i < calls; i++)
		syscall(SYS_getpid);
	return calls;
}

static int do_fork(int calls)
{
	for (int i = 0; i < calls; i++) {
		int status;
		pid_t pid = fork();

		MUST(pid >= 0);
		if (!pid)
			_exit(0);
		MUST(waitpid(pid, &status, 0) == pid && status == 0);
	}
	return calls;
}

static int do_kill_none(int calls)
{
	pid_t self = getpid();

	for (int i = 0; i < calls; i++)
		MUST(!kill(self, 0));
	return calls;
}

/* The handler has run before kill(2) returns. */
static int do_kill(int calls)
{
	pid_t self = getpid();

	caught = 0;
	for (int i = 0; i < calls; i++)
		MUST(!kill(self, SIGUSR1));
	MUST(caught == calls);
	return calls;
}

static int do_touch(int calls)
{
	for (int i = 0; i < calls; i++)
		memory[i * PAGE] = 1;
	return calls;
}

static int do_open(int calls)
{
	for (int i = 0; i < calls; i++) {
		int file = open("/dev/null", O_RDONLY);

		MUST(file >= 0);
		close(file);
	}
	return calls;
}

/* By the entry: with modules there are more processes to list, and in a container fewer. */
static int do_readdir(int calls)
{
	int entries = 0;

	for (int i = 0; i < calls; i++) {
		DIR *dir = opendir("/proc");

		MUST(dir);
		while (readdir(dir))
			entries++;
		closedir(dir);
	}
	return entries;
}

static const struct operation {
	const char *name;
	int (*run)(int calls);
	int calls;			/* in a batch */
} operations[] = {
	{ "getpid", do_getpid, 8000 },
	{ "fork+wait", do_fork, 8 },
	{ "kill 0", do_kill_none, 4000 },
	{ "kill", do_kill, 1000 },
	{ "page fault", do_touch, 1000 },
	{ "open+close", do_open, 500 },
	{ "readdir /proc", do_readdir, 2 },
};

/* Pages that nobody has touched yet, each of its own. */
static void fresh_memory(int pages)
{
	memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	MUST(memory != MAP_FAILED);
	MUST(!madvise(memory, pages * PAGE, MADV_NOHUGEPAGE));
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(const struct operation *operation, int batches)
{
	static double ns[BATCHES_MAX];
	int i, count;
	int64_t begin;

	for (i = 0; i < batches; i++) {
		fresh_memory(operation->calls);
		begin = now();
		count = operation->run(operation->calls);
		ns[i] = (double)(now() - begin) / count;
		munmap(memory, operation->calls * PAGE);
	}
	qsort(ns, batches, sizeof(*ns), by_size);
	printf("%s\t%.1f\t%.1f\n", operation->name, ns[0], ns[batches / 2]);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = catch };
	int batches = argc > 1 ? atoi(argv[1]) : 101;
	size_t i;

	if (argc > 2 || batches < 1 || batches > BATCHES_MAX) {
		fprintf(stderr, "usage: idle [BATCHES]\n1 to %d batches\n", BATCHES_MAX);
		return 2;
	}
	MUST(!sigaction(SIGUSR1, &action, NULL));
	for (i = 0; i < sizeof(operations) / sizeof(*operations); i++)
		measure(&operations[i], batches);
	return 0;
}
