// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last migrations that began here: /sys/kernel/debug/kerrighed/epm/migrations,
 * oldest first, one a line:
 *	NUMBER PID FROM TO ERRNO FREEZE_US TOTAL_US BYTES ROUNDS EARLY_BYTES LEFT_BYTES COMM
 * ROUNDS, in which EARLY_BYTES of BYTES were sent, come before the freeze, and LEFT_BYTES are
 * fetched after it.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "epm.h"

#define KRG_HISTORY 256

static DEFINE_SPINLOCK(krg_history_lock);
static struct krg_move_record krg_history[KRG_HISTORY];
static u64 krg_history_next;

void krg_history_add(const struct krg_move_record *record)
{
	spin_lock(&krg_history_lock);
	krg_history[krg_history_next++ % KRG_HISTORY] = *record;
	spin_unlock(&krg_history_lock);
}

static int krg_history_show(struct seq_file *m, void *unused)
{
	struct krg_move_record r;
	u64 i, next;

	spin_lock(&krg_history_lock);
	next = krg_history_next;
	spin_unlock(&krg_history_lock);
	for (i = next > KRG_HISTORY ? next - KRG_HISTORY : 0; i < next; i++) {
		spin_lock(&krg_history_lock);
		r = krg_history[i % KRG_HISTORY];
		spin_unlock(&krg_history_lock);
		seq_printf(m, "%llu %d %d %d %d %lld %lld %llu %u %llu %llu %s\n", i, r.pid, r.from,
			   r.to, -r.err, r.freeze, r.total, r.bytes, r.rounds, r.early_bytes,
			   r.left_bytes, r.comm);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(krg_history);

static struct dentry *krg_history_dir;

void krg_history_init(void)
{
	krg_history_dir = debugfs_create_dir("epm", krg_debugfs);
	debugfs_create_file("migrations", 0444, krg_history_dir, NULL, &krg_history_fops);
	krg_rests_init(krg_history_dir);
}

void krg_history_exit(void)
{
	debugfs_remove(krg_history_dir);
}
