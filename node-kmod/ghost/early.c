// SPDX-License-Identifier: GPL-2.0-only
/* Sends the memory of a process that runs meanwhile: what sent.c does not know as sent. */
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/module.h>
#include <linux/pagewalk.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <asm/tlbflush.h>
#include "pages.h"

struct round {
	struct ghost_batch *batch;
	struct krg_sent *sent;
	const bool *stop;		/* or NULL */
	u64 start, next;		/* of this piece; where to go on */
	u32 looked;
	bool cleared;
	u64 changed;			/* pages that were not sent, or not as they are now */
	u64 away;			/* one that is swapped out, or 0 */
};

/* As ghost_vma_plain(). */
static bool is_plain(const struct vm_area_struct *vma)
{
	const vm_flags_t access = VM_READ | VM_WRITE | VM_EXEC;
	const vm_flags_t other = VM_MAYSHARE | VM_GROWSDOWN | VM_NORESERVE | KRG_VM_DROPPABLE;

	return !vma->vm_file && !vma->vm_ops &&
	       (vma->vm_flags & (access | other)) == (VM_READ | VM_WRITE);
}

/*
 * What clear_refs_write() does to an entry, but with the mappings locked for reading only: a
 * page that was writable is this process's alone, so a write fault makes this very page
 * writable again, and copies it nowhere while an old translation may still write to it. The
 * flush comes before the page is read, and before anybody may change the mapping: a write that
 * used an old translation until then is in what is sent.
 */
static void page_changed(struct round *round, u64 addr, pte_t *pte, struct vm_area_struct *vma)
{
	struct page *page;
	pte_t old;

	round->changed++;
	/* a hint for NUMA balancing, whose fault may make it writable without a mark */
	if (pte_protnone(READ_ONCE(*pte)) || ghost_sent_room(round->sent, addr))
		return;
	old = ptep_modify_prot_start(vma, addr, pte);
	ptep_modify_prot_commit(vma, addr, pte, old, pte_clear_soft_dirty(pte_wrprotect(old)));
	ghost_sent_note(round->sent, addr);
	round->cleared = true;
	page = pte_page(old);
	get_page(page);
	ghost_batch_add(round->batch, addr, page, is_plain(vma) ? GF_RUN_PLAIN : GF_RUN_DATA,
			vma->vm_file ? GF_RUN_DATA : GF_RUN_ZERO);
}

static int page_entry(pte_t *pte, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	struct round *round = walk->private;
	pte_t entry = READ_ONCE(*pte);

	round->next = addr;
	if (ghost_batch_full(round->batch) || round->away || round->looked++ == GHOST_LOOK_MAX)
		return 1;
	if (pte_none(entry))
		return 0;
	if (!pte_present(entry)) {
		if (!is_pte_marker(entry)) {
			round->away = addr;
			round->changed++;
		}
		return 0;
	}
	if (pte_special(entry) || !PageAnon(pte_page(entry)))
		return 0;
	if (pte_soft_dirty(entry) || !ghost_sent_has(round->sent, addr))
		page_changed(round, addr, pte, walk->vma);
	return 0;
}

/*
 * Only where ghost_pages_save() will look, or it would be in vain. What is read-only waits for
 * the end: a write by way of /proc/PID/mem (FOLL_FORCE) leaves no mark there.
 */
static int is_other(unsigned long start, unsigned long end, struct mm_walk *walk)
{
	struct vm_area_struct *vma = walk->vma;

	return !(vma->vm_flags & VM_WRITE) ||
	       vma->vm_flags & (VM_MAYSHARE | VM_IO | VM_PFNMAP | VM_HUGETLB) ||
	       (vma->vm_ops && !vma->vm_file);
}

static const struct mm_walk_ops round_ops = {
	.pte_entry = page_entry,
	.test_walk = is_other,
};

/*
 * Fills a batch. Others that look at the process's page tables (KVM, a device) are not told:
 * they belong to descriptors with which no process moves.
 * Return: 1: there is more, 0: that was the rest, or -errno.
 */
