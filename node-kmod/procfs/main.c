// SPDX-License-Identifier: GPL-2.0-only
/* /proc of the container: every process of the cluster, once. */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/module.h>
#include <linux/rcupdate.h>
#include <uapi/kerrighed/services.h>
#include "procfs.h"

static struct krg_hook **krg_all_hooks[] = {
	krg_text_hooks, krg_root_hooks, krg_global_hooks, krg_signal_hooks,
};

static const struct {
	unsigned int service;
	krg_rpc_handler handler;
} krg_handlers[] = {
	{ KRG_RPC_PROCFS_ASK, krg_serve_ask },
	{ KRG_RPC_PROCFS_BOOT, krg_serve_boot },
	{ KRG_RPC_PROCFS_HOME, krg_serve_relations },
};

static void krg_procfs_undo(int hooks, int handlers)
{
	while (hooks--)
		krg_hooks_remove(krg_all_hooks[hooks]);
	krg_rpc_withdraw(KRG_RPC_PROCFS_READ);
	while (handlers--)
		krg_rpc_withdraw(krg_handlers[handlers].service);
	krg_lap_exit();
}

static int __init krg_procfs_init(void)
{
	int hooks = 0, handlers = 0, err = krg_resolve_symbols();

	if (!err)
		err = krg_lap_init();
	if (err)
		return err;
	for (; handlers < ARRAY_SIZE(krg_handlers); handlers++) {
		err = krg_rpc_serve(krg_handlers[handlers].service, krg_handlers[handlers].handler,
				    KRG_RPC_CONCURRENT);
		if (err)
			goto out_undo;
	}
	err = krg_rpc_accept(KRG_RPC_PROCFS_READ, krg_serve_read);
	if (err)
		goto out_undo;
	for (; hooks < ARRAY_SIZE(krg_all_hooks); hooks++) {
		err = krg_hooks_install(krg_all_hooks[hooks]);
		if (err)
			goto out_undo;
	}
	err = krg_boot_init();
	if (err)
		goto out_undo;
	krg_nodes_init();
	return 0;
out_undo:
	krg_procfs_undo(hooks, handlers);
	return err;
}

static void __exit krg_procfs_exit(void)
{
	krg_nodes_exit();
	krg_boot_exit();
	krg_procfs_undo(ARRAY_SIZE(krg_all_hooks), ARRAY_SIZE(krg_handlers));
	/* who gave a name back may be on its way out of our code */
	synchronize_rcu_tasks();
}

module_init(krg_procfs_init);
module_exit(krg_procfs_exit);
MODULE_DESCRIPTION("Kerrighed: one /proc for the cluster");
MODULE_LICENSE("GPL");
MODULE_VERSION(KRG_VERSION);
