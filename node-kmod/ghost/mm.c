// SPDX-License-Identifier: GPL-2.0-only
/* The address space without its contents. */
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <linux/sched/coredump.h>
#include <linux/sched/mm.h>
#include <linux/stat.h>
#include <linux/userfaultfd_k.h>
#include <asm/mmu_context.h>
#include <kerrighed/ipc.h>
#include "pages.h"

static_assert(AT_VECTOR_SIZE < GF_AUXV_MAX);

/* Registrations of membarrier(2): bits of membarrier_state. */
#define MEMBARRIER_STATES 0xff
/* Of MMF_INIT_MASK: what is the kernel's choice (layout) or needs more than its bit (KSM). */
#define FLAGS_CARRIED (MMF_INIT_MASK & ~KRG_MMF_NOT_CARRIED)

static const struct {
	vm_flags_t vm;
	u32 gf;
	int advice;
} advised[] = {
	{ VM_DONTCOPY, GF_VMA_DONTFORK, MADV_DONTFORK },
	{ VM_WIPEONFORK, GF_VMA_WIPEONFORK, MADV_WIPEONFORK },
	{ VM_DONTDUMP, GF_VMA_DONTDUMP, MADV_DONTDUMP },
	{ VM_HUGEPAGE, GF_VMA_HUGEPAGE, MADV_HUGEPAGE },
	{ VM_NOHUGEPAGE, GF_VMA_NOHUGEPAGE, MADV_NOHUGEPAGE },
	{ VM_SEQ_READ, GF_VMA_SEQUENTIAL, MADV_SEQUENTIAL },
	{ VM_RAND_READ, GF_VMA_RANDOM, MADV_RANDOM },
	{ VM_MERGEABLE, GF_VMA_MERGEABLE, MADV_MERGEABLE },
};

static const char *special_name(struct vm_area_struct *vma)
{
	return vma->vm_ops && vma->vm_ops->name ? vma->vm_ops->name(vma) : NULL;
}

static bool is_vdso(struct vm_area_struct *vma)
{
	const char *name = special_name(vma);

	return name && (!strcmp(name, "[vdso]") || !strcmp(name, "[vvar]"));
}

/* Where vvar and vdso lie, as map_vdso() put them; false if they were moved apart or cut. */
static bool find_vdso(struct mm_struct *mm, u64 *start, u64 *size)
{
	VMA_ITERATOR(iter, mm, 0);
	const struct vdso_image *image = &krg_var(vdso_image_64);
	struct vm_area_struct *vma;
	u64 first = 0, end = 0;

	for_each_vma(iter, vma) {
		if (!is_vdso(vma))
			continue;
		if (first && vma->vm_start != end)
			return false;
		first = first ?: vma->vm_start;
		end = vma->vm_end;
	}
	*start = first;
	*size = end - first;
	return !first || (mm->context.vdso_image == image &&
			  *size == image->size - image->sym_vvar_start &&
			  (__force u64)mm->context.vdso == first - image->sym_vvar_start);
}

static int check_shared(struct vm_area_struct *vma, const char *path, struct krg_refusal *why)
{
	if (!path && file_inode(vma->vm_file)->i_sb->s_magic == TMPFS_MAGIC)
		return ghost_refuse(why, GHOST_MAP_SHARED_ANON, vma->vm_start);
	if (vma->vm_flags & VM_MAYWRITE)
		return ghost_refuse(why, GHOST_MAP_SHARED_WRITE, path ?: "a deleted file");
	return 0;
}

