// SPDX-License-Identifier: GPL-2.0-only
/* This node comes into a cluster, and leaves it. */
#define pr_fmt(fmt) "krg_ipc: " fmt

#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/sched/task.h>
#include "ipc.h"
#include "keep.h"

static bool krg_joined;

static void krg_ipc_join(void)
{
	struct task_struct *init = krg_container_init();

	/* not if it is being unloaded */
	krg_joined = init && try_module_get(THIS_MODULE);
	if (krg_joined) {
		mutex_lock(&krg_ipc_lock);
		task_lock(init);
		krg_ipc_ns = get_ipc_ns(init->nsproxy->ipc_ns);
		task_unlock(init);
		mutex_unlock(&krg_ipc_lock);
		krg_master_join();
		krg_master_ready(true);
		krg_master_view();
	}
	if (init)
		put_task_struct(init);
}

/* Nothing runs in the container any more. */
static void krg_ipc_leave(void)
{
	struct ipc_namespace *ns = krg_ipc_ns;
	struct krg_ipc_object *obj;
	unsigned long index;

	if (!krg_joined)
		return;
	krg_master_ready(false);
	mutex_lock(&krg_ipc_lock);
	xa_for_each(&krg_ipc_objects, index, obj) {
		/* somebody may still be looking at the memory of a process that has ended */
		while (obj->kind == KRG_IPC_SHM && krg_shm_attached(obj->id))
			schedule_timeout_idle(HZ / 50);
		krg_ipc_destroy(obj, false);
	}
	WRITE_ONCE(krg_ipc_ns, NULL);
	mutex_unlock(&krg_ipc_lock);
	krg_sym(put_ipc_ns)(ns);
	krg_joined = false;
	module_put(THIS_MODULE);
}

static int krg_ipc_view_changed(struct notifier_block *nb, unsigned long event, void *data)
{
	switch (event) {
	case KRG_VIEW_JOINED:
		krg_ipc_join();
		break;
	case KRG_VIEW_ADDED:
		krg_master_view();
		break;
	case KRG_VIEW_REMOVED:
	case KRG_VIEW_FAILED:
		krg_keepers_gone();
		krg_master_view();
		break;
	case KRG_VIEW_PARTING:
		krg_keep_hand_on();
		break;
	case KRG_VIEW_LEFT:
		krg_ipc_leave();
		krg_tickets_gone();
		break;
	}
	return NOTIFY_OK;
}

/* Before KDDM, so that each segment is here when the first page of it comes. */
struct notifier_block krg_ipc_view = {
	.notifier_call = krg_ipc_view_changed,
	.priority = KRG_PRIO_IPC,
};
