/* SPDX-License-Identifier: GPL-2.0-only */
/* Types, macros, atomics, bits, memory and messages. */
#ifndef SIM_BASE_H
#define SIM_BASE_H

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <linux/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef int32_t s32;
typedef long long s64;
typedef s64 ktime_t;
typedef unsigned int gfp_t;

#define __user
#define __rcu
#define __percpu
#define __init
#define __exit
#define __used __attribute__((used))
#define notrace
#define __no_caller_saved_registers
#define __noreturn __attribute__((noreturn))
#define __acquires(x)
#define __releases(x)
#define __cond_lock(lock, taken) (taken)
#define __printf(text, first) __attribute__((format(printf, text, first)))
#define unlikely(x) (x)

/* errnos that stay inside the kernel */
#define ERESTARTSYS	512
#define ERESTARTNOINTR	513

#define LINUX_VERSION_CODE	KERNEL_VERSION(6, 12, 0)
#define KERNEL_VERSION(a, b, c)	((a) << 16 | (b) << 8 | (c))
#define PAGE_SIZE		4096UL
#define SZ_4K			0x1000
#define SZ_64K			0x10000

#define READ_ONCE(x) (x)
#define WRITE_ONCE(x, value) ((x) = (value))
#define smp_mb() do { } while (0)
#define xchg(at, value) ({ typeof(*(at)) __old = *(at); *(at) = (value); __old; })
#define cmpxchg(at, old, new) ({						\
	typeof(*(at)) __was = *(at);						\
	if (__was == (old))							\
		*(at) = (new);							\
	__was; })

#define container_of(at, type, member) ((type *)((char *)(at) - offsetof(type, member)))
#define sizeof_field(type, member) sizeof(((type *)0)->member)
#define struct_size(at, member, n) (sizeof(*(at)) + (n) * sizeof((at)->member[0]))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n) (1UL << (n))
#define min(a, b) ({ typeof(a) __a = (a); typeof(b) __b = (b); __a < __b ? __a : __b; })
#define max(a, b) ({ typeof(a) __a = (a); typeof(b) __b = (b); __a > __b ? __a : __b; })
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))

#define cpu_to_le16(x) (x)
#define cpu_to_le32(x) (x)
#define cpu_to_le64(x) (x)
#define le16_to_cpu(x) (x)
#define le32_to_cpu(x) (x)
#define le64_to_cpu(x) (x)

#define ERR_PTR(err) ((void *)(long)(err))
#define PTR_ERR(at) ((long)(at))
#define IS_ERR(at) ((unsigned long)(at) >= (unsigned long)-4095)
#define PTR_ERR_OR_ZERO(at) (IS_ERR(at) ? PTR_ERR(at) : 0)

/* modules */
#define THIS_MODULE NULL
#define __module_get(module) do { } while (0)
#define module_put(module) do { } while (0)
#define EXPORT_SYMBOL_GPL(symbol) struct sim_unused
#define MODULE_DESCRIPTION(text) struct sim_unused
#define MODULE_LICENSE(text) struct sim_unused
#define MODULE_VERSION(text) struct sim_unused
#define MODULE_PARM_DESC(name, text) struct sim_unused
#define module_param(name, type, mode) type *const sim_param_##name = &(name)
/* In the place of that of hooks.h: tells sim_hooked() what a call leads to. */
extern void *sim_redirected;
#define KRG_STUB(fn)							\
	static void krg_stub_##fn(void)					\
	{								\
		sim_redirected = krg_gate_##fn() ? (void *)krg_hook_##fn : NULL; \
	}

/* sim_load_krg_rpc() loads the module krg_rpc; none is unloaded */
#define SIM_PASTE(a, b) a##b
#define SIM_LOAD(module) SIM_PASTE(sim_load_, module)
#define module_init(fn)								\
	int SIM_LOAD(SIM_MODULE)(void);						\
	int SIM_LOAD(SIM_MODULE)(void)						\
	{									\
		return fn();							\
	}									\
	struct sim_unused
#define module_exit(fn) static void (*const sim_unload)(void) __used = fn

