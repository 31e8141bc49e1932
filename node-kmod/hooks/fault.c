// SPDX-License-Identifier: GPL-2.0-only
/* See <kerrighed/fault.h>. Points are told apart by the calls in modules that lead to them. */
#include <linux/debugfs.h>
#include <linux/jhash.h>
#include <linux/jump_label.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/reboot.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/stacktrace.h>
#include <linux/uaccess.h>
#include <kerrighed/fault.h>
#include <kerrighed/hooks.h>
#include "hooks.h"

#define DEPTH	32	/* of a stack */
#define PATHS	1024	/* further ones do not count */

DEFINE_STATIC_KEY_FALSE(krg_fault_key);
EXPORT_SYMBOL_GPL(krg_fault_key);
atomic_long_t krg_fault_live;
EXPORT_SYMBOL_GPL(krg_fault_live);

struct path_passed {
	u32 hash;
	u32 times;
};

static DEFINE_SPINLOCK(lock);		/* of all that follows */
static unsigned int armed;		/* this point is to fail; 0: none any more */
static unsigned int passed;		/* points since then */
static struct path_passed paths[PATHS];
static unsigned int npaths;
static const char *failed;		/* the name of the one that did, or NULL */
static unsigned long failed_at[DEPTH];	/* and the calls that led to it */
static unsigned int failed_depth;
static unsigned int crash_armed;	/* the node dies at this point between messages; 0: none */
static unsigned int crash_passed;	/* such points since then */

/* The kernel's own calls differ from time to time: an interrupt, or another way into it. */
static unsigned int keep_modules(unsigned long *stack, unsigned int depth)
{
	unsigned int i, kept = 0;

	for (i = 0; i < depth; i++)
		if (stack[i] >= MODULES_VADDR && stack[i] < MODULES_END)
			stack[kept++] = stack[i];
	return kept;
}

/* How often this path was passed, with this time; 0: there are too many paths. */
static u32 pass(u32 hash)
{
	unsigned int i;

	for (i = 0; i < npaths && paths[i].hash != hash; i++)
		;
	if (i == PATHS)
		return 0;
	if (i == npaths)
		paths[npaths++] = (struct path_passed) { .hash = hash };
	return ++paths[i].times;
}

bool krg_fault(const char *what)
{
	unsigned long stack[DEPTH], flags;
	unsigned int depth = keep_modules(stack, stack_trace_save(stack, DEPTH, 1));
	bool fails = false;

	spin_lock_irqsave(&lock, flags);
	if (armed && is_power_of_2(pass(jhash(stack, depth * sizeof(*stack), 0)))) {
		fails = ++passed == armed;
		if (fails) {
			failed = what;
			failed_depth = depth;
			memcpy(failed_at, stack, sizeof(failed_at));
			armed = 0;
		}
	}
	spin_unlock_irqrestore(&lock, flags);
	return fails;
}
EXPORT_SYMBOL_GPL(krg_fault);

/* As if the plug were pulled: not a byte goes out any more, and nobody is told. */
void krg_crash_point(void)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	if (crash_armed && ++crash_passed == crash_armed)
		emergency_restart();
	spin_unlock_irqrestore(&lock, flags);
}
EXPORT_SYMBOL_GPL(krg_crash_point);

static void arm(unsigned int number)
{
	spin_lock_irq(&lock);
	armed = number;
	passed = 0;
	npaths = 0;
	failed = NULL;
	spin_unlock_irq(&lock);
}

static ssize_t point_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	unsigned int number;
	int err = kstrtouint_from_user(buf, len, 0, &number);

	if (err)
		return err;
	arm(number);
	if (number) {
		static_branch_enable(&krg_fault_key);
	} else {
		static_branch_disable(&krg_fault_key);
		atomic_long_set(&krg_fault_live, 0);
	}
	return len;
}

static int point_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	spin_lock_irq(&lock);
	if (failed) {
		seq_printf(m, "failed %u", passed);
		for (i = 0; i < failed_depth; i++)
			seq_printf(m, "%c%pS", i ? '<' : ' ', (void *)failed_at[i]);
		seq_printf(m, ": %s\n", failed);
	} else {
		seq_printf(m, "armed %u passed %u\n", armed, passed);
	}
	spin_unlock_irq(&lock);
	return 0;
}

static int point_open(struct inode *inode, struct file *file)
{
	return single_open(file, point_show, NULL);
}

static const struct file_operations point_fops = {
	.owner = THIS_MODULE,
	.open = point_open,
	.read = seq_read,
	.write = point_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int crash_set(void *unused, u64 number)
{
	if (number > UINT_MAX)
		return -ERANGE;
	spin_lock_irq(&lock);
	crash_armed = number;
	crash_passed = 0;
	spin_unlock_irq(&lock);
	if (number)
		static_branch_enable(&krg_fault_key);
	return 0;
}

static int crash_get(void *unused, u64 *passed_since)
{
	*passed_since = READ_ONCE(crash_passed);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(crash_fops, crash_get, crash_set, "%llu\n");

static int live_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%ld\n", atomic_long_read(&krg_fault_live));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(live);

void krg_fault_init(void)
{
	struct dentry *dir = debugfs_create_dir("fault", krg_debugfs);

	debugfs_create_file("point", 0600, dir, NULL, &point_fops);
	debugfs_create_file("crash", 0600, dir, NULL, &crash_fops);
	debugfs_create_file("live", 0400, dir, NULL, &live_fops);
}
