/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions and variables of the kernel that this module uses and that are not exported. */
struct files_struct;
struct pt_regs;
struct sighand_struct;
struct fd_range;
struct fpstate;
struct linux_binfmt;
struct user_regset_view;
struct vdso_image;
struct cred;
struct fs_struct;
struct path;
struct rlimit;
struct task_cputime;
struct nsproxy;

#if KRG_KERNEL_SINCE(6, 2)
#define KRG_SYMBOLS_OF_VERSION(FUNC, VAR)					\
	FUNC(void, sched_mm_cid_before_execve, (struct task_struct *t))		\
	FUNC(void, sched_mm_cid_after_execve, (struct task_struct *t))		\
	FUNC(void, folio_add_new_anon_rmap, (struct folio *folio, struct vm_area_struct *vma, \
					     unsigned long address, rmap_t flags))
#else
#define KRG_SYMBOLS_OF_VERSION(FUNC, VAR)					\
	FUNC(int, folio_mapcount, (struct folio *folio))			\
	FUNC(void, page_add_new_anon_rmap, (struct page *page, struct vm_area_struct *vma, \
					    unsigned long address))		\
	FUNC(void, sync_mm_rss, (struct mm_struct *mm))
#endif

#define KRG_SYMBOLS(FUNC, VAR)							\
	FUNC(int, __anon_vma_prepare, (struct vm_area_struct *vma))		\
	FUNC(int, anon_vma_clone, (struct vm_area_struct *dst, struct vm_area_struct *src)) \
	FUNC(char *, __d_path, (const struct path *path, const struct path *root,	\
				char *buf, int len))				\
	FUNC(pte_t *, __get_locked_pte, (struct mm_struct *mm, unsigned long addr, \
					 spinlock_t **ptl))			\
	FUNC(struct sighand_struct *, __lock_task_sighand, (struct task_struct *task,	\
							    unsigned long *flags))	\
	FUNC(int, __mem_cgroup_charge, (struct folio *folio, struct mm_struct *mm, gfp_t gfp)) \
	FUNC(void, __set_current_blocked, (const sigset_t *set))		\
	FUNC(void, __set_task_comm, (struct task_struct *task, const char *name, bool exec)) \
	FUNC(long, __x64_sys_mprotect, (const struct pt_regs *regs))		\
	FUNC(long, __x64_sys_timer_create, (const struct pt_regs *regs))	\
	FUNC(long, __x64_sys_timer_settime, (const struct pt_regs *regs))	\
	FUNC(struct user_struct *, alloc_uid, (kuid_t uid))			\
	FUNC(void, arch_pick_mmap_layout, (struct mm_struct *mm, struct rlimit *stack)) \
	FUNC(int, copy_uabi_from_kernel_to_xstate,				\
	     (struct fpstate *fpstate, const void *buf, u32 *pkru))		\
	FUNC(long, do_arch_prctl_64, (struct task_struct *task, int option, unsigned long arg)) \
	FUNC(int, do_madvise, (struct mm_struct *mm, unsigned long start, size_t len, int advice)) \
	FUNC(struct files_struct *, dup_fd, (struct files_struct *old, struct fd_range *hole)) \
	FUNC(void, enter_lazy_tlb, (struct mm_struct *mm, struct task_struct *task)) \
	FUNC(void, exit_files, (struct task_struct *task))			\
	FUNC(void, exit_itimers, (struct task_struct *task))			\
	FUNC(void, folio_add_lru_vma, (struct folio *folio, struct vm_area_struct *vma)) \
	FUNC(struct file *, fget_task, (struct task_struct *task, unsigned int fd)) \
	FUNC(void, flush_tlb_mm_range, (struct mm_struct *mm, unsigned long start, \
					unsigned long end, unsigned int stride_shift, \
					bool freed_tables))			\
	FUNC(ssize_t, ksys_write, (unsigned int fd, const char __user *buf, size_t count)) \
	FUNC(void, lru_gen_add_mm, (struct mm_struct *mm))			\
	FUNC(int, map_vdso_once, (const struct vdso_image *image, unsigned long addr)) \
	FUNC(void, membarrier_exec_mmap, (struct mm_struct *mm))		\
	FUNC(void, membarrier_update_current_mm, (struct mm_struct *mm))	\
	FUNC(struct mm_struct *, mm_alloc, (void))				\
	FUNC(void, mm_update_next_owner, (struct mm_struct *mm))		\
	FUNC(int, next_signal, (struct sigpending *pending, sigset_t *mask))	\
	FUNC(int, replace_fd, (unsigned int fd, struct file *file, unsigned int flags)) \
	FUNC(void, save_fpregs_to_fpstate, (struct fpu *fpu))			\
	FUNC(int, set_cred_ucounts, (struct cred *cred))			\
	FUNC(void, set_fs_pwd, (struct fs_struct *fs, const struct path *path))	\
	FUNC(void, set_fs_root, (struct fs_struct *fs, const struct path *path)) \
	FUNC(int, set_mm_exe_file, (struct mm_struct *mm, struct file *file))	\
	FUNC(void, set_process_cpu_timer, (struct task_struct *task, unsigned int clock, \
					   u64 *newval, u64 *oldval))		\
	FUNC(void, switch_mm_irqs_off, (struct mm_struct *prev, struct mm_struct *next, \
					struct task_struct *task))		\
	FUNC(void, switch_task_namespaces, (struct task_struct *task, struct nsproxy *new)) \
	FUNC(int, task_call_func, (struct task_struct *task,			\
				   int (*func)(struct task_struct *task, void *arg), void *arg)) \
	FUNC(const struct user_regset_view *, task_user_regset_view, (struct task_struct *task)) \
	FUNC(void, thread_group_cputime, (struct task_struct *task, struct task_cputime *times)) \
	FUNC(void, timens_on_fork, (struct nsproxy *nsproxy, struct task_struct *task)) \
	FUNC(int, unshare_nsproxy_namespaces, (unsigned long flags, struct nsproxy **spaces, \
					       struct cred *cred, struct fs_struct *fs))	\
	FUNC(int, update_rlimit_cpu, (struct task_struct *task, unsigned long limit)) \
	FUNC(int, walk_page_range, (struct mm_struct *mm, unsigned long start,	\
				    unsigned long end, const struct mm_walk_ops *ops,	\
				    void *data))				\
	KRG_SYMBOLS_OF_VERSION(FUNC, VAR)					\
	VAR(struct linux_binfmt, elf_format)					\
	VAR(struct files_struct, init_files)					\
	VAR(const struct vdso_image, vdso_image_64)				\
	/* only their addresses: what restart_block.fn points to */		\
	VAR(char, do_no_restart_syscall)					\
	VAR(char, do_restart_poll)						\
	VAR(char, futex_wait_restart)						\
	VAR(char, hrtimer_nanosleep_restart)
#include <kerrighed/symbols.h>
