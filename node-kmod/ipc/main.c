// SPDX-License-Identifier: GPL-2.0-only
/* System V IPC of the cluster. */
#define pr_fmt(fmt) "krg_ipc: " fmt

#include <linux/module.h>
#include <uapi/kerrighed/services.h>
#include "keep.h"

static struct krg_hook **krg_all_hooks[] = {
	krg_get_hooks, krg_shm_hooks, krg_attach_hooks, krg_stat_hooks, krg_sem_hooks,
	krg_undo_hooks, krg_msg_hooks,
};

static const struct {
	int (*init)(void);
	void (*exit)(void);
} krg_ipc_services[] = {
	{ krg_ipc_serve_init, krg_ipc_serve_exit }, { krg_master_init, krg_master_exit },
	{ krg_ticket_init, krg_ticket_exit }, { krg_keep_init, krg_keep_exit },
	{ krg_hand_init, krg_hand_exit },
};

static void krg_ipc_services_undo(int services)
{
	while (services--)
		krg_ipc_services[services].exit();
	krg_undo_exit();
	krg_attach_exit();
}

static void krg_hooks_undo(int hooks)
{
	while (hooks--)
		krg_hooks_remove(krg_all_hooks[hooks]);
}

static int __init krg_ipc_init(void)
{
	int services, hooks = 0, err = krg_resolve_symbols();

	if (err)
		return err;
	if (krg_self_online()) {
		pr_err("load me before this node joins the cluster\n");
		return -EBUSY;
	}
	err = krg_attach_init();
	if (err)
		return err;
	for (services = 0; services < ARRAY_SIZE(krg_ipc_services); services++) {
		err = krg_ipc_services[services].init();
		if (err)
			goto out;
	}
	for (; hooks < ARRAY_SIZE(krg_all_hooks); hooks++) {
		err = krg_hooks_install(krg_all_hooks[hooks]);
		if (err)
			goto out;
	}
	err = krg_view_notify(&krg_ipc_view);
	if (err)
		goto out;
	krg_part_add(KRG_PART_IPC);
	return 0;

out:
	krg_hooks_undo(hooks);
	krg_ipc_services_undo(services);
	return err;
}

/* It holds itself while the node is in a cluster: nothing is left, and nobody has a segment. */
static void __exit krg_ipc_exit(void)
{
	krg_part_remove(KRG_PART_IPC);
	krg_view_unnotify(&krg_ipc_view);
	krg_hooks_undo(ARRAY_SIZE(krg_all_hooks));
	krg_ipc_services_undo(ARRAY_SIZE(krg_ipc_services));
	rcu_barrier();
}

module_init(krg_ipc_init);
module_exit(krg_ipc_exit);
MODULE_DESCRIPTION("Kerrighed: System V IPC of the cluster");
MODULE_LICENSE("GPL");
MODULE_VERSION(KRG_VERSION);
