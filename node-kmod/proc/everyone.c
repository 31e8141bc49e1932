// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everyone in the cluster, each node those whose home it is; and kill(-1): a signal for all of
 * them whom the sender may signal, but itself.
 */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/slab.h>
#include <linux/xarray.h>
#include "proc.h"

#define KRG_ROUNDS 64

/* Do its signals go through this node? It is at home here, or it has no home and runs here. */
static bool krg_is_ours(pid_t pid)
{
	struct krg_body *body;
	bool ours;

	if (krg_home_of(pid) == krg_node_id())
		return true;
	body = krg_body_find(pid);
	ours = !body || !krg_body_has_home(body);
	krg_body_put(body);
	return ours;
}

/* A stub is not before its body has ended. */
static bool krg_is_ending(const struct task_struct *task)
{
	return task->exit_state || task->signal->flags & SIGNAL_GROUP_EXIT;
}

unsigned int krg_list_ours(krg_match match, const void *arg, pid_t *pids, unsigned int room)
{
	struct task_struct *task;
	unsigned int count = 0;
	pid_t pid;

	rcu_read_lock();
	for_each_process(task) {
		/* 0 of those that are not in the container nor in a namespace inside of it */
		pid = task_tgid_nr_ns(task, krg_container);
		if (pid > 1 && count < room && match(task, pid, arg) && krg_is_ours(pid))
			pids[count++] = pid;
	}
	rcu_read_unlock();
	return count;
}

static bool krg_is_meant(struct task_struct *task, pid_t pid, const void *arg)
{
	const struct krg_name *name = arg;

	return pid != name->info.si_pid && !(name->again && krg_is_ending(task));
}

/* Those of @pids who are not in @seen yet. Returns how many; 0 or an error is in @ret. */
static unsigned int krg_kill_listed(const struct krg_name *name, const pid_t *pids,
				    unsigned int count, struct xarray *seen, int *ret)
{
	struct krg_name one = *name;
	unsigned int i, found = 0;
	int err;

	for (i = 0; i < count; i++) {
		if (xa_insert(seen, pids[i], xa_mk_value(1), GFP_KERNEL) == -EBUSY)
			continue;
		found++;
		one.pid = pids[i];
		err = krg_kill_here(&one);
		/* as the kernel: that some are others' is no error, nor that some have gone */
		if (!err || (err == -EPERM && !name->again))
			*ret = 0;
	}
	return found;
}

int krg_kill_ours(const struct krg_name *name)
{
	pid_t *pids = kvmalloc_array(KRG_PIDS_OF_A_NODE, sizeof(*pids), GFP_KERNEL);
	unsigned int count, rounds = KRG_ROUNDS;
	DEFINE_XARRAY(seen);
	int ret = -ESRCH;

	if (!pids)
		return -ENOMEM;
	/* whoever has the signal has no more children: those born before are the next round's */
	do {
		count = krg_list_ours(krg_is_meant, name, pids, KRG_PIDS_OF_A_NODE);
		count = krg_kill_listed(name, pids, count, &seen, &ret);
	} while (count && --rounds);
	xa_destroy(&seen);
	kvfree(pids);
	return ret;
}

/* At every node. 0 if there was anyone, else -ESRCH. */
static int krg_kill_at_all(const struct krg_name *name)
{
	DECLARE_BITMAP(nodes, KRG_MAX_NODES);
	int node, ret = krg_kill_ours(name);

	krg_online_nodes(nodes);
	for_each_set_bit(node, nodes, KRG_MAX_NODES)
		if (node != krg_node_id() &&
		    !krg_rpc_call(node, KRG_RPC_PROC_NAME, name, sizeof(*name), NULL, 0))
			ret = 0;
	return ret ? -ESRCH : 0;
}

int krg_kill_everyone(int sig, const struct kernel_siginfo *info)
{
	struct krg_name name = { .pid = -1 };
	unsigned int rounds = KRG_ROUNDS;
	int ret;

	if (!valid_signal(sig))
		return -EINVAL;
	krg_name_fill(&name, sig, info);
	ret = krg_kill_at_all(&name);
	/* on its way to who runs elsewhere it may be overtaken by children, and theirs */
	name.again = true;
	while (sig == SIGKILL && --rounds && !fatal_signal_pending(current)) {
		schedule_timeout_killable(1);
		if (krg_kill_at_all(&name))
			break;
	}
	return ret;
}
