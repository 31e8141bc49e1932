// SPDX-License-Identifier: GPL-2.0-only
/* What a process does with a mapping of shared memory. */
#include <linux/export.h>
#include <linux/sched/coredump.h>
#include <kerrighed/hooks.h>
#include "../hooks/compat_fault.h"
#include "mm.h"

static vm_fault_t krg_fault_error(int err)
{
	return err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
}

/* Without the lock under which the fault came: the mapping may be gone then. */
static vm_fault_t krg_fault_wait(struct vm_fault *vmf, struct krg_page *page,
				 enum krg_page_state state)
{
	struct krg_view *view = page->view;
	int err;

	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return VM_FAULT_RETRY;
	refcount_inc(&view->refs);
	krg_fault_unlock(vmf);
	err = krg_page_need(page, state);
	/* without the lock there is no way to say it, but to who comes next */
	if (err && err != -EINTR)
		WRITE_ONCE(page->err, err);
	krg_view_put(view);
	return VM_FAULT_RETRY;
}

static vm_fault_t krg_shared_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct krg_view *view = krg_view_of(file_inode(vma->vm_file));
	bool write = vmf->flags & FAULT_FLAG_WRITE && vma->vm_flags & VM_SHARED;
	enum krg_page_state state = write ? KRG_PAGE_WRITE : KRG_PAGE_READ;
	struct krg_page *page;
	struct folio *folio;
	int err;

	if (!view || vmf->pgoff >= DIV_ROUND_UP(i_size_read(view->inode), PAGE_SIZE))
		return VM_FAULT_SIGBUS;
	page = krg_view_page(view, vmf->pgoff);
	if (!page)
		return VM_FAULT_OOM;
	err = xchg(&page->err, 0);
	if (err)
		return krg_fault_error(err);
	if (READ_ONCE(page->writes))
		state = KRG_PAGE_WRITE;
	for (;;) {
		/* here, so that it is this process's memory group that pays for it */
		folio = krg_view_folio(view, vmf->pgoff);
		if (IS_ERR(folio))
			return krg_fault_error(PTR_ERR(folio));
		if (page->state >= state) {
			krg_page_use(page);
			vmf->page = folio_file_page(folio, vmf->pgoff);
			return VM_FAULT_LOCKED;
		}
		folio_unlock(folio);
		folio_put(folio);
		if (vmf->flags & FAULT_FLAG_ALLOW_RETRY)
			return krg_fault_wait(vmf, page, state);
		err = krg_page_need(page, state);
		if (err)
			return krg_fault_error(err);
	}
}

/*
 * The lock under which the fault came cannot be given back here: without the mapping of the page
 * the instruction faults again, and waits in krg_shared_fault(). That may come as a read, of an
 * instruction that reads before it writes: without the note it would be mapped to read only, and
 * so on for ever.
 */
static vm_fault_t krg_shared_mkwrite(struct vm_fault *vmf)
{
	struct inode *inode = file_inode(vmf->vma->vm_file);
	struct krg_view *view = krg_view_of(inode);
	struct folio *folio = page_folio(vmf->page);
	struct krg_page *page;

	folio_lock(folio);
	page = view ? xa_load(&view->pages, vmf->pgoff) : NULL;
	if (folio->mapping == inode->i_mapping && page && page->state == KRG_PAGE_WRITE) {
		krg_page_use(page);
		return VM_FAULT_LOCKED;
	}
	folio_unlock(folio);
	if (page)
		WRITE_ONCE(page->writes, true);
	unmap_mapping_pages(inode->i_mapping, vmf->pgoff, 1, false);
	return VM_FAULT_NOPAGE;
}

/* Nothing around a fault is mapped; without this, no fault would come under the mapping's lock. */
static vm_fault_t krg_shared_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	return 0;
}

void krg_shared_ops(struct vm_operations_struct *const ops)
{
	ops->fault = krg_shared_fault;
	ops->page_mkwrite = krg_shared_mkwrite;
	ops->map_pages = krg_shared_map_pages;
}
EXPORT_SYMBOL_GPL(krg_shared_ops);

void krg_shared_map(struct vm_area_struct *vma, const struct vm_operations_struct *ops)
{
	/* a huge page shows pages around the one that is here */
	set_bit(MMF_DISABLE_THP, &vma->vm_mm->flags);
	vma->vm_ops = ops;
}
EXPORT_SYMBOL_GPL(krg_shared_map);

bool krg_shared_at(unsigned long address, bool write, u64 *set, u64 *index)
{
	vm_flags_t flags = VM_MAYSHARE | (write ? VM_WRITE : VM_READ);
	struct krg_view *view = NULL;
	struct vm_area_struct *vma;

	if (!current->mm)
		return false;
	mmap_read_lock(current->mm);
	vma = vma_lookup(current->mm, address);
	if (vma && vma->vm_file && (vma->vm_flags & flags) == flags)
		view = krg_view_of(file_inode(vma->vm_file));
	if (view) {
		*set = view->set;
		*index = linear_page_index(vma, address);
	}
	mmap_read_unlock(current->mm);
	return view;
}
EXPORT_SYMBOL_GPL(krg_shared_at);

static const struct vm_operations_struct krg_plain_ops = { .fault = krg_shared_fault };

/* Who does not go through krg_shared_map() behind this could write without asking. */
static int krg_shared_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (!krg_in_container())
		return -EPERM;
	vma->vm_ops = &krg_plain_ops;
	return 0;
}

static unsigned long krg_shared_area(struct file *file, unsigned long addr, unsigned long len,
				     unsigned long pgoff, unsigned long flags)
{
	struct krg_view *view = krg_view_of(file_inode(file));

	return view ? view->file_ops->get_unmapped_area(file, addr, len, pgoff, flags) : -EINVAL;
}

const struct file_operations krg_shared_fops = {
	.mmap = krg_shared_mmap,
	.get_unmapped_area = krg_shared_area,
	.llseek = noop_llseek,
	.fsync = noop_fsync,
};
