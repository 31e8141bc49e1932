/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KRG_GHOST_PAGESET_H
#define KRG_GHOST_PAGESET_H

#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

struct ghost_set {
	struct xarray regions;
	spinlock_t lock;		/* of their bits */
};

/* But for room and free none of these sleeps. @addr: any in the page. */
void ghost_set_init(struct ghost_set *set);
void ghost_set_free(struct ghost_set *set);
bool ghost_set_has(struct ghost_set *set, unsigned long addr);
/* Is there room for @addr? */
bool ghost_set_covers(struct ghost_set *set, unsigned long addr);
/* Makes ghost_set_add() of @addr possible. 0 or -ENOMEM. One caller at a time. */
int ghost_set_room(struct ghost_set *set, unsigned long addr, gfp_t gfp);
void ghost_set_add(struct ghost_set *set, unsigned long addr);
void ghost_set_remove(struct ghost_set *set, unsigned long start, unsigned long end);
/* Where the pages of the set that begin with @addr end, or a page table. @addr: it is none. */
unsigned long ghost_set_run(struct ghost_set *set, unsigned long addr);
/*
 * The next pages of the set at or behind *@start: as many as lie together, and below one
 * page table. False: there are none.
 */
bool ghost_set_next(struct ghost_set *set, unsigned long *start, unsigned long *end);

#endif /* KRG_GHOST_PAGESET_H */