/* messages, only with -v */
__printf(1, 2) void sim_log(const char *fmt, ...);
extern bool sim_verbose;
#define pr_info(fmt, ...)							\
	do {									\
		if (sim_verbose)						\
			sim_log(KBUILD_MODNAME ": " fmt, ##__VA_ARGS__);			\
	} while (0)
#define pr_notice pr_info
#define pr_warn pr_info
#define pr_err pr_info

/* atomics */
typedef struct { int counter; } atomic_t;
typedef struct { s64 counter; } atomic64_t;
#define ATOMIC64_INIT(value) { value }

#define ATOMIC_INIT(value) { value }
#define atomic_read(a) ((a)->counter)
#define atomic_set(a, value) ((a)->counter = (value))
#define atomic_inc(a) ((a)->counter++)
#define atomic_dec(a) ((a)->counter--)
#define atomic_inc_return(a) (++(a)->counter)
#define atomic_dec_return(a) (--(a)->counter)
#define atomic_xchg(a, value) xchg(&(a)->counter, value)
#define atomic_cmpxchg(a, old, new) cmpxchg(&(a)->counter, old, new)
#define atomic64_read(a) ((long long)(a)->counter)
#define atomic64_inc(a) ((a)->counter++)
#define atomic64_inc_return(a) (++(a)->counter)
#define atomic64_add(value, a) ((a)->counter += (value))
#define atomic64_set(a, value) ((a)->counter = (value))
#define atomic64_xchg(a, value) ({ s64 old_ = (a)->counter; (a)->counter = (value); old_; })

struct kref { int count; };

#define kref_init(ref) ((ref)->count = 1)
#define kref_get(ref) ((ref)->count++)
#define kref_get_unless_zero(ref) ((ref)->count ? (ref)->count++ : 0)
#define kref_put(ref, release)							\
	do {									\
		struct kref *__ref = (ref);					\
		if (!--__ref->count)						\
			release(__ref);						\
	} while (0)

/* bits */
#define SIM_BITS 64
#define DECLARE_BITMAP(name, bits) unsigned long name[((bits) + SIM_BITS - 1) / SIM_BITS]

static inline bool test_bit(int bit, const unsigned long *at)
{
	return at[bit / SIM_BITS] >> bit % SIM_BITS & 1;
}

static inline void set_bit(int bit, unsigned long *at)
{
	at[bit / SIM_BITS] |= 1UL << bit % SIM_BITS;
}

static inline void clear_bit(int bit, unsigned long *at)
{
	at[bit / SIM_BITS] &= ~(1UL << bit % SIM_BITS);
}

static inline int sim_find_bit(const unsigned long *at, int size, int from, unsigned long flip)
{
	unsigned long word;

	while (from < size) {
		word = (at[from / SIM_BITS] ^ flip) >> from % SIM_BITS;
		if (word) {
			from += __builtin_ctzl(word);
			break;
		}
		from = (from / SIM_BITS + 1) * SIM_BITS;
	}
	return min(from, size);
}

#define find_next_zero_bit(at, size, from) sim_find_bit(at, size, from, ~0UL)
#define for_each_set_bit(bit, at, size)						\
	for ((bit) = sim_find_bit(at, size, 0, 0); (bit) < (int)(size);		\
	     (bit) = sim_find_bit(at, size, (bit) + 1, 0))
#define bitmap_zero(at, size) memset(at, 0, (size) / 8)
#define bitmap_from_arr64(at, from, size) memcpy(at, from, (size) / 8)
#define hweight64(word) __builtin_popcountll(word)

/* memory: there is always some */
#define GFP_KERNEL	0
#define GFP_ATOMIC	0
#define __GFP_NOFAIL	0
void *sim_alloc(size_t size);		/* zeroed */
#define kmalloc(size, gfp) ((void)(gfp), malloc(size))
#define kzalloc(size, gfp) sim_alloc(size)
#define kvmalloc(size, gfp) ((void)(gfp), malloc(size))
#define kvzalloc(size, gfp) sim_alloc(size)
#define kvcalloc(n, size, gfp) sim_alloc((size_t)(n) * (size))
#define kvmalloc_array(n, size, gfp) sim_alloc((size_t)(n) * (size))
#define kfree(at) free((void *)(at))
#define kvfree(at) free((void *)(at))
#define kfree_rcu(at, member) free(at)

#define strscpy(to, from, size) snprintf(to, size, "%.*s", (int)(size) - 1, from)
#define skip_spaces(at) ((char *)(at) + strspn(at, " "))
static inline int kstrtoint(const char *text, unsigned int base, int *value)
{
	*value = strtol(text, NULL, base);
	return 0;
}

/* user memory is memory */
#define put_user(value, at) (*(at) = (value), 0)
#define copy_to_user(to, from, size) (memcpy((void *)(to), from, size), 0)
#define copy_from_user(to, from, size) (memcpy(to, (const void *)(from), size), 0)

u64 get_random_u64(void);
#define get_random_u32_below(limit) ((u32)(get_random_u64() % (limit)))

/* read-copy-update, without anybody to copy for */
struct rcu_head { void *unused[2]; };

#define rcu_read_lock() do { } while (0)
#define rcu_read_unlock() do { } while (0)
#define synchronize_rcu() do { } while (0)
#define synchronize_rcu_tasks() do { } while (0)
#define rcu_dereference(at) (at)
#define rcu_access_pointer(at) (at)
#define rcu_dereference_protected(at, unused) (at)
#define rcu_assign_pointer(at, value) ((at) = (value))
#define rcu_replace_pointer(at, value, unused) xchg(&(at), value)
#define lockdep_is_held(lock) true

#define orderly_poweroff(force) do { } while (0)
#define orderly_reboot() do { } while (0)

/* nobody reads these here */
struct seq_file;
struct dentry;
#define seq_puts(m, text) do { } while (0)
#define seq_printf(m, ...) do { } while (0)
#define DEFINE_SHOW_ATTRIBUTE(name)						\
	static int (*const name##_fops)(struct seq_file *m, void *v) __used = name##_show
#define debugfs_create_dir(name, parent) NULL
#define debugfs_create_file(name, mode, parent, data, fops) do { } while (0)
#define debugfs_remove(dentry) do { } while (0)
#define sysfs_emit_at(buf, at, ...) sprintf((buf) + (at), __VA_ARGS__)

#endif /* SIM_BASE_H */
