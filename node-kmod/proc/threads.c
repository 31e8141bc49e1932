// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads. A TID is given out by the node where its thread was made, and stays
 * reserved there while the process is elsewhere, until the thread ends.
 */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/module.h>
#include <linux/slab.h>
#include "proc.h"

void krg_park_init(struct krg_park *park, void (*release)(struct krg_park *park))
{
	kref_init(&park->ref);
	init_waitqueue_head(&park->wait);
	park->verdict = KRG_PARK_WAIT;
	park->release = release;
}
EXPORT_SYMBOL_GPL(krg_park_init);

static void krg_park_free(struct kref *ref)
{
	struct krg_park *park = container_of(ref, struct krg_park, ref);

	park->release(park);
}

void krg_park_put(struct krg_park *park)
{
	kref_put(&park->ref, krg_park_free);
}
EXPORT_SYMBOL_GPL(krg_park_put);

void krg_park_decide(struct krg_park *park, enum krg_park_verdict verdict)
{
	WRITE_ONCE(park->verdict, verdict);
	wake_up_all(&park->wait);
}
EXPORT_SYMBOL_GPL(krg_park_decide);

enum krg_park_verdict krg_park_wait(struct krg_park *park)
{
	wait_event_idle(park->wait, READ_ONCE(park->verdict) != KRG_PARK_WAIT);
	return READ_ONCE(park->verdict);
}
EXPORT_SYMBOL_GPL(krg_park_wait);

struct krg_freed {
	struct work_struct work;
	pid_t tid;
};

static void krg_tell_freed(struct work_struct *work)
{
	struct krg_freed *freed = container_of(work, struct krg_freed, work);
	struct krg_name name = { .op = KRG_NAME_FREED, .pid = freed->tid };

	krg_rpc_cast(krg_home_of(freed->tid), KRG_RPC_PROC_NAME, &name, sizeof(name));
	kfree(freed);
}

/* Is it the move of its process that ends a thread here? It lives on elsewhere then. */
static bool krg_is_leaving(pid_t tgid)
{
	struct krg_stub *stub = krg_stub_find(tgid);
	struct krg_body *body;
	bool leaving;

	if (stub) {
		krg_stub_put(stub);
		return true;
	}
	body = krg_body_find(tgid);
	leaving = body && test_bit(KRG_BODY_SILENT, &body->flags);
	krg_body_put(body);
	return leaving;
}

/* Tracepoint, in the thread that ends. */
static void krg_thread_ends(void *unused, struct task_struct *task)
{
	struct krg_freed *freed;
	pid_t tid, tgid;

	if (!krg_in_container())
		return;
	tid = task_pid_vnr(task);
	tgid = task_tgid_vnr(task);
	if (tid == tgid || krg_home_of(tid) <= 0 || krg_home_of(tid) == krg_node_id() ||
	    krg_is_leaving(tgid))
		return;
	freed = kmalloc(sizeof(*freed), GFP_ATOMIC);
	if (!freed)
		return;		/* the number stays reserved as long as the process lives */
	INIT_WORK(&freed->work, krg_tell_freed);
	freed->tid = tid;
	queue_work(krg_proc_wq, &freed->work);
}

int krg_threads_init(void)
{
	return krg_probe("sched_process_exit", krg_thread_ends);
}

void krg_threads_exit(void)
{
	krg_unprobe("sched_process_exit", krg_thread_ends);
}
