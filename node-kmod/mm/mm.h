/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page at a node. What processes here may do with it (its state) is less than or equal to
 * what the hold on its object allows, and the hold lasts as long as they may: KDDM tells when
 * another node waits for it (linker.c), and then the page is given up (page.c).
 *
 * Locks in order: krg_views_lock, page->lock, sections of KDDM, that of a folio. The state changes
 * under both page->lock and the folio's, so that who finds it good enough under the folio's may let
 * it be mapped before it unlocks.
 */
#ifndef KRG_MM_PRIVATE_H
#define KRG_MM_PRIVATE_H

#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/refcount.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <kerrighed/kddm.h>
#include <kerrighed/mm.h>
#include "symbols.h"

/* A file whose pages are shared, at this node. */
struct krg_view {
	refcount_t refs;		/* its begin, objects of KDDM here, who waits for a page */
	bool ended;			/* no page is got any more; set before all are given up */
	u64 set;
	struct inode *inode;
	const struct file_operations *file_ops, *inode_ops;	/* as they were */
	struct xarray pages;		/* index -> struct krg_page */
	struct work_struct remove;
};

enum krg_page_state {
	KRG_PAGE_NONE,			/* not mapped here, its object is not held */
	KRG_PAGE_READ,
	KRG_PAGE_WRITE,
};

struct krg_page {
	struct krg_view *view;
	pgoff_t index;
	struct mutex lock;		/* of getting and giving up */
	u8 state;			/* enum krg_page_state */
	bool used;			/* somebody mapped it since it came */
	bool writes;			/* who reads it will write to it, too */
	ktime_t since;			/* when it came, then when it was first mapped */
	int err;			/* for who faults next: why it did not come */
	struct work_struct release;
};

/* view.c */
struct krg_view *krg_view_find(u64 set);	/* a counted reference, or NULL */
void krg_view_put(struct krg_view *view);
struct krg_view *krg_view_of(const struct inode *inode);
/* Its page of that number, which is made if there is none; NULL: no memory */
struct krg_page *krg_view_page(struct krg_view *view, pgoff_t index);
/* Nobody here maps anything any more: all holds end. */
void krg_views_release(void);
extern const struct file_operations krg_shared_fops;

/* page.c */
extern struct workqueue_struct *krg_mm_works;
/* The locked folio of a page, which is dirty so that it is never dropped; or ERR_PTR() */
struct folio *krg_view_folio(struct krg_view *view, pgoff_t index);
/* The same, however long it takes until there is memory; NULL: it cannot be read, or is none */
struct folio *krg_view_folio_sure(struct krg_view *view, pgoff_t index);
/*
 * Get a page into a state that is at least @state, for now: others may want it at once. Waits
 * for other nodes. Return: 0; -EINTR: a fatal signal; or why it cannot be had.
 */
int krg_page_need(struct krg_page *page, enum krg_page_state state);
void krg_page_release(struct krg_page *page);
/* Somebody is about to map it; under the lock of its folio. */
void krg_page_use(struct krg_page *page);
void krg_page_init(struct krg_page *page, struct krg_view *view, pgoff_t index);

/* linker.c */
extern const struct krg_linker krg_pages_linker;

#endif /* KRG_MM_PRIVATE_H */
