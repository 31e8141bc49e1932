/* SPDX-License-Identifier: GPL-2.0-only */
/* What page tables and page faults need of the kernel, on each version. */
#ifndef KRG_COMPAT_FAULT_H
#define KRG_COMPAT_FAULT_H

#include <linux/mm.h>
#include <linux/rmap.h>
#include <linux/swap.h>
#include "compat.h"

/*
 * The entry of a page table that the kernel leaves where contents were lost: it gives SIGBUS,
 * and the kernel looks at its type (6.1), or the low bits of its offset, only.
 */
#if KRG_KERNEL_SINCE(6, 12)
#define KRG_LOST_TYPE SWP_PTE_MARKER
#define KRG_LOST_BITS PTE_MARKER_POISONED
#else
#define KRG_LOST_TYPE SWP_SWAPIN_ERROR
#define KRG_LOST_BITS 0
#endif

/* What a new page of anonymous memory needs to be mapped; its page table is locked. */
#if KRG_KERNEL_SINCE(6, 12)
#define krg_pte_mkwrite(pte) pte_mkwrite_novma(pte)
#define krg_count_anon_page(mm) percpu_counter_inc(&(mm)->rss_stat[MM_ANONPAGES])
#define krg_add_anon_rmap(page, vma, addr) \
	krg_sym(folio_add_new_anon_rmap)(page_folio(page), vma, addr, RMAP_EXCLUSIVE)
#else
#define krg_pte_mkwrite(pte) pte_mkwrite(pte)
#define krg_count_anon_page(mm) atomic_long_inc(&(mm)->rss_stat.count[MM_ANONPAGES])
#define krg_add_anon_rmap(page, vma, addr) krg_sym(page_add_new_anon_rmap)(page, vma, addr)
#endif

/* The end of somebody else's pte_offset_map(). */
static inline void krg_pte_unmap(pte_t *pte)
{
#if KRG_KERNEL_SINCE(6, 12)
	__acquire(RCU);		/* sparse has not seen that */
#endif
	pte_unmap(pte);
}

/* Gives back the lock under which handle_mm_fault() was called; then the mapping may be gone. */
static inline void krg_fault_unlock(const struct vm_fault *vmf)
{
#if KRG_KERNEL_SINCE(6, 4)
	if (vmf->flags & FAULT_FLAG_VMA_LOCK) {
		vma_end_read(vmf->vma);
		return;
	}
#endif
	mmap_read_unlock(vmf->vma->vm_mm);
}

#endif /* KRG_COMPAT_FAULT_H */
