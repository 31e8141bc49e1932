// SPDX-License-Identifier: GPL-2.0-only
/* A tree of nodes with 64 slots. Nodes that have become empty go. */
#include "sim.h"

#define BITS	6
#define SLOTS	64

struct slots {
	unsigned int used;
	void *slot[SLOTS];
};

static unsigned int slot_of(unsigned long index, unsigned int level)
{
	return index >> BITS * level & (SLOTS - 1);
}

static bool reaches(const struct xarray *xa, unsigned long index)
{
	return index >> BITS * xa->height == 0;
}

void *xa_load(const struct xarray *xa, unsigned long index)
{
	unsigned int level = xa->height;
	void *at = xa->head;

	if (!reaches(xa, index))
		return NULL;
	while (at && level--)
		at = ((struct slots *)at)->slot[slot_of(index, level)];
	return at;
}

static void store(struct xarray *xa, void **at, unsigned int level, unsigned long index,
		  void *entry)
{
	struct slots *slots;
	void **slot;

	if (!level) {
		*at = entry;
		return;
	}
	if (!*at) {
		if (!entry)
			return;
		*at = sim_alloc(sizeof(struct slots));
		xa->nodes++;
	}
	slots = *at;
	slot = &slots->slot[slot_of(index, level - 1)];
	slots->used -= !!*slot;
	store(xa, slot, level - 1, index, entry);
	slots->used += !!*slot;
	if (slots->used)
		return;
	free(slots);
	*at = NULL;
	xa->nodes--;
}

void *sim_xa_store(struct xarray *xa, unsigned long index, void *entry)
{
	void *old = xa_load(xa, index), *head;
	struct slots *top;

	while (!reaches(xa, index)) {
		head = xa->head;
		if (head) {
			top = sim_alloc(sizeof(*top));
			top->used = 1;
			top->slot[0] = head;
			xa->head = top;
			xa->nodes++;
		}
		xa->height++;
	}
	store(xa, &xa->head, xa->height, index, entry);
	if (!xa->head)
		xa->height = 0;
	return old;
}

static void *find(void *at, unsigned int level, unsigned long *index)
{
	unsigned long base, step;
	struct slots *slots = at;
	unsigned int i;
	void *entry;

	if (!at || !level)
		return at;
	step = 1UL << BITS * (level - 1);
	base = *index & ~(step * SLOTS - 1);
	for (i = slot_of(*index, level - 1); i < SLOTS; i++) {
		entry = find(slots->slot[i], level - 1, index);
		if (entry)
			return entry;
		*index = base + (i + 1) * step;
	}
	return NULL;
}

void *sim_xa_find(const struct xarray *xa, unsigned long *index)
{
	return reaches(xa, *index) ? find(xa->head, xa->height, index) : NULL;
}

static void destroy(void *at, unsigned int level)
{
	unsigned int i;

	if (!at || !level)
		return;
	for (i = 0; i < SLOTS; i++)
		destroy(((struct slots *)at)->slot[i], level - 1);
	free(at);
}

void xa_destroy(struct xarray *xa)
{
	destroy(xa->head, xa->height);
	memset(xa, 0, sizeof(*xa));
}
