// SPDX-License-Identifier: GPL-2.0-only
/*
 * What this node has of each set, for people: /proc/kddminfo and /proc/kerrighed/kddm/.
 * States of objects have the names that Kerrighed's users know.
 */
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <kerrighed/hotplug.h>
#include "node.h"

enum krg_shown_state {
	INV_COPY, READ_COPY, WRITE_OWNER, WAIT_OBJ_READ, WAIT_OBJ_WRITE, WAIT_OBJ_RM_DONE, STATES
};

static const char *const krg_state_names[STATES] = {
	"INV_COPY", "READ_COPY", "WRITE_OWNER", "WAIT_OBJ_READ", "WAIT_OBJ_WRITE",
	"WAIT_OBJ_RM_DONE",
};

static const char *const krg_stat_names[KRG_STATS] = {
	"get", "grab", "find", "put", "flush", "sync", "remove", "destroy", "waited", "sent", "received",
};

DEFINE_PER_CPU(unsigned long [KRG_STATS], krg_kddm_stats);
static struct proc_dir_entry *krg_kddm_dir;

static enum krg_shown_state krg_shown_state(const struct krg_kddm_copy *c)
{
	switch (READ_ONCE(c->want)) {
	case KRG_KDDM_GET:
		return WAIT_OBJ_READ;
	case KRG_KDDM_GRAB:
		return WAIT_OBJ_WRITE;
	case KRG_KDDM_REMOVE:
		return WAIT_OBJ_RM_DONE;
	}
	switch (READ_ONCE(c->state)) {
	case KRG_KDDM_EXCLUSIVE:
		return WRITE_OWNER;
	case KRG_KDDM_SHARED:
		return READ_COPY;
	}
	return INV_COPY;
}

static void krg_show_info(struct krg_kddm_set *set, void *m)
{
	long objects = atomic_long_read(&set->object_count);

	seq_printf(m, "%16llx %11ld %11ld %9u %12ld\n", set->id,
		   atomic_long_read(&set->entry_count), objects, set->size, objects * set->size);
}

static int krg_kddminfo_show(struct seq_file *m, void *unused)
{
	seq_puts(m, "          Set ID  nr entries  nr objects  obj size     Set size\n");
	krg_sets_each(krg_show_info, m);
	return 0;
}

static void krg_show_states(struct krg_kddm_set *set, void *m)
{
	unsigned long index, counts[STATES] = {};
	struct krg_object *o;
	int i;

	rcu_read_lock();
	xa_for_each(&set->objects, index, o)
		counts[krg_shown_state(&o->copy)]++;
	rcu_read_unlock();
	seq_printf(m, "%llx", set->id);
	for (i = 0; i < STATES; i++)
		seq_printf(m, " %s %lu", krg_state_names[i], counts[i]);
	seq_putc(m, '\n');
}

static int krg_objectstates_show(struct seq_file *m, void *unused)
{
	krg_sets_each(krg_show_states, m);
	return 0;
}

static int krg_setstat_show(struct seq_file *m, void *unused)
{
	unsigned long sum;
	int i, cpu;

	for (i = 0; i < KRG_STATS; i++) {
		sum = 0;
		for_each_possible_cpu(cpu)
			sum += per_cpu(krg_kddm_stats, cpu)[i];
		seq_printf(m, "%s %lu\n", krg_stat_names[i], sum);
	}
	return 0;
}

struct krg_memory {
	long sets, objects, entries, content;
};

static void krg_add_memory(struct krg_kddm_set *set, void *to)
{
	struct krg_memory *sum = to;
	long objects = atomic_long_read(&set->object_count);

	sum->sets++;
	sum->objects += objects;
	sum->entries += atomic_long_read(&set->entry_count);
	sum->content += objects * set->size;
}

static int krg_meminfo_show(struct seq_file *m, void *unused)
{
	struct krg_memory sum = {};

	krg_sets_each(krg_add_memory, &sum);
	seq_printf(m, "sets %ld\nobjects %ld\nentries %ld\ncontent %ld\nbookkeeping %ld\n",
		   sum.sets, sum.objects, sum.entries, sum.content,
		   sum.sets * sizeof(struct krg_kddm_set) +
		   sum.objects * sizeof(struct krg_object) +
		   sum.entries * sizeof(struct krg_kddm_entry));
	return 0;
}

static bool krg_show_create(void)
{
	return proc_create_single("kddminfo", 0444, NULL, krg_kddminfo_show) &&
	       proc_create_single("meminfo", 0444, krg_kddm_dir, krg_meminfo_show) &&
	       proc_create_single("setstat", 0444, krg_kddm_dir, krg_setstat_show) &&
	       proc_create_single("objectstates", 0444, krg_kddm_dir, krg_objectstates_show);
}

int krg_show_init(void)
{
	krg_kddm_dir = proc_mkdir("kddm", krg_procdir);
	if (krg_kddm_dir && krg_show_create())
		return 0;
	krg_show_exit();
	return -ENOMEM;
}

void krg_show_exit(void)
{
	remove_proc_subtree("kddminfo", NULL);
	proc_remove(krg_kddm_dir);
}
