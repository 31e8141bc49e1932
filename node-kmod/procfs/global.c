// SPDX-License-Identifier: GPL-2.0-only
/* /proc/{stat,meminfo,cpuinfo,loadavg,uptime} of the whole cluster. */
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/ktime.h>
#include <asm/processor.h>
#include "procfs.h"
#include "sum.h"

KRG_HOOK(int, show_stat, (struct seq_file *m, void *v));
KRG_HOOK(int, meminfo_proc_show, (struct seq_file *m, void *v));
KRG_HOOK(int, loadavg_proc_show, (struct seq_file *m, void *v));
KRG_HOOK(int, uptime_proc_show, (struct seq_file *m, void *v));
KRG_HOOK(int, show_cpuinfo, (struct seq_file *m, void *v));

static void krg_kernel_show(struct seq_file *m, enum krg_global what)
{
	int cpu;

	switch (what) {
	case KRG_GLOBAL_STAT:
		krg_orig(show_stat)(m, NULL);
		break;
	case KRG_GLOBAL_MEMINFO:
		krg_orig(meminfo_proc_show)(m, NULL);
		break;
	case KRG_GLOBAL_LOADAVG:
		krg_orig(loadavg_proc_show)(m, NULL);
		break;
	case KRG_GLOBAL_UPTIME:
		krg_orig(uptime_proc_show)(m, NULL);
		break;
	case KRG_GLOBAL_CPUINFO:
		for_each_online_cpu(cpu)
			krg_orig(show_cpuinfo)(m, &cpu_data(cpu));
		break;
	case KRG_GLOBALS:
		break;
	}
}

/**
 * krg_global_here() - what a file says about this node, as outside the container
 * @buffer: gets the text, with a NUL behind it
 * May sleep. Return: 0, -ENOMEM or -EFBIG.
 */
int krg_global_here(enum krg_global what, struct krg_buffer *buffer)
{
	struct seq_file m;
	int err;

	for (;;) {
		err = krg_buffer_reserve(buffer, buffer->room + 1);
		if (err)
			return err;
		m = (struct seq_file) { .buf = buffer->bytes, .size = buffer->room };
		krg_kernel_show(&m, what);
		if (!seq_has_overflowed(&m))
			break;
	}
	buffer->len = m.count;
	buffer->bytes[m.count] = 0;
	return 0;
}

/* The same about any node of the cluster. Return: -EHOSTDOWN, ... too. */
int krg_global_of(int node, enum krg_global what, struct krg_buffer *buffer)
{
	struct krg_rpc_stream *stream;
	struct krg_procfs_ask *ask;
	size_t len;
	s32 word;
	int err;

	if (node == krg_node_id())
		return krg_global_here(what, buffer);
	ask = krg_ask_new(KRG_PROCFS_GLOBAL, 0, &len);
	if (!ask)
		return -ENOMEM;
	ask->pos = what;
	stream = krg_rpc_open(node, KRG_RPC_PROCFS_READ, ask, len);
	kvfree(ask);
	if (IS_ERR(stream))
		return PTR_ERR(stream);
	err = krg_rpc_read(stream, &word, sizeof(word));
	if (!err && word != 1)
		err = word < 0 ? word : -EPROTO;
	if (!err)
		err = krg_buffer_read(buffer, stream);
	krg_rpc_close(stream);
	return err;
}

/* What the nodes' texts become, one node after the other, this one first. */
struct krg_total {
	struct krg_buffer text;		/* sums, or all texts */
	struct krg_buffer cpus;		/* of stat: lines of single CPUs */
	struct krg_load load;
	unsigned long long idle;
	unsigned int nodes;
};

static int krg_total_sum(struct krg_total *total, const char *text)
{
	struct krg_buffer sum = {};
	int err;

	err = krg_buffer_reserve(&sum, total->text.len + strlen(text) + 1);
	if (err)
		return err;
	sum.len = krg_sum_lines(sum.bytes, total->text.len ? total->text.bytes : "", text);
	krg_buffer_free(&total->text);
	total->text = sum;
	return 0;
}

static int krg_total_stat(struct krg_total *total, const struct krg_buffer *text, int node)
{
	struct krg_buffer rest = {};
	int err;

	err = krg_buffer_reserve(&rest, text->len + 1);
	if (!err)
		err = krg_buffer_reserve(&total->cpus, 2 * text->len + 1);
	if (!err) {
		krg_split_stat(text->bytes, node * CONFIG_NR_CPUS, rest.bytes,
			       total->cpus.bytes + total->cpus.len);
		total->cpus.len += strlen(total->cpus.bytes + total->cpus.len);
		err = krg_total_sum(total, rest.bytes);
	}
	krg_buffer_free(&rest);
	return err;
}

static int krg_total_cpuinfo(struct krg_total *total, const struct krg_buffer *text, int node)
{
	int err = krg_buffer_reserve(&total->text, 2 * text->len + 1);

	if (!err)
		total->text.len += krg_number_cpus(total->text.bytes + total->text.len,
						   text->bytes, node * CONFIG_NR_CPUS);
	return err;
}

