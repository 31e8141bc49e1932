// SPDX-License-Identifier: GPL-2.0-only
/* Dropping a task's memory and files, and giving it new, empty memory. */
#include <linux/file.h>
#include <linux/sched/coredump.h>
#include <linux/sched/mm.h>
#include <asm/mmu_context.h>
#include <kerrighed/ipc.h>
#include "ghost.h"

/* In the order of exit_mm(), but what the kernel would write to user memory stays unwritten. */
static void drop_mm(void)
{
	struct mm_struct *mm = current->mm;

	if (!mm)
		return;
	krg_mm_before(current);
	krg_sync_mm_rss(mm);
	down_write(&current->signal->exec_update_lock);
	mmap_read_lock(mm);
	mmgrab_lazy_tlb(mm);		/* stays as active_mm until the next switch */
	task_lock(current);
	smp_mb__after_spinlock();	/* as exit_mm(): for membarrier */
	local_irq_disable();
	current->user_dumpable = get_dumpable(mm) == SUID_DUMP_USER;
	current->mm = NULL;
	krg_sym(membarrier_update_current_mm)(NULL);
	krg_sym(enter_lazy_tlb)(mm, current);
	local_irq_enable();
	task_unlock(current);
	mmap_read_unlock(mm);
	up_write(&current->signal->exec_update_lock);
	setmax_mm_hiwater_rss(&current->signal->maxrss, mm);
	krg_sym(mm_update_next_owner)(mm);
	mmput(mm);
}

int ghost_files_new(void)
{
	struct files_struct *fresh;

	fresh = krg_may_fail(NULL, krg_sym(dup_fd)(&krg_var(init_files), NULL));
	if (IS_ERR_OR_NULL(fresh))
		return -ENOMEM;
	task_lock(current);
	current->files = fresh;
	task_unlock(current);
	return 0;
}

/* An empty table of its own, so that whatever runs in this task's name finds one. */
static void drop_files(void)
{
	krg_sym(exit_files)(current);
	ghost_files_new();	/* or it gets one when it comes home */
}

void krg_ghost_shed(void)
{
	struct gf_timers left;
	struct path root;

	ghost_timers_hold(&left);
	ghost_posix_timers_drop();
	krg_undo_forget();
	krg_ghost_shed_thread();
	current->sas_ss_sp = 0;
	current->sas_ss_size = 0;
	drop_mm();
	drop_files();
	ghost_container_root(&root);
	krg_sym(set_fs_root)(current->fs, &root);
	krg_sym(set_fs_pwd)(current->fs, &root);
	path_put(&root);
}
EXPORT_SYMBOL_GPL(krg_ghost_shed);

/* As exec_mmap() of a task that had none. */
int ghost_mm_new(const struct gf_image *image, struct mm_struct *mm)
{
	struct rlimit stack = {
		.rlim_cur = image->limits.limit[RLIMIT_STACK].cur,
		.rlim_max = image->limits.limit[RLIMIT_STACK].max,
	};
	struct mm_struct *active;

	if (!mm)
		return -ENOMEM;
	rcu_assign_pointer(mm->owner, current);
	down_write(&current->signal->exec_update_lock);
	task_lock(current);
	krg_sym(membarrier_exec_mmap)(mm);
	local_irq_disable();
	active = current->active_mm;
	current->active_mm = mm;
	current->mm = mm;
	krg_mm_init_cid(mm);
	krg_sym(switch_mm_irqs_off)(active, mm, current);
	local_irq_enable();
	krg_sym(lru_gen_add_mm)(mm);
	task_unlock(current);
	lru_gen_use_mm(mm);
	up_write(&current->signal->exec_update_lock);
	mmdrop_lazy_tlb(active);
	krg_mm_after(current);

	mm->task_size = TASK_SIZE;
	mm->context.flags = MM_CONTEXT_HAS_VSYSCALL;
	krg_sym(arch_pick_mmap_layout)(mm, &stack);
	return 0;
}
