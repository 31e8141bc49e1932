// SPDX-License-Identifier: Apache-2.0
/*
 * heartbeat BEATS GAPS MB
 *
 * Shows how long a program stands still, by the clock of the host: it rewrites
 * the file BEATS every few milliseconds and looks at the time of change that
 * the file server gave to it. A gap beyond 10 ms between two beats is appended
 * to GAPS, in microseconds. It keeps MB megabytes of memory, and changes a page
 * of it with each beat.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL
#define REPORTED_US 10000

static int fail(const char *what)
{
	fprintf(stderr, "heartbeat: %s: %s\n", what, strerror(errno));
	return 1;
}

static int64_t beat(int file, uint64_t count)
{
	struct stat st;

	if (pwrite(file, &count, sizeof(count), 0) != sizeof(count) || fstat(file, &st))
		return -1;
	return st.st_mtim.tv_sec * 1000000LL + st.st_mtim.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	struct timespec pause = { .tv_nsec = 2000000 };
	size_t bytes, pages, i;
	int64_t last = 0, now;
	uint64_t count = 0;
	int beats, gaps, len;
	char line[32];
	char *memory;

	if (argc != 4) {
		fprintf(stderr, "usage: heartbeat BEATS GAPS MB\n");
		return 2;
	}
	bytes = strtoul(argv[3], NULL, 10) << 20;
	pages = bytes / PAGE;
	if (!pages) {
		fprintf(stderr, "heartbeat: at least 1 MB\n");
		return 2;
	}
	beats = open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (beats < 0)
		return fail(argv[1]);
	gaps = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (gaps < 0)
		return fail(argv[2]);
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return fail("memory");
	/* No page is like another, or zero: nothing to leave out. */
	for (i = 0; i < bytes / sizeof(i); i++)
		((size_t *)memory)[i] = i * 0x9e3779b97f4a7c15ULL;

	for (;;) {
		memory[count++ % pages * PAGE]++;
		now = beat(beats, count);
		if (now < 0)
			return fail(argv[1]);
		if (last && now - last > REPORTED_US) {
			len = snprintf(line, sizeof(line), "%lld\n", (long long)(now - last));
			if (write(gaps, line, len) != len)
				return fail(argv[2]);
		}
		last = now;
		nanosleep(&pause, NULL);
	}
}
