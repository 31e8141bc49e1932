// SPDX-License-Identifier: GPL-2.0-only
/* Contents of memory: what is not in a file, in runs of pages. */
#include <linux/mm.h>
#include <linux/pagewalk.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/uaccess.h>
#include "ghost.h"

/* Pages of a piece of memory that have contents, as far as @run has room. */
struct search {
	struct gf_run run[GF_CHUNK_PAGES];
	u32 runs;
	u64 next;		/* where to go on */
};

static int found(struct search *search, u64 addr, u64 pages)
{
	struct gf_run *last = &search->run[search->runs - 1];

	if (search->runs && last->addr + last->pages * PAGE_SIZE == addr) {
		last->pages += pages;
	} else {
		if (search->runs == GF_CHUNK_PAGES)
			return 1;	/* full: the walk ends */
		search->run[search->runs++] = (struct gf_run){ addr, pages };
	}
	search->next = addr + pages * PAGE_SIZE;
	return 0;
}

/* A huge page as one; its small ones, if there are any, by page_entry(). */
static int huge_entry(pmd_t *pmd, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	pmd_t entry = READ_ONCE(*pmd);

	if (pmd_none(entry))
		return 0;
	if (!pmd_trans_huge(entry) && pmd_present(entry))
		return 0;
	walk->action = ACTION_CONTINUE;
	if (pmd_present(entry) && walk->vma->vm_file && !PageAnon(pmd_page(entry)))
		return 0;
	return found(walk->private, addr, (next - addr) >> PAGE_SHIFT);
}

static int page_entry(pte_t *pte, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	pte_t entry = READ_ONCE(*pte);

	if (pte_none(entry))
		return 0;
	if (pte_present(entry)) {
		if (pte_special(entry))		/* the zero page */
			return 0;
		if (walk->vma->vm_file && !PageAnon(pte_page(entry)))
			return 0;
	} else if (is_pte_marker(entry)) {
		return 0;
	}
	return found(walk->private, addr, 1);
}

static const struct mm_walk_ops search_ops = {
	.pmd_entry = huge_entry,
	.pte_entry = page_entry,
};

/* Next pages with contents in [start, end); returns where to search on. */
static int search_pages(struct search *search, u64 start, u64 end)
{
	int err;

	search->runs = 0;
	search->next = end;
	mmap_read_lock(current->mm);
	err = krg_sym(walk_page_range)(current->mm, start, end, &search_ops, search);
	mmap_read_unlock(current->mm);
	if (err <= 0)
		search->next = end;
	return min(err, 0);
}

/* One section being filled. */
struct chunk {
	struct gf_io *io;
	struct gf_run run[GF_CHUNK_PAGES];
	u32 runs, pages;
	char *data;		/* GF_CHUNK_PAGES pages */
};

static int flush(struct chunk *chunk)
{
	int err = 0;

	if (chunk->pages)
		err = gf_write_pages(chunk->io, chunk->run, chunk->runs, chunk->data, chunk->pages);
	chunk->runs = 0;
	chunk->pages = 0;
	return err;
}

/* The page at chunk->data's end belongs to @addr. */
static int keep(struct chunk *chunk, u64 addr)
{
	struct gf_run *last = &chunk->run[chunk->runs - 1];

	if (chunk->runs && last->addr + last->pages * PAGE_SIZE == addr)
		last->pages++;
	else
		chunk->run[chunk->runs++] = (struct gf_run){ addr, 1 };
	return ++chunk->pages == GF_CHUNK_PAGES ? flush(chunk) : 0;
}

static bool read_page(u64 addr, char *to, bool readable)
{
	if (readable)
		return !copy_from_user(to, (void __user *)addr, PAGE_SIZE);
	return access_process_vm(current, addr, to, PAGE_SIZE, FOLL_FORCE) == PAGE_SIZE;
}

static int save_run(struct chunk *chunk, const struct gf_run *run, const struct gf_vma *vma,
		    struct krg_refusal *why)
{
	u64 addr, end = run->addr + run->pages * PAGE_SIZE;
	int err;

