// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel notes of private pages (anon_vma) is one for all mappings that arrive. Two
 * mappings with different ones never become one again, however alike they are: and what was one
 * mapping where it comes from may have been touched in any order here, or be in pieces for a while.
 */
#include <linux/mm.h>
#include <linux/rmap.h>
#include "ghost.h"

/* Of a mapping at @like if there is one: of most there is. The memory is locked. */
static struct vm_area_struct *noted_before(struct mm_struct *mm, unsigned long like)
{
	VMA_ITERATOR(iter, mm, 0);
	struct vm_area_struct *vma = vma_lookup(mm, like);

	if (vma && vma->anon_vma)
		return vma;
	for_each_vma(iter, vma)
		if (vma->anon_vma)
			break;
	return vma;
}

static int note(struct vm_area_struct *vma, struct vm_area_struct *before)
{
	int err;

	if (!before)
		return krg_may_fail(-ENOMEM, krg_sym(__anon_vma_prepare)(vma));
	/* as the kernel does for the second piece of a mapping */
	vma->anon_vma = before->anon_vma;
	err = krg_may_fail(-ENOMEM, krg_sym(anon_vma_clone)(vma, before));
	if (err)
		vma->anon_vma = NULL;
	return err;
}

int ghost_anon_share(u64 start, u64 end, u64 *like)
{
	VMA_ITERATOR(iter, current->mm, start);
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma, *before;
	int err = 0;

	mmap_write_lock(mm);
	before = noted_before(mm, *like);
	for_each_vma_range(iter, vma, end) {
		if (!vma->anon_vma)
			err = note(vma, before);
		if (err)
			break;
		before = vma;
	}
	mmap_write_unlock(mm);
	*like = start;
	return err;
}