static int check_flags(struct vm_area_struct *vma, struct krg_refusal *why)
{
	vm_flags_t flags = vma->vm_flags;
	unsigned long at = vma->vm_start;

	if (vma->vm_end > GF_USER_END)
		return ghost_refuse(why, GHOST_MAP_HIGH);
	if (flags & VM_LOCKED)
		return ghost_refuse(why, GHOST_MAP_LOCKED, at);
	if (is_vm_hugetlb_page(vma))
		return ghost_refuse(why, GHOST_MAP_HUGETLB, at);
	if (flags & KRG_VM_SHADOW_STACK)
		return ghost_refuse(why, GHOST_SHADOW_STACK);
	if (flags & KRG_VM_SEALED)
		return ghost_refuse(why, GHOST_MAP_SEALED, at);
	if (flags & (VM_UFFD_MISSING | VM_UFFD_WP | VM_UFFD_MINOR))
		return ghost_refuse(why, GHOST_MAP_USERFAULTFD, at);
	if (vma_pkey(vma))
		return ghost_refuse(why, GHOST_MAP_PKEY, at);
	if (vma_policy(vma))
		return ghost_refuse(why, GHOST_MAP_MEMPOLICY, at);
	return 0;
}

static int check_vma(struct vm_area_struct *vma, const struct path *root, char *page,
		     struct krg_refusal *why)
{
	const char *path;
	int err = check_flags(vma, why);

	if (err || is_vdso(vma))
		return err;
	if (!vma->vm_file) {
		if (vma->vm_ops)
			return ghost_refuse(why, GHOST_MAP_SPECIAL, vma->vm_start);
		return 0;
	}
	if (krg_segment_of(vma->vm_file) >= 0)
		return 0;
	if (!strcmp(file_inode(vma->vm_file)->i_sb->s_type->name, "aio"))
		return ghost_refuse(why, GHOST_MAP_AIO);
	if (S_ISREG(file_inode(vma->vm_file)->i_mode) && vma->vm_flags & VM_MAYSHARE) {
		struct krg_refusal other;

		ghost_file_check(vma->vm_file, -1, root, page, &path, &other);
		err = check_shared(vma, path, why);
		if (err)
			return err;
	}
	if (S_ISREG(file_inode(vma->vm_file)->i_mode) &&
	    vma->vm_flags & (VM_IO | VM_PFNMAP | VM_MIXEDMAP))
		return ghost_refuse(why, GHOST_MAP_SPECIAL, vma->vm_start);
	return ghost_file_check(vma->vm_file, -1, root, page, &path, why);
}

/* Another process in the same memory. Who only looks at it (/proc) holds a count as well. */
static pid_t mm_sharer(struct task_struct *task, struct mm_struct *mm)
{
	struct task_struct *other, *thread;
	pid_t found = 0;

	rcu_read_lock();
	for_each_process_thread(other, thread)
		if (thread->mm == mm && !same_thread_group(thread, task) &&
		    !(thread->flags & PF_KTHREAD))
			found = task_tgid_vnr(other) ?: task_tgid_nr(other);
	rcu_read_unlock();
	return found;
}

static int check_exe(struct mm_struct *mm, const struct path *root, char *page,
		     struct krg_refusal *why)
{
	struct krg_refusal other;
	const char *path;
	struct file *exe;
	int err = 0;

	rcu_read_lock();
	exe = krg_get_file_rcu(&mm->exe_file);
	rcu_read_unlock();
	if (!exe)
		return ghost_refuse(why, GHOST_EXE, "is unknown");
	if (ghost_file_check(exe, -1, root, page, &path, &other))
		err = ghost_refuse(why, GHOST_EXE, "has been deleted or cannot be reached");
	fput(exe);
	return err;
}

static int check_mm(struct task_struct *task, struct mm_struct *mm, const struct path *root,
		    char *page, struct krg_refusal *why)
{
	VMA_ITERATOR(iter, mm, 0);
	struct vm_area_struct *vma;
	u64 start, size;
	pid_t sharer = 0;
	int err = 0;

	if (atomic_read(&mm->mm_users) > 2)	/* the process and we */
		sharer = mm_sharer(task, mm);
	if (sharer)
		return ghost_refuse(why, GHOST_SHARED_MM, sharer);
	if (mm->binfmt != &krg_var(elf_format))
		return ghost_refuse(why, GHOST_BINARY_FORMAT);
	if (mm->context.ldt)
		return ghost_refuse(why, GHOST_SEGMENTS);
	if (krg_mm_tagged(mm))
		return ghost_refuse(why, GHOST_MM_TAGGED);
	if (mm->flags & KRG_MMF_MERGE_ANY)
		return ghost_refuse(why, GHOST_MM_MERGE_ANY);
	if (mm->def_flags & VM_LOCKED)
		return ghost_refuse(why, GHOST_MAP_LOCKED, 0UL);
	err = check_exe(mm, root, page, why);
	mmap_read_lock(mm);
	for_each_vma(iter, vma) {
		if (err)
			break;
		err = check_vma(vma, root, page, why);
	}
	if (!err && !find_vdso(mm, &start, &size))
		err = ghost_refuse(why, GHOST_MAP_SPECIAL, (unsigned long)mm->context.vdso);
	mmap_read_unlock(mm);
	return err;
}

