// SPDX-License-Identifier: GPL-2.0-only
/* Which pages are away, and how they come in: docs/adr/0007. */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rmap.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include "away.h"

static LIST_HEAD(aways);
static DEFINE_SPINLOCK(aways_lock);	/* of this list */
static struct workqueue_struct *pull_wq;

struct krg_away *krg_away_new(const struct krg_away_ops *ops, void *priv)
{
	struct krg_away *away = kzalloc(sizeof(*away), GFP_KERNEL);

	if (!away)
		return NULL;
	kref_init(&away->ref);
	INIT_LIST_HEAD(&away->list);
	INIT_LIST_HEAD(&away->wishes);
	INIT_WORK(&away->work, ghost_away_pull);
	mutex_init(&away->fetching);
	xa_init(&away->pages);
	ghost_set_init(&away->here);
	init_waitqueue_head(&away->wait);
	spin_lock_init(&away->lock);
	away->ops = ops;
	away->priv = priv;
	return away;
}
EXPORT_SYMBOL_GPL(krg_away_new);

static void away_free(struct kref *ref)
{
	struct krg_away *away = container_of(ref, struct krg_away, ref);
	unsigned long number;
	struct page *page;

	xa_for_each(&away->pages, number, page)
		put_page(page);
	xa_destroy(&away->pages);
	ghost_set_free(&away->here);
	if (away->mm)
		mmdrop(away->mm);
	kvfree(away->priv);
	kfree(away);
}

void krg_away_put(struct krg_away *away)
{
	kref_put(&away->ref, away_free);
}
EXPORT_SYMBOL_GPL(krg_away_put);

bool ghost_any_away(void)
{
	return !list_empty_careful(&aways);
}

struct krg_away *ghost_away_of(struct mm_struct *mm)
{
	struct krg_away *away, *found = NULL;

	spin_lock(&aways_lock);
	list_for_each_entry(away, &aways, list)
		if (away->mm == mm)
			found = away;
	if (found)
		kref_get(&found->ref);
	spin_unlock(&aways_lock);
	return found;
}

void ghost_away_forget(struct krg_away *away)
{
	spin_lock(&aways_lock);
	list_del_init(&away->list);
	spin_unlock(&aways_lock);
}

/* In one mapping, below one page table. Return: where it ended, with *@err. */
static u64 plant(struct mm_struct *mm, u64 addr, u64 end, int *err)
{
	struct vm_area_struct *vma = find_vma(mm, addr);
	spinlock_t *ptl;	/* of its page table */
	u64 start = addr;
	pte_t *pte;

	*err = -EINVAL;
	if (!vma || vma->vm_start > addr || !vma_is_anonymous(vma))
		return addr;
	*err = -ENOMEM;
	if (!vma->anon_vma && krg_may_fail(-ENOMEM, krg_sym(__anon_vma_prepare)(vma)))
		return addr;
	pte = krg_may_fail(NULL, krg_sym(__get_locked_pte)(mm, addr, &ptl));
	if (!pte)
		return addr;
	__acquire(ptl);		/* sparse cannot see it */
	*err = 0;
	end = min3(end, (u64)vma->vm_end, ALIGN_DOWN(addr, PMD_SIZE) + PMD_SIZE);
	for (; addr < end && !*err; addr += PAGE_SIZE) {
		pte_t *at = pte + pte_index(addr) - pte_index(start);

		if (pte_none(*at))
			set_pte_at(mm, addr, at, ghost_away_entry(addr >> PAGE_SHIFT));
		else
			*err = -EEXIST;
	}
	spin_unlock(ptl);
	krg_pte_unmap(pte);
	return addr;
}

int ghost_away_plant(struct krg_away *away, u64 addr, u64 pages)
{
	struct mm_struct *mm = current->mm;
	u64 end = addr + pages * PAGE_SIZE;
	int err = 0;

	if (!away->mm) {
		mmgrab(mm);
		away->mm = mm;
		spin_lock(&aways_lock);
		list_add(&away->list, &aways);
		spin_unlock(&aways_lock);
	}
	mmap_read_lock(mm);
	while (addr < end && !err)
		addr = plant(mm, addr, end, &err);
	mmap_read_unlock(mm);
	return err;
}

