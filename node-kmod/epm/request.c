// SPDX-License-Identifier: GPL-2.0-only
/* Requests to migrate: from a program of any node to the node where the process runs. */
#include <linux/cred.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <uapi/kerrighed/migration.h>
#include "epm.h"

#define KRG_CHASE 8	/* a process may move on while a request is on its way to it */

int krg_serve_request(struct krg_rpc_request *req)
{
	struct krg_move_answer *answer = req->reply;
	struct krg_refusal why = {};

	if (req->len != sizeof(struct krg_move_request) || req->reply_max < sizeof(*answer))
		return -EPROTO;
	answer->err = krg_move(req->arg, req->from, &why);
	memcpy(answer->text, why.text, sizeof(answer->text));
	req->reply_len = sizeof(*answer);
	return 0;
}

/* What goes ahead of the process need not go on; a move that has begun does. */
int krg_serve_call_off(struct krg_rpc_request *req)
{
	const struct krg_call_off *off = req->arg;

	if (req->len != sizeof(*off))
		return -EPROTO;
	krg_move_call_off(off->pid, req->from, off->id);
	return 0;
}

static int krg_request_at(int node, const struct krg_move_request *request,
			  struct krg_refusal *why)
{
	const struct krg_call_off off = { .pid = request->pid, .id = request->id };
	struct krg_move_answer answer;
	ssize_t len;

	if (node == krg_node_id())
		return krg_move(request, node, why);
	len = krg_rpc_call_killable(node, KRG_RPC_EPM_REQUEST, request, sizeof(*request), &answer,
				    sizeof(answer));
	if (len == -EINTR && fatal_signal_pending(current)) {
		krg_rpc_cast(node, KRG_RPC_EPM_CALL_OFF, &off, sizeof(off));
		return krg_refuse(why, len, "the request was interrupted");
	}
	if (len < 0)
		return krg_refuse(why, len, "node %d, where process %d runs, does not answer", node,
				  request->pid);
	if (len != sizeof(answer))
		return krg_refuse(why, -EPROTO, "node %d sent a malformed answer", node);
	answer.text[sizeof(answer.text) - 1] = '\0';
	return answer.err ? krg_refuse(why, answer.err, "%s", answer.text) : 0;
}

static int krg_request(const struct krg_move_request *request, struct krg_refusal *why)
{
	int node, err, i;

	for (i = 0; i < KRG_CHASE; i++) {
		node = krg_locate(request->pid);
		if (node == -ENOMEM)
			return krg_refuse(why, node, "no memory to look for process %d",
					  request->pid);
		if (node < 0)
			break;
		err = krg_request_at(node, request, why);
		if (err != -ESRCH)
			return err;
	}
	if (i == KRG_CHASE)
		return -ESRCH;		/* it is there, @why says what is wrong each time */
	return krg_refuse(why, -ESRCH, "there is no process %d in the cluster", request->pid);
}

static long krg_service_migrate(void __user *arg, bool thread, struct krg_refusal *why)
{
	static atomic64_t requests = ATOMIC64_INIT(0);
	struct krg_move_request request = {
		.uid = from_kuid(&init_user_ns, current_uid()),
		.euid = from_kuid(&init_user_ns, current_euid()),
		.asker = krg_in_container() ? task_tgid_vnr(current) : 0,
		.thread = thread,
		.id = atomic64_inc_return(&requests),
	};
	migration_infos_t infos;

	if (!krg_in_container() && !capable(CAP_SYS_ADMIN))
		return krg_refuse(why, -EPERM,
				  "only root may move processes from outside the container");
	if (copy_from_user(&infos, arg, sizeof(infos)))
		return krg_refuse(why, -EFAULT, "the request is not readable");
	request.pid = infos.pid;
	request.destination = infos.destination_node_id;
	if (request.destination < 1 || request.destination >= KRG_MAX_NODES)
		return krg_refuse(why, -EINVAL, "node ids go from 1 to %d; %d is none",
				  KRG_MAX_NODES - 1, request.destination);
	if (!krg_node_online(request.destination))
		return krg_refuse(why, -ENONET, "node %d is not online", request.destination);
	if (request.pid < 1)
		return krg_refuse(why, -ESRCH, "%d is no process id", request.pid);
	if (request.pid == 1)
		return krg_refuse(why, -EPERM,
				  "process 1 is the init of each node's container and stays");
	return krg_request(&request, why);
}

static long krg_service_process(void __user *arg, struct krg_refusal *why)
{
	return krg_service_migrate(arg, false, why);
}

static long krg_service_thread(void __user *arg, struct krg_refusal *why)
{
	return krg_service_migrate(arg, true, why);
}

const struct krg_service_entry krg_epm_services[] = {
	{ KSYS_PROCESS_MIGRATION, krg_service_process, .anywhere = true },
	{ KSYS_THREAD_MIGRATION, krg_service_thread, .anywhere = true },
	{}
};
