// SPDX-License-Identifier: GPL-2.0-only
/* Pages of shared memory as objects of KDDM. Their content is the view, which has the folios. */
#include <linux/highmem.h>
#include "mm.h"

/* Of memory that this node does not have any more: nobody needs what comes now. */
static struct krg_view krg_nowhere;

static void *krg_pages_alloc(u64 set, u64 index, gfp_t gfp)
{
	return krg_view_find(set) ?: &krg_nowhere;
}

static void krg_pages_free(u64 set, u64 index, void *content)
{
	if (content != &krg_nowhere)
		krg_view_put(content);
}

static void krg_pages_fill(u64 set, u64 index, void *content, const void *from)
{
	struct folio *folio = content == &krg_nowhere ? NULL : krg_view_folio_sure(content, index);
	struct page *page;

	if (!folio)
		return;
	page = folio_file_page(folio, index);
	if (from)
		memcpy_to_page(page, 0, from, PAGE_SIZE);
	else
		clear_highpage(page);
	folio_unlock(folio);
	folio_put(folio);
}

static void krg_pages_copy_out(u64 set, u64 index, const void *content, void *to)
{
	struct krg_view *view = (struct krg_view *)content;
	struct folio *folio = view == &krg_nowhere ? NULL : krg_view_folio_sure(view, index);

	if (!folio) {
		memset(to, 0, PAGE_SIZE);
		return;
	}
	memcpy_from_page(to, folio_file_page(folio, index), 0, PAGE_SIZE);
	folio_unlock(folio);
	folio_put(folio);
}

static void krg_pages_wanted(u64 set, u64 index, void *content)
{
	struct krg_view *view = content;
	struct krg_page *page = view == &krg_nowhere ? NULL : xa_load(&view->pages, index);

	if (page)
		queue_work(krg_mm_works, &page->release);
}

const struct krg_linker krg_pages_linker = {
	.id = KRG_LINKER_PAGES,
	.max_size = PAGE_SIZE,
	.alloc = krg_pages_alloc,
	.free = krg_pages_free,
	.fill = krg_pages_fill,
	.copy_out = krg_pages_copy_out,
	.wanted = krg_pages_wanted,
};
