// SPDX-License-Identifier: GPL-2.0-only
/* Pages on their way into one section of the stream. They go out as they lie in memory. */
#include <linux/mm.h>
#include <linux/slab.h>
#include "pages.h"

struct ghost_batch *ghost_batch_new(struct gf_io *io)
{
	struct ghost_batch *batch = kvzalloc(sizeof(*batch), GFP_KERNEL);

	if (batch)
		batch->io = io;
	return batch;
}

static void drop(struct ghost_batch *batch)
{
	u32 i;

	for (i = 0; i < batch->count; i++)
		if (batch->item[i].page)
			put_page(batch->item[i].page);
	batch->count = 0;
}

void ghost_batch_free(struct ghost_batch *batch)
{
	if (batch)
		drop(batch);
	kvfree(batch);
}

void ghost_batch_add(struct ghost_batch *batch, u64 addr, struct page *page, u32 kind, u32 zero)
{
	struct ghost_item *last = batch->count ? &batch->item[batch->count - 1] : NULL;
	struct gf_run run = { .addr = addr, .pages = 1, .kind = kind };

	if (!page && !gf_run_has_bytes(&run) && last && last->run.kind == kind &&
	    last->run.addr + last->run.pages * PAGE_SIZE == addr) {
		last->run.pages++;
		return;
	}
	batch->item[batch->count++] = (struct ghost_item) {
		.run = run, .page = page, .zero = zero,
	};
}

static bool is_zero(const struct page *page)
{
	return !memchr_inv(page_address(page), 0, PAGE_SIZE);
}

static void append(struct ghost_batch *batch, const struct gf_run *run)
{
	struct gf_run *last = batch->runs ? &batch->run[batch->runs - 1] : NULL;

	if (last && last->kind == run->kind &&
	    last->addr + last->pages * PAGE_SIZE == run->addr)
		last->pages += run->pages;
	else
		batch->run[batch->runs++] = *run;
}

int ghost_batch_send(struct ghost_batch *batch)
{
	struct ghost_item *item;
	int err = 0;
	u32 i;

	batch->runs = 0;
	for (i = 0; i < batch->count; i++) {
		item = &batch->item[i];
		if (item->page && item->zero != GF_RUN_DATA && is_zero(item->page)) {
			put_page(item->page);
			item->page = NULL;
			item->run.kind = item->zero;
		}
		if (item->run.kind)
			append(batch, &item->run);
	}
	if (batch->runs)
		err = gf_write_runs(batch->io, batch->run, batch->runs);
	for (i = 0; i < batch->count && !err; i++) {
		if (!batch->item[i].page)
			continue;
		err = batch->io->write(batch->io->ctx, page_address(batch->item[i].page),
				       PAGE_SIZE);
		cond_resched();		/* the process itself may want the processor */
	}
	drop(batch);
	return err;
}
