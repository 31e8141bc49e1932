// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fetches the pages that are away: first those that somebody waits for, with what follows
 * them, then all others by address. Never waits for another node with a lock of the process.
 */
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/pagewalk.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include "away.h"

#define NO_MEMORY_PAUSE (HZ / 10)

/* Somebody waits for the page at .addr; on its stack. */
struct wish {
	struct list_head list;
	u64 addr;
	bool granted;
};

struct batch {
	struct krg_away *away;
	u32 count;
	u64 addr[KRG_AWAY_BATCH];
	u64 number[KRG_AWAY_BATCH];
};

void ghost_away_await(struct krg_away *away, u64 addr)
{
	struct wish wish = { .addr = addr };

	spin_lock(&away->lock);
	list_add_tail(&wish.list, &away->wishes);
	spin_unlock(&away->lock);
	/* not until the pages are lost: the process would get SIGBUS before it gets SIGKILL */
	wait_event_killable(away->wait, READ_ONCE(wish.granted) || READ_ONCE(away->over));
	spin_lock(&away->lock);
	list_del(&wish.list);
	spin_unlock(&away->lock);
}

/* Where the next one waits, or 0. */
static u64 next_wish(struct krg_away *away)
{
	struct wish *wish;
	u64 addr = 0;

	spin_lock(&away->lock);
	list_for_each_entry(wish, &away->wishes, list) {
		if (wish->granted)
			continue;
		addr = wish->addr;
		break;
	}
	spin_unlock(&away->lock);
	return addr;
}

/* Who waits at @addr, or for a page of @batch, looks again. */
static void grant_wishes(struct krg_away *away, u64 addr, const struct batch *batch)
{
	struct wish *wish;
	u32 i;

	spin_lock(&away->lock);
	list_for_each_entry(wish, &away->wishes, list) {
		bool granted = wish->addr == addr;

		for (i = 0; i < batch->count && !granted; i++)
			granted = wish->addr == batch->addr[i];
		if (granted)
			WRITE_ONCE(wish->granted, true);
	}
	spin_unlock(&away->lock);
	wake_up_all(&away->wait);
}

static int has_none(unsigned long start, unsigned long end, struct mm_walk *walk)
{
	return !vma_is_anonymous(walk->vma);
}

/* Or the walk would split them. */
static int skip_huge(pmd_t *pmd, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	if (pmd_trans_huge(*pmd))
		walk->action = ACTION_CONTINUE;
	return 0;
}

static int collect(pte_t *pte, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	struct batch *batch = walk->private;
	u64 number;

	if (!ghost_away_number(*pte, &number))
		return 0;
	batch->addr[batch->count] = addr;
	batch->number[batch->count++] = number;
	return batch->count == KRG_AWAY_BATCH;
}

static const struct mm_walk_ops collect_ops = {
	.test_walk = has_none, .pmd_entry = skip_huge, .pte_entry = collect,
};

static int install(pte_t *pte, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	struct batch *batch = walk->private;
	u64 number;

	if (ghost_away_number(*pte, &number))
		ghost_away_install(batch->away, walk->vma, addr, pte, number);
	return 0;
}

static const struct mm_walk_ops install_ops = {
	.test_walk = has_none, .pmd_entry = skip_huge, .pte_entry = install,
};

static int walk(struct batch *batch, u64 start, u64 end, const struct mm_walk_ops *ops)
{
	struct mm_struct *mm = batch->away->mm;
	int ret;

	if (!mmget_not_zero(mm))
		return -ESRCH;
	mmap_read_lock(mm);
	ret = krg_sym(walk_page_range)(mm, start, end, ops, batch);
	mmap_read_unlock(mm);
	mmput(mm);
	return min(ret, 0);
}

/* All that it takes to be mapped, so that a page that came is never lost to a want of memory. */
static struct page *new_page(struct krg_away *away, u64 number)
{
	struct page *page = alloc_page(GFP_HIGHUSER_MOVABLE);
	u64 addr = number << PAGE_SHIFT;

