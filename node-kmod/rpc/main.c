// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/random.h>
#include <uapi/kerrighed/services.h>
#include "rpc.h"

KRG_DEFINE_SYMBOLS()

u64 krg_incarnation;

static int __init krg_rpc_init(void)
{
	int err;

	err = krg_resolve_symbols();
	if (!err)
		err = krg_identity_init();
	if (err)
		return err;
	krg_incarnation = get_random_u64() | 1;	/* 0 means: not known */
	krg_services_init();
	/* before programs: a busy node is the one that its processes are to leave */
	krg_rpc_wq = alloc_workqueue("krg_rpc", WQ_UNBOUND | WQ_HIGHPRI, WQ_UNBOUND_MAX_ACTIVE);
	if (!krg_rpc_wq)
		return -ENOMEM;
	err = krg_peers_init();
	if (err)
		goto out_wq;
	err = krg_transport_init();
	if (err)
		goto out_peers;
	return 0;

out_peers:
	krg_peers_exit();
out_wq:
	destroy_workqueue(krg_rpc_wq);
	return err;
}

static void __exit krg_rpc_exit(void)
{
	krg_transport_exit();
	krg_peers_exit();
	destroy_workqueue(krg_rpc_wq);
}

module_init(krg_rpc_init);
module_exit(krg_rpc_exit);
MODULE_DESCRIPTION("Kerrighed: calls and streams between the kernels of a cluster");
MODULE_LICENSE("GPL");
MODULE_VERSION(KRG_VERSION);
