// SPDX-License-Identifier: GPL-2.0-only
/*
 * restless FILE [THREADS [PAUSE_US]]
 *
 * A process that changes its memory all the time, in every way there is, while it is moved,
 * and that knows of each page what must be in it. Each thread has 16 MB of its own; it writes,
 * zeroes, drops (MADV_DONTNEED), maps anew, moves (mremap: whole page tables and single pages),
 * protects and unprotects, forks with the child writing too, lets another process clear its
 * soft-dirty bits, and changes its private copy of a file. Before each of these it looks at the pages that it is about to touch, and now and then at all.
 *
 * It appends "round N" to FILE each time a thread has looked at all of its memory, "broken: …" if
 * anything is not as it should be (and exits with 1), and "ok" in the end. SIGTERM ends it,
 * SIGUSR1 lets it begin anew with empty hands (exec).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL
#define WORDS (PAGE / sizeof(uint64_t))
#define SLOT_PAGES 512UL		/* what one page table maps */
#define SLOTS 8
#define PAGES (SLOTS * SLOT_PAGES)
#define FILE_PAGES 16
#define BURST 48			/* pages at once at most */
#define LOOK_EVERY 64			/* changes between two looks at everything */

static volatile sig_atomic_t stopping;
static int out;
static long pause_us = 500;
static uint64_t round_of_all;

struct own {
	pthread_t thread;
	unsigned int seed;
	unsigned char *area;		/* PAGES of them, aligned to a slot */
	uint64_t value[PAGES];		/* of each page; 0: all zeros */
	unsigned char *text;		/* FILE_PAGES private pages of a file */
	uint64_t text_value[FILE_PAGES];	/* 0: as in the file */
	uint64_t next;			/* value */
};

static unsigned char *original;		/* the file's pages, read */

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
			_exit(1);					\
		}							\
	} while (0)

static void stop(int signal)
{
	(void)signal;
	stopping = 1;
}

static char **arguments;

static void begin_anew(int signal)
{
	(void)signal;
	execv("/proc/self/exe", arguments);
	_exit(4);
}

static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	return x * 0x94d049bb133111ebULL;
}

/* Three words of it: one that says whose page it is, one at a place of its own, and the last. */
static void fill(unsigned char *page, uint64_t before, uint64_t value)
{
	uint64_t *word = (uint64_t *)page;

	if (before)
		word[1 + before % (WORDS - 2)] = 0;
	word[0] = value;
	if (value)
		word[1 + value % (WORDS - 2)] = mix(value);
	word[WORDS - 1] = value ? ~value : 0;
}

static bool holds(const unsigned char *page, uint64_t value)
{
	const uint64_t *word = (const uint64_t *)page;

	if (word[0] != value || word[WORDS - 1] != (value ? ~value : 0))
		return false;
	return value ? word[1 + value % (WORDS - 2)] == mix(value) : !word[WORDS / 2];
}

/* After the fact: which page, what is in it, and what should be. */
static void look(const struct own *own, unsigned long from, unsigned long count, const char *after)
{
	for (unsigned long i = from; i < from + count; i++) {
		const uint64_t *word = (const uint64_t *)(own->area + i * PAGE);

		if (holds((const unsigned char *)word, own->value[i]))
			continue;
		say("broken: page %lu of %p holds %" PRIx64 " .. %" PRIx64 " instead of %" PRIx64 " after %s",
		    i, (void *)own->area, word[0], word[WORDS - 1], own->value[i], after);
		_exit(1);
	}
}

static void look_at_text(const struct own *own)
{
	for (unsigned long i = 0; i < FILE_PAGES; i++) {
		const unsigned char *page = own->text + i * PAGE;

		if (own->text_value[i])
			MUST(*(uint64_t *)page == own->text_value[i] &&
			     !memcmp(page + 8, original + i * PAGE + 8, PAGE - 8));
		else
			MUST(!memcmp(page, original + i * PAGE, PAGE));
	}
}

static unsigned long at_random(struct own *own, unsigned long below)
{
	return rand_r(&own->seed) % below;
}

