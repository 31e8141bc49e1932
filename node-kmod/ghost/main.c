// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mmu_notifier.h>
#include <linux/module.h>
#include <uapi/kerrighed/services.h>
#include "ghost.h"

KRG_DEFINE_SYMBOLS()

static int __init krg_ghost_init(void)
{
	int err = krg_resolve_symbols();

	if (!err)
		err = ghost_mounts_init();
	if (err)
		return err;
	err = ghost_away_init();
	if (err)
		ghost_mounts_exit();
	return err;
}

static void __exit krg_ghost_exit(void)
{
	ghost_away_exit();
	ghost_mounts_exit();
	mmu_notifier_synchronize();
}

module_init(krg_ghost_init);
module_exit(krg_ghost_exit);
MODULE_DESCRIPTION("Kerrighed: one process as a stream of sections");
MODULE_LICENSE("GPL");
MODULE_VERSION(KRG_VERSION);
