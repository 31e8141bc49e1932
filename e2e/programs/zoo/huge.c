// SPDX-License-Identifier: GPL-2.0-only
/* Huge pages that are forked, copied on write, moved, split by protection and dropped. */
#include "../zoo.h"
#include <sys/mman.h>
#include <sys/wait.h>

#define HUGE (2UL << 20)
#define LEN (2 * HUGE)

static void fill(uint32_t *at, size_t len, uint32_t mark)
{
	size_t i;

	for (i = 0; i < len / sizeof(*at); i += 256)
		at[i] = mark + i;
}

static bool holds(const uint32_t *at, size_t len, uint32_t mark)
{
	size_t i;

	for (i = 0; i < len / sizeof(*at) && at[i] == (uint32_t)(mark + i); i += 256)
		;
	return i >= len / sizeof(*at);
}

static char *huge_area(void)
{
	char *at = mmap(NULL, LEN + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *start = (char *)(((uintptr_t)at + HUGE - 1) & ~(HUGE - 1));

	MUST(at != MAP_FAILED);
	if (start > at)
		MUST(!munmap(at, start - at));
	MUST(!munmap(start + LEN, at + HUGE - start));
	MUST(!madvise(start, LEN, MADV_HUGEPAGE));
	return start;
}

static void child(char *at, uint32_t mark)
{
	MUST(holds((void *)at, LEN, mark));
	fill((void *)(at + HUGE / 2), HUGE, ~mark);
	nap(20);
	MUST(holds((void *)at, HUGE / 2, mark) && holds((void *)(at + HUGE / 2), HUGE, ~mark));
	_exit(0);
}

void program(void)
{
	uint32_t mark = 0;
	int status;
	pid_t pid;

	say_ready();
	while (!stopping) {
		char *at = huge_area(), *moved, *target;

		mark += 0x01000193;
		fill((void *)at, LEN, mark);
		pid = fork();
		MUST(pid >= 0);
		if (!pid)
			child(at, mark);
		nap(10);
		MUST(holds((void *)at, LEN, mark));
		while (waitpid(pid, &status, 0) != pid)
			MUST(errno == EINTR);
		MUST(!status && holds((void *)at, LEN, mark));
		/* split: a page in the middle of each is read-only */
		MUST(!mprotect(at + 5 * PAGE, PAGE, PROT_READ));
		nap(60);
		MUST(holds((void *)at, LEN, mark));
		MUST(!mprotect(at + 5 * PAGE, PAGE, PROT_READ | PROT_WRITE));
		/* to where huge pages are no longer aligned */
		target = mmap(NULL, LEN + PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		MUST(target != MAP_FAILED && !munmap(target, PAGE));
		moved = mremap(at, LEN, LEN, MREMAP_MAYMOVE | MREMAP_FIXED, target + PAGE);
		MUST(moved == target + PAGE);
		nap(20);
		MUST(holds((void *)moved, LEN, mark));
		MUST(!madvise(moved + HUGE / 2, PAGE, MADV_DONTNEED));
		MUST(mremap(moved, LEN, HUGE, 0) == moved);
		nap(20);
		MUST(!*(uint32_t *)(moved + HUGE / 2));
		MUST(holds((void *)moved, HUGE / 2, mark));
		MUST(!munmap(moved, HUGE));
		say_round();
	}
}
