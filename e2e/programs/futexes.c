// SPDX-License-Identifier: Apache-2.0
/*
 * Futexes in a System V segment, one call at a time; each says what came of it. A WORD is the
 * first one of that page.
 *
 *	futexes make KEY PAGES
 *	futexes set KEY WORD VALUE
 *	futexes wait KEY WORD VALUE [MS [BITS]]	while the word has the value: "woken"
 *	futexes any KEY WORD VALUE WORD VALUE	futex_waitv(): "woken INDEX"
 *	futexes wake KEY WORD COUNT [BITS]	"woken COUNT"
 *	futexes requeue KEY WORD VALUE WORD COUNT	wakes so many, the others wait for the second
 *						word; "woken COUNT" tells of all
 *	futexes add KEY WORD WORD		FUTEX_WAKE_OP: adds 1 to the second one, wakes who
 *						waits for the first, and if it was 0, the second
 *	futexes inherit KEY WORD		FUTEX_LOCK_PI
 *	futexes lock KEY			a robust mutex in the first page: "locked", and it
 *						has it until a signal comes
 *	futexes relock KEY			gets it, and gives it back: "locked" or "owner died"
 *
 * A call that fails: its name and the error; exit status 1.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096

static char *memory;

static void fail(const char *call)
{
	printf("%s: %s\n", call, strerror(errno));
	exit(1);
}

static unsigned long number(const char *text)
{
	return strtoul(text, NULL, 0);
}

static void attach(const char *key, size_t size)
{
	int id = shmget(number(key), size, size ? IPC_CREAT | IPC_EXCL | 0600 : 0);

	if (id < 0)
		fail("shmget");
	memory = shmat(id, NULL, 0);
	if (memory == (void *)-1)
		fail("shmat");
}

static uint32_t *word(const char *text)
{
	return (uint32_t *)(memory + number(text) * PAGE);
}

static long futex(uint32_t *at, int op, uint32_t value, void *limit, uint32_t *at2, uint32_t value3)
{
	return syscall(SYS_futex, at, op, value, limit, at2, value3);
}

static void woken(const char *call, long count)
{
	if (count < 0)
		fail(call);
	printf("woken %ld\n", count);
}

static void wait_for(char **argv, int argc)
{
	struct timespec end;
	uint32_t bits = argc > 6 ? number(argv[6]) : FUTEX_BITSET_MATCH_ANY;

	if (argc > 5) {
		clock_gettime(CLOCK_MONOTONIC, &end);
		end.tv_sec += number(argv[5]) / 1000;
		end.tv_nsec += number(argv[5]) % 1000 * 1000000;
		end.tv_sec += end.tv_nsec / 1000000000;
		end.tv_nsec %= 1000000000;
	}
	if (futex(word(argv[3]), FUTEX_WAIT_BITSET, number(argv[4]), argc > 5 ? &end : NULL, NULL,
		  bits))
		fail("wait");
	printf("woken\n");
}

static void wait_for_any(char **argv)
{
	struct futex_waitv waits[2] = {
		{ .uaddr = (uintptr_t)word(argv[3]), .val = number(argv[4]), .flags = FUTEX_32 },
		{ .uaddr = (uintptr_t)word(argv[5]), .val = number(argv[6]), .flags = FUTEX_32 },
	};

	woken("waitv", syscall(SYS_futex_waitv, waits, 2, 0, NULL, 0));
}

static void make(char **argv)
{
	pthread_mutexattr_t attributes;

	attach(argv[2], number(argv[3]) * PAGE);
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	errno = pthread_mutex_init((pthread_mutex_t *)memory, &attributes);
	if (errno)
		fail("mutex");
}

static void lock(void)
{
	pthread_mutex_t *mutex = (pthread_mutex_t *)memory;

	errno = pthread_mutex_lock(mutex);
	if (errno == EOWNERDEAD) {
		printf("owner died\n");
		pthread_mutex_consistent(mutex);
	} else if (errno) {
		fail("lock");
	} else {
		printf("locked\n");
	}
	fflush(stdout);
}

static int run(int argc, char **argv)
{
	const char *what = argv[1];

	if (!strcmp(what, "set") && argc == 5)
		*(volatile uint32_t *)word(argv[3]) = number(argv[4]);
	else if (!strcmp(what, "wait") && argc >= 5)
		wait_for(argv, argc);
	else if (!strcmp(what, "any") && argc == 7)
		wait_for_any(argv);
	else if (!strcmp(what, "wake") && argc >= 5)
		woken("wake", futex(word(argv[3]), FUTEX_WAKE_BITSET, number(argv[4]), NULL, NULL,
				    argc > 5 ? number(argv[5]) : FUTEX_BITSET_MATCH_ANY));
	else if (!strcmp(what, "requeue") && argc == 7)
		woken("requeue", futex(word(argv[3]), FUTEX_CMP_REQUEUE, number(argv[6]),
				       (void *)(uintptr_t)INT32_MAX, word(argv[5]),
				       number(argv[4])));
	else if (!strcmp(what, "add") && argc == 5)
		woken("wake_op", futex(word(argv[3]), FUTEX_WAKE_OP, 1, (void *)1, word(argv[4]),
				       FUTEX_OP(FUTEX_OP_ADD, 1, FUTEX_OP_CMP_EQ, 0)));
	else if (!strcmp(what, "inherit") && argc == 4)
		woken("lock_pi", futex(word(argv[3]), FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	else if (!strcmp(what, "lock") && argc == 3)
		return lock(), pause();
	else if (!strcmp(what, "relock") && argc == 3)
		return lock(), pthread_mutex_unlock((pthread_mutex_t *)memory);
	else
		return 2;
	return 0;
}

int main(int argc, char **argv)
{
	int status = 2;

	if (argc == 4 && !strcmp(argv[1], "make")) {
		make(argv);
		return 0;
	}
	if (argc > 2) {
		attach(argv[2], 0);
		status = run(argc, argv);
	}
	if (status)
		fprintf(stderr, "usage: futexes COMMAND KEY [ARGUMENT...]\n");
	return status;
}
