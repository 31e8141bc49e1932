// SPDX-License-Identifier: GPL-2.0-only
/*
 * User memory for kernel threads. The files of /proc have read methods that want
 * a user's buffer, and our workers serve users of other nodes.
 */
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include "procfs.h"

static struct mm_struct *krg_lap_mm;

/* A kernel thread borrows it until krg_lap_give(). May sleep. */
char __user *krg_lap_take(void)
{
	unsigned long addr;

	kthread_use_mm(krg_lap_mm);
	addr = vm_mmap(NULL, 0, KRG_LAP_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       0);
	if (IS_ERR_VALUE(addr)) {
		kthread_unuse_mm(krg_lap_mm);
		return (char __user *)ERR_PTR((long)addr);
	}
	return (char __user *)addr;
}

void krg_lap_give(char __user *lap)
{
	vm_munmap((unsigned long)lap, KRG_LAP_SIZE);
	kthread_unuse_mm(krg_lap_mm);
}

int krg_lap_init(void)
{
	struct rlimit stack = { _STK_LIM, _STK_LIM };

	krg_lap_mm = krg_sym(mm_alloc)();
	if (!krg_lap_mm)
		return -ENOMEM;
	krg_sym(arch_pick_mmap_layout)(krg_lap_mm, &stack);
	/* who loads the module goes away before this memory does */
	RCU_INIT_POINTER(krg_lap_mm->owner, NULL);
	return 0;
}

void krg_lap_exit(void)
{
	mmput(krg_lap_mm);
}
