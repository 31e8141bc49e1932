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
#include <linux/mmu_notifier.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "pages.h"
#include "pageset.h"

struct krg_sent {
	struct mmu_notifier notifier;
	struct ghost_set pages;
};

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
	struct krg_sent *sent = container_of(notifier, struct krg_sent, notifier);

	if (!is_harmless(range))
		ghost_set_remove(&sent->pages, range->start, range->end);
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

	ghost_set_free(&sent->pages);
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
		ghost_set_init(&sent->pages);
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
	ghost_set_remove(&sent->pages, addr, addr + PAGE_SIZE);
}

bool ghost_sent_has(struct krg_sent *sent, unsigned long addr)
{
	return ghost_set_has(&sent->pages, addr);
}

int ghost_sent_room(struct krg_sent *sent, unsigned long addr)
{
	return ghost_set_room(&sent->pages, addr, GFP_ATOMIC | __GFP_NOWARN);
}

void ghost_sent_note(struct krg_sent *sent, unsigned long addr)
{
	ghost_set_add(&sent->pages, addr);
}
