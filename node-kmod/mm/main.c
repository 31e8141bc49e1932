// SPDX-License-Identifier: GPL-2.0-only
/* Memory that is shared by the processes of several nodes. */
#define pr_fmt(fmt) "krg_mm: " fmt

#include <linux/module.h>
#include <kerrighed/hotplug.h>
#include <uapi/kerrighed/services.h>
#include "mm.h"

/* Before KDDM hands on what this node has, and before it waits until nothing is held. */
static int krg_mm_view_changed(struct notifier_block *nb, unsigned long event, void *data)
{
	if (event == KRG_VIEW_PARTING || event == KRG_VIEW_LEFT)
		krg_views_release();
	return NOTIFY_OK;
}

static struct notifier_block krg_mm_notifier = {
	.notifier_call = krg_mm_view_changed,
	.priority = KRG_PRIO_MM,
};

static int __init krg_mm_init(void)
{
	int err = krg_resolve_symbols();

	if (err)
		return err;
	krg_mm_works = alloc_workqueue("krg_mm", WQ_UNBOUND | WQ_HIGHPRI | WQ_MEM_RECLAIM, 0);
	if (!krg_mm_works)
		return -ENOMEM;
	err = krg_linker_register(&krg_pages_linker);
	if (err) {
		pr_err("load me before this node joins the cluster\n");
		goto out_works;
	}
	err = krg_view_notify(&krg_mm_notifier);
	if (err)
		goto out_linker;
	return 0;

out_linker:
	krg_linker_unregister(&krg_pages_linker);
out_works:
	destroy_workqueue(krg_mm_works);
	return err;
}

/* Who uses it holds it, and krg_kddm while the node is in a cluster. */
static void __exit krg_mm_exit(void)
{
	krg_view_unnotify(&krg_mm_notifier);
	destroy_workqueue(krg_mm_works);
	krg_linker_unregister(&krg_pages_linker);
}

module_init(krg_mm_init);
module_exit(krg_mm_exit);
MODULE_DESCRIPTION("Kerrighed: memory shared by the nodes of a cluster");
MODULE_LICENSE("GPL");
MODULE_VERSION(KRG_VERSION);
