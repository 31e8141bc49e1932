// SPDX-License-Identifier: Apache-2.0
/*
 * Processes on several nodes multiply two matrices that are in a System V segment, and count in
 * it which remainders the values have.
 *
 *	matrix make KEY SIZE	makes the segment with two matrices of so many rows
 *	matrix allow KEY ROWS	workers may go so far
 *	matrix work KEY		takes one allowed row after the other, until all are done, or SIGTERM
 *				comes: then it ends behind its row; says each row
 *	matrix check KEY	compares everything with what one process comes to
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

#define REMAINDERS 16
#define PAGE 4096

/* What all workers write to is not in one page. */
struct shared {
	size_t size;
	_Alignas(PAGE) _Atomic size_t allowed;
	_Alignas(PAGE) _Atomic size_t next;	/* row that nobody has taken */
	_Alignas(PAGE) _Atomic size_t done;
	_Alignas(PAGE) _Atomic uint64_t remainders[REMAINDERS];
	_Alignas(PAGE) uint64_t values[];	/* the factors, then the product */
};

static volatile sig_atomic_t stopped;

static void fail(const char *what)
{
	fprintf(stderr, "matrix: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct shared *attach(key_t key, size_t size)
{
	int id = shmget(key, size, size ? IPC_CREAT | IPC_EXCL | 0600 : 0);
	struct shared *shared;

	if (id < 0)
		fail("shmget");
	shared = shmat(id, NULL, 0);
	if (shared == (void *)-1)
		fail("shmat");
	return shared;
}

static uint64_t *matrix(struct shared *shared, int which)
{
	return shared->values + which * shared->size * shared->size;
}

static int make(key_t key, size_t size)
{
	struct shared *shared = attach(key, sizeof(*shared) + 3 * size * size * sizeof(uint64_t));
	uint64_t *first;
	size_t i;

	shared->size = size;
	first = matrix(shared, 0);
	for (i = 0; i < 2 * size * size; i++)
		first[i] = i * 2654435761U % 1009;
	return 0;
}

static uint64_t value(struct shared *shared, size_t row, size_t column)
{
	const uint64_t *a = matrix(shared, 0) + row * shared->size;
	const uint64_t *b = matrix(shared, 1) + column;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < shared->size; i++)
		sum += a[i] * b[i * shared->size];
	return sum;
}

static void multiply_row(struct shared *shared, size_t row)
{
	uint64_t *to = matrix(shared, 2) + row * shared->size;
	size_t column;

	for (column = 0; column < shared->size; column++) {
		to[column] = value(shared, row, column);
		shared->remainders[to[column] % REMAINDERS]++;
	}
}

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

/* Return: a row that is this process's from now on; or the size: there is none now */
static size_t take(struct shared *shared)
{
	size_t row = shared->next;

	do
		if (row >= shared->allowed)
			return shared->size;
	while (!atomic_compare_exchange_weak(&shared->next, &row, row + 1));
	return row;
}

static int work(key_t key)
{
	struct shared *shared = attach(key, 0);
	struct sigaction action = { .sa_handler = stop };
	size_t row, rows = 0;

	sigaction(SIGTERM, &action, NULL);
	printf("works\n");
	fflush(stdout);
	while (!stopped && shared->done < shared->size) {
		row = take(shared);
		if (row < shared->size) {
			multiply_row(shared, row);
			shared->done++;
			printf("row %zu\n", row);
			fflush(stdout);
			rows++;
		}
		usleep(10000);
	}
	printf("rows %zu\n", rows);
	return 0;
}

static int check(key_t key)
{
	struct shared *shared = attach(key, 0);
	uint64_t remainders[REMAINDERS] = {}, right;
	size_t row, column, wrong = 0;

	for (row = 0; row < shared->size; row++) {
		for (column = 0; column < shared->size; column++) {
			right = value(shared, row, column);
			remainders[right % REMAINDERS]++;
			wrong += matrix(shared, 2)[row * shared->size + column] != right;
		}
	}
	for (row = 0; row < REMAINDERS; row++)
		wrong += shared->remainders[row] != remainders[row];
	printf("wrong %zu\n", wrong);
	return wrong != 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	key_t key = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;

	if (!strcmp(what, "make") && argc == 4)
		return make(key, strtoul(argv[3], NULL, 0));
	if (!strcmp(what, "allow") && argc == 4) {
		attach(key, 0)->allowed = strtoul(argv[3], NULL, 0);
		return 0;
	}
	if (!strcmp(what, "work") && argc == 3)
		return work(key);
	if (!strcmp(what, "check") && argc == 3)
		return check(key);
	fprintf(stderr, "usage: matrix make|allow|work|check KEY [NUMBER]\n");
	return 2;
}
