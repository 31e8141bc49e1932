// SPDX-License-Identifier: GPL-2.0-only
/* Contents of memory, where a process arrives. */
#include <linux/mm.h>
#include <linux/sched/coredump.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "away.h"
#include "pages.h"

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
static int put_bytes(const struct gf_image *image, u64 addr, u64 end, char *data,
		     struct krg_refusal *why)
{
	while (addr < end) {
		const struct gf_vma *vma = vma_at(image, addr);
		u64 len = min(end, vma->end) - addr;
		bool ok;

		if (vma->prot & GF_PROT_WRITE)
			ok = !krg_may_fail(len, copy_to_user((void __user *)addr, data, len));
		else
			ok = krg_may_fail(0, access_process_vm(current, addr, data, len,
							       FOLL_WRITE | FOLL_FORCE)) == len;
		if (!ok)
			return ghost_refuse(why, GHOST_ARRIVE_PAGE, addr);
		addr += len;
		data += len;
	}
	return 0;
}

static int load_run(struct gf_io *io, struct krg_store *store, const struct gf_image *image,
		    const struct gf_run *run, char *data, struct krg_refusal *why)
{
	u64 end = run->addr + (u64)run->pages * PAGE_SIZE;
	int err = io->read(io->ctx, data, end - run->addr);

	if (store)
		ghost_set_remove(&ghost_store_stage(store)->held, run->addr, end);
	return err ?: put_bytes(image, run->addr, end, data, why);
}

static int keep_run(struct krg_store *store, const struct gf_image *image,
		    const struct gf_run *run, struct krg_refusal *why)
{
	u64 addr = run->addr, end = addr + (u64)run->pages * PAGE_SIZE, taken;
	struct page *page;
	int err = 0;

	while (addr < end && !err) {
		taken = store ? ghost_stage_take(ghost_store_stage(store), addr, end) : addr;
		if (taken > addr) {
			addr = taken;
			continue;
		}
		page = store ? ghost_store_take(store, addr) : ERR_PTR(-ENOENT);
		if (IS_ERR(page))
			return ghost_refuse(why, GHOST_ARRIVE_STREAM, "pages", "kept", addr);
		if (page) {
			err = put_bytes(image, addr, addr + PAGE_SIZE, page_address(page), why);
			__free_page(page);
		}
		addr += PAGE_SIZE;
	}
	return err;
}

static int away_run(struct krg_away *away, struct krg_store *store, const struct gf_run *run,
		    struct krg_refusal *why)
{
	if (!away)
		return ghost_refuse(why, GHOST_ARRIVE_STREAM, "pages", "away", run->addr);
	if (store && ghost_stage_drop(ghost_store_stage(store), run->addr,
				      run->addr + (u64)run->pages * PAGE_SIZE))
		return ghost_refuse(why, GHOST_ARRIVE_PAGE, run->addr);
	if (ghost_away_plant(away, run->addr, run->pages))
		return ghost_refuse(why, GHOST_ARRIVE_PAGE, run->addr);
	return 0;
}

static int load_runs(struct gf_io *io, const struct gf_image *image, struct krg_ghost *ghost)
{
	struct gf_run *run = kcalloc(GF_CHUNK_PAGES, sizeof(*run), GFP_KERNEL);
	char *data = kvmalloc(GF_CHUNK_PAGES * PAGE_SIZE, GFP_KERNEL);
	int i, runs, err = run && data ? 0 : -ENOMEM;

	while (!err) {
		runs = gf_read_runs(io, image, run);
		if (runs <= 0) {
			err = runs;
			break;
		}
		for (i = 0; i < runs && !err; i++) {
			if (run[i].kind == GF_RUN_AWAY)
				err = away_run(ghost->away, ghost->store, &run[i], &ghost->why);
			else if (run[i].kind == GF_RUN_KEPT)
				err = keep_run(ghost->store, image, &run[i], &ghost->why);
			else
				err = load_run(io, ghost->store, image, &run[i], data, &ghost->why);
		}
		cond_resched();
	}
	if (!err && ghost->store)
		err = ghost_stage_drop_rest(ghost_store_stage(ghost->store));
	kfree(run);
	kvfree(data);
	return err;
}

int ghost_pages_load(struct gf_io *io, const struct gf_image *image, struct krg_ghost *ghost)
{
	struct mm_struct *mm = current->mm;
	bool huge;
	int err;

	if (!ghost->away)
		return load_runs(io, image, ghost);
	/* a huge page would lie where pages are to be away */
	huge = !test_and_set_bit(MMF_DISABLE_THP, &mm->flags);
	err = load_runs(io, image, ghost);
	if (huge)
		clear_bit(MMF_DISABLE_THP, &mm->flags);
	/* also after an error: that is how it ends */
	if (ghost->away->mm)
		ghost_away_begin(ghost->away);
	return err;
}
