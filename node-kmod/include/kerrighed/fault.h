/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault injection: one allocation or message fails, or the node dies at one, because a test wants
 * it to.
 *
 * The headers of kddm/, and of rpc/, proc/, ghost/ and epm/, through which a migration passes,
 * include this behind those of the kernel: from there on whatever allocates is a point that
 * can be made to fail, and whoever writes such a call need not think of it. What else needs
 * memory, and can say that there is none, stands in krg_may_fail(). A test makes them fail one
 * by one through /sys/kernel/debug/kerrighed/fault/:
 *
 *	echo N >point	the N-th point that this node passes from now on fails; 0: none, which
 *			is how it begins, and costs nothing
 *	cat point	"armed N passed M", or "failed N FUNCTION<CALLER<…: WHAT"
 *	cat live	objects allocated since it was 0, less those freed since then; what else
 *			of the kernel's was taken (pages, files, tasks, …) does not count
 *	echo N >crash	the node stops dead at the N-th point between two messages from now on:
 *			there is one before and one behind each message that it sends; 0: none
 *	cat crash	how many of them it has passed since then, "0" again once it is told 0
 *
 * Who passes does not matter, so nothing else should go on. A point is a path of calls in our
 * modules, and not each pass counts but the first, second, fourth, eighth …: a few hundred in
 * a migration, however large the process is, and almost the same whenever it is repeated.
 */
#ifndef KRG_FAULT_H
#define KRG_FAULT_H

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/gfp.h>
#include <linux/jump_label.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

DECLARE_STATIC_KEY_FALSE(krg_fault_key);
extern atomic_long_t krg_fault_live;
bool krg_fault(const char *what);
void krg_crash_point(void);

/* Shall this fail? @what: its name in the report. Any context. */
#define krg_fails(what) (static_branch_unlikely(&krg_fault_key) && krg_fault(what))
/* The value of @call; or @failed, and it is not called */
#define krg_may_fail(failed, call) (krg_fails(#call) ? (failed) : (call))

/* May this node die here? Any context. */
static __always_inline void krg_may_crash(void)
{
	if (static_branch_unlikely(&krg_fault_key))
		krg_crash_point();
}

static __always_inline void *krg_allocated(void *p)
{
	if (static_branch_unlikely(&krg_fault_key) && p)
		atomic_long_inc(&krg_fault_live);
	return p;
}

/* @p is about to be freed. For kfree_rcu(), which does not say so itself. Any context. */
static __always_inline void krg_freed(const void *p)
{
	if (static_branch_unlikely(&krg_fault_key) && p)
		atomic_long_dec(&krg_fault_live);
}

/* The kernel's own under a name of ours: some are macros. */
#define KRG_REAL(ret, name, parameters, arguments)			\
	static __always_inline ret krg_real_##name parameters		\
	{								\
		return (ret)name arguments;				\
	}
KRG_REAL(void *, kmalloc, (size_t size, gfp_t gfp), (size, gfp))
KRG_REAL(void *, kzalloc, (size_t size, gfp_t gfp), (size, gfp))
KRG_REAL(void *, kcalloc, (size_t n, size_t size, gfp_t gfp), (n, size, gfp))
KRG_REAL(void *, kvmalloc, (size_t size, gfp_t gfp), (size, gfp))
KRG_REAL(void *, kvzalloc, (size_t size, gfp_t gfp), (size, gfp))
KRG_REAL(void *, kvcalloc, (size_t n, size_t size, gfp_t gfp), (n, size, gfp))
KRG_REAL(void *, kvmalloc_array, (size_t n, size_t size, gfp_t gfp), (n, size, gfp))
KRG_REAL(struct page *, alloc_page, (gfp_t gfp), (gfp))
KRG_REAL(void *, __get_free_page, (gfp_t gfp), (gfp))
KRG_REAL(char *, kstrdup, (const char *text, gfp_t gfp), (text, gfp))
KRG_REAL(char *, kstrndup, (const char *text, size_t max, gfp_t gfp), (text, max, gfp))
KRG_REAL(void, kfree, (const void *p), (p))
KRG_REAL(void, kvfree, (const void *p), (p))
KRG_REAL(void, free_page, (unsigned long page), (page))

