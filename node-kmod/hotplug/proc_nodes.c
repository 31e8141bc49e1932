// SPDX-License-Identifier: GPL-2.0-only
/* /proc/nodes: a folder for each online node, and one for the cluster. */
#define pr_fmt(fmt) "krg_hotplug: " fmt

#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include "hotplug.h"

/* no node has id 0: its folder is the cluster's */
static struct proc_dir_entry *nodes, *self, *folders[KRG_MAX_NODES];
static const struct krg_node_file *files;	/* of other modules, or NULL */
static DEFINE_MUTEX(lock);

static int krg_nrnodes_show(struct seq_file *m, void *unused)
{
	int node, count[KRG_NODE_ONLINE + 1] = {};

	for (node = 1; node < KRG_MAX_NODES; node++)
		count[krg_node_state(node)]++;
	/* each of these includes the ones above it */
	seq_printf(m, "ONLINE:%d\nPRESENT:%d\nPOSSIBLE:%d\n", count[KRG_NODE_ONLINE],
		   count[KRG_NODE_ONLINE] + count[KRG_NODE_PRESENT],
		   count[KRG_NODE_ONLINE] + count[KRG_NODE_PRESENT] + count[KRG_NODE_POSSIBLE]);
	return 0;
}

static int krg_nodeid_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%ld\n", (long)m->private);
	return 0;
}

static int krg_session_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%d\n", krg_session_id());
	return 0;
}

static void krg_folder_fill(int node, const char *name)
{
	const struct krg_node_file *file;

	for (file = files; file && file->name; file++)
		if (!proc_create_single_data(file->name, 0444, folders[node], file->show,
					     (void *)(long)node))
			pr_err("no memory for /proc/nodes/%s/%s\n", name, file->name);
}

static void krg_folder_create(int node)
{
	char name[16] = "cluster";
	bool good;

	if (node)
		snprintf(name, sizeof(name), "node%d", node);
	folders[node] = proc_mkdir(name, nodes);
	good = folders[node] &&
	       proc_create_single("session", 0444, folders[node], krg_session_show);
	if (good && node)
		good = proc_create_single_data("nodeid", 0444, folders[node], krg_nodeid_show,
					       (void *)(long)node);
	if (!good)
		pr_err("no memory for /proc/nodes/%s\n", name);
	if (folders[node])
		krg_folder_fill(node, name);
}

static void krg_folder_remove(int node)
{
	proc_remove(folders[node]);
	folders[node] = NULL;
}

void krg_node_files(const struct krg_node_file *table)
{
	DECLARE_BITMAP(shown, KRG_MAX_NODES) = {};
	int node;

	mutex_lock(&lock);
	for (node = 0; node < KRG_MAX_NODES; node++)
		if (folders[node]) {
			set_bit(node, shown);
			krg_folder_remove(node);
		}
	files = table;
	for_each_set_bit(node, shown, KRG_MAX_NODES)
		krg_folder_create(node);
	mutex_unlock(&lock);
}
EXPORT_SYMBOL_GPL(krg_node_files);

void krg_proc_nodes_update(const unsigned long *online)
{
	char target[16];
	int node;

	mutex_lock(&lock);
	for (node = 1; node < KRG_MAX_NODES; node++) {
		if (test_bit(node, online) && !folders[node])
			krg_folder_create(node);
		else if (!test_bit(node, online) && folders[node])
			krg_folder_remove(node);
	}
	if (folders[krg_node_id()] && !self) {
		snprintf(target, sizeof(target), "node%d", krg_node_id());
		self = proc_symlink("self", nodes, target);
	} else if (!folders[krg_node_id()] && self) {
		proc_remove(self);
		self = NULL;
	}
	mutex_unlock(&lock);
}

int krg_proc_nodes_init(void)
{
	nodes = proc_mkdir("nodes", NULL);
	if (!nodes)
		return -ENOMEM;
	if (!proc_create_single("nrnodes", 0444, nodes, krg_nrnodes_show)) {
		proc_remove(nodes);
		return -ENOMEM;
	}
	krg_folder_create(0);
	return 0;
}

void krg_proc_nodes_exit(void)
{
	proc_remove(nodes);
}
