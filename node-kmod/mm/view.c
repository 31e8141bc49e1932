// SPDX-License-Identifier: GPL-2.0-only
/* Files whose pages are shared, and what this node has of them. */
#include <linux/export.h>
#include "mm.h"

static DEFINE_XARRAY(krg_views);	/* set -> struct krg_view; its lock: of references */
static DEFINE_MUTEX(krg_views_lock);	/* of adding and taking away */

struct krg_view *krg_view_find(u64 set)
{
	struct krg_view *view;

	xa_lock(&krg_views);
	view = xa_load(&krg_views, set);
	if (view)
		refcount_inc(&view->refs);
	xa_unlock(&krg_views);
	return view;
}

void krg_view_put(struct krg_view *view)
{
	struct krg_page *page;
	unsigned long index;

	if (!refcount_dec_and_test(&view->refs))
		return;
	xa_for_each(&view->pages, index, page)
		kfree(page);
	xa_destroy(&view->pages);
	iput(view->inode);
	kfree(view);
}

struct krg_view *krg_view_of(const struct inode *inode)
{
	return inode->i_fop == &krg_shared_fops ? READ_ONCE(krg_mapping_owner(inode->i_mapping)) :
						  NULL;
}

bool krg_shared_file(const struct file *file)
{
	return krg_view_of(file_inode(file));
}
EXPORT_SYMBOL_GPL(krg_shared_file);

struct krg_page *krg_view_page(struct krg_view *view, pgoff_t index)
{
	struct krg_page *page = xa_load(&view->pages, index);

	if (page)
		return page;
	page = kzalloc(sizeof(*page), GFP_KERNEL);
	if (!page)
		return NULL;
	krg_page_init(page, view, index);
	if (!xa_insert(&view->pages, index, page, GFP_KERNEL))
		return page;
	kfree(page);
	return xa_load(&view->pages, index);
}

static void krg_view_release(struct krg_view *view)
{
	struct krg_page *page;
	unsigned long index;

	xa_for_each(&view->pages, index, page) {
		krg_page_release(page);
		flush_work(&page->release);
	}
}

void krg_views_release(void)
{
	struct krg_view *view;
	unsigned long set;

	mutex_lock(&krg_views_lock);
	xa_for_each(&krg_views, set, view)
		krg_view_release(view);
	mutex_unlock(&krg_views_lock);
}

/*
 * Waits for other nodes, who may wait for this one to take part in a new view, and before that
 * for whoever ends the memory.
 */
static void krg_view_remove(struct work_struct *work)
{
	struct krg_view *view = container_of(work, struct krg_view, remove);

	krg_view_release(view);
	krg_objects_destroy(view->set);
	krg_view_put(view);
}

int krg_shared_begin(struct file *file, u8 space, u32 number)
{
	struct inode *inode = file_inode(file);
	struct krg_view *view = kzalloc(sizeof(*view), GFP_KERNEL);
	int err;

	if (!view)
		return -ENOMEM;
	refcount_set(&view->refs, 1);
	view->set = krg_object_set(KRG_LINKER_PAGES, space, PAGE_SIZE, number);
	view->inode = inode;
	view->file_ops = file->f_op;
	view->inode_ops = inode->i_fop;
	xa_init(&view->pages);
	INIT_WORK(&view->remove, krg_view_remove);
	mutex_lock(&krg_views_lock);
	err = xa_insert(&krg_views, view->set, view, GFP_KERNEL);
	mutex_unlock(&krg_views_lock);
	if (err) {
		kfree(view);
		return err == -EBUSY ? -EEXIST : err;
	}
	ihold(inode);
	krg_mapping_owner(inode->i_mapping) = view;
	inode->i_fop = &krg_shared_fops;
	file->f_op = &krg_shared_fops;
	return 0;
}
EXPORT_SYMBOL_GPL(krg_shared_begin);

void krg_shared_end(struct file *file, bool remove)
{
	struct inode *inode = file_inode(file);
	struct krg_view *view = krg_view_of(inode);

	file->f_op = view->file_ops;
	inode->i_fop = view->inode_ops;
	krg_mapping_owner(inode->i_mapping) = NULL;
	mutex_lock(&krg_views_lock);
	xa_erase(&krg_views, view->set);
	mutex_unlock(&krg_views_lock);
	WRITE_ONCE(view->ended, true);
	if (remove)
		queue_work(krg_mm_works, &view->remove);
	else
		krg_view_put(view);
}
EXPORT_SYMBOL_GPL(krg_shared_end);
