// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is told of changes of the view, higher priority first: kddm (40),
 * capability (30), proc (20), epm (10).
 */
#include <linux/module.h>
#include <linux/notifier.h>
#include "hotplug.h"

static BLOCKING_NOTIFIER_HEAD(krg_view_chain);

int krg_view_notify(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&krg_view_chain, nb);
}
EXPORT_SYMBOL_GPL(krg_view_notify);

void krg_view_unnotify(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&krg_view_chain, nb);
}
EXPORT_SYMBOL_GPL(krg_view_unnotify);

void krg_view_change(unsigned long event, int node, u64 epoch)
{
	struct krg_view_change change = { .node = node, .epoch = epoch };

	blocking_notifier_call_chain(&krg_view_chain, event, &change);
}