static int krg_total_add(struct krg_total *total, enum krg_global what,
			 const struct krg_buffer *text, int node)
{
	total->nodes++;
	switch (what) {
	case KRG_GLOBAL_STAT:
		return krg_total_stat(total, text, node);
	case KRG_GLOBAL_MEMINFO:
		return krg_total_sum(total, text->bytes);
	case KRG_GLOBAL_CPUINFO:
		return krg_total_cpuinfo(total, text, node);
	case KRG_GLOBAL_LOADAVG:
		return krg_add_load(&total->load, text->bytes) ? 0 : -EPROTO;
	case KRG_GLOBAL_UPTIME:
		return krg_add_idle(&total->idle, text->bytes) ? 0 : -EPROTO;
	case KRG_GLOBALS:
		break;
	}
	return -EINVAL;
}

/* Nodes that do not answer do not count. */
static int krg_total_of_all(struct krg_total *total, enum krg_global what)
{
	DECLARE_BITMAP(nodes, KRG_MAX_NODES);
	struct krg_buffer text = {};
	int node, err;

	krg_online_nodes(nodes);
	clear_bit(krg_node_id(), nodes);
	err = krg_global_here(what, &text);
	if (!err)
		err = krg_total_add(total, what, &text, krg_node_id());
	for_each_set_bit(node, nodes, KRG_MAX_NODES) {
		text.len = 0;
		if (!err && !krg_global_of(node, what, &text))
			err = krg_total_add(total, what, &text, node);
	}
	krg_buffer_free(&text);
	return err;
}

/* The sums of all CPUs, then the CPUs; btime belongs to uptime. */
static void krg_show_stat_total(struct seq_file *m, const struct krg_total *total)
{
	char *rest = total->text.bytes, *line = strsep(&rest, "\n");

	seq_printf(m, "cpu  %s\n", skip_spaces(line + strlen("cpu")));
	seq_write(m, total->cpus.bytes, total->cpus.len);
	while ((line = strsep(&rest, "\n")) && rest) {
		u64 boot = ktime_get_real_ns() - ktime_get_boottime_ns() - krg_boot_ahead();

		if (str_has_prefix(line, "btime "))
			seq_printf(m, "btime %llu\n", div_u64(boot, NSEC_PER_SEC));
		else
			seq_printf(m, "%s\n", line);
	}
}

static void krg_show_load_total(struct seq_file *m, const struct krg_load *load)
{
	int i;

	for (i = 0; i < 3; i++)
		seq_printf(m, "%llu.%02llu ", load->hundredths[i] / 100, load->hundredths[i] % 100);
	seq_printf(m, "%llu/%llu %d\n", load->running, load->total, load->last_pid);
}

/* Up as long as the oldest node; the mean of what the nodes were idle. */
static void krg_show_uptime_total(struct seq_file *m, const struct krg_total *total)
{
	u64 up = div_u64(ktime_get_boottime_ns() + krg_boot_ahead(), NSEC_PER_SEC / 100);
	u64 idle = div_u64(total->idle, total->nodes);

	seq_printf(m, "%llu.%02llu %llu.%02llu\n", up / 100, up % 100, idle / 100, idle % 100);
}

/**
 * krg_global_show() - write a file about the whole cluster
 * May sleep. Return: 0, -ENOMEM or -EFBIG.
 */
int krg_global_show(struct seq_file *m, enum krg_global what)
{
	struct krg_total total = {};
	int err = krg_total_of_all(&total, what);

	if (err)
		goto out_free;
	switch (what) {
	case KRG_GLOBAL_STAT:
		krg_show_stat_total(m, &total);
		break;
	case KRG_GLOBAL_LOADAVG:
		krg_show_load_total(m, &total.load);
		break;
	case KRG_GLOBAL_UPTIME:
		krg_show_uptime_total(m, &total);
		break;
	default:
		seq_write(m, total.text.bytes, total.text.len);
	}
out_free:
	krg_buffer_free(&total.text);
	krg_buffer_free(&total.cpus);
	return err;
}

#define KRG_GLOBAL_HOOK(name, what)						\
static int krg_hook_##name(struct seq_file *m, void *v)				\
{										\
	int err;								\
										\
	krg_hook_enter(name);							\
	err = krg_sees_local() ? krg_orig(name)(m, v) : krg_global_show(m, what); \
	krg_hook_exit(name);							\
	return err;								\
}

KRG_GLOBAL_HOOK(show_stat, KRG_GLOBAL_STAT)
KRG_GLOBAL_HOOK(meminfo_proc_show, KRG_GLOBAL_MEMINFO)
KRG_GLOBAL_HOOK(loadavg_proc_show, KRG_GLOBAL_LOADAVG)
KRG_GLOBAL_HOOK(uptime_proc_show, KRG_GLOBAL_UPTIME)

/* It is called once a CPU of this node: the first one stands for all of the cluster. */
static int krg_hook_show_cpuinfo(struct seq_file *m, void *v)
{
	const struct cpuinfo_x86 *cpu = v;
	int err = SEQ_SKIP;

	krg_hook_enter(show_cpuinfo);
	if (krg_sees_local())
		err = krg_orig(show_cpuinfo)(m, v);
	else if (cpu == &cpu_data(cpumask_first(cpu_online_mask)))
		err = krg_global_show(m, KRG_GLOBAL_CPUINFO);
	krg_hook_exit(show_cpuinfo);
	return err;
}

struct krg_hook *krg_global_hooks[] = {
	&krg_hook_of_show_stat, &krg_hook_of_meminfo_proc_show, &krg_hook_of_loadavg_proc_show,
	&krg_hook_of_uptime_proc_show, &krg_hook_of_show_cpuinfo, NULL
};
