// SPDX-License-Identifier: GPL-2.0-only
/* The same files in /proc/nodes/node<id>, about that node, and /proc/nodes/cluster. */
#include "procfs.h"

static int krg_node_show(struct seq_file *m, enum krg_global what)
{
	int node = (long)m->private;
	struct krg_buffer text = {};
	int err;

	if (!node)
		return krg_global_show(m, what);
	err = krg_global_of(node, what, &text);
	if (!err)
		seq_write(m, text.bytes, text.len);
	krg_buffer_free(&text);
	return err;
}

#define KRG_NODE_FILE(name, what)						\
static int krg_node_##name(struct seq_file *m, void *unused)			\
{										\
	return krg_node_show(m, what);						\
}

KRG_NODE_FILE(stat, KRG_GLOBAL_STAT)
KRG_NODE_FILE(meminfo, KRG_GLOBAL_MEMINFO)
KRG_NODE_FILE(cpuinfo, KRG_GLOBAL_CPUINFO)
KRG_NODE_FILE(loadavg, KRG_GLOBAL_LOADAVG)
KRG_NODE_FILE(uptime, KRG_GLOBAL_UPTIME)

static const struct krg_node_file files[] = {
	{ "stat", krg_node_stat },
	{ "meminfo", krg_node_meminfo },
	{ "cpuinfo", krg_node_cpuinfo },
	{ "loadavg", krg_node_loadavg },
	{ "uptime", krg_node_uptime },
	{}
};

void krg_nodes_init(void)
{
	krg_node_files(files);
}

void krg_nodes_exit(void)
{
	krg_node_files(NULL);
}
