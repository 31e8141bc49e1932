// SPDX-License-Identifier: GPL-2.0-only
/* Memory that is touched, protected and advised piece by piece is one mapping in the end. */
#include "../zoo.h"
#include <sys/mman.h>

#define PIECE (2UL << 20)
#define PIECES 5
#define LEN (PIECES * PIECE)

static char *area;

/* How many mappings has the area? */
static int mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	char line[512];
	int count = 0;

	MUST(maps);
	while (fgets(line, sizeof(line), maps)) {
		MUST(sscanf(line, "%lx-%lx", &start, &end) == 2);
		count += start < (unsigned long)area + LEN && end > (unsigned long)area;
	}
	fclose(maps);
	return count;
}

static void touch(int piece, uint64_t mark)
{
	size_t i;

	for (i = 0; i < PIECE; i += PAGE)
		*(uint64_t *)(area + piece * PIECE + i) = mark + i;
}

static void check(uint64_t mark)
{
	size_t i;

	for (i = 0; i < LEN; i += PAGE)
		MUST(*(uint64_t *)(area + i) == mark + i % PIECE);
}

void program(void)
{
	static const int order[] = { 3, 1, 4, 0, 2 };
	char *wide, *to;
	uint64_t mark = 0;
	int i;

	say_ready();
	while (!stopping) {
		/* nothing beside it that it could be merged with */
		wide = mmap(NULL, LEN + 4 * PIECE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		MUST(wide != MAP_FAILED);
		area = wide + 2 * PIECE;
		MUST(!mprotect(area, LEN, PROT_READ | PROT_WRITE));
		mark = mix(mark + 1);
		for (i = 0; i < PIECES; i++) {
			touch(order[i], mark);
			nap(20);
		}
		MUST(mappings() == 1);
		MUST(!mprotect(area + PIECE, PAGE, PROT_READ));
		MUST(!madvise(area + 3 * PIECE, PIECE, MADV_DONTFORK));
		nap(30);
		MUST(mappings() == 5);
		touch(4, mark);
		touch(2, mark);
		touch(0, mark);
		MUST(!mprotect(area + PIECE, PAGE, PROT_READ | PROT_WRITE));
		MUST(!madvise(area + 3 * PIECE, PIECE, MADV_DOFORK));
		MUST(mappings() == 1);
		to = mmap(NULL, LEN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		MUST(to != MAP_FAILED);
		MUST(mremap(area, LEN, LEN, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
		area = to;
		check(mark);
		MUST(!munmap(wide, LEN + 4 * PIECE) && !munmap(area, LEN));
		say_round();
	}
}
