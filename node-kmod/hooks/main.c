// SPDX-License-Identifier: GPL-2.0-only
#include <linux/debugfs.h>
#include <linux/module.h>
#include <kerrighed/hooks.h>
#include <uapi/kerrighed/services.h>
#include "hooks.h"

KRG_DEFINE_SYMBOLS()

struct dentry *krg_debugfs;
EXPORT_SYMBOL_GPL(krg_debugfs);

static int __init krg_hooks_init(void)
{
	int err = krg_resolve_init();

	if (!err)
		err = krg_resolve_symbols();
	if (err)
		return err;
	krg_debugfs = debugfs_create_dir("kerrighed", NULL);
	krg_fault_init();
	return 0;
}

static void __exit krg_hooks_exit(void)
{
	debugfs_remove(krg_debugfs);
}

module_init(krg_hooks_init);
module_exit(krg_hooks_exit);
MODULE_DESCRIPTION("Kerrighed: symbols and redirection of kernel functions");
MODULE_LICENSE("GPL");
MODULE_VERSION(KRG_VERSION);