int ghost_mm_check(struct task_struct *task, struct krg_refusal *why)
{
	struct mm_struct *mm = get_task_mm(task);
	char *page;
	struct path root;
	int err = -ENOMEM;

	if (!mm)
		return ghost_refuse(why, GHOST_EXITING, task_pid_vnr(task));
	page = (char *)__get_free_page(GFP_KERNEL);
	if (page) {
		ghost_container_root(&root);
		err = check_mm(task, mm, &root, page, why);
		path_put(&root);
		free_page((unsigned long)page);
	}
	mmput(mm);
	return err;
}

static void layout_save(struct gf_mm *m, struct mm_struct *mm)
{
	m->start_code = mm->start_code;
	m->end_code = mm->end_code;
	m->start_data = mm->start_data;
	m->end_data = mm->end_data;
	m->start_brk = mm->start_brk;
	m->brk = mm->brk;
	m->start_stack = mm->start_stack;
	m->arg_start = mm->arg_start;
	m->arg_end = mm->arg_end;
	m->env_start = mm->env_start;
	m->env_end = mm->env_end;
	m->mmap_base = mm->mmap_base;
	m->mmap_legacy_base = mm->mmap_legacy_base;
	m->flags = mm->flags & FLAGS_CARRIED;
	m->membarrier_state = atomic_read(&mm->membarrier_state) & MEMBARRIER_STATES;
	memcpy(m->auxv, mm->saved_auxv, sizeof(mm->saved_auxv));
}

static void vma_save(struct gf_vma *v, struct vm_area_struct *vma)
{
	vm_flags_t flags = vma->vm_flags;
	int i;

	v->start = vma->vm_start;
	v->end = vma->vm_end;
	v->kind = vma->vm_file ? GF_VMA_FILE : GF_VMA_ANON;
	v->file = GF_NONE;
	if (vma->vm_file)
		v->offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
	v->prot = (flags & VM_READ ? GF_PROT_READ : 0) | (flags & VM_WRITE ? GF_PROT_WRITE : 0) |
		  (flags & VM_EXEC ? GF_PROT_EXEC : 0);
	v->flags = (flags & VM_MAYSHARE && vma->vm_file ? GF_VMA_SHARED : 0) |
		   (flags & VM_GROWSDOWN ? GF_VMA_GROWSDOWN : 0) |
		   (flags & VM_NORESERVE ? GF_VMA_NORESERVE : 0) |
		   (flags & VM_ACCOUNT ? GF_VMA_ACCOUNTED : 0) |
		   (vma->anon_vma ? GF_VMA_TOUCHED : 0) |
		   (flags & KRG_VM_DROPPABLE ? GF_VMA_DROPPABLE : 0);
	for (i = 0; i < ARRAY_SIZE(advised); i++)
		if (flags & advised[i].vm)
			v->flags |= advised[i].gf;
}

/* Files are looked at after the lock is gone: that may sleep for a server. */
static int vmas_save(struct gf_image *image, struct mm_struct *mm, struct file **files, int room)
{
	VMA_ITERATOR(iter, mm, 0);
	struct vm_area_struct *vma;

	for_each_vma(iter, vma) {
		if (is_vdso(vma))
			continue;
		if (image->nvmas == room)
			return -EAGAIN;
		vma_save(&image->vmas[image->nvmas], vma);
		if (vma->vm_file)
			files[image->nvmas] = get_file(vma->vm_file);
		image->nvmas++;
	}
	return 0;
}

