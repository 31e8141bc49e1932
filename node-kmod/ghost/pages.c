// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contents of memory of a process that stands still: what is not in a file. Says of each page
 * whether its bytes follow, the destination has them, or it is to fetch them when the process
 * is there; it has nothing else of this process.
 */
#include <linux/mm.h>
#include <linux/pagewalk.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include "away.h"
#include "pages.h"

struct saving {
	struct ghost_batch *batch;
	struct krg_sent *sent;	/* NULL: the destination has nothing */
	struct krg_remainder *remainder;	/* NULL: nothing may stay here */
	u64 next;		/* where to go on */
	u32 looked;
};

static int add_page(struct saving *saving, u64 addr, struct page *page, struct vm_area_struct *vma)
{
	/* memory that was never touched reads as zeros too, a file's does not */
	ghost_batch_add(saving->batch, addr, page, GF_RUN_DATA, vma->vm_file ? GF_RUN_DATA : 0);
	return 0;
}

/* Huge pages are split by the walk: the process leaves, or others made them and will again. */
static int page_entry(pte_t *pte, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	struct saving *saving = walk->private;
	pte_t entry = READ_ONCE(*pte);
	struct page *page;
	u64 number;

	saving->next = addr;
	if (ghost_batch_full(saving->batch) || saving->looked++ == GHOST_LOOK_MAX)
		return 1;
	if (pte_none(entry))
		return 0;
	if (!pte_present(entry)) {
		if (is_pte_marker(entry) && !ghost_away_number(entry, &number))
			return 0;
		return add_page(saving, addr, NULL, walk->vma);
	}
	if (pte_special(entry))		/* the zero page */
		return 0;
	page = pte_page(entry);
	if (walk->vma->vm_file && !PageAnon(page))
		return 0;
	if (saving->sent && !pte_soft_dirty(entry) && ghost_sent_has(saving->sent, addr)) {
		ghost_batch_add(saving->batch, addr, NULL, GF_RUN_KEPT, 0);
		return 0;
	}
	get_page(page);
	if (saving->remainder && vma_is_anonymous(walk->vma))
		ghost_batch_add(saving->batch, addr, page, GF_RUN_AWAY, 0);
	else
		add_page(saving, addr, page, walk->vma);
	return 0;
}

static const struct mm_walk_ops search_ops = {
	.pte_entry = page_entry,
};

/* What is to stay here; without the memory to note it, it goes. */
static void leave(struct ghost_batch *batch, struct krg_remainder *remainder)
{
	struct ghost_item *item;

	for (item = batch->item; item < batch->item + batch->count; item++) {
		if (item->run.kind != GF_RUN_AWAY)
			continue;
		if (ghost_remainder_put(remainder, item->run.addr, item->page))
			item->run.kind = GF_RUN_DATA;
		else
			item->page = NULL;
	}
}

/* Brings in what is swapped out, as copies. */
static int fetch(struct ghost_batch *batch)
{
	struct page *page;
	u32 i;

	for (i = 0; i < batch->count; i++) {
		if (batch->item[i].page || batch->item[i].run.kind != GF_RUN_DATA)
			continue;
		page = alloc_page(GFP_KERNEL);
		if (!page)
			return -ENOMEM;
		batch->item[i].page = page;
		if (krg_may_fail(0, access_process_vm(current, batch->item[i].run.addr,
						      page_address(page), PAGE_SIZE,
						      FOLL_FORCE)) != PAGE_SIZE)
			return -EFAULT;
	}
	return 0;
}

static int send(struct saving *saving)
{
	int err = fetch(saving->batch);

	if (err)
		return err;
	leave(saving->batch, saving->remainder);
	return ghost_batch_send(saving->batch);
}

static int save_range(struct saving *saving, u64 start, u64 end)
{
	int full, err = 0;

	while (start < end && !err) {
		saving->looked = 0;
		mmap_read_lock(current->mm);
		full = krg_sym(walk_page_range)(current->mm, start, end, &search_ops, saving);
		mmap_read_unlock(current->mm);
		if (full <= 0)
			return full;
		start = saving->next;
		err = send(saving);
		cond_resched();
	}
	return err;
}

int ghost_pages_save(struct gf_io *io, const struct gf_image *image, struct krg_ghost *ghost)
{
	struct saving saving = {
		.batch = ghost_batch_new(io), .remainder = ghost->remainder,
	};
	struct krg_sent *sent = ghost->sent;
	int err = 0;
	u32 i;

	if (!saving.batch)
		return -ENOMEM;
	/* after an exec it is not this memory that was sent */
	if (sent && ghost_sent_mm(sent) == current->mm)
		saving.sent = sent;
	for (i = 0; i < image->nvmas && !err; i++)
		if (!(image->vmas[i].flags & GF_VMA_SHARED))
			err = save_range(&saving, image->vmas[i].start, image->vmas[i].end);
	if (!err)
		err = send(&saving);
	ghost_batch_free(saving.batch);
	return err ? ghost_failed(&ghost->why, err, "reading its memory") : 0;
}