	for (addr = run->addr; addr < end; addr += PAGE_SIZE) {
		char *to = chunk->data + chunk->pages * PAGE_SIZE;

		if (!read_page(addr, to, vma->prot & GF_PROT_READ))
			return ghost_failed(why, -EFAULT, "reading a page");
		/* memory that was never touched reads as zeros too */
		if (vma->kind == GF_VMA_ANON && !memchr_inv(to, 0, PAGE_SIZE))
			continue;
		err = keep(chunk, addr);
		if (err)
			return err;
	}
	return 0;
}

static int save_vma(struct chunk *chunk, struct search *search, const struct gf_vma *vma,
		    struct krg_refusal *why)
{
	u64 at = vma->start;
	u32 i;
	int err;

	while (at < vma->end) {
		err = search_pages(search, at, vma->end);
		if (err)
			return ghost_failed(why, err, "walking the page tables");
		for (i = 0; i < search->runs; i++) {
			err = save_run(chunk, &search->run[i], vma, why);
			if (err)
				return err;
			cond_resched();
		}
		at = search->next;
	}
	return 0;
}

int ghost_pages_save(struct gf_io *io, const struct gf_image *image, struct krg_refusal *why)
{
	struct chunk *chunk = kzalloc(sizeof(*chunk), GFP_KERNEL);
	struct search *search = kzalloc(sizeof(*search), GFP_KERNEL);
	int err = -ENOMEM;
	u32 i;

	if (!chunk || !search)
		goto out;
	chunk->io = io;
	chunk->data = kvmalloc(GF_CHUNK_PAGES * PAGE_SIZE, GFP_KERNEL);
	if (!chunk->data)
		goto out;
	err = 0;
	for (i = 0; i < image->nvmas && !err; i++)
		if (!(image->vmas[i].flags & GF_VMA_SHARED))
			err = save_vma(chunk, search, &image->vmas[i], why);
	if (!err)
		err = flush(chunk);
	kvfree(chunk->data);
out:
	kfree(chunk);
	kfree(search);
	return err;
}

static const struct gf_vma *vma_at(const struct gf_image *image, u64 addr)
{
	u32 low = 0, high = image->nvmas - 1;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (image->vmas[mid].end <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return &image->vmas[low];
}

/* A run may reach over mappings: each has its own protection. */
static int load_run(const struct gf_image *image, u64 addr, u64 end, char *data,
		    struct krg_refusal *why)
{
	while (addr < end) {
		const struct gf_vma *vma = vma_at(image, addr);
		u64 len = min(end, vma->end) - addr;
		bool ok;

		if (vma->prot & GF_PROT_WRITE)
			ok = !copy_to_user((void __user *)addr, data, len);
		else
			ok = access_process_vm(current, addr, data, len,
					       FOLL_WRITE | FOLL_FORCE) == len;
		if (!ok)
			return ghost_refuse(why, GHOST_ARRIVE_PAGE, addr);
		addr += len;
		data += len;
	}
	return 0;
}

int ghost_pages_load(struct gf_io *io, const struct gf_image *image, struct krg_refusal *why)
{
	struct gf_run *run = kcalloc(GF_CHUNK_PAGES, sizeof(*run), GFP_KERNEL);
	char *data = kvmalloc(GF_CHUNK_PAGES * PAGE_SIZE, GFP_KERNEL);
	int i, runs = -ENOMEM, err;

	while (run && data) {
		char *at = data;

		runs = gf_read_pages(io, image, run, data);
		if (runs <= 0)
			break;
		for (i = 0, err = 0; i < runs && !err; i++) {
			u64 len = run[i].pages * PAGE_SIZE;

			err = load_run(image, run[i].addr, run[i].addr + len, at, why);
			at += len;
		}
		if (err) {
			runs = err;
			break;
		}
		cond_resched();
	}
	kfree(run);
	kvfree(data);
	return runs;
}