void ghost_away_begin(struct krg_away *away)
{
	kref_get(&away->ref);
	queue_work(pull_wq, &away->work);
}

bool ghost_away_known(struct krg_away *away, u64 number)
{
	bool here = ghost_set_has(&away->here, number << PAGE_SHIFT);

	smp_rmb();	/* its bytes come after this */
	return here;
}

void ghost_away_install(struct krg_away *away, struct vm_area_struct *vma, u64 addr, pte_t *pte,
			u64 number)
{
	struct page *page;
	pte_t entry;
	u64 now;

	if (!ghost_away_number(*pte, &now) || now != number || !ghost_away_known(away, number))
		return;
	/* there is one entry for it: the array's reference is the entry's from here on */
	page = xa_erase(&away->pages, number);
	if (!page)
		return;
	entry = pte_mkdirty(mk_pte(page, vma->vm_page_prot));
	if (vma->vm_flags & VM_WRITE)
		entry = krg_pte_mkwrite(entry);
	krg_count_anon_page(vma->vm_mm);
	krg_add_anon_rmap(page, vma, addr);
	krg_sym(folio_add_lru_vma)(page_folio(page), vma);
	set_pte_at(vma->vm_mm, addr, pte, entry);
}

static void kill_if_user(struct task_struct *process, struct mm_struct *mm)
{
	struct task_struct *thread;

	for_each_thread(process, thread) {
		if (thread->mm != mm || thread->flags & PF_KTHREAD)
			continue;
		pr_info("%d (%s) ends: the node with the rest of its memory is gone\n",
			task_tgid_nr_ns(thread, READ_ONCE(krg_container)), thread->comm);
		send_sig(SIGKILL, thread, 1);
		return;
	}
}

/* Also those that share its memory. */
static void kill_users(struct mm_struct *mm)
{
	struct task_struct *process;

	rcu_read_lock();
	for_each_process(process)
		kill_if_user(process, mm);
	rcu_read_unlock();
}

void krg_away_runs(struct krg_away *away)
{
	bool lost;

	spin_lock(&away->lock);
	away->runs = true;
	lost = away->lost;
	spin_unlock(&away->lock);
	if (lost)
		kill_users(away->mm);
}
EXPORT_SYMBOL_GPL(krg_away_runs);

void ghost_away_lose(struct krg_away *away)
{
	bool runs;

	spin_lock(&away->lock);
	away->lost = true;
	runs = away->runs;
	spin_unlock(&away->lock);
	if (runs)
		kill_users(away->mm);
}

int ghost_away_wait(struct mm_struct *mm)
{
	struct krg_away *away = ghost_away_of(mm);
	int err;

	if (!away)
		return 0;
	err = wait_event_killable(away->wait, READ_ONCE(away->over));
	krg_away_put(away);
	return err ? -EINTR : 0;
}

int krg_away_wait(struct task_struct *task)
{
	struct mm_struct *mm = get_task_mm(task);
	int err;

	if (!mm)
		return 0;
	mmgrab(mm);
	mmput(mm);		/* who waits does not keep the memory of a process that ends */
	err = ghost_away_wait(mm);
	mmdrop(mm);
	return err;
}
EXPORT_SYMBOL_GPL(krg_away_wait);

void krg_away_flush(void)
{
	flush_workqueue(pull_wq);
}
EXPORT_SYMBOL_GPL(krg_away_flush);

int ghost_away_init(void)
{
	int err;

	pull_wq = alloc_workqueue("krg_pull", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (!pull_wq)
		return -ENOMEM;
	err = ghost_fault_init();
	if (err)
		destroy_workqueue(pull_wq);
	return err;
}

void ghost_away_exit(void)
{
	destroy_workqueue(pull_wq);
	ghost_fault_exit();
}
