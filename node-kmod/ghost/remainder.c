// SPDX-License-Identifier: GPL-2.0-only
/*
 * Post-copy, at the node that a process has left: its last pages, by address, until they are
 * fetched. A reference is enough to keep a page as it is: who shares it copies it to write.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "pages.h"

struct krg_remainder {
	struct xarray pages;	/* by address >> PAGE_SHIFT */
	atomic_long_t count;
};

struct krg_remainder *krg_remainder_new(void)
{
	struct krg_remainder *remainder = kzalloc(sizeof(*remainder), GFP_KERNEL);

	if (remainder)
		xa_init(&remainder->pages);
	return remainder;
}
EXPORT_SYMBOL_GPL(krg_remainder_new);

void krg_remainder_free(struct krg_remainder *remainder)
{
	unsigned long number;
	struct page *page;

	xa_for_each(&remainder->pages, number, page) {
		put_page(page);
		cond_resched();
	}
	xa_destroy(&remainder->pages);
	kfree(remainder);
}
EXPORT_SYMBOL_GPL(krg_remainder_free);

int ghost_remainder_put(struct krg_remainder *remainder, u64 addr, struct page *page)
{
	int err = xa_err(xa_store(&remainder->pages, addr >> PAGE_SHIFT, page, GFP_KERNEL));

	if (!err)
		atomic_long_inc(&remainder->count);
	return err;
}

int krg_remainder_copy(struct krg_remainder *remainder, u64 addr, void *to)
{
	struct page *page;

	xa_lock(&remainder->pages);
	page = xa_load(&remainder->pages, addr >> PAGE_SHIFT);
	if (page)
		memcpy(to, page_address(page), PAGE_SIZE);
	xa_unlock(&remainder->pages);
	return page ? 0 : -ENOENT;
}
EXPORT_SYMBOL_GPL(krg_remainder_copy);

void krg_remainder_drop(struct krg_remainder *remainder, u64 addr)
{
	struct page *page = xa_erase(&remainder->pages, addr >> PAGE_SHIFT);

	if (!page)
		return;
	atomic_long_dec(&remainder->count);
	put_page(page);
}
EXPORT_SYMBOL_GPL(krg_remainder_drop);

unsigned long krg_remainder_pages(const struct krg_remainder *remainder)
{
	return atomic_long_read(&remainder->count);
}
EXPORT_SYMBOL_GPL(krg_remainder_pages);
