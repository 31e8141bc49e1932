// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that arrive before their process, by address. Those of plain mappings are put where
 * they will lie (stage.c), the others wait here. The process says in the end which of them it
 * still has, the others are dropped.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "pages.h"

/*
 * Too little memory for the process is no reason to kill another one: neither for a page of
 * it, nor for those that who runs here wants next.
 */
#define GFP_STORE (GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)
#define RESERVE_PART 16

struct krg_store {
	struct xarray pages;	/* by address >> PAGE_SHIFT; the value 0: all zeros */
	struct ghost_stage stage;
};

struct ghost_stage *ghost_store_stage(struct krg_store *store)
{
	return &store->stage;
}

static void page_free(void *entry)
{
	if (entry && !xa_is_value(entry))
		__free_page(entry);
}

void krg_store_free(struct krg_store *store)
{
	unsigned long i;
	void *entry;

	xa_for_each(&store->pages, i, entry) {
		page_free(entry);
		cond_resched();
	}
	xa_destroy(&store->pages);
	ghost_stage_free(&store->stage);
	kfree(store);
}
EXPORT_SYMBOL_GPL(krg_store_free);

struct page *ghost_store_take(struct krg_store *store, u64 addr)
{
	void *entry = xa_erase(&store->pages, addr >> PAGE_SHIFT);

	if (!entry)
		return ERR_PTR(-ENOENT);
	return xa_is_value(entry) ? NULL : entry;
}

static int put_zeros(struct krg_store *store, u64 index)
{
	void *before = xa_store(&store->pages, index, xa_mk_value(0), GFP_STORE);

	if (xa_is_err(before))
		return xa_err(before);
	page_free(before);
	return 0;
}

/* One that is here already is overwritten. */
static int put_page_at(struct krg_store *store, u64 index, const void *data)
{
	void *entry = xa_load(&store->pages, index);
	struct page *page = entry;
	int err;

	if (!entry || xa_is_value(entry)) {
		page = alloc_page(GFP_STORE);
		if (!page)
			return -ENOMEM;
		err = xa_err(xa_store(&store->pages, index, page, GFP_STORE));
		if (err) {
			__free_page(page);
			return err;
		}
	}
	memcpy(page_address(page), data, PAGE_SIZE);
	return 0;
}

static bool reserve_reached(void)
{
	return si_mem_available() < (long)(totalram_pages() / RESERVE_PART);
}

/* What was sent of these pages before is void. */
static int put_run(struct krg_store *store, const struct gf_run *run, const char *data)
{
	u64 addr = run->addr, end = addr + run->pages * PAGE_SIZE;
	int err = 0;

	if (run->kind == GF_RUN_PLAIN && !ghost_stage_put(&store->stage, addr, end, data)) {
		for (; addr < end; addr += PAGE_SIZE)
			page_free(xa_erase(&store->pages, addr >> PAGE_SHIFT));
		return 0;
	}
	for (; addr < end && !err; addr += PAGE_SIZE) {
		err = ghost_stage_clear(&store->stage, addr);
		if (!err)
			err = run->kind == GF_RUN_ZERO ?
				put_zeros(store, addr >> PAGE_SHIFT) :
				put_page_at(store, addr >> PAGE_SHIFT, data);
		data += PAGE_SIZE;
	}
	return err;
}

static int receive(struct krg_store *store, struct gf_io *io, struct gf_run *run, char *data)
{
	int runs, i, err = 0;

	while ((runs = gf_read_runs(io, NULL, run)) > 0) {
		if (reserve_reached())
			return -ENOMEM;
		for (i = 0; i < runs && !err; i++) {
			if (gf_run_has_bytes(&run[i]))
				err = io->read(io->ctx, data, run[i].pages * PAGE_SIZE);
			if (!err)
				err = put_run(store, &run[i], data);
		}
		if (err)
			return err;
		cond_resched();
	}
	return runs;
}

static int read_bytes(void *ctx, void *buf, size_t len)
{
	struct krg_ghost *ghost = ctx;

	ghost->bytes += len;
	return ghost->read(ghost, buf, len);
}

struct krg_store *krg_ghost_receive_early(struct krg_ghost *ghost)
{
	struct gf_run *run = kcalloc(GF_CHUNK_PAGES, sizeof(*run), GFP_KERNEL);
	char *data = kvmalloc(GF_CHUNK_PAGES * PAGE_SIZE, GFP_KERNEL);
	struct krg_store *store = kzalloc(sizeof(*store), GFP_KERNEL);
	struct gf_io io = { .read = read_bytes, .ctx = ghost };
	int err = -ENOMEM;

	ghost->why.text[0] = '\0';
	if (store) {
		xa_init(&store->pages);
		err = ghost_stage_begin(&store->stage);
	}
	if (store && !err) {
		err = run && data ? receive(store, &io, run, data) : -ENOMEM;
		ghost_stage_pause(&store->stage);
	}
	kfree(run);
	kvfree(data);
	if (!err)
		return store;
	if (store)
		krg_store_free(store);
	return ERR_PTR(ghost_stream_error(&io, err, &ghost->why));
}
EXPORT_SYMBOL_GPL(krg_ghost_receive_early);
