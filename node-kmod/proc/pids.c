// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cluster-unique PIDs: in the container a new PID is node << 15 | local.
 *
 * The kernel's own allocation goes on; before it we put the cursor of the
 * container's idr into this node's range, after it we look whether the number
 * may be used (a dense range runs over, a number may still live elsewhere after
 * this node has been restarted) and give it back if not.
 */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/bitmap.h>
#include <linux/cred.h>
#include <linux/idr.h>
#include <linux/sched/task.h>
#include <linux/threads.h>
#include <linux/xarray.h>
#include "proc.h"

#define KRG_PIDS ((int)BIT(KRG_PID_SHIFT))

/*
 * PIDs of this node that are in use elsewhere and have no task here: bodies without
 * a stub (found when this node came back; for ever), and threads, which are also here:
 */
static DECLARE_BITMAP(krg_claimed, KRG_PIDS);
static DEFINE_XARRAY_FLAGS(krg_reserved, XA_FLAGS_LOCK_IRQ);	/* TID → its process */
static DECLARE_BITMAP(krg_askers, KRG_MAX_NODES);	/* nodes that asked for their numbers */

bool krg_pid_claimed(pid_t pid)
{
	return krg_home_of(pid) == krg_node_id() && test_bit(pid & (KRG_PIDS - 1), krg_claimed);
}

static bool krg_pid_usable(pid_t pid)
{
	return krg_home_of(pid) == krg_node_id() &&
	       (pid & (KRG_PIDS - 1)) >= KRG_PID_LOCAL_MIN && !krg_pid_claimed(pid);
}

/* The next try begins at @from or behind it; others may move the cursor at any time. */
static void krg_pid_cursor(struct pid_namespace *ns, pid_t from)
{
	int base = krg_node_id() << KRG_PID_SHIFT;
	int next = from - base;

	if (next < KRG_PID_LOCAL_MIN || next >= KRG_PIDS)
		next = KRG_PID_LOCAL_MIN;
	next = find_next_zero_bit(krg_claimed, KRG_PIDS, next);
	if (next >= KRG_PIDS)
		next = find_next_zero_bit(krg_claimed, KRG_PIDS, KRG_PID_LOCAL_MIN);
	idr_set_cursor(&ns->idr, base + next);
}

static bool krg_container_up(void)
{
	return READ_ONCE(krg_container);
}

KRG_HOOK_IF(struct pid *, alloc_pid,
	    (struct pid_namespace *ns, pid_t *set_tid, size_t set_tid_size), krg_container_up);

/* The number came from home; the clone of it takes a privilege that the caller may lack. */
static struct pid *krg_alloc_given(struct pid_namespace *ns, pid_t *set_tid, size_t set_tid_size)
{
	struct cred *privileged = prepare_kernel_cred(&init_task);
	const struct cred *own;
	struct pid *pid;

	if (!privileged)
		return ERR_PTR(-ENOMEM);
	own = override_creds(privileged);
	pid = krg_orig(alloc_pid)(ns, set_tid, set_tid_size);
	revert_creds(own);
	put_cred(privileged);
	return pid;
}

static struct pid *krg_alloc_own(struct pid_namespace *ns, struct pid_namespace *container,
				 pid_t *set_tid, size_t set_tid_size)
{
	pid_t nr = idr_get_cursor(&container->idr);
	struct pid *pid;
	int tries;

	for (tries = 0; tries < 64; tries++) {
		krg_pid_cursor(container, nr);
		pid = krg_orig(alloc_pid)(ns, set_tid, set_tid_size);
		if (IS_ERR(pid))
			return pid;
		nr = pid->numbers[container->level].nr;
		if (krg_pid_usable(nr))
			return pid;
		krg_sym(free_pid)(pid);
		nr++;
	}
	return ERR_PTR(-EAGAIN);
}

static struct pid *krg_alloc(struct pid_namespace *ns, struct pid_namespace *container,
			     pid_t *set_tid, size_t set_tid_size)
{
	struct pid_namespace *up;

	for (up = ns; up && up != container; up = up->parent)
		;
	if (set_tid_size && krg_forking(set_tid))
		return krg_alloc_given(ns, set_tid, set_tid_size);
	if (!up || set_tid_size > ns->level - up->level || krg_node_id() <= 0)
		return krg_orig(alloc_pid)(ns, set_tid, set_tid_size);
	return krg_alloc_own(ns, up, set_tid, set_tid_size);
}

static struct pid *krg_hook_alloc_pid(struct pid_namespace *ns, pid_t *set_tid,
				      size_t set_tid_size)
{
	struct pid_namespace *container;
	struct pid *pid;

	krg_hook_enter(alloc_pid);
	container = READ_ONCE(krg_container);
	pid = krg_alloc(ns, container, set_tid, set_tid_size);
	/* of a process that arrives, or a child of one, and nobody else's wish */
	if (pid == ERR_PTR(-EEXIST) && ns == container &&
	    (current->flags & PF_KTHREAD || krg_forking(set_tid)) &&
	    krg_pid_vacate(container, *set_tid))
		pid = krg_alloc(ns, container, set_tid, set_tid_size);
	krg_hook_exit(alloc_pid);
	return pid;
}

