// SPDX-License-Identifier: GPL-2.0-only
/* msgsnd(), msgrcv() and msgctl() of processes in the container. */
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/ipc.h>
#include <linux/msg.h>
#include <linux/ptrace.h>
#include <linux/uaccess.h>
#include <uapi/linux/msg.h>
#include "keep.h"

KRG_HOOK(long, do_msgsnd, (int msqid, long mtype, void __user *mtext, size_t msgsz, int msgflg));
KRG_HOOK(long, do_msgrcv, (int msqid, void __user *buf, size_t bufsz, long msgtyp, int msgflg,
			   long (*msg_handler)(void __user *, struct msg_msg *, size_t)));
KRG_HOOK(long, __x64_sys_msgctl, (const struct pt_regs *regs));

static int krg_msg_may(int id, bool send)
{
	struct kern_ipc_perm *perm;
	int err;

	rcu_read_lock();
	perm = krg_sym(ipc_obtain_object_check)(krg_ids(KRG_IPC_MSG), id);
	if (IS_ERR(perm))
		err = PTR_ERR(perm);
	else
		err = krg_sym(ipcperms)(krg_ipc_ns, perm, send ? 0222 : 0444) ? -EACCES : 0;
	rcu_read_unlock();
	return err;
}

/* Begun anew where a handler allows it. */
static long krg_msg_result(long ret)
{
	return ret == -EINTR ? -ERESTARTNOHAND : ret;
}

static long krg_msgsnd(int id, long type, void __user *text, size_t size, int flags)
{
	struct krg_answer_wire answer;
	struct krg_keep_wire *ask;
	long ret;

	if (size > krg_ipc_ns->msg_ctlmax || size > KRG_KEEP_MAX || id < 0 || type < 1)
		return -EINVAL;
	ret = krg_msg_may(id, true);
	if (ret)
		return ret;
	ask = kvzalloc(struct_size(ask, data, size), GFP_KERNEL);
	if (!ask)
		return -ENOMEM;
	ask->op = KRG_KEEP_SEND;
	ask->type = type;
	ask->flags = flags;
	ask->count = size;
	ret = copy_from_user(ask->data, text, size) ? -EFAULT :
	      krg_keeper_ask(KRG_IPC_MSG, id, ask, &answer, 0, NULL);
	kvfree(ask);
	return krg_msg_result(ret);
}

static long krg_hook_do_msgsnd(int msqid, long mtype, void __user *mtext, size_t msgsz, int msgflg)
{
	long ret;

	krg_hook_enter(do_msgsnd);
	if (krg_ipc_here())
		ret = krg_msgsnd(msqid, mtype, mtext, msgsz, msgflg);
	else
		ret = krg_orig(do_msgsnd)(msqid, mtype, mtext, msgsz, msgflg);
	krg_hook_exit(do_msgsnd);
	return ret;
}

struct krg_msgbuf32 {
	compat_long_t type;
	char text[];
};

static long krg_msg_store(void __user *buf, const struct krg_answer_wire *answer)
{
	struct krg_msgbuf32 __user *buf32 = buf;
	struct msgbuf __user *buf64 = buf;
	int err;

	if (in_compat_syscall())
		err = put_user(answer->type, &buf32->type) ||
		      copy_to_user(buf32->text, answer->data, answer->count);
	else
		err = put_user(answer->type, &buf64->mtype) ||
		      copy_to_user(buf64->mtext, answer->data, answer->count);
	return err ? -EFAULT : answer->count;
}

static long krg_msgrcv(int id, void __user *buf, size_t size, long type, int flags)
{
	struct krg_keep_wire ask = { .op = KRG_KEEP_RECEIVE, .type = type, .flags = flags };
	struct krg_answer_wire *answer;
	long ret;

	if (id < 0 || (long)size < 0)
		return -EINVAL;
	if (flags & MSG_COPY && (flags & MSG_EXCEPT || !(flags & IPC_NOWAIT)))
		return -EINVAL;
	ret = krg_msg_may(id, false);
	if (ret)
		return ret;
	ask.count = min_t(size_t, size, KRG_KEEP_MAX);
	answer = kvzalloc(struct_size(answer, data, ask.count), GFP_KERNEL);
	if (!answer)
		return -ENOMEM;
	ret = krg_keeper_ask(KRG_IPC_MSG, id, &ask, answer, ask.count, NULL);
	if (!ret)
		ret = krg_msg_store(buf, answer);
	kvfree(answer);
	return krg_msg_result(ret);
}

