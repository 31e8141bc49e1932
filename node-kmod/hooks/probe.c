// SPDX-License-Identifier: GPL-2.0-only
/* Tracepoints: what several modules may want to know about. */
#include <linux/module.h>
#include <linux/tracepoint.h>
#include <kerrighed/hooks.h>

struct search {
	const char *name;
	struct tracepoint *found;
};

static void compare(struct tracepoint *tp, void *data)
{
	struct search *search = data;

	if (!strcmp(tp->name, search->name))
		search->found = tp;
}

static struct tracepoint *find(const char *name)
{
	struct search search = { .name = name };

	for_each_kernel_tracepoint(compare, &search);
	return search.found;
}

int krg_probe(const char *name, void *probe)
{
	struct tracepoint *tp = find(name);

	if (!tp) {
		pr_err("krg_hooks: this kernel has no tracepoint %s\n", name);
		return -ENOENT;
	}
	return tracepoint_probe_register(tp, probe, NULL);
}
EXPORT_SYMBOL_GPL(krg_probe);

void krg_unprobe(const char *name, void *probe)
{
	tracepoint_probe_unregister(find(name), probe, NULL);
	tracepoint_synchronize_unregister();
}
EXPORT_SYMBOL_GPL(krg_unprobe);
