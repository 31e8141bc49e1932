// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is told of changes of the view, higher priority first: mm (60), ipc (50), kddm (40),
 * sync (35), capability (30), proc (20), epm (10).
 *
 * Who is told may have to wait for the next view, so nobody who comes or goes meanwhile may
 * hold that up: a chain with a lock would, at its writer.
 */
#include <linux/module.h>
#include <linux/notifier.h>
#include "hotplug.h"

static struct srcu_notifier_head krg_view_chain;

int krg_view_notify(struct notifier_block *nb)
{
	return srcu_notifier_chain_register(&krg_view_chain, nb);
}
EXPORT_SYMBOL_GPL(krg_view_notify);

void krg_view_unnotify(struct notifier_block *nb)
{
	srcu_notifier_chain_unregister(&krg_view_chain, nb);
}
EXPORT_SYMBOL_GPL(krg_view_unnotify);

void krg_view_change(unsigned long event, int node, u64 epoch)
{
	struct krg_view_change change = { .node = node, .epoch = epoch };

	srcu_notifier_call_chain(&krg_view_chain, event, &change);
}

int krg_notify_init(void)
{
	srcu_init_notifier_head(&krg_view_chain);
	return 0;
}

void krg_notify_exit(void)
{
	srcu_cleanup_notifier_head(&krg_view_chain);
}