static void write_pages(struct own *own, unsigned long from, unsigned long count)
{
	for (unsigned long i = from; i < from + count; i++) {
		fill(own->area + i * PAGE, own->value[i], ++own->next);
		own->value[i] = own->next;
	}
}

static void forget(struct own *own, unsigned long from, unsigned long count)
{
	memset(&own->value[from], 0, count * sizeof(own->value[0]));
}

static void zero(struct own *own, unsigned long from, unsigned long count)
{
	memset(own->area + from * PAGE, 0, count * PAGE);
	forget(own, from, count);
}

static void drop(struct own *own, unsigned long from, unsigned long count)
{
	MUST(!madvise(own->area + from * PAGE, count * PAGE, MADV_DONTNEED));
	forget(own, from, count);
}

static void map(struct own *own, unsigned long from, unsigned long count)
{
	unsigned char *at = own->area + from * PAGE;

	MUST(mmap(at, count * PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at);
	forget(own, from, count);
}

/* The pages go over those at @to, and leave a hole that is mapped anew, sometimes after a while. */
static void move(struct own *own, unsigned long from, unsigned long to, unsigned long count)
{
	unsigned char *old = own->area + from * PAGE, *new = own->area + to * PAGE;

	if (mremap(old, count * PAGE, count * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, new) != new) {
		/* not one mapping any more; what was at @to is gone */
		MUST(errno == EFAULT);
		map(own, to, count);
		map(own, from, count);
		return;
	}
	memcpy(&own->value[to], &own->value[from], count * sizeof(own->value[0]));
	if (at_random(own, 4) == 0)
		usleep(2000);
	map(own, from, count);
}

static void protect(struct own *own, unsigned long from, unsigned long count)
{
	unsigned char *at = own->area + from * PAGE;

	MUST(!mprotect(at, count * PAGE, at_random(own, 2) ? PROT_READ : PROT_NONE));
	if (at_random(own, 2))
		usleep(3000);
	MUST(!mprotect(at, count * PAGE, PROT_READ | PROT_WRITE));
	look(own, from, count, "mprotect");
	write_pages(own, from, count);
}

/* Both write to what they share, and neither sees the other's. */
static void forked(struct own *own, unsigned long from, unsigned long count)
{
	int status;
	pid_t pid = fork();

	MUST(pid >= 0);
	if (!pid) {
		for (unsigned long i = from; i < from + count; i++)
			if (!holds(own->area + i * PAGE, own->value[i]))
				_exit(2);
		for (unsigned long i = from; i < from + count; i++)
			fill(own->area + i * PAGE, own->value[i], ~i);
		for (unsigned long i = from; i < from + count; i++)
			if (!holds(own->area + i * PAGE, ~i))
				_exit(3);
		_exit(0);
	}
	write_pages(own, from, count / 2);
	look(own, from, count, "fork");
	while (waitpid(pid, &status, 0) < 0)
		MUST(errno == EINTR);
	MUST(WIFEXITED(status));
	MUST(WEXITSTATUS(status) == 0);
}

/* As CRIU does, from a process that stays where it is: in vain if the parent has moved. */
static void clear_marks(struct own *own, unsigned long from, unsigned long count)
{
	char path[64];
	int marks;
	pid_t pid;

	write_pages(own, from, count);
	snprintf(path, sizeof(path), "/proc/%d/clear_refs", getpid());
	pid = fork();
	MUST(pid >= 0);
	if (!pid) {
		marks = open(path, O_WRONLY);
		_exit(marks < 0 || write(marks, "4", 1) != 1);
	}
	while (waitpid(pid, NULL, 0) < 0)
		MUST(errno == EINTR);
}

static void change_text(struct own *own)
{
	unsigned long i = at_random(own, FILE_PAGES);

	look_at_text(own);
	if (at_random(own, 3)) {
		own->text_value[i] = ++own->next;
		*(uint64_t *)(own->text + i * PAGE) = own->next;
	} else {
		MUST(!madvise(own->text + i * PAGE, PAGE, MADV_DONTNEED));
		own->text_value[i] = 0;
	}
}

static void change(struct own *own)
{
	unsigned long count = 1 + at_random(own, BURST), from = at_random(own, PAGES - count);
	unsigned long to = at_random(own, PAGES - count), slot = at_random(own, SLOTS);

	look(own, from, count, "its last change");
	switch (at_random(own, 32)) {
	default:
		write_pages(own, from, count);
		break;
	case 0:
		zero(own, from, count);
		break;
	case 1:
		drop(own, from, count);
		break;
	case 2:
		map(own, from, count);
		break;
	case 3:
	case 4:
		if (to + count <= from || from + count <= to)
			move(own, from, to, count);
		break;
	case 5:
		to = (slot + 1 + at_random(own, SLOTS - 1)) % SLOTS;
		move(own, slot * SLOT_PAGES, to * SLOT_PAGES, SLOT_PAGES);
		write_pages(own, slot * SLOT_PAGES, SLOT_PAGES);
		break;
	case 6:
	case 7:
		protect(own, from, count);
		break;
	case 8:
		forked(own, from, count);
		break;
	case 9:
	case 10:
		change_text(own);
		break;
	case 11:
		clear_marks(own, from, count);
		break;
	}
}

static void *work(void *arg)
{
	struct own *own = arg;

	for (unsigned long i = 0; !stopping; i++) {
		change(own);
		if (pause_us)
			usleep(pause_us);
		if (i % LOOK_EVERY)
			continue;
		look(own, 0, PAGES, "all of it");
		look_at_text(own);
		say("round %" PRIu64, __atomic_add_fetch(&round_of_all, 1, __ATOMIC_RELAXED));
	}
	look(own, 0, PAGES, "the end");
	look_at_text(own);
	return NULL;
}

/* Aligned, so that a slot is what a page table maps, or a huge page. */
static void prepare(struct own *own, int file, unsigned int seed)
{
	unsigned long slot = SLOT_PAGES * PAGE;
	unsigned char *room = mmap(NULL, (PAGES + SLOT_PAGES) * PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(room != MAP_FAILED);
	own->area = (unsigned char *)(((uintptr_t)room + slot - 1) / slot * slot);
	own->text = mmap(NULL, FILE_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	MUST(own->text != MAP_FAILED);
	own->seed = seed;
	own->next = (uint64_t)seed << 32;
	write_pages(own, 0, PAGES);
}

static long number(const char *text, long max)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || end == text || value < 0 || value > max) {
		fprintf(stderr, "restless: '%s' is no number from 0 to %ld\n", text, max);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = stop, .sa_flags = SA_RESTART };
	long threads = argc > 2 ? number(argv[2], 16) : 2, i;
	struct own *own;
	int file;

	if (argc < 2 || argc > 4) {
		fputs("usage: restless FILE [THREADS [PAUSE_US]]\n", stderr);
		return 2;
	}
	if (argc > 3)
		pause_us = number(argv[3], 1000000);
	out = open(argv[1], O_WRONLY | O_CREAT | O_APPEND, 0666);
	file = open("/proc/self/exe", O_RDONLY);
	own = calloc(threads ?: 1, sizeof(*own));
	original = malloc(FILE_PAGES * PAGE);
	if (out < 0 || file < 0 || !own || !original) {
		perror(argv[1]);
		return 2;
	}
	sigaction(SIGTERM, &action, NULL);
	arguments = argv;
	action.sa_handler = begin_anew;
	action.sa_flags |= SA_NODEFER;		/* or it stays blocked after the exec */
	sigaction(SIGUSR1, &action, NULL);
	MUST(pread(file, original, FILE_PAGES * PAGE, 0) == (ssize_t)(FILE_PAGES * PAGE));
	for (i = 0; i < threads; i++)
		prepare(&own[i], file, i + 1);
	close(file);
	for (i = 0; i < threads; i++)
		MUST(!pthread_create(&own[i].thread, NULL, work, &own[i]));
	for (i = 0; i < threads; i++)
		MUST(!pthread_join(own[i].thread, NULL));
	say("ok");
	return 0;
}
