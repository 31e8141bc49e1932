// SPDX-License-Identifier: GPL-2.0-only
/* Memory of every kind that may move. */
#include "../zoo.h"
#include <sys/mman.h>

#define BIG (4UL << 20)

void program(void)
{
	unsigned char *heap = malloc(BIG), *sparse, *sealed, *text, kept[PAGE];
	int file = open("/proc/self/exe", O_RDONLY);
	uint64_t round = 0;
	size_t i;

	MUST(heap && file >= 0);
	sparse = mmap(NULL, 1UL << 32, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	sealed = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	text = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	MUST(sparse != MAP_FAILED && sealed != MAP_FAILED && text != MAP_FAILED);
	for (i = 0; i < 8; i++)
		sparse[i << 29] = i + 1;
	memset(sealed, 42, 4 * PAGE);
	MUST(!mprotect(sealed + PAGE, PAGE, PROT_NONE));
	MUST(!mprotect(sealed + 2 * PAGE, PAGE, PROT_READ));
	MUST(pread(file, kept, PAGE, PAGE) == (ssize_t)PAGE);
	text[0] = 'X';			/* a private copy of one page, the others stay the file's */
	say_ready();
	while (!stopping) {
		round++;
		for (i = 0; i < BIG; i++)
			heap[i] = i * 31 + round;
		for (i = 0; i < BIG; i++)
			MUST(heap[i] == (unsigned char)(i * 31 + round));
		for (i = 0; i < 8; i++)
			MUST(sparse[i << 29] == i + 1 && !sparse[(i << 29) + PAGE]);
		MUST(sealed[0] == 42 && sealed[2 * PAGE] == 42);
		MUST(text[0] == 'X' && !memcmp(text + PAGE, kept, PAGE));
		say_round();
		nap(20);
	}
	MUST(!mprotect(sealed + PAGE, PAGE, PROT_READ));
	MUST(sealed[PAGE] == 42);
}
