// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include "rpc.h"

KRG_DEFINE_SYMBOLS()

static int __init krg_rpc_init(void)
{
	int err = krg_resolve_symbols();

	return err ?: krg_identity_init();
}

static void __exit krg_rpc_exit(void)
{
}

module_init(krg_rpc_init);
module_exit(krg_rpc_exit);
MODULE_DESCRIPTION("Kerrighed: calls and streams between the kernels of a cluster");
MODULE_LICENSE("GPL");
