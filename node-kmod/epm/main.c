// SPDX-License-Identifier: GPL-2.0-only
/* Enhanced process management: migration. */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <uapi/kerrighed/services.h>
#include "epm.h"

static int krg_stream_write(struct krg_ghost *ghost, const void *buf, size_t len)
{
	return krg_rpc_write(ghost->priv, buf, len);
}

static int krg_stream_read(struct krg_ghost *ghost, void *buf, size_t len)
{
	return krg_rpc_read(ghost->priv, buf, len);
}

void krg_ghost_over(struct krg_ghost *ghost, struct krg_rpc_stream *stream)
{
	*ghost = (struct krg_ghost) {
		.write = krg_stream_write,
		.read = krg_stream_read,
		.priv = stream,
	};
}

static unsigned int krg_departed[KRG_MAX_NODES];

unsigned int krg_departures(int node)
{
	return node > 0 && node < KRG_MAX_NODES ? READ_ONCE(krg_departed[node]) : 0;
}

/* A stub sleeps in our task work as long as it lives: not before LEFT are all of them gone. */
static bool krg_member;

static void krg_set_member(bool member)
{
	if (member == krg_member)
		return;
	krg_member = member;
	if (member)
		__module_get(THIS_MODULE);
	else
		module_put(THIS_MODULE);
}

static int krg_epm_view(struct notifier_block *nb, unsigned long event, void *data)
{
	struct krg_view_change *change = data;

	switch (event) {
	case KRG_VIEW_JOINED:
		krg_set_member(true);
		break;
	case KRG_VIEW_LEFT:
		krg_rests_drop_all();
		krg_set_member(false);
		break;
	case KRG_VIEW_REMOVED:
	case KRG_VIEW_FAILED:
		WRITE_ONCE(krg_departed[change->node], krg_departed[change->node] + 1);
		wake_up_all(&krg_membership_wait);
		krg_rests_of_dead(change->node);
		break;
	case KRG_VIEW_LEAVING:
		krg_rests_wait_all();
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block krg_epm_notifier = {
	.notifier_call = krg_epm_view,
	.priority = KRG_PRIO_EPM,
};

static int __init krg_epm_init(void)
{
	int err = krg_resolve_symbols();

	if (err)
		return err;
	if (krg_self_online()) {
		pr_err("krg_epm: load me before this node joins the cluster\n");
		return -EBUSY;
	}
	err = krg_destination_init();
	if (err)
		return err;
	err = krg_rpc_serve(KRG_RPC_EPM_REQUEST, krg_serve_request, KRG_RPC_CONCURRENT);
	if (err)
		goto out_destination;
	err = krg_rpc_accept(KRG_RPC_EPM_MOVE, krg_serve_move);
	if (err)
		goto out_request;
	err = krg_rpc_accept(KRG_RPC_EPM_EARLY, krg_serve_early);
	if (err)
		goto out_move;
	err = krg_rpc_serve(KRG_RPC_EPM_PULL, krg_serve_pull, KRG_RPC_CONCURRENT);
	if (err)
		goto out_early;
	err = krg_rpc_serve(KRG_RPC_EPM_CALL_OFF, krg_serve_call_off, KRG_RPC_CONCURRENT);
	if (err)
		goto out_pull;
	err = krg_view_notify(&krg_epm_notifier);
	if (err)
		goto out_call_off;
	err = krg_services_register(krg_epm_services);
	if (err)
		goto out_view;
	krg_history_init();
	return 0;
out_view:
	krg_view_unnotify(&krg_epm_notifier);
out_call_off:
	krg_rpc_withdraw(KRG_RPC_EPM_CALL_OFF);
out_pull:
	krg_rpc_withdraw(KRG_RPC_EPM_PULL);
out_early:
	krg_rpc_withdraw(KRG_RPC_EPM_EARLY);
out_move:
	krg_rpc_withdraw(KRG_RPC_EPM_MOVE);
out_request:
	krg_rpc_withdraw(KRG_RPC_EPM_REQUEST);
out_destination:
	krg_destination_exit();
	return err;
}

static void __exit krg_epm_exit(void)
{
	krg_history_exit();
	krg_services_unregister(krg_epm_services);
	krg_view_unnotify(&krg_epm_notifier);
	krg_rpc_withdraw(KRG_RPC_EPM_CALL_OFF);
	krg_rpc_withdraw(KRG_RPC_EPM_PULL);
	krg_rpc_withdraw(KRG_RPC_EPM_EARLY);
	krg_rpc_withdraw(KRG_RPC_EPM_MOVE);
	krg_rpc_withdraw(KRG_RPC_EPM_REQUEST);
	krg_away_flush();
	krg_rests_drop_all();
	krg_destination_exit();
	/* a process that moved away or arrived may be on its way out of our code */
	synchronize_rcu_tasks();
}

module_init(krg_epm_init);
module_exit(krg_epm_exit);
MODULE_DESCRIPTION("Kerrighed: migration of processes");
MODULE_LICENSE("GPL");
MODULE_VERSION(KRG_VERSION);
