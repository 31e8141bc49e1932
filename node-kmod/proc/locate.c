// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the process is that a number names: here, where its home says, or where somebody has it
 * whose home is gone.
 */
#include <linux/module.h>
#include <linux/sched/task.h>
#include "proc.h"

/*
 * A task with a number of another node and without a body is no process yet, or no longer: that
 * is somewhere else, as home knows. What is sent to such a task is lost.
 */
static bool krg_in_passing(struct task_struct *task, struct pid_namespace *ns)
{
	pid_t pid = task_tgid_nr_ns(task, ns);
	int home = krg_home_of(pid);
	struct krg_body *body;

	if (home <= 0 || home == krg_node_id())
		return false;
	body = krg_body_find(pid);
	krg_body_put(body);
	/* a zombie without a home is for its parent to find */
	return !body && (!task->exit_state || krg_node_online(home));
}

struct task_struct *krg_task_of(pid_t pid)
{
	struct pid_namespace *ns = READ_ONCE(krg_container);
	struct task_struct *task = NULL;

	rcu_read_lock();
	if (ns)
		task = pid_task(find_pid_ns(pid, ns), PIDTYPE_PID);
	if (task && krg_in_passing(task, ns))
		task = NULL;
	if (task)
		get_task_struct(task);
	rcu_read_unlock();
	return task;
}

int krg_ask_all(struct krg_name *name, void *reply, size_t reply_max)
{
	DECLARE_BITMAP(nodes, KRG_MAX_NODES);
	int node, ret = -ESRCH;

	name->here = true;
	krg_online_nodes(nodes);
	for_each_set_bit(node, nodes, KRG_MAX_NODES) {
		if (node == krg_node_id())
			continue;
		ret = krg_rpc_call(node, KRG_RPC_PROC_NAME, name, sizeof(*name), reply, reply_max);
		if (ret != -ESRCH && ret != -EHOSTDOWN)
			return ret;
	}
	return -ESRCH;
}

bool krg_runs_here(pid_t pid)
{
	struct krg_stub *stub = krg_stub_find(pid);
	struct task_struct *task;
	bool here = false;

	if (stub) {
		here = READ_ONCE(stub->node) == krg_node_id();
		krg_stub_put(stub);
		return here;
	}
	task = krg_task_of(pid);
	if (task) {
		here = thread_group_leader(task);
		put_task_struct(task);
	}
	return here;
}
EXPORT_SYMBOL_GPL(krg_runs_here);

/* The process that @pid is, or is a thread of; 0: there is none here. */
static pid_t krg_process_of(pid_t pid)
{
	struct task_struct *task = krg_task_of(pid);
	pid_t tgid = 0;

	if (task) {
		tgid = task_tgid_nr_ns(task, krg_container);
		put_task_struct(task);
	}
	return tgid;
}

int krg_place_of(pid_t pid)
{
	pid_t process = krg_process_of(pid);
	int node = process ? krg_node_id() : -ESRCH;
	struct krg_stub *stub = krg_stub_find(process);
	struct krg_body *body = krg_body_find(process);

	if (stub) {
		node = READ_ONCE(stub->node);
		krg_stub_put(stub);
	}
	if (body && test_bit(KRG_BODY_SILENT, &body->flags))
		node = -ESRCH;
	krg_body_put(body);
	return node;
}
EXPORT_SYMBOL_GPL(krg_place_of);

int krg_home_of_body(pid_t pid)
{
	struct krg_body *body = krg_body_find(krg_process_of(pid));
	int home = -ESRCH;

	if (body && krg_body_has_home(body))
		home = body->home;
	krg_body_put(body);
	return home;
}
EXPORT_SYMBOL_GPL(krg_home_of_body);

bool krg_thread_runs_here(pid_t tid)
{
	return krg_runs_here(krg_process_of(tid));
}

int krg_locate_here(pid_t pid, bool here)
{
	struct krg_stub *stub;
	int node = -ESRCH;

	if (krg_runs_here(pid))
		return krg_node_id();
	stub = here ? NULL : krg_stub_find(pid);
	if (stub) {
		node = READ_ONCE(stub->node);
		krg_stub_put(stub);
	}
	return node;
}

int krg_locate(pid_t pid)
{
	struct krg_name name = { .op = KRG_NAME_LOCATE, .pid = pid };
	int node = krg_locate_here(pid, false);
	s32 found;
	int ret = -ESRCH;

	if (node >= 0 || krg_home_of(pid) <= 0)
		return node;
	if (krg_home_of(pid) != krg_node_id())
		ret = krg_rpc_call(krg_home_of(pid), KRG_RPC_PROC_NAME, &name, sizeof(name),
				   &found, sizeof(found));
	else if (krg_pid_unsure(pid))
		ret = -EREMOTE;
	if (ret == -EHOSTDOWN || ret == -EREMOTE)
		ret = krg_ask_all(&name, &found, sizeof(found));
	if (ret == sizeof(found))
		return found;
	return ret == -ENOMEM ? ret : -ESRCH;
}
EXPORT_SYMBOL_GPL(krg_locate);

size_t krg_claims(int home, u16 *local, size_t room)
{
	struct task_struct *task, *thread;
	size_t count = 0;
	pid_t pid;

	rcu_read_lock();
	for_each_process_thread(task, thread) {
		if (!krg_task_in_container(thread))
			continue;
		pid = task_pid_nr_ns(thread, krg_container);
		if (krg_home_of(pid) == home && count < room)
			local[count++] = pid & ((1 << KRG_PID_SHIFT) - 1);
	}
	rcu_read_unlock();
	return count;
}

int krg_taken(pid_t pid, int gone)
{
	struct krg_body *body;
	bool arrived = false;

	wait_event_idle(krg_membership_wait, !krg_node_online(gone) || !krg_self_member());
	if (!krg_self_member())
		return -ESRCH;
	body = krg_body_find(pid);
	if (body) {
		spin_lock(&body->lock);
		arrived = !test_bit(KRG_BODY_SILENT, &body->flags) ||
			  test_bit(KRG_BODY_ARRIVED, &body->flags);
		if (!arrived)
			set_bit(KRG_BODY_REFUSED, &body->flags);
		spin_unlock(&body->lock);
	}
	krg_body_put(body);
	return arrived ? 0 : -ESRCH;
}
