/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels we build for; this and compat_*.h have all of it. */
#ifndef KRG_COMPAT_H
#define KRG_COMPAT_H

#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/coredump.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/version.h>

#define KRG_KERNEL_SINCE(major, minor) (KERNEL_VERSION(major, minor, 0) <= LINUX_VERSION_CODE)

/* The functions of @ops's filter call @addr at their entry, or do so no more. */
static inline int krg_ftrace_connect(struct ftrace_ops *ops, unsigned long addr)
{
#if KRG_KERNEL_SINCE(6, 4)
	return register_ftrace_direct(ops, addr);
#else
	return register_ftrace_direct_multi(ops, addr);
#endif
}

static inline int krg_ftrace_disconnect(struct ftrace_ops *ops, unsigned long addr)
{
#if KRG_KERNEL_SINCE(6, 4)
	return unregister_ftrace_direct(ops, addr, false);
#else
	return unregister_ftrace_direct_multi(ops, addr);
#endif
}

/* dequeue_signal() of current; siglock is held */
static inline int krg_dequeue_signal(sigset_t *mask, kernel_siginfo_t *info, enum pid_type *type)
{
#if KRG_KERNEL_SINCE(6, 12)
	return dequeue_signal(mask, info, type);
#else
	return dequeue_signal(current, mask, info, type);
#endif
}

/* A file as its user knows it: one that overlayfs mapped has the path of the file below. */
static inline const struct path *krg_file_user_path(struct file *file)
{
#if KRG_KERNEL_SINCE(6, 8)
	return file_user_path(file);
#else
	return &file->f_path;
#endif
}

#if !KRG_KERNEL_SINCE(6, 4)
/* exported, but declared only inside fs/ */
int vfs_path_lookup(struct dentry *dentry, struct vfsmount *mnt, const char *name,
		    unsigned int flags, struct path *path);
#endif

#if !KRG_KERNEL_SINCE(6, 6)
static inline void simple_inode_init_ts(struct inode *inode)
{
	inode->i_ctime = current_time(inode);
	inode->i_mtime = inode->i_ctime;
	inode->i_atime = inode->i_ctime;
}
#endif

/* The first parameter of inode operations that may be on an idmapped mount. */
#if !KRG_KERNEL_SINCE(6, 3)
#define mnt_idmap user_namespace
#endif

/* One lock in a struct file_lock_context. */
#if KRG_KERNEL_SINCE(6, 9)
#include <linux/filelock.h>
typedef struct file_lock_core krg_file_lock;
#define krg_lock_list flc_list
#define krg_lock_file flc_file
#define krg_lock_owner flc_owner
#else
typedef struct file_lock krg_file_lock;
#define krg_lock_list fl_list
#define krg_lock_file fl_file
#define krg_lock_owner fl_owner
#endif

#if KRG_KERNEL_SINCE(6, 12)
#define krg_get_file_rcu(pointer) get_file_rcu(pointer)
#define krg_fd_file(fd) fd_file(fd)
#define krg_close_on_exec(fd, files) close_on_exec(fd, files)
#else
#define krg_fd_file(fd) ((fd).file)
#define krg_close_on_exec(fd, files) close_on_exec(fd, files_fdtable(files))
static inline struct file *krg_get_file_rcu(struct file __rcu **pointer)
{
	struct file *file;

	do
		file = rcu_dereference(*pointer);
	while (file && !get_file_rcu(file));
	return file;
}
#endif

#if KRG_KERNEL_SINCE(6, 3)
#define krg_rseq_len(task) ((task)->rseq_len)
#define krg_set_rseq_len(task, len) ((task)->rseq_len = (len))
#else
#define krg_rseq_len(task) 32
#define krg_set_rseq_len(task, len) do { } while (0)
#endif

/* Around the change of a task's mm: the CPU numbers that an mm gives to its threads. */
#if KRG_KERNEL_SINCE(6, 3)
#define krg_mm_before(task) krg_sym(sched_mm_cid_before_execve)(task)
#define krg_mm_after(task) krg_sym(sched_mm_cid_after_execve)(task)
#define krg_mm_init_cid(mm) mm_init_cid(mm)
#define krg_sync_mm_rss(mm) do { } while (0)
#else
#define krg_mm_before(task) do { } while (0)
#define krg_mm_after(task) do { } while (0)
#define krg_mm_init_cid(mm) do { } while (0)
#define krg_sync_mm_rss(mm) krg_sym(sync_mm_rss)(mm)
#endif

#if KRG_KERNEL_SINCE(6, 4)
#define KRG_MMF_MERGE_ANY MMF_VM_MERGE_ANY_MASK
#define KRG_MMF_NOT_CARRIED (MMF_VM_MERGE_ANY_MASK | MMF_TOPDOWN_MASK)
#else
#define KRG_MMF_MERGE_ANY 0
#define KRG_MMF_NOT_CARRIED 0
#define mmgrab_lazy_tlb(mm) mmgrab(mm)
#define mmdrop_lazy_tlb(mm) mmdrop(mm)
#endif

#if KRG_KERNEL_SINCE(6, 6)
#define KRG_VM_SHADOW_STACK VM_SHADOW_STACK
#define krg_has_shadow_stack(task) ((task)->thread.features)
#else
#define KRG_VM_SHADOW_STACK 0
#define krg_has_shadow_stack(task) false
#endif

/* What sched_getattr() says of an ordinary task's time slice, in nanoseconds. */
#if KRG_KERNEL_SINCE(6, 12)
#define krg_slice(task) ((task)->se.slice)
#else
#define krg_slice(task) 0
#endif

/* How often a folio and its parts are mapped, by whomever. */
#if KRG_KERNEL_SINCE(6, 12)
#define krg_folio_mapcount(folio) folio_mapcount(folio)
#else
#define krg_folio_mapcount(folio) krg_sym(folio_mapcount)(folio)
#endif

#ifdef CONFIG_ADDRESS_MASKING
#define krg_mm_tagged(mm) ((mm)->context.lam_cr3_mask)
#else
#define krg_mm_tagged(mm) false
#endif

#if KRG_KERNEL_SINCE(6, 12)
#define KRG_VM_SEALED VM_SEALED
#define KRG_VM_DROPPABLE VM_DROPPABLE
#define KRG_MAP_DROPPABLE MAP_DROPPABLE
#define krg_for_each_posix_timer(timer, signal)					\
	hlist_for_each_entry(timer, &(signal)->posix_timers, list)
#define krg_newest_posix_timer(signal)						\
	hlist_entry((signal)->posix_timers.first, struct k_itimer, list)
#define KRG_FUTEX_CLOCK_REALTIME 0x20	/* FLAGS_CLOCKRT of kernel/futex/futex.h */
#else
#define KRG_VM_SEALED 0
#define KRG_VM_DROPPABLE 0
#define KRG_MAP_DROPPABLE MAP_PRIVATE
#define krg_for_each_posix_timer(timer, signal)					\
	list_for_each_entry(timer, &(signal)->posix_timers, list)
#define krg_newest_posix_timer(signal)						\
	list_first_entry(&(signal)->posix_timers, struct k_itimer, list)
#define KRG_FUTEX_CLOCK_REALTIME 0x02
#endif

#endif /* KRG_COMPAT_H */
