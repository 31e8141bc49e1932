// SPDX-License-Identifier: GPL-2.0-only
/* How processes of several nodes wait for each other. */
#define pr_fmt(fmt) "krg_sync: " fmt

#include <linux/module.h>
#include <kerrighed/hotplug.h>
#include "sync.h"

static bool krg_joined;

static int krg_sync_view_changed(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct krg_view_change *change = data;

	switch (event) {
	case KRG_VIEW_JOINED:
		/* not if it is being unloaded */
		krg_joined = try_module_get(THIS_MODULE);
		fallthrough;
	case KRG_VIEW_ADDED:
	case KRG_VIEW_REMOVED:
	case KRG_VIEW_FAILED:
		if (!krg_joined || change->epoch <= krg_sync_epoch())
			break;
		krg_interests_view(change->epoch);
		krg_waits_restart();
		break;
	case KRG_VIEW_LEFT:
		krg_interests_view(0);
		krg_waits_restart();
		if (krg_joined)
			module_put(THIS_MODULE);
		krg_joined = false;
		break;
	}
	return NOTIFY_OK;
}

/* Behind KDDM, which has the homes of the new view then. */
static struct notifier_block krg_sync_view = {
	.notifier_call = krg_sync_view_changed,
	.priority = KRG_PRIO_SYNC,
};

static int __init krg_sync_init(void)
{
	int err = krg_resolve_symbols();

	if (err)
		return err;
	if (krg_self_online()) {
		pr_err("load me before this node joins the cluster\n");
		return -EBUSY;
	}
	err = krg_interests_init();
	if (err)
		return err;
	err = krg_waits_init();
	if (err)
		goto out_interests;
	err = krg_hooks_install(krg_futex_hooks);
	if (err)
		goto out_waits;
	err = krg_hooks_install(krg_refuse_hooks);
	if (err)
		goto out_futex;
	err = krg_view_notify(&krg_sync_view);
	if (err)
		goto out_refuse;
	krg_part_add(KRG_PART_SYNC);
	return 0;

out_refuse:
	krg_hooks_remove(krg_refuse_hooks);
out_futex:
	krg_hooks_remove(krg_futex_hooks);
out_waits:
	krg_waits_exit();
out_interests:
	krg_interests_exit();
	return err;
}

/* It holds itself while the node is in a cluster. */
static void __exit krg_sync_exit(void)
{
	krg_part_remove(KRG_PART_SYNC);
	krg_view_unnotify(&krg_sync_view);
	krg_waits_exit();
	krg_interests_exit();
	krg_hooks_remove(krg_refuse_hooks);
	krg_hooks_remove(krg_futex_hooks);
}

module_init(krg_sync_init);
module_exit(krg_sync_exit);
MODULE_DESCRIPTION("Kerrighed: futexes in memory shared by the nodes of a cluster");
MODULE_LICENSE("GPL");
MODULE_VERSION(KRG_VERSION);
