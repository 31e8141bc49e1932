// SPDX-License-Identifier: GPL-2.0-only
/* Thousands of mappings that are mapped, unmapped, moved and protected in any order. */
#include "../zoo.h"
#include <sys/mman.h>

#define PAGES 6000

static unsigned char *area;
static struct {
	int prot;		/* -1: not mapped */
	uint32_t mark;		/* 0: never written */
} page[PAGES];

static uint32_t *at(int i)
{
	return (uint32_t *)(area + i * PAGE);
}

static void fill(int i, int prot, uint32_t mark)
{
	MUST(mmap(at(i), PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		  -1, 0) == at(i));
	if (mark)
		*at(i) = mark;
	MUST(!mprotect(at(i), PAGE, prot));
	page[i].prot = prot;
	page[i].mark = mark;
}

static void change(uint64_t random)
{
	static const int prot[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE };
	int i = random % PAGES, to = random / PAGES % PAGES;

	switch (random >> 40 & 3) {
	case 0:
		MUST(!munmap(at(i), PAGE));
		page[i].prot = -1;
		break;
	case 1:
		fill(i, prot[random >> 44 & 3 ? (random >> 48) % 3 : 2], random >> 16 | 1);
		break;
	case 2:
		if (page[i].prot < 0)
			break;
		MUST(!mprotect(at(i), PAGE, prot[(random >> 44) % 3]));
		page[i].prot = prot[(random >> 44) % 3];
		break;
	case 3:
		if (page[i].prot < 0 || i == to)
			break;
		MUST(mremap(at(i), PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at(to)) == at(to));
		page[to] = page[i];
		page[i].prot = -1;
		break;
	}
}

static void check(void)
{
	unsigned char there;
	int i;

	for (i = 0; i < PAGES; i++) {
		if (page[i].prot > 0)
			MUST(*at(i) == page[i].mark);
		else
			MUST(mincore(at(i), PAGE, &there) == (page[i].prot < 0 ? -1 : 0));
	}
}

void program(void)
{
	uint64_t random = 1;
	int i;

	area = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST(area != MAP_FAILED);
	for (i = 0; i < PAGES; i++)
		fill(i, i % 2 ? PROT_READ : PROT_READ | PROT_WRITE, i % 7 ? 0 : i + 1);
	say_ready();
	while (!stopping) {
		for (i = 0; i < 100; i++) {
			random = mix(random + 0x9e3779b97f4a7c15ULL);
			change(random);
		}
		check();
		say_round();
		nap(30);
	}
}