static int next_piece(struct round *round, struct mm_struct *mm)
{
	int more;

	round->start = round->next;
	round->looked = 0;
	round->cleared = false;
	mmap_read_lock(mm);
	inc_tlb_flush_pending(mm);
	more = krg_sym(walk_page_range)(mm, round->start, GF_USER_END, &round_ops, round);
	if (round->cleared)
		krg_sym(flush_tlb_mm_range)(mm, round->start, more > 0 ? round->next : GF_USER_END,
					    PAGE_SHIFT, false);
	dec_tlb_flush_pending(mm);
	mmap_read_unlock(mm);
	return more;
}

/* The counts must not change while they are compared: others may share the folio. */
static bool held_by_others(struct folio *folio, int own)
{
	int maps = krg_folio_mapcount(folio), refs;

	smp_rmb();	/* mappings first */
	refs = folio_ref_count(folio);
	if (folio_test_swapcache(folio))
		refs -= folio_nr_pages(folio);
	smp_rmb();	/* and once more after the references */
	return refs != maps + own || krg_folio_mapcount(folio) != maps;
}

/*
 * Who holds a page beside the page tables may write to it at any time, past them: O_DIRECT, 9p,
 * RDMA, whatever is in flight. Such pages wait. Who comes from now on finds the entry
 * write-protected, and takes the path that marks it: get_user_pages_fast() looks at it once
 * more after it has taken its reference.
 */
static void leave_held(struct ghost_batch *batch, struct krg_sent *sent)
{
	u32 i, n, j;

	smp_mb();	/* against try_grab_folio(): one of us sees the other */
	for (i = 0; i < batch->count; i += n) {
		struct folio *folio = page_folio(batch->item[i].page);

		for (n = 1; i + n < batch->count; n++)
			if (page_folio(batch->item[i + n].page) != folio)
				break;
		if (!held_by_others(folio, n))
			continue;
		for (j = i; j < i + n; j++) {
			struct ghost_item *item = &batch->item[j];

			ghost_sent_forget(sent, item->run.addr);
			item->run.kind = 0;
			put_page(item->page);
			item->page = NULL;
		}
	}
}

/* A page that was swapped out is sent in a later round, or in the end, when it is in memory. */
static void bring_back(struct round *round, struct task_struct *task)
{
	char byte;

	if (round->away)
		krg_may_fail(0, access_process_vm(task, round->away, &byte, 1, FOLL_FORCE));
	round->away = 0;
}

static int one_round(struct round *round, struct task_struct *task)
{
	struct mm_struct *mm = ghost_sent_mm(round->sent);
	int more = 1, err = 0;

	while (more > 0 && !err) {
		if (fatal_signal_pending(current) || (round->stop && READ_ONCE(*round->stop)))
			return -EINTR;
		if (READ_ONCE(task->mm) != mm || !mmget_not_zero(mm))
			return -ESRCH;
		more = next_piece(round, mm);
		mmput(mm);
		leave_held(round->batch, round->sent);
		err = ghost_batch_send(round->batch) ?: min(more, 0);
		bring_back(round, task);
		cond_resched();
	}
	return err;
}

static int write_bytes(void *ctx, const void *buf, size_t len)
{
	struct krg_ghost *ghost = ctx;

	ghost->bytes += len;
	return ghost->write(ghost, buf, len);
}

int krg_ghost_send_early(struct krg_ghost *ghost, struct krg_sent *sent, struct task_struct *task,
			 u64 *changed)
{
	struct gf_io io = { .write = write_bytes, .ctx = ghost };
	struct round round = {
		.sent = sent, .stop = ghost->stop, .batch = ghost_batch_new(&io),
	};
	int err = -ENOMEM;

	if (round.batch)
		err = one_round(&round, task);
	ghost_batch_free(round.batch);
	*changed = round.changed * PAGE_SIZE;
	return err;
}
EXPORT_SYMBOL_GPL(krg_ghost_send_early);

int krg_ghost_end_early(struct krg_ghost *ghost)
{
	struct gf_io io = { .write = write_bytes, .ctx = ghost };

	return gf_write_end(&io);
}
EXPORT_SYMBOL_GPL(krg_ghost_end_early);

u64 krg_ghost_memory(struct task_struct *task)
{
	struct mm_struct *mm = get_task_mm(task);
	u64 pages = 0;

	if (mm) {
		pages = get_mm_counter(mm, MM_ANONPAGES) + get_mm_counter(mm, MM_SWAPENTS);
		mmput(mm);
	}
	return pages * PAGE_SIZE;
}
EXPORT_SYMBOL_GPL(krg_ghost_memory);
