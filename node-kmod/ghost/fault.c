// SPDX-License-Identifier: GPL-2.0-only
/* What others do to pages that are away: faults, forks, and looks from outside. */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include "away.h"

KRG_HOOK_IF(vm_fault_t, do_swap_page, (struct vm_fault *vmf), ghost_any_away);
KRG_HOOK_IF(struct task_struct *, copy_process,
	    (struct pid *pid, int trace, int node, struct kernel_clone_args *args),
	    ghost_any_away);
KRG_HOOK_IF(int, access_remote_vm,
	    (struct mm_struct *mm, unsigned long addr, void *buf, int len, unsigned int gup_flags),
	    ghost_any_away);
KRG_HOOK_IF(int, access_process_vm,
	    (struct task_struct *tsk, unsigned long addr, void *buf, int len,
	     unsigned int gup_flags),
	    ghost_any_away);
KRG_HOOK_IF(int, ptrace_access_vm,
	    (struct task_struct *tsk, unsigned long addr, void *buf, int len,
	     unsigned int gup_flags),
	    ghost_any_away);

/* Nobody can take the page table away: the fault holds the lock of its mapping. */
static void install(struct krg_away *away, struct vm_fault *vmf, u64 number)
{
	spinlock_t *ptl = pte_lockptr(vmf->vma->vm_mm, vmf->pmd);

	spin_lock(ptl);
	ghost_away_install(away, vmf->vma, vmf->address,
			   pte_offset_kernel(vmf->pmd, vmf->address), number);
	spin_unlock(ptl);
}

static vm_fault_t serve(struct krg_away *away, struct vm_fault *vmf, u64 number)
{
	u64 addr = vmf->address;
	int err;

	krg_pte_unmap(vmf->pte);
	vmf->pte = NULL;
	if (ghost_away_known(away, number)) {
		install(away, vmf, number);
		return VM_FAULT_MAJOR;
	}
	if (vmf->flags & FAULT_FLAG_ALLOW_RETRY) {
		if (!(vmf->flags & FAULT_FLAG_RETRY_NOWAIT)) {
			krg_fault_unlock(vmf);
			/* khugepaged serves all processes: it may come again */
			if (vmf->flags & FAULT_FLAG_KILLABLE)
				ghost_away_await(away, addr);
		}
		return VM_FAULT_RETRY;
	}
	/* the lock has to be kept, and who fetches the pages in the background needs it too */
	err = ghost_away_fetch(away, &number, 1);
	if (err)
		return err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
	install(away, vmf, number);
	return VM_FAULT_MAJOR;
}

static vm_fault_t krg_hook_do_swap_page(struct vm_fault *vmf)
{
	struct krg_away *away = NULL;
	vm_fault_t ret;
	u64 number;

	krg_hook_enter(do_swap_page);
	if (ghost_away_number(vmf->orig_pte, &number))
		away = ghost_away_of(vmf->vma->vm_mm);
	if (away) {
		ret = serve(away, vmf, number);
		krg_away_put(away);
	} else {
		ret = krg_orig(do_swap_page)(vmf);
	}
	krg_hook_exit(do_swap_page);
	return ret;
}

/* An entry of which there are two would be fetched for one of them only. */
static struct task_struct *krg_hook_copy_process(struct pid *pid, int trace, int node,
						 struct kernel_clone_args *args)
{
	struct task_struct *child;
	int err = 0;

	krg_hook_enter(copy_process);
	if (current->mm && !(args->flags & CLONE_VM))
		err = ghost_away_wait(current->mm);
	child = err ? ERR_PTR(err) : krg_orig(copy_process)(pid, trace, node, args);
	krg_hook_exit(copy_process);
	return child;
}

/* These look at the memory of others in a way that keeps its lock. */
static int krg_hook_access_remote_vm(struct mm_struct *mm, unsigned long addr, void *buf, int len,
				     unsigned int gup_flags)
{
	int ret;

	krg_hook_enter(access_remote_vm);
	ghost_away_bring(mm, addr, len);
	ret = krg_orig(access_remote_vm)(mm, addr, buf, len, gup_flags);
	krg_hook_exit(access_remote_vm);
	return ret;
}

static void bring_for(struct task_struct *task, unsigned long addr, int len)
{
	struct mm_struct *mm = get_task_mm(task);

	if (!mm)
		return;
	ghost_away_bring(mm, addr, len);
	mmput(mm);
}

static int krg_hook_access_process_vm(struct task_struct *tsk, unsigned long addr, void *buf,
				      int len, unsigned int gup_flags)
{
	int ret;

	krg_hook_enter(access_process_vm);
	bring_for(tsk, addr, len);
	ret = krg_orig(access_process_vm)(tsk, addr, buf, len, gup_flags);
	krg_hook_exit(access_process_vm);
	return ret;
}

static int krg_hook_ptrace_access_vm(struct task_struct *tsk, unsigned long addr, void *buf,
				     int len, unsigned int gup_flags)
{
	int ret;

	krg_hook_enter(ptrace_access_vm);
	bring_for(tsk, addr, len);
	ret = krg_orig(ptrace_access_vm)(tsk, addr, buf, len, gup_flags);
	krg_hook_exit(ptrace_access_vm);
	return ret;
}

static struct krg_hook *hooks[] = {
	&krg_hook_of_do_swap_page, &krg_hook_of_copy_process, &krg_hook_of_access_remote_vm,
	&krg_hook_of_access_process_vm, &krg_hook_of_ptrace_access_vm, NULL
};

int ghost_fault_init(void)
{
	return krg_hooks_install(hooks);
}

void ghost_fault_exit(void)
{
	krg_hooks_remove(hooks);
}