/* Who says __GFP_NOFAIL cannot have a failure. */
#define krg_gfp_fails(name, gfp) (!((gfp) & __GFP_NOFAIL) && krg_fails(#name))
#define KRG_ALLOC(name, gfp, ...)					\
	(krg_gfp_fails(name, gfp) ? NULL : krg_allocated(krg_real_##name(__VA_ARGS__)))
#define KRG_FREE(name, p) (krg_freed((const void *)(p)), krg_real_##name(p))

#undef kmalloc
#undef kzalloc
#undef kcalloc
#undef kvmalloc
#undef kvzalloc
#undef kvcalloc
#undef kvmalloc_array
#undef alloc_page
#undef __get_free_page
#undef free_page
#define kmalloc(size, gfp)		KRG_ALLOC(kmalloc, gfp, size, gfp)
#define kzalloc(size, gfp)		KRG_ALLOC(kzalloc, gfp, size, gfp)
#define kcalloc(n, size, gfp)		KRG_ALLOC(kcalloc, gfp, n, size, gfp)
#define kvmalloc(size, gfp)		KRG_ALLOC(kvmalloc, gfp, size, gfp)
#define kvzalloc(size, gfp)		KRG_ALLOC(kvzalloc, gfp, size, gfp)
#define kvcalloc(n, size, gfp)		KRG_ALLOC(kvcalloc, gfp, n, size, gfp)
#define kvmalloc_array(n, size, gfp)	KRG_ALLOC(kvmalloc_array, gfp, n, size, gfp)
#define kstrdup(text, gfp)		KRG_ALLOC(kstrdup, gfp, text, gfp)
#define kstrndup(text, max, gfp)	KRG_ALLOC(kstrndup, gfp, text, max, gfp)
#define __get_free_page(gfp)	\
	((unsigned long)KRG_ALLOC(__get_free_page, gfp, gfp))
#define alloc_page(gfp)		\
	(krg_gfp_fails(alloc_page, gfp) ? NULL : krg_real_alloc_page(gfp))
#define kfree(p)			KRG_FREE(kfree, p)
#define kvfree(p)			KRG_FREE(kvfree, p)
#define free_page(page)			KRG_FREE(free_page, page)

/* A macro is not expanded again in what it stands for: these are the kernel's functions. */
#define zalloc_cpumask_var(...)	\
	(!krg_fails("zalloc_cpumask_var") && zalloc_cpumask_var(__VA_ARGS__))
#define xa_store(xa, index, entry, gfp)	\
	(krg_gfp_fails(xa_store, gfp) ? XA_ERROR(-ENOMEM) : xa_store(xa, index, entry, gfp))
#define xa_store_irq(...)	\
	(krg_fails("xa_store_irq") ? XA_ERROR(-ENOMEM) : xa_store_irq(__VA_ARGS__))
#define xa_insert(...)		(krg_fails("xa_insert") ? -ENOMEM : xa_insert(__VA_ARGS__))
#define xa_insert_irq(...)	(krg_fails("xa_insert_irq") ? -ENOMEM : xa_insert_irq(__VA_ARGS__))
#define __xa_insert(...)	(krg_fails("__xa_insert") ? -ENOMEM : __xa_insert(__VA_ARGS__))
#define xa_alloc_cyclic(...)	\
	(krg_fails("xa_alloc_cyclic") ? -ENOMEM : xa_alloc_cyclic(__VA_ARGS__))
#define prepare_creds()		(krg_fails("prepare_creds") ? NULL : prepare_creds())
#define prepare_kernel_cred(...)	\
	(krg_fails("prepare_kernel_cred") ? NULL : prepare_kernel_cred(__VA_ARGS__))
#define groups_alloc(...)	(krg_fails("groups_alloc") ? NULL : groups_alloc(__VA_ARGS__))
#define kern_path(...)		(krg_fails("kern_path") ? -ENOMEM : kern_path(__VA_ARGS__))
#define dentry_open(...)	\
	(krg_fails("dentry_open") ? ERR_PTR(-ENOMEM) : dentry_open(__VA_ARGS__))
#define vm_mmap(...)		(krg_fails("vm_mmap") ? -ENOMEM : vm_mmap(__VA_ARGS__))
#define mmu_notifier_register(...)	\
	(krg_fails("mmu_notifier_register") ? -ENOMEM : mmu_notifier_register(__VA_ARGS__))
#define unshare_fs_struct()	(krg_fails("unshare_fs_struct") ? -ENOMEM : unshare_fs_struct())

#endif /* KRG_FAULT_H */