int ghost_mm_save(struct ghost_files *set, struct gf_image *image, struct krg_refusal *why)
{
	struct mm_struct *mm = current->mm;
	int room = mm->map_count, err = -ENOMEM, index;
	struct file **files = kvcalloc(room, sizeof(*files), GFP_KERNEL), *exe;
	u32 i;

	image->vmas = kvcalloc(room, sizeof(*image->vmas), GFP_KERNEL);
	if (!files || !image->vmas)
		goto out;
	mmap_read_lock(mm);
	layout_save(&image->mm, mm);
	err = vmas_save(image, mm, files, room);
	if (!find_vdso(mm, &image->mm.vdso, &image->mm.vdso_size))
		err = ghost_refuse(why, GHOST_MAP_SPECIAL, (unsigned long)mm->context.vdso);
	mmap_read_unlock(mm);
	for (i = 0; i < image->nvmas && !err; i++) {
		if (!files[i])
			continue;
		index = ghost_files_add(set, image, files[i], why);
		image->vmas[i].file = index;
		err = min(index, 0);
	}
	if (err)
		goto out;
	rcu_read_lock();
	exe = krg_get_file_rcu(&mm->exe_file);
	rcu_read_unlock();
	index = ghost_files_add(set, image, exe, why);
	image->mm.exe = index;
	err = min(index, 0);
	fput(exe);
out:
	for (i = 0; files && i < image->nvmas; i++)
		if (files[i])
			fput(files[i]);
	kvfree(files);
	return err;
}

static long protect(const struct gf_vma *v, unsigned long prot)
{
	struct pt_regs regs = { .di = v->start, .si = v->end - v->start, .dx = prot };

	return krg_sym(__x64_sys_mprotect)(&regs);
}

/* What came early is mapped already. */
static unsigned long map_rest(const struct gf_vma *v, unsigned long prot, unsigned long flags)
{
	struct mm_struct *mm = current->mm;
	unsigned long from = v->start, to, next, at;
	struct vm_area_struct *vma;
	bool other;

	while (from < v->end) {
		mmap_read_lock(mm);
		vma = find_vma(mm, from);
		to = vma ? min_t(u64, vma->vm_start, v->end) : v->end;
		next = vma ? vma->vm_end : v->end;
		other = vma && vma->vm_start < v->end && vma->vm_ops;
		mmap_read_unlock(mm);
		if (other)
			return -EEXIST;
		at = to > from ? vm_mmap(NULL, from, to - from, prot, flags, 0) : from;
		if (at != from)
			return IS_ERR_VALUE(at) ? at : -EEXIST;
		from = next;
	}
	return v->start;
}

static int vma_load(const struct gf_vma *v, struct file **files, struct krg_refusal *why)
{
	unsigned long flags = MAP_FIXED_NOREPLACE, prot, at;
	bool promised;
	int i, err = 0;

	prot = (v->prot & GF_PROT_READ ? PROT_READ : 0) |
	       (v->prot & GF_PROT_WRITE ? PROT_WRITE : 0) |
	       (v->prot & GF_PROT_EXEC ? PROT_EXEC : 0);
	if (v->flags & GF_VMA_SHARED)
		flags |= MAP_SHARED;
	else if (v->flags & GF_VMA_DROPPABLE)
		flags |= KRG_MAP_DROPPABLE;
	else
		flags |= MAP_PRIVATE;
	if (v->kind == GF_VMA_ANON)
		flags |= MAP_ANONYMOUS;
	if (v->flags & GF_VMA_GROWSDOWN)
		flags |= MAP_GROWSDOWN;
	if (v->flags & GF_VMA_NORESERVE)
		flags |= MAP_NORESERVE;
	/* mapped without the right to write, it would differ for ever from its neighbours */
	promised = v->flags & GF_VMA_ACCOUNTED && !(prot & PROT_WRITE);
	if (ghost_vma_plain(v))
		at = map_rest(v, prot, flags);
	else
		at = vm_mmap(v->kind == GF_VMA_FILE ? files[v->file] : NULL, v->start,
			     v->end - v->start, promised ? prot | PROT_WRITE : prot, flags,
			     v->offset);
	if (at != v->start)
		return ghost_refuse(why, GHOST_ARRIVE_MAP, v->start,
				    IS_ERR_VALUE(at) ? (int)-at : EEXIST);
	if (promised)
		err = protect(v, prot);
	for (i = 0; i < ARRAY_SIZE(advised) && !err; i++) {
		/* a droppable mapping has some of them by nature, and may not be told */
		if (!(v->flags & advised[i].gf) || v->flags & GF_VMA_DROPPABLE)
			continue;
		err = krg_may_fail(-ENOMEM, krg_sym(do_madvise)(current->mm, v->start,
								v->end - v->start,
								advised[i].advice));
	}
	return err ? ghost_refuse(why, GHOST_ARRIVE_MAP, v->start, -err) : 0;
}