struct krg_hook *krg_pid_hooks[] = { &krg_hook_of_alloc_pid, NULL };

int krg_pids_reserve(void)
{
	pid_t tgid = task_tgid_vnr(current), tid;
	struct task_struct *thread;
	int err = 0;

	rcu_read_lock();
	for_each_thread(current, thread) {
		tid = task_pid_vnr(thread);
		if (tid == tgid || krg_home_of(tid) != krg_node_id() || err)
			continue;
		err = xa_err(xa_store_irq(&krg_reserved, tid, xa_mk_value(tgid), GFP_ATOMIC));
		if (!err)
			set_bit(tid & (KRG_PIDS - 1), krg_claimed);
	}
	rcu_read_unlock();
	if (err)
		krg_pids_release(tgid);
	return err;
}

void krg_pid_freed(pid_t tid)
{
	unsigned long flags;

	xa_lock_irqsave(&krg_reserved, flags);
	if (__xa_erase(&krg_reserved, tid))
		clear_bit(tid & (KRG_PIDS - 1), krg_claimed);
	xa_unlock_irqrestore(&krg_reserved, flags);
}

void krg_pids_release(pid_t tgid)
{
	unsigned long tid;
	void *owner;

	xa_for_each(&krg_reserved, tid, owner)
		if (xa_to_value(owner) == tgid)
			krg_pid_freed(tid);
}

pid_t krg_pid_owner(pid_t tid)
{
	void *owner = xa_load(&krg_reserved, tid);

	return owner ? xa_to_value(owner) : 0;
}

/* Processes that died with their node, of which no thread told its end. */
static void krg_review(struct work_struct *unused)
{
	pid_t last = 0, owner;
	unsigned long tid;
	void *entry;

	xa_for_each(&krg_reserved, tid, entry) {
		owner = xa_to_value(entry);
		if (owner != last && krg_locate(owner) == -ESRCH)
			krg_pids_release(owner);
		last = owner;
	}
}

static DECLARE_WORK(krg_review_work, krg_review);

void krg_pids_review(void)
{
	queue_work(krg_proc_wq, &krg_review_work);
}

/* This node came back: numbers that live on @node must not be given out again. May sleep. */
void krg_pids_claim(int node)
{
	struct krg_name ask = { .op = KRG_NAME_CLAIMS, .pid = krg_node_id() };
	u16 *local = kvmalloc(KRG_RPC_MAX, GFP_KERNEL);
	ssize_t len;
	int i;

	if (!local)
		return;
	len = krg_rpc_call(node, KRG_RPC_PROC_NAME, &ask, sizeof(ask), local, KRG_RPC_MAX);
	for (i = 0; i < (int)(len / (ssize_t)sizeof(*local)); i++)
		if (local[i] < KRG_PIDS)
			set_bit(local[i], krg_claimed);
	kvfree(local);
}

static bool krg_known;

void krg_pids_known(bool known)
{
	WRITE_ONCE(krg_known, known);
}

bool krg_pid_unsure(pid_t pid)
{
	return !krg_self_member() || !READ_ONCE(krg_known) || krg_pid_claimed(pid);
}

void krg_pids_asked(int home)
{
	if (home > 0 && home < KRG_MAX_NODES)
		set_bit(home, krg_askers);
}

/*
 * A node that came back asks one after the other. It may have asked here when the body was not
 * here yet, and may ask where the body comes from when it is there no more: so it is told.
 */
int krg_pid_arrives(pid_t pid)
{
	struct krg_name claim = { .op = KRG_NAME_CLAIM, .pid = pid };
	int home = krg_home_of(pid), err;

	if (!test_bit(home, krg_askers))
		return 0;
	err = krg_rpc_call(home, KRG_RPC_PROC_NAME, &claim, sizeof(claim), NULL, 0);
	return err == -EHOSTDOWN ? 0 : err;
}

void krg_pid_claim(pid_t pid)
{
	if (krg_home_of(pid) == krg_node_id())
		set_bit(pid & (KRG_PIDS - 1), krg_claimed);
}

void krg_pids_init(void)
{
	if (krg_var(pid_max) < PID_MAX_LIMIT) {
		pr_info("kernel.pid_max raised from %d to %d: PIDs carry the node's id\n",
			krg_var(pid_max), (int)PID_MAX_LIMIT);
		krg_var(pid_max) = PID_MAX_LIMIT;
	}
}

void krg_pids_exit(void)
{
	xa_destroy(&krg_reserved);
}
