// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <uapi/kerrighed/services.h>
#include "capability.h"

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
MODULE_VERSION(KRG_VERSION);
