// SPDX-License-Identifier: GPL-2.0-only
/* /proc/nodes: a folder for each online node. */
#define pr_fmt(fmt) "krg_hotplug: " fmt

#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include "hotplug.h"

static struct proc_dir_entry *nodes, *self, *folders[KRG_MAX_NODES];
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

static struct proc_dir_entry *krg_node_folder(int node)
{
	struct proc_dir_entry *folder;
	char name[16];

	snprintf(name, sizeof(name), "node%d", node);
	folder = proc_mkdir(name, nodes);
	if (!folder ||
	    !proc_create_single_data("nodeid", 0444, folder, krg_nodeid_show, (void *)(long)node) ||
	    !proc_create_single("session", 0444, folder, krg_session_show))
		pr_err("no memory for /proc/nodes/%s\n", name);
	return folder;
}

void krg_proc_nodes_update(const unsigned long *online)
{
	char target[16];
	int node;

	mutex_lock(&lock);
	for (node = 1; node < KRG_MAX_NODES; node++) {
		if (test_bit(node, online) && !folders[node]) {
			folders[node] = krg_node_folder(node);
		} else if (!test_bit(node, online) && folders[node]) {
			proc_remove(folders[node]);
			folders[node] = NULL;
		}
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
	return 0;
}

void krg_proc_nodes_exit(void)
{
	proc_remove(nodes);
}
