// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include "hooks.h"

KRG_DEFINE_SYMBOLS()

static int __init krg_hooks_init(void)
{
	int err = krg_resolve_init();

	return err ?: krg_resolve_symbols();
}

static void __exit krg_hooks_exit(void)
{
}

module_init(krg_hooks_init);
module_exit(krg_hooks_exit);
MODULE_DESCRIPTION("Kerrighed: symbols and redirection of kernel functions");
MODULE_LICENSE("GPL");
