// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages the destination has, of a process that still runs. A page is noted when its
 * soft-dirty bit is cleared, before it is sent, and forgotten when anything but a plain write
 * happens to its address: memory management tells an MMU notifier of each unmapping, move,
 * change of protection, collapse, swapping out and copy on write. A plain write sets the
 * soft-dirty bit. So what is noted and not soft-dirty is as it was sent.
 *
 * The bits alone would not say so: mremap(2) moves whole page tables without setting them, and
 * mprotect(2) may make a page writable again that is not marked.
 */
#include <linux/bitmap.h>
#include <linux/mmu_notifier.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "pages.h"

/* What one page table maps. Lives as long as the whole, so that a walk may keep a pointer. */
struct sent_table {
	DECLARE_BITMAP(pages, PTRS_PER_PTE);
};

struct krg_sent {
	struct mmu_notifier notifier;
	struct xarray regions;		/* by address >> PMD_SHIFT */
	spinlock_t lock;		/* of their bits */
};

static void forget(struct krg_sent *sent, unsigned long start, unsigned long end)
{
	struct sent_table *region;
	unsigned long i;

	if (start >= end)
		return;
	xa_for_each_range(&sent->regions, i, region, start >> PMD_SHIFT, (end - 1) >> PMD_SHIFT) {
		unsigned long base = i << PMD_SHIFT;
		unsigned long from = (max(start, base) - base) >> PAGE_SHIFT;
		unsigned long to = DIV_ROUND_UP(min(end - base, PMD_SIZE), PAGE_SIZE);

		spin_lock(&sent->lock);
		bitmap_clear(region->pages, from, to - from);
		spin_unlock(&sent->lock);
	}
}

/*
 * A fork takes only the permission to write, as we do. Who else clears soft-dirty bits
 * (/proc/PID/clear_refs) takes from us what we have to know.
 */
static bool is_harmless(const struct mmu_notifier_range *range)
{
	return range->event == MMU_NOTIFY_PROTECTION_PAGE;
}

static int range_starts(struct mmu_notifier *notifier, const struct mmu_notifier_range *range)
{
	if (!is_harmless(range))
		forget(container_of(notifier, struct krg_sent, notifier), range->start, range->end);
	return 0;
}

/* Once more: a page may have been noted after the start, before its page table was changed. */
static void range_ends(struct mmu_notifier *notifier, const struct mmu_notifier_range *range)
{
	range_starts(notifier, range);
}

static void notifier_free(struct mmu_notifier *notifier)
{
	struct krg_sent *sent = container_of(notifier, struct krg_sent, notifier);
	struct sent_table *region;
	unsigned long i;

	xa_for_each(&sent->regions, i, region)
		kfree(region);
	xa_destroy(&sent->regions);
	kfree(sent);
}

static const struct mmu_notifier_ops notifier_ops = {
	.invalidate_range_start = range_starts,
	.invalidate_range_end = range_ends,
	.free_notifier = notifier_free,
};

struct krg_sent *krg_sent_begin(struct task_struct *task)
{
	struct mm_struct *mm = get_task_mm(task);
	struct krg_sent *sent;
	int err = -ENOMEM;

	if (!mm)
		return ERR_PTR(-ESRCH);
	sent = kzalloc(sizeof(*sent), GFP_KERNEL);
	if (sent) {
		sent->notifier.ops = &notifier_ops;
		xa_init(&sent->regions);
		spin_lock_init(&sent->lock);
		err = mmu_notifier_register(&sent->notifier, mm);
	}
	mmput(mm);
	if (!err)
		return sent;
	kfree(sent);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(krg_sent_begin);

void krg_sent_end(struct krg_sent *sent)
{
	mmu_notifier_put(&sent->notifier);
}
EXPORT_SYMBOL_GPL(krg_sent_end);

struct mm_struct *ghost_sent_mm(const struct krg_sent *sent)
{
	return sent->notifier.mm;
}

void ghost_sent_forget(struct krg_sent *sent, unsigned long addr)
{
	forget(sent, addr, addr + PAGE_SIZE);
}

static struct sent_table *region_of(struct krg_sent *sent, unsigned long addr)
{
	return xa_load(&sent->regions, addr >> PMD_SHIFT);
}

bool ghost_sent_has(struct krg_sent *sent, unsigned long addr)
{
	struct sent_table *region = region_of(sent, addr);

	return region && test_bit(pte_index(addr), region->pages);
}

int ghost_sent_room(struct krg_sent *sent, unsigned long addr)
{
	struct sent_table *region;
	int err;

	if (region_of(sent, addr))
		return 0;
	region = kzalloc(sizeof(*region), GFP_ATOMIC | __GFP_NOWARN);
	if (!region)
		return -ENOMEM;
	err = xa_err(xa_store(&sent->regions, addr >> PMD_SHIFT, region,
			      GFP_ATOMIC | __GFP_NOWARN));
	if (err)
		kfree(region);
	return err;
}

void ghost_sent_note(struct krg_sent *sent, unsigned long addr)
{
	struct sent_table *region = region_of(sent, addr);

	spin_lock(&sent->lock);
	__set_bit(pte_index(addr), region->pages);
	spin_unlock(&sent->lock);
}
