// SPDX-License-Identifier: GPL-2.0-only
/* What a stub does for its body, in its own context. */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/cred.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <uapi/linux/wait.h>
#include <hooks/compat.h>
#include "calls.h"
#include "proc.h"

static void krg_serve_exec(const struct krg_ask *ask)
{
	struct k_sigaction *chld = &krg_sighand()->action[SIGCHLD - 1];

	task_lock(current);
	strscpy(current->comm, ask->comm, sizeof(current->comm));
	task_unlock(current);
	current->flags &= ~PF_FORKNOEXEC;
	krg_siglock();
	if (chld->sa.sa_handler != SIG_IGN)
		chld->sa.sa_handler = SIG_DFL;
	chld->sa.sa_flags = 0;
	krg_sigunlock();
}

static void krg_serve_sigaction(const struct krg_ask *ask)
{
	struct k_sigaction *chld = &krg_sighand()->action[SIGCHLD - 1];

	krg_siglock();
	chld->sa.sa_handler = ask->action.ignore ? SIG_IGN : SIG_DFL;
	chld->sa.sa_flags = ask->action.flags & (SA_NOCLDWAIT | SA_NOCLDSTOP);
	krg_sigunlock();
}

static int krg_serve_creds(const struct krg_creds *from)
{
	struct cred *new = prepare_creds();
	int err = new ? krg_creds_load(new, from) : -ENOMEM;

	if (!err)
		return krg_commit_creds_native(new);
	if (new)
		abort_creds(new);
	return err;
}

/* A child stub begins: into the loop by task work, as every stub. */
static void krg_child_begins(struct callback_head *work)
{
	struct krg_stub *stub = container_of(work, struct krg_stub, work);

	krg_stub_enter(stub);
	krg_stub_loop(stub);
}

static int krg_child_start(void *arg)
{
	struct krg_stub *stub = arg;

	init_task_work(&stub->work, krg_child_begins);
	return krg_sym(task_work_add)(current, &stub->work, TWA_RESUME);
}

/*
 * Has a signal come after which a process has no more children? Who sends it to many has seen
 * either this one with the child, or the child has to go, as when the kernel clones.
 */
