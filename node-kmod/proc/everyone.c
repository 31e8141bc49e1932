// SPDX-License-Identifier: GPL-2.0-only
/* kill(-1): a signal for everyone in the cluster whom the sender may signal, but itself. */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/slab.h>
#include "proc.h"

#define KRG_PIDS_OF_A_NODE BIT(KRG_PID_SHIFT)

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

static unsigned int krg_list_ours(pid_t *pids, unsigned int room, pid_t sender)
{
	struct task_struct *task;
	unsigned int count = 0;
	pid_t pid;

	rcu_read_lock();
	for_each_process(task) {
		if (!krg_task_in_container(task))
			continue;
		pid = task_tgid_nr_ns(task, krg_container);
		if (pid > 1 && pid != sender && count < room && krg_is_ours(pid))
			pids[count++] = pid;
	}
	rcu_read_unlock();
	return count;
}

int krg_kill_ours(const struct krg_name *name)
{
	pid_t *pids = kvmalloc_array(KRG_PIDS_OF_A_NODE, sizeof(*pids), GFP_KERNEL);
	struct krg_name one = *name;
	unsigned int count, i;
	int ret = -ESRCH, err;

	if (!pids)
		return -ENOMEM;
	count = krg_list_ours(pids, KRG_PIDS_OF_A_NODE, name->info.si_pid);
	for (i = 0; i < count; i++) {
		one.pid = pids[i];
		err = krg_kill_here(&one);
		/* as the kernel: that some are others' is no error, nor that some have gone */
		if (err != -EPERM && err != -ESRCH)
			ret = err;
		else if (err == -EPERM && ret == -ESRCH)
			ret = 0;
	}
	kvfree(pids);
	return ret;
}

int krg_kill_everyone(int sig, const struct kernel_siginfo *info)
{
	DECLARE_BITMAP(nodes, KRG_MAX_NODES);
	struct krg_name name = { .pid = -1 };
	int node, ret, err;

	krg_name_fill(&name, sig, info);
	ret = krg_kill_ours(&name);
	krg_online_nodes(nodes);
	for_each_set_bit(node, nodes, KRG_MAX_NODES) {
		if (node == krg_node_id())
			continue;
		err = krg_rpc_call(node, KRG_RPC_PROC_NAME, &name, sizeof(name), NULL, 0);
		if (ret == -ESRCH && !err)
			ret = 0;
		else if (err && err != -ESRCH && err != -EHOSTDOWN)
			ret = err;
	}
	return ret;
}
