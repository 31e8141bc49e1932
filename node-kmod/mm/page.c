// SPDX-License-Identifier: GPL-2.0-only
/* How a page comes to this node, and how it is given up. */
#include <linux/delay.h>
#include <linux/sched.h>
#include "mm.h"

/*
 * A page that came stays until who waited for it has used it, or nothing would ever get done
 * where two nodes write to the same page; but nobody waits for long for who does not come.
 */
#define KRG_HOLD_US	300		/* at least, once it is used */
#define KRG_UNUSED_US	10000		/* at most, if it is not */
#define KRG_PIN_US	100		/* between two looks at whether it is pinned */

struct workqueue_struct *krg_mm_works;

struct folio *krg_view_folio(struct krg_view *view, pgoff_t index)
{
	struct folio *folio;
	int err = krg_shmem_get_folio(view->inode, index, &folio);

	if (err)
		return ERR_PTR(err);
	if (!folio_test_dirty(folio))
		folio_mark_dirty(folio);
	return folio;
}

struct folio *krg_view_folio_sure(struct krg_view *view, pgoff_t index)
{
	struct folio *folio = krg_view_folio(view, index);

	while (IS_ERR(folio) && PTR_ERR(folio) != -EINVAL && PTR_ERR(folio) != -EIO) {
		schedule_timeout_uninterruptible(HZ / 50);
		folio = krg_view_folio(view, index);
	}
	return IS_ERR(folio) ? NULL : folio;
}

void krg_page_use(struct krg_page *page)
{
	if (page->used)
		return;
	WRITE_ONCE(page->since, ktime_get());
	/* who sees that it is used sees since when: pairs with krg_page_await_use() */
	smp_store_release(&page->used, true);
}

static void krg_page_await_use(struct krg_page *page)
{
	s64 limit = KRG_UNUSED_US;

	for (;;) {
		/* pairs with krg_page_use() */
		if (smp_load_acquire(&page->used))
			limit = KRG_HOLD_US;
		if (ktime_us_delta(ktime_get(), READ_ONCE(page->since)) >= limit)
			return;
		usleep_range(KRG_HOLD_US / 3, KRG_HOLD_US / 2);
	}
}

/*
 * From here on nobody maps the page, and then nobody does any more. Return: does somebody
 * write to it nevertheless, by its physical address?
 */
static bool krg_page_unmap(struct krg_page *page)
{
	struct folio *folio = krg_view_folio_sure(page->view, page->index);
	bool pinned;

	WRITE_ONCE(page->state, KRG_PAGE_NONE);
	unmap_mapping_pages(page->view->inode->i_mapping, page->index, 1, false);
	if (!folio)
		return false;
	pinned = folio_maybe_dma_pinned(folio);
	folio_unlock(folio);
	folio_put(folio);
	return pinned;
}

/* The content is copied behind this only, when others get it. */
static void krg_page_give_up(struct krg_page *page)
{
	bool written = page->state == KRG_PAGE_WRITE;

	if (page->state == KRG_PAGE_NONE)
		return;
	while (krg_page_unmap(page) && written)
		usleep_range(KRG_PIN_US, 2 * KRG_PIN_US);
	krg_object_put(page->view->set, page->index);
}

static int krg_page_get(struct krg_page *page, enum krg_page_state state)
{
	u64 set = page->view->set;
	const void *held = state == KRG_PAGE_WRITE ? krg_object_grab(set, page->index, 0) :
						     krg_object_get(set, page->index, 0);
	struct folio *folio;

	if (state == KRG_PAGE_WRITE)
		WRITE_ONCE(page->writes, false);
	if (IS_ERR(held))
		return PTR_ERR(held);
	folio = krg_view_folio(page->view, page->index);
	if (IS_ERR(folio)) {
		krg_object_put(set, page->index);
		return PTR_ERR(folio);
	}
	page->since = ktime_get();
	page->used = false;
	WRITE_ONCE(page->state, state);
	folio_unlock(folio);
	folio_put(folio);
	return 0;
}

int krg_page_need(struct krg_page *page, enum krg_page_state state)
{
	int err = 0;

	if (mutex_lock_killable(&page->lock))
		return -EINTR;
	if (READ_ONCE(page->view->ended)) {
		err = -EIDRM;
	} else if (page->state < state) {
		/* who asks for more holds nothing meanwhile: another node may come first */
		krg_page_give_up(page);
		err = krg_page_get(page, state);
	}
	mutex_unlock(&page->lock);
	return err;
}

void krg_page_release(struct krg_page *page)
{
	mutex_lock(&page->lock);
	krg_page_give_up(page);
	mutex_unlock(&page->lock);
}

static void krg_page_wanted(struct work_struct *work)
{
	struct krg_page *page = container_of(work, struct krg_page, release);

	mutex_lock(&page->lock);
	if (page->state != KRG_PAGE_NONE)
		krg_page_await_use(page);
	krg_page_give_up(page);
	mutex_unlock(&page->lock);
}

void krg_page_init(struct krg_page *page, struct krg_view *view, pgoff_t index)
{
	page->view = view;
	page->index = index;
	mutex_init(&page->lock);
	INIT_WORK(&page->release, krg_page_wanted);
}
