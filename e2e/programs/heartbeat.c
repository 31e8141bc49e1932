// SPDX-License-Identifier: Apache-2.0
/*
 * heartbeat BEATS GAPS MB [DIRTY_MB_S [PAUSE_MS]]
 *
 * Shows how long a program stands still, by the clock of the host: it rewrites
 * the file BEATS every PAUSE_MS milliseconds (2) and looks at the time of change
 * that the file server gave to it. A gap between two beats that is more than 8 ms
 * longer than the pause is appended to GAPS, in microseconds.
 *
 * It keeps MB megabytes of memory, and changes DIRTY_MB_S megabytes a second of
 * it, page after page (one page with each beat if that is not given). After it
 * stood still it does not catch up. On SIGTERM it looks whether each word of its
 * memory is as it should be, appends "ok" or "broken: …" to GAPS, and ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL
#define WORDS (PAGE / sizeof(uint64_t))
#define REPORTED_US 8000	/* beyond the pause */
#define CATCH_UP_US 100000	/* who was only late does as much as it should */

static volatile sig_atomic_t stopping;

static void stop(int signal)
{
	(void)signal;
	stopping = 1;
}

static int fail(const char *what)
{
	fprintf(stderr, "heartbeat: %s: %s\n", what, strerror(errno));
	return 1;
}

static long number(const char *text, long min, long max)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || end == text || value < min || value > max) {
		fprintf(stderr, "heartbeat: '%s' is no number from %ld to %ld\n", text, min, max);
		exit(2);
	}
	return value;
}

/* No page is like another, or zero: nothing to leave out. */
static uint64_t pattern(size_t word)
{
	return (word + 1) * 0x9e3779b97f4a7c15ULL;
}

static int64_t beat(int file, uint64_t count)
{
	struct stat st;

	if (pwrite(file, &count, sizeof(count), 0) != sizeof(count) || fstat(file, &st))
		return -1;
	return st.st_mtim.tv_sec * 1000000LL + st.st_mtim.tv_nsec / 1000;
}

/* The first word of each page counts how often it was changed, from @changes of all pages. */
static int check(const uint64_t *memory, size_t pages, uint64_t changes, int gaps)
{
	char line[128] = "ok\n";
	int broken = 0;
	size_t i;

	for (i = 0; i < pages * WORDS && !broken; i++) {
		size_t page = i / WORDS;
		uint64_t expected = pattern(i);

		if (i % WORDS == 0)
			expected += changes / pages + (page < changes % pages);
		if (memory[i] == expected)
			continue;
		broken = 1;
		snprintf(line, sizeof(line),
			 "broken: word %zu of page %zu is %" PRIx64 " instead of %" PRIx64 "\n",
			 i % WORDS, page, memory[i], expected);
	}
	if (write(gaps, line, strlen(line)) != (ssize_t)strlen(line))
		return fail("the file of gaps");
	return broken;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = stop, .sa_flags = SA_RESTART };
	uint64_t count = 0, changes = 0, due = 0, *memory;
	struct timespec pause = { .tv_nsec = 2000000 };
	int64_t last = 0, now, gap, pause_us;
	size_t pages, pages_a_second = 0, i;
	int beats, gaps, len;
	char line[32];

	if (argc < 4 || argc > 6) {
		fprintf(stderr, "usage: heartbeat BEATS GAPS MB [DIRTY_MB_S [PAUSE_MS]]\n");
		return 2;
	}
	pages = (number(argv[3], 1, 65536) << 20) / PAGE;
	if (argc > 4)
		pages_a_second = (number(argv[4], 0, 4096) << 20) / PAGE;
	if (argc > 5)
		pause.tv_nsec = number(argv[5], 1, 999) * 1000000;
	pause_us = pause.tv_nsec / 1000;
	beats = open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (beats < 0)
		return fail(argv[1]);
	gaps = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (gaps < 0)
		return fail(argv[2]);
	memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	if (memory == MAP_FAILED)
		return fail("memory");
	for (i = 0; i < pages * WORDS; i++)
		memory[i] = pattern(i);
	sigaction(SIGTERM, &action, NULL);

	while (!stopping) {
		now = beat(beats, ++count);
		if (now < 0)
			return fail(argv[1]);
		gap = last ? now - last : 0;
		if (gap > pause_us + REPORTED_US) {
			len = snprintf(line, sizeof(line), "%" PRId64 "\n", gap);
			if (write(gaps, line, len) != len)
				return fail(argv[2]);
		}
		if (pages_a_second)
			due += (gap < CATCH_UP_US ? gap : CATCH_UP_US) * pages_a_second;
		else
			due += 1000000;
		last = now;
		for (; due >= 1000000; due -= 1000000)
			memory[changes++ % pages * WORDS]++;
		nanosleep(&pause, NULL);
	}
	return check(memory, pages, changes, gaps);
}
