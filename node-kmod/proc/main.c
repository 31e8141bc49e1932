// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/module.h>
#include <uapi/kerrighed/services.h>
#include "proc.h"

static struct krg_hook **krg_all_hooks[] = {
	krg_pid_hooks, krg_body_hooks, krg_call_hooks, krg_wait_hooks, krg_fork_hooks,
	krg_name_hooks, krg_priority_hooks, krg_scheduler_hooks, krg_limit_hooks, krg_pidfd_hooks,
};

static const struct {
	unsigned int service;
	krg_rpc_handler handler;
} krg_handlers[] = {
	{ KRG_RPC_PROC_HOME, krg_serve_home },
	{ KRG_RPC_PROC_BODY, krg_serve_body },
	{ KRG_RPC_PROC_NAME, krg_serve_name },
	{ KRG_RPC_PROC_ABOUT, krg_serve_about },
	{ KRG_RPC_PROC_WATCH, krg_serve_watch },
};

static void krg_proc_undo(int hooks, int handlers)
{
	while (hooks--)
		krg_hooks_remove(krg_all_hooks[hooks]);
	while (handlers--)
		krg_rpc_withdraw(krg_handlers[handlers].service);
	krg_watches_end(KRG_NODE_NONE);
	destroy_workqueue(krg_proc_wq);
}

static int __init krg_proc_init(void)
{
	int hooks = 0, handlers = 0, err = krg_resolve_symbols();

	if (err)
		return err;
	krg_pids_init();
	krg_proc_wq = alloc_workqueue("krg_proc", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (!krg_proc_wq)
		return -ENOMEM;
	for (; handlers < ARRAY_SIZE(krg_handlers); handlers++) {
		/* a stub's body, and a stub's own calls, may take their time */
		err = krg_rpc_serve(krg_handlers[handlers].service, krg_handlers[handlers].handler,
				    KRG_RPC_CONCURRENT);
		if (err)
			goto out_undo;
	}
	for (; hooks < ARRAY_SIZE(krg_all_hooks); hooks++) {
		err = krg_hooks_install(krg_all_hooks[hooks]);
		if (err)
			goto out_undo;
	}
	err = krg_view_notify(&krg_proc_view);
	if (err)
		goto out_undo;
	err = krg_threads_init();
	if (err)
		goto out_view;
	err = krg_list_init();
	if (err)
		goto out_threads;
	return 0;
out_threads:
	krg_threads_exit();
out_view:
	krg_view_unnotify(&krg_proc_view);
out_undo:
	krg_proc_undo(hooks, handlers);
	return err;
}
module_init(krg_proc_init);

/* Every stub and every body holds the module: none is left. */
static void __exit krg_proc_exit(void)
{
	krg_list_exit();
	krg_threads_exit();
	krg_view_unnotify(&krg_proc_view);
	krg_proc_undo(ARRAY_SIZE(krg_all_hooks), ARRAY_SIZE(krg_handlers));
	krg_pids_exit();
}
module_exit(krg_proc_exit);

MODULE_DESCRIPTION("Kerrighed: cluster-wide processes");
MODULE_LICENSE("GPL");
MODULE_VERSION(KRG_VERSION);
