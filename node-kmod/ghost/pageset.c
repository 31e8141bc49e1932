// SPDX-License-Identifier: GPL-2.0-only
/* A set of pages by address: a bitmap for each page table's worth of addresses. */
#include <linux/bitmap.h>
#include <linux/slab.h>
#include <kerrighed/fault.h>
#include "pageset.h"

/* Lives as long as the set, so that a walk may keep a pointer. */
struct ghost_region {
	DECLARE_BITMAP(pages, PTRS_PER_PTE);
};

void ghost_set_init(struct ghost_set *set)
{
	xa_init(&set->regions);
	spin_lock_init(&set->lock);
}

void ghost_set_free(struct ghost_set *set)
{
	struct ghost_region *region;
	unsigned long i;

	xa_for_each(&set->regions, i, region)
		kfree(region);
	xa_destroy(&set->regions);
}

static struct ghost_region *region_of(struct ghost_set *set, unsigned long addr)
{
	return xa_load(&set->regions, addr >> PMD_SHIFT);
}

bool ghost_set_has(struct ghost_set *set, unsigned long addr)
{
	struct ghost_region *region = region_of(set, addr);

	return region && test_bit(pte_index(addr), region->pages);
}

bool ghost_set_covers(struct ghost_set *set, unsigned long addr)
{
	return region_of(set, addr);
}

int ghost_set_room(struct ghost_set *set, unsigned long addr, gfp_t gfp)
{
	struct ghost_region *region;
	int err;

	if (region_of(set, addr))
		return 0;
	region = kzalloc(sizeof(*region), gfp);
	if (!region)
		return -ENOMEM;
	err = xa_err(xa_store(&set->regions, addr >> PMD_SHIFT, region, gfp));
	if (err)
		kfree(region);
	return err;
}

void ghost_set_add(struct ghost_set *set, unsigned long addr)
{
	struct ghost_region *region = region_of(set, addr);

	spin_lock(&set->lock);
	__set_bit(pte_index(addr), region->pages);
	spin_unlock(&set->lock);
}

void ghost_set_remove(struct ghost_set *set, unsigned long start, unsigned long end)
{
	struct ghost_region *region;
	unsigned long i;

	if (start >= end)
		return;
	xa_for_each_range(&set->regions, i, region, start >> PMD_SHIFT, (end - 1) >> PMD_SHIFT) {
		unsigned long base = i << PMD_SHIFT;
		unsigned long from = (max(start, base) - base) >> PAGE_SHIFT;
		unsigned long to = DIV_ROUND_UP(min(end - base, PMD_SIZE), PAGE_SIZE);

		spin_lock(&set->lock);
		bitmap_clear(region->pages, from, to - from);
		spin_unlock(&set->lock);
	}
}

unsigned long ghost_set_run(struct ghost_set *set, unsigned long addr)
{
	struct ghost_region *region = region_of(set, addr);
	unsigned long end = pte_index(addr);

	if (region)
		end = find_next_zero_bit(region->pages, PTRS_PER_PTE, end);
	return ALIGN_DOWN(addr, PMD_SIZE) + (end << PAGE_SHIFT);
}

bool ghost_set_next(struct ghost_set *set, unsigned long *start, unsigned long *end)
{
	unsigned long from = pte_index(*start), i = *start >> PMD_SHIFT, to;
	struct ghost_region *region;

	xa_for_each_start(&set->regions, i, region, i) {
		if (i != *start >> PMD_SHIFT)
			from = 0;
		from = find_next_bit(region->pages, PTRS_PER_PTE, from);
		if (from == PTRS_PER_PTE)
			continue;
		to = find_next_zero_bit(region->pages, PTRS_PER_PTE, from);
		*start = (i << PMD_SHIFT) + (from << PAGE_SHIFT);
		*end = (i << PMD_SHIFT) + (to << PAGE_SHIFT);
		return true;
	}
	return false;
}
