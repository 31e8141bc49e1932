// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/tracepoint.h>
#include "capability.h"

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
		pr_err("krg_capability: this kernel has no tracepoint %s\n", name);
		return -ENOENT;
	}
	return tracepoint_probe_register(tp, probe, NULL);
}

void krg_unprobe(const char *name, void *probe)
{
	tracepoint_probe_unregister(find(name), probe, NULL);
	tracepoint_synchronize_unregister();
}

static int __init krg_capability_init(void)
{
	int err = krg_state_init();

	if (err)
		return err;
	err = krg_rules_init();
	if (err)
		goto out_state;
	err = krg_cap_services_init();
	if (!err)
		return 0;
	krg_rules_exit();
out_state:
	krg_state_exit();
	return err;
}

static void __exit krg_capability_exit(void)
{
	krg_cap_services_exit();
	krg_rules_exit();
	krg_state_exit();
}

module_init(krg_capability_init);
module_exit(krg_capability_exit);
MODULE_DESCRIPTION("Kerrighed: capabilities of processes");
MODULE_LICENSE("GPL");
