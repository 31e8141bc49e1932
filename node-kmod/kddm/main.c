// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) "krg_kddm: " fmt

#include <linux/module.h>
#include <kerrighed/hotplug.h>
#include <uapi/kerrighed/services.h>
#include "node.h"

struct krg_kddm krg_kddm_node;

static const struct krg_kddm_ops krg_kddm_ops = {
	.find_copy = krg_find_copy,
	.find_entry = krg_find_entry,
	.need_copy = krg_need_copy,
	.need_entry = krg_need_entry,
	.drop_entry = krg_drop_entry,
	.each_copy = krg_each_copy,
	.each_entry = krg_each_entry,
	.send = krg_send,
	.fill = krg_fill,
	.restrict_to = krg_restrict_to,
	.wake = krg_wake,
	.gone = krg_members_gone,
	.new_ending = krg_new_ending,
	.free_ending = krg_free_ending,
	.each_of = krg_each_of,
	.released = krg_released,
	.destroyed = krg_destroyed,
};

static int __init krg_kddm_module_init(void)
{
	int err;

	if (krg_self_online()) {
		pr_err("load me before this node joins the cluster\n");
		return -EBUSY;
	}
	err = krg_sections_init();
	if (err)
		return err;
	krg_kddm_init(&krg_kddm_node, krg_node_id(), &krg_kddm_ops);
	err = krg_linker_register(&krg_memory_linker);
	if (!err)
		err = krg_link_init();
	if (err)
		goto out_sections;
	err = krg_show_init();
	if (err)
		goto out_link;
	err = krg_members_init();
	if (err)
		goto out_show;
	krg_part_add(KRG_PART_KDDM);
	return 0;

out_show:
	krg_show_exit();
out_link:
	krg_link_exit();
out_sections:
	krg_sections_exit();
	return err;
}

/* It holds itself while the node is in a cluster: nothing is left. */
static void __exit krg_kddm_module_exit(void)
{
	krg_part_remove(KRG_PART_KDDM);
	krg_members_exit();
	krg_destroy_exit();
	krg_show_exit();
	krg_link_exit();
	krg_sections_exit();
}

module_init(krg_kddm_module_init);
module_exit(krg_kddm_module_exit);
MODULE_DESCRIPTION("Kerrighed: objects that the nodes of a cluster share");
MODULE_LICENSE("GPL");
MODULE_VERSION(KRG_VERSION);