static int touched(const struct gf_vma *v, u64 *like, struct krg_refusal *why)
{
	int err = ghost_anon_share(v->start, v->end, like);

	return err ? ghost_refuse(why, GHOST_ARRIVE_MAP, v->start, -err) : 0;
}

static int vdso_load(const struct gf_mm *m, struct krg_refusal *why)
{
	const struct vdso_image *image = &krg_var(vdso_image_64);
	int err;

	if (!m->vdso)
		return 0;
	err = krg_may_fail(-ENOMEM, krg_sym(map_vdso_once)(image, m->vdso));
	if (!err && (__force u64)current->mm->context.vdso != m->vdso - image->sym_vvar_start)
		err = -EEXIST;
	return err ? ghost_refuse(why, GHOST_ARRIVE_MAP, m->vdso, -err) : 0;
}

static void layout_load(const struct gf_mm *m, struct mm_struct *mm)
{
	mmap_write_lock(mm);
	mm->start_code = m->start_code;
	mm->end_code = m->end_code;
	mm->start_data = m->start_data;
	mm->end_data = m->end_data;
	mm->start_brk = m->start_brk;
	mm->brk = m->brk;
	mm->start_stack = m->start_stack;
	mm->arg_start = m->arg_start;
	mm->arg_end = m->arg_end;
	mm->env_start = m->env_start;
	mm->env_end = m->env_end;
	mm->mmap_base = m->mmap_base;
	mm->mmap_legacy_base = m->mmap_legacy_base;
	mm->flags = (mm->flags & ~FLAGS_CARRIED) | (m->flags & FLAGS_CARRIED);
	memcpy(mm->saved_auxv, m->auxv, sizeof(mm->saved_auxv));
	mmap_write_unlock(mm);
	set_binfmt(&krg_var(elf_format));
	atomic_set(&mm->membarrier_state, m->membarrier_state & MEMBARRIER_STATES);
	preempt_disable();
	krg_sym(membarrier_update_current_mm)(mm);
	preempt_enable();
}

int ghost_mm_load(const struct gf_image *image, struct file **files, struct krg_store *store,
		  struct krg_refusal *why)
{
	struct ghost_stage *stage = store ? ghost_store_stage(store) : NULL;
	int err = ghost_mm_new(image, stage ? ghost_stage_leave(stage) :
				       krg_may_fail(NULL, krg_sym(mm_alloc)()));
	u64 like = 0;
	u32 i;

	if (!err && stage)
		err = ghost_stage_trim(stage, image);
	if (err)
		return ghost_failed(why, err, "new address space");
	err = vdso_load(&image->mm, why);
	for (i = 0; i < image->nvmas && !err; i++) {
		err = vma_load(&image->vmas[i], files, why);
		if (!err && image->vmas[i].flags & GF_VMA_TOUCHED)
			err = touched(&image->vmas[i], &like, why);
		cond_resched();
	}
	if (err)
		return err;
	layout_load(&image->mm, current->mm);
	err = krg_sym(set_mm_exe_file)(current->mm, files[image->mm.exe]);
	return err ? ghost_failed(why, err, "program file") : 0;
}