static bool krg_fork_is_late(const struct krg_stub *stub)
{
	static const int signals[] = { SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
	bool late = false;
	int i;

	krg_siglock();
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		late |= stub->held.sig == signals[i] ||
			sigismember(&current->pending.signal, signals[i]) ||
			sigismember(&current->signal->shared_pending.signal, signals[i]);
	krg_sigunlock();
	return late;
}

static s64 krg_serve_fork(struct krg_stub *stub, const struct krg_ask *ask)
{
	struct krg_request unfork = { .ask = { .op = KRG_ASK_UNFORK } };
	struct krg_stub *child = krg_stub_new(0, stub->node);
	pid_t pid;
	int err;

	if (IS_ERR(child))
		return PTR_ERR(child);
	/* a clone is refused while signals are pending */
	krg_siglock();
	sigfillset(&current->blocked);
	recalc_sigpending();
	krg_sigunlock();
	kref_get(&child->ref);
	pid = krg_may_fail(-ENOMEM,
			   krg_sym(user_mode_thread)(krg_child_start, child,
						     (ask->fork.flags & CLONE_PARENT) |
						     ask->fork.exit_signal));
	if (pid < 0) {
		krg_stub_put(child);
		krg_stub_drop(child);
		return pid == -ERESTARTNOINTR ? -EAGAIN : pid;
	}
	err = krg_stub_publish(child, pid);
	krg_stub_put(child);
	if (!err && krg_fork_is_late(stub)) {
		krg_stub_request(pid, &unfork);
		err = -ERESTARTNOINTR;
	}
	return err ?: pid;
}

static s64 krg_serve_wait(struct krg_stub *stub, const struct krg_ask *ask,
			  struct krg_answer *answer)
{
	struct waitid_info info = {};
	struct wait_opts wo = {
		.wo_flags = ask->wait.options | WNOHANG,
		.wo_info = &info,
		.wo_rusage = &answer->rusage,
	};
	s64 ret;

	switch (ask->wait.which) {
	case P_ALL:
		wo.wo_type = PIDTYPE_MAX;
		break;
	case P_PID:
		wo.wo_type = PIDTYPE_PID;
		wo.wo_pid = find_get_pid(ask->wait.upid);
		break;
	case P_PGID:
		wo.wo_type = PIDTYPE_PGID;
		wo.wo_pid = ask->wait.upid ? find_get_pid(ask->wait.upid) :
					     get_task_pid(current, PIDTYPE_PGID);
		break;
	default:
		return -EINVAL;
	}
	if (!(ask->wait.options & WNOHANG))
		WRITE_ONCE(stub->waited, true);
	ret = krg_sym(do_wait)(&wo);
	put_pid(wo.wo_pid);
	/* of this one do_wait() tells waitid() only */
	answer->status = info.cause == CLD_CONTINUED ? 0xffff : wo.wo_stat;
	answer->child = info.pid;
	answer->uid = info.uid;
	answer->info_status = info.status;
	answer->cause = info.cause;
	return ret;
}

static void krg_stub_moved(struct krg_stub *stub, int node)
{
	stub->node = node;
	stub->dest = KRG_NODE_NONE;
	stub->seq++;
	stub->stalled = false;
}

/*
 * Is @request from the body? Its first word from where it was moving to says that it lives
 * there, and may be here before the death of the node that it comes from.
 */
static bool krg_stub_heeds(struct krg_stub *stub, const struct krg_request *request)
{
	if (request->ask.seq == stub->seq + 1 && request->from == stub->dest)
		krg_stub_moved(stub, stub->dest);
	return request->ask.seq == stub->seq;
}

/* Has the body arrived where it was moving to before @gone died? */
static bool krg_stub_taken(struct krg_stub *stub, int gone)
{
	struct krg_name ask = { .op = KRG_NAME_TAKEN, .pid = stub->pid, .gone = gone };
	int err;

	if (stub->dest == krg_node_id() || !krg_node_online(stub->dest))
		return false;
	do {
		err = krg_rpc_call(stub->dest, KRG_RPC_PROC_NAME, &ask, sizeof(ask), NULL, 0);
	} while (err == -ENOMEM && !schedule_timeout_uninterruptible(KRG_MEMORY_WAIT));
	return !err;
}

/* The node that runs the body, or where it is moving from or to, died. */
void krg_stub_lost(struct krg_stub *stub, int node)
{
	static const struct krg_exit killed = { .code = SIGKILL };

	if (node != stub->node)
		return;
	if (krg_stub_taken(stub, node)) {
		krg_stub_moved(stub, stub->dest);
		return;
	}
	pr_warn("%d (%s) died with node %d\n", stub->pid, current->comm, node);
	krg_stub_die(stub, &killed);
}

/* This node leaves the cluster: the body lives on without a home. */
static void krg_serve_leave(struct krg_stub *stub, struct krg_request *request)
{
	static const struct krg_exit killed = { .code = SIGKILL };
	struct krg_tell tell = { .op = KRG_TELL_ALONE, .pid = stub->pid, .seq = stub->seq };

	krg_rpc_call(stub->node, KRG_RPC_PROC_BODY, &tell, sizeof(tell), NULL, 0);
	krg_request_done(request);
	krg_stub_die(stub, &killed);
}

static void krg_serve_arrive(struct krg_stub *stub, struct krg_request *request)
{
	struct krg_signals held = { .count = 1, .sig = &stub->held };

	if (stub->held.sig)
		krg_signals_queue(&held);
	stub->held.sig = 0;
	request->err = request->arrive(request->arg, &stub->park);
	stub->home = !request->err;
	/* it may have stopped just before it left, and never said so */
	if (stub->home && request->ask.stop.sig) {
		stub->stop = request->ask.stop.sig;
		stub->stop_conts = request->ask.stop.conts;
	}
}

static void krg_answered(struct krg_request *request, s64 ret)
{
	if (request->answer)
		request->answer->ret = ret;
	krg_request_done(request);
}

/* Stub's own context. What ends the stub or makes it stop answers first. */
void krg_stub_serve(struct krg_stub *stub, struct krg_request *request)
{
	struct krg_ask ask = request->ask;
	s64 ret = 0;

	/* an UNFORK is for the child's stub, which never had a body */
	if (request->answer && ask.op != KRG_ASK_UNFORK && !krg_stub_heeds(stub, request)) {
		request->err = -ESTALE;
		krg_request_done(request);
		return;
	}
	switch (ask.op) {
	case KRG_ASK_EXITED:
		krg_answered(request, 0);
		krg_stub_die(stub, &ask.exit);
		return;
	case KRG_ASK_UNFORK:
		stub->vanish = true;
		krg_answered(request, 0);
		ask.exit = (struct krg_exit) {};
		krg_stub_die(stub, &ask.exit);
		return;
	case KRG_ASK_LEAVE:
		krg_serve_leave(stub, request);
		return;
	case KRG_ASK_LOST:
		krg_answered(request, 0);
		krg_stub_lost(stub, ask.move.node);
		return;
	case KRG_ASK_STOPPED:
		stub->stop = ask.stop.sig;
		stub->stop_conts = ask.stop.conts;
		break;
	case KRG_ASK_ARRIVE:
		krg_serve_arrive(stub, request);
		break;
	case KRG_ASK_MOVING:
		stub->dest = ask.move.node;
		break;
	case KRG_ASK_MOVED:
		krg_stub_moved(stub, ask.move.node);
		krg_answered(request, 0);
		if (!krg_node_online(stub->node))
			krg_stub_lost(stub, stub->node);
		return;
	case KRG_ASK_STAYS:
		stub->dest = KRG_NODE_NONE;
		stub->stalled = false;
		break;
	case KRG_ASK_EXEC:
		krg_serve_exec(&ask);
		break;
	case KRG_ASK_SIGACTION:
		krg_serve_sigaction(&ask);
		break;
	case KRG_ASK_CREDS:
		ret = request->creds ? krg_serve_creds(request->creds) : -EINVAL;
		break;
	case KRG_ASK_FORK:
		ret = krg_serve_fork(stub, &ask);
		break;
	case KRG_ASK_WAIT:
		ret = krg_serve_wait(stub, &ask, request->answer);
		break;
	default:
		ret = krg_call_native(&ask);
	}
	krg_answered(request, ret);
}

/* Handler of KRG_RPC_PROC_HOME: a body of another node has something for its stub. */
int krg_serve_home(struct krg_rpc_request *req)
{
	struct krg_request request = {};
	const struct krg_ask *ask = req->arg;
	const struct krg_ask_creds *creds;
	int err;

	if (req->len < sizeof(*ask) || ask->op >= KRG_ASK_REMOTE ||
	    req->reply_max < sizeof(struct krg_answer))
		return -EINVAL;
	request.ask = *ask;
	request.from = req->from;
	if (ask->op == KRG_ASK_CREDS) {
		creds = req->arg;
		if (req->len < sizeof(*creds) || creds->creds.ngroups > KRG_GROUPS_MAX ||
		    req->len < struct_size(creds, creds.groups, creds->creds.ngroups))
			return -EINVAL;
		request.creds = &creds->creds;
	}
	if (ask->op == KRG_ASK_FORK && !valid_signal(ask->fork.exit_signal))
		return -EINVAL;
	if (ask->op == KRG_ASK_STOPPED && !krg_signal_valid(ask->stop.sig))
		return -EINVAL;
	memset(req->reply, 0, sizeof(struct krg_answer));
	request.answer = req->reply;
	err = krg_stub_request(ask->pid, &request);
	req->reply_len = sizeof(struct krg_answer);
	return err;
}
