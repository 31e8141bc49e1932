// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that arrive before their process, where they will lie: in memory that becomes its
 * memory. In the freeze nothing is left to do for them, however many they are.
 *
 * That goes for plain mappings only (ghost_vma_plain()), whose pages need nothing but their
 * address. Here all of this memory is mapped so, a page table's worth at a time, to let huge
 * pages in; when the mappings are known, what is none of theirs is unmapped again.
 */
#include <linux/kthread.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>
#include "pages.h"

int ghost_stage_begin(struct ghost_stage *stage)
{
	struct rlimit stack = { _STK_LIM, _STK_LIM };

	ghost_set_init(&stage->held);
	stage->mm = krg_may_fail(NULL, krg_sym(mm_alloc)());
	if (!stage->mm)
		return -ENOMEM;
	krg_sym(arch_pick_mmap_layout)(stage->mm, &stack);
	/* whoever serves this stream may be gone before this memory is */
	RCU_INIT_POINTER(stage->mm->owner, NULL);
	kthread_use_mm(stage->mm);
	return 0;
}

void ghost_stage_pause(struct ghost_stage *stage)
{
	if (stage->mm)
		kthread_unuse_mm(stage->mm);
}

void ghost_stage_free(struct ghost_stage *stage)
{
	if (stage->mm)
		mmput(stage->mm);
	ghost_set_free(&stage->held);
}

/* Maps the page table's worth around @addr, unless that was done. */
static int map_around(struct ghost_stage *stage, u64 addr)
{
	u64 start = ALIGN_DOWN(addr, PMD_SIZE), end = min_t(u64, start + PMD_SIZE, GF_USER_END);
	unsigned long at;

	if (ghost_set_covers(&stage->held, addr))
		return 0;
	at = vm_mmap(NULL, start, end - start, PROT_READ | PROT_WRITE,
		     MAP_FIXED_NOREPLACE | MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (at != start || ghost_anon_share(start, end, &stage->like))
		return -ENOMEM;
	return ghost_set_room(&stage->held, addr, GFP_KERNEL);
}

int ghost_stage_put(struct ghost_stage *stage, u64 addr, u64 end, const void *data)
{
	u64 at;
	int err;

	for (at = addr; at < end; at = ALIGN_DOWN(at, PMD_SIZE) + PMD_SIZE) {
		err = map_around(stage, at);
		if (err)
			return err;
	}
	/* first: a part of them may get there */
	for (at = addr; at < end; at += PAGE_SIZE)
		ghost_set_add(&stage->held, at);
	return copy_to_user((void __user *)addr, data, end - addr) ? -ENOMEM : 0;
}

int ghost_stage_clear(struct ghost_stage *stage, u64 addr)
{
	if (!ghost_set_has(&stage->held, addr))
		return 0;
	if (clear_user((void __user *)addr, PAGE_SIZE))
		return -ENOMEM;
	ghost_set_remove(&stage->held, addr, addr + PAGE_SIZE);
	return 0;
}

struct mm_struct *ghost_stage_leave(struct ghost_stage *stage)
{
	struct mm_struct *mm = stage->mm;

	stage->mm = NULL;
	return mm;
}

static int unmap(struct ghost_stage *stage, u64 start, u64 end)
{
	if (start >= end)
		return 0;
	ghost_set_remove(&stage->held, start, end);
	return vm_munmap(start, end - start);
}

int ghost_stage_trim(struct ghost_stage *stage, const struct gf_image *image)
{
	u64 end = 0;
	int err = 0;
	u32 i;

	for (i = 0; i < image->nvmas && !err; i++) {
		if (!ghost_vma_plain(&image->vmas[i]))
			continue;
		err = unmap(stage, end, image->vmas[i].start);
		end = image->vmas[i].end;
	}
	return err ?: unmap(stage, end, GF_USER_END);
}

u64 ghost_stage_take(struct ghost_stage *stage, u64 addr, u64 end)
{
	u64 stop = min_t(u64, ghost_set_run(&stage->held, addr), end);

	ghost_set_remove(&stage->held, addr, stop);
	return stop;
}

static int drop(u64 start, u64 end)
{
	return krg_may_fail(-ENOMEM, krg_sym(do_madvise)(current->mm, start, end - start,
							 MADV_DONTNEED));
}

int ghost_stage_drop(struct ghost_stage *stage, u64 start, u64 end)
{
	u64 at;
	int err = 0;

	/* also where none of them is held: a huge page may lie there, whose other ones are */
	for (at = start; at < end && !err; at = min(ALIGN_DOWN(at, PMD_SIZE) + PMD_SIZE, end))
		if (ghost_set_covers(&stage->held, at))
			err = drop(at, min(ALIGN_DOWN(at, PMD_SIZE) + PMD_SIZE, end));
	ghost_set_remove(&stage->held, start, end);
	return err;
}

int ghost_stage_drop_rest(struct ghost_stage *stage)
{
	unsigned long start = 0, end;
	int err = 0;

	for (; !err && ghost_set_next(&stage->held, &start, &end); start = end) {
		err = drop(start, end);
		cond_resched();
	}
	return err;
}