static long krg_hook_do_msgrcv(int msqid, void __user *buf, size_t bufsz, long msgtyp, int msgflg,
			       long (*msg_handler)(void __user *, struct msg_msg *, size_t))
{
	long ret;

	krg_hook_enter(do_msgrcv);
	if (krg_ipc_here())
		ret = krg_msgrcv(msqid, buf, bufsz, msgtyp, msgflg);
	else
		ret = krg_orig(do_msgrcv)(msqid, buf, bufsz, msgtyp, msgflg, msg_handler);
	krg_hook_exit(do_msgrcv);
	return ret;
}

static long krg_msg_change(int id, int cmd, const struct msqid64_ds __user *buf)
{
	struct krg_keep_wire ask = { .op = KRG_KEEP_LIMIT };
	struct krg_answer_wire answer;
	struct msqid64_ds ds = {};
	long ret;

	if (cmd == IPC_SET && copy_from_user(&ds, buf, sizeof(ds)))
		return -EFAULT;
	if (ds.msg_qbytes > krg_ipc_ns->msg_ctlmnb && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	ret = krg_ipc_change(KRG_IPC_MSG, id, cmd, &ds.msg_perm);
	if (ret || cmd != IPC_SET)
		return ret;
	ask.number = min_t(u64, ds.msg_qbytes, U32_MAX);
	return krg_keeper_ask(KRG_IPC_MSG, id, &ask, &answer, 0, NULL);
}

/* The kernel's queue is empty: its keeper knows. */
static long krg_msg_stat(int id, struct msqid64_ds __user *buf)
{
	struct krg_keep_stat stat;
	struct msqid64_ds ds;
	long ret = krg_keep_ask_stat(KRG_IPC_MSG, id, &stat);

	if (ret)
		return ret;
	if (copy_from_user(&ds, buf, sizeof(ds)))
		return -EFAULT;
	ds.msg_stime = stat.sent_at;
	ds.msg_rtime = stat.received_at;
	ds.msg_cbytes = stat.bytes;
	ds.msg_qnum = stat.messages;
	ds.msg_qbytes = stat.limit;
	ds.msg_lspid = stat.sender;
	ds.msg_lrpid = stat.receiver;
	return copy_to_user(buf, &ds, sizeof(ds)) ? -EFAULT : 0;
}

static long krg_msgctl(const struct pt_regs *regs)
{
	struct msqid64_ds __user *buf = (void __user *)regs->dx;
	int id = regs->di, cmd = regs->si;
	long ret, err;

	if (cmd == IPC_RMID || cmd == IPC_SET)
		return krg_msg_change(id, cmd, buf);
	ret = krg_orig(__x64_sys_msgctl)(regs);
	if (ret < 0 || (cmd != IPC_STAT && cmd != MSG_STAT && cmd != MSG_STAT_ANY))
		return ret;
	err = krg_msg_stat(cmd == IPC_STAT ? id : ret, buf);
	return err ?: ret;
}

static long krg_hook___x64_sys_msgctl(const struct pt_regs *regs)
{
	long ret;

	krg_hook_enter(__x64_sys_msgctl);
	ret = krg_ipc_here() ? krg_msgctl(regs) : krg_orig(__x64_sys_msgctl)(regs);
	krg_hook_exit(__x64_sys_msgctl);
	return ret;
}

struct krg_hook *krg_msg_hooks[] = {
	&krg_hook_of_do_msgsnd, &krg_hook_of_do_msgrcv, &krg_hook_of___x64_sys_msgctl, NULL,
};