	if (!page)
		return NULL;
	if ((mem_cgroup_disabled() ||
	     !krg_may_fail(-ENOMEM, krg_sym(__mem_cgroup_charge)(page_folio(page), away->mm,
								 GFP_KERNEL))) &&
	    !ghost_set_room(&away->here, addr, GFP_KERNEL) &&
	    !xa_insert(&away->pages, number, page, GFP_KERNEL))
		return page;
	put_page(page);
	return NULL;
}

static int ask(struct krg_away *away, const u64 *number, unsigned int count, struct page **page)
{
	u64 addr[KRG_AWAY_BATCH];
	unsigned int i;
	int err;

	for (i = 0; i < count; i++)
		addr[i] = number[i] << PAGE_SHIFT;
	err = away->ops->fetch(away->priv, addr, count, page);
	for (i = 0; i < count; i++) {
		if (err) {
			xa_erase(&away->pages, number[i]);
			put_page(page[i]);
			continue;
		}
		__folio_mark_uptodate(page_folio(page[i]));
		smp_wmb();	/* who sees that it came sees its bytes */
		ghost_set_add(&away->here, addr[i]);
	}
	return err;
}

int ghost_away_fetch(struct krg_away *away, const u64 *number, unsigned int count)
{
	struct page *page[KRG_AWAY_BATCH];
	u64 unknown[KRG_AWAY_BATCH];
	unsigned int i, n = 0;
	int err = 0;

	mutex_lock(&away->fetching);
	for (i = 0; i < count && !err; i++) {
		if (ghost_away_known(away, number[i]))
			continue;
		page[n] = new_page(away, number[i]);
		if (page[n])
			unknown[n++] = number[i];
		else
			err = -ENOMEM;
	}
	if (n)
		err = ask(away, unknown, n, page) ?: err;
	mutex_unlock(&away->fetching);
	return err;
}

/* What is away in [@start, @end), as much as fits into @batch. 0 or -errno. */
static int bring_some(struct batch *batch, u64 start, u64 end)
{
	int err = walk(batch, start, end, &collect_ops);

	if (err || !batch->count)
		return err;
	err = ghost_away_fetch(batch->away, batch->number, batch->count);
	return err ?: walk(batch, batch->addr[0], batch->addr[batch->count - 1] + PAGE_SIZE,
			   &install_ops);
}

void ghost_away_bring(struct mm_struct *mm, u64 addr, u64 len)
{
	u64 start = ALIGN_DOWN(addr, PAGE_SIZE), end = min(addr + len, GF_USER_END);
	struct krg_away *away = ghost_away_of(mm);
	struct batch batch;
	int err;

	if (!away)
		return;
	do {
		batch = (struct batch) { .away = away };
		err = start < end ? bring_some(&batch, start, ALIGN(end, PAGE_SIZE)) : 0;
	} while (!err && batch.count == KRG_AWAY_BATCH);
	krg_away_put(away);
}

/* 1: there is more; 0: all is here; -errno */
static int pull_some(struct krg_away *away, u64 *next)
{
	struct batch batch = { .away = away };
	u64 wish = next_wish(away), start = wish ?: *next;
	int err = bring_some(&batch, start, GF_USER_END);

	if (err)
		return err;
	grant_wishes(away, wish, &batch);
	if (wish)
		return 1;
	/* mremap() may have moved one to where we had been: the last walk goes through it all */
	if (!batch.count && !start)
		return 0;
	*next = batch.count ? batch.addr[batch.count - 1] + PAGE_SIZE : 0;
	return 1;
}

void ghost_away_pull(struct work_struct *work)
{
	struct krg_away *away = container_of(work, struct krg_away, work);
	u64 next = 0;
	int ret;

	do {
		ret = pull_some(away, &next);
		if (ret == -ENOMEM)
			schedule_timeout_idle(NO_MEMORY_PAUSE);
		cond_resched();
	} while (ret > 0 || ret == -ENOMEM);
	/* -ESRCH: the memory is gone, all that is still away with it */
	if (ret && ret != -ESRCH)
		ghost_away_lose(away);
	ghost_away_forget(away);
	spin_lock(&away->lock);
	away->over = true;
	spin_unlock(&away->lock);
	wake_up_all(&away->wait);
	away->ops->over(away->priv);
	krg_away_put(away);
}
