// SPDX-License-Identifier: GPL-2.0-only
/*
 * One time line for the cluster: that of the node that is up longest. Its clocks are
 * not compared, only how long each has been running.
 */
#include <linux/bitmap.h>
#include <linux/ktime.h>
#include <linux/workqueue.h>
#include "procfs.h"

static atomic64_t krg_ahead = ATOMIC64_INIT(0);

u64 krg_boot_ahead(void)
{
	return atomic64_read(&krg_ahead);
}

/* Handler of KRG_RPC_PROCFS_BOOT. */
int krg_serve_boot(struct krg_rpc_request *req)
{
	if (req->reply_max < sizeof(u64))
		return -EINVAL;
	*(u64 *)req->reply = ktime_get_boottime_ns();
	req->reply_len = sizeof(u64);
	return 0;
}

static void krg_boot_compare(struct work_struct *work)
{
	DECLARE_BITMAP(nodes, KRG_MAX_NODES);
	s64 ahead = 0;
	u64 up;
	int node;

	krg_online_nodes(nodes);
	for_each_set_bit(node, nodes, KRG_MAX_NODES)
		if (node != krg_node_id() &&
		    krg_rpc_call(node, KRG_RPC_PROCFS_BOOT, NULL, 0, &up, sizeof(up)) == sizeof(up))
			ahead = max_t(s64, ahead, up - ktime_get_boottime_ns());
	atomic64_set(&krg_ahead, ahead);
}

static DECLARE_WORK(krg_boot_work, krg_boot_compare);

static int krg_boot_view(struct notifier_block *nb, unsigned long event, void *data)
{
	queue_work(system_unbound_wq, &krg_boot_work);
	return NOTIFY_OK;
}

static struct notifier_block krg_boot_notifier = {
	.notifier_call = krg_boot_view, .priority = KRG_PRIO_PROCFS,
};

int krg_boot_init(void)
{
	return krg_view_notify(&krg_boot_notifier);
}

void krg_boot_exit(void)
{
	krg_view_unnotify(&krg_boot_notifier);
	cancel_work_sync(&krg_boot_work);
}
