/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Post-copy, where the process runs: pages that are still at the node it came from. In its page
 * tables such a page is an entry with the page's number there (address / PAGE_SIZE).
 */
#ifndef KRG_GHOST_AWAY_H
#define KRG_GHOST_AWAY_H

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include "../hooks/compat_fault.h"
#include "ghost.h"
#include "pageset.h"

/* Ours among those of lost pages, which have small numbers (6.12) or those of frames (6.1). */
#define AWAY_MARK	BIT_ULL(48)
#define AWAY_SHIFT	8

struct krg_away {
	struct kref ref;
	struct list_head list;		/* of all, when .mm is set */
	struct mm_struct *mm;		/* counted by mmgrab(); NULL: nothing is away */
	const struct krg_away_ops *ops;
	void *priv;
	struct work_struct work;	/* fetches all of them */
	struct mutex fetching;		/* each page is asked for once */
	struct xarray pages;		/* asked for and not in memory yet, by number */
	struct ghost_set here;		/* those that came, by address at the source */
	wait_queue_head_t wait;
	spinlock_t lock;		/* of all below */
	struct list_head wishes;
	bool lost;			/* the pages are, with their node */
	bool over;			/* none is away any more, or nobody asks for them */
	bool runs;			/* the process; it is not killed before that */
};

static inline pte_t ghost_away_entry(u64 number)
{
	return swp_entry_to_pte(swp_entry(KRG_LOST_TYPE,
					  AWAY_MARK | number << AWAY_SHIFT | KRG_LOST_BITS));
}

/* Is @pte, which is not present, such an entry? *@number: of its page. */
static inline bool ghost_away_number(pte_t pte, u64 *number)
{
	swp_entry_t entry;

	if (pte_none(pte) || pte_present(pte))
		return false;
	entry = pte_to_swp_entry(pte);
	*number = (swp_offset(entry) & (AWAY_MARK - 1)) >> AWAY_SHIFT;
	return swp_type(entry) == KRG_LOST_TYPE && swp_offset(entry) & AWAY_MARK;
}

/* away.c */
bool ghost_any_away(void);		/* any context */
/* Counted reference: krg_away_put(). NULL: nothing of @mm is away. Does not sleep. */
struct krg_away *ghost_away_of(struct mm_struct *mm);
/* Makes pages of current, which has none there, be away. 0 or -errno. May sleep. */
int ghost_away_plant(struct krg_away *away, u64 addr, u64 pages);
/* Have all pages fetched from now on. */
void ghost_away_begin(struct krg_away *away);
void ghost_away_forget(struct krg_away *away);
/* Its source is dead: so is its process, as soon as it runs. */
void ghost_away_lose(struct krg_away *away);
/* Until nothing of @mm is away; killable. 0 or -EINTR. */
int ghost_away_wait(struct mm_struct *mm);
/* Has page @number been fetched? It is .pages[@number] then, or mapped, or dropped. */
bool ghost_away_known(struct krg_away *away, u64 number);
/*
 * Puts page @number, if it has been fetched, where @pte still says that it is away. The page
 * table is locked.
 */
void ghost_away_install(struct krg_away *away, struct vm_area_struct *vma, u64 addr, pte_t *pte,
			u64 number);

/* pull.c */
void ghost_away_pull(struct work_struct *work);
/* Fetches pages that are not known yet, KRG_AWAY_BATCH at most. 0 or -errno. May sleep. */
int ghost_away_fetch(struct krg_away *away, const u64 *number, unsigned int count);
/*
 * Fetches what of [@addr, @addr + @len) in @mm, which the caller has a reference to, is away,
 * for who will look at it with a lock of @mm. May sleep.
 */
void ghost_away_bring(struct mm_struct *mm, u64 addr, u64 len);
/* Sleeps until the page at @addr has been asked for, or it is over, or a fatal signal. */
void ghost_away_await(struct krg_away *away, u64 addr);

/* fault.c */
int ghost_fault_init(void);
void ghost_fault_exit(void);

#endif /* KRG_GHOST_AWAY_H */
