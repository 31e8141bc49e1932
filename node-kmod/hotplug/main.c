// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <uapi/kerrighed/services.h>
#include "hotplug.h"

static const struct {
	int (*init)(void);
	void (*exit)(void);
} parts[] = {
	{ krg_events_init, krg_events_exit },
	{ krg_notify_init, krg_notify_exit },
	{ krg_sysfs_init, krg_sysfs_exit },
	{ krg_services_init, krg_services_exit },
	{ krg_proc_nodes_init, krg_proc_nodes_exit },
	{ krg_membership_init, krg_membership_exit },
	{ krg_container_setup, krg_container_teardown },
	{ krg_requests_init, krg_requests_exit },
};

static void krg_hotplug_undo(int n)
{
	while (n--)
		parts[n].exit();
}

static int __init krg_hotplug_init(void)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		err = parts[i].init();
		if (err) {
			krg_hotplug_undo(i);
			return err;
		}
	}
	return 0;
}

static void __exit krg_hotplug_exit(void)
{
	krg_hotplug_undo(ARRAY_SIZE(parts));
}

module_init(krg_hotplug_init);
module_exit(krg_hotplug_exit);
MODULE_DESCRIPTION("Kerrighed: membership, container and services of a node");
MODULE_LICENSE("GPL");
MODULE_VERSION(KRG_VERSION);
