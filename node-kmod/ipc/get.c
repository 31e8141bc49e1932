// SPDX-License-Identifier: GPL-2.0-only
/* shmget(), semget() and msgget() in the container; what IPC_SET and IPC_RMID share. */
#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/ipc.h>
#include <uapi/linux/shm.h>
#include "ipc.h"

KRG_HOOK(int, ipcget, (struct ipc_namespace *ns, struct ipc_ids *ids,
		       const struct ipc_ops *ops, struct ipc_params *params));

static int krg_ipc_create(enum krg_ipc_kind kind, const struct ipc_params *params)
{
	struct krg_ipc_wire wire = {
		.op = KRG_IPC_CREATE, .kind = kind, .key = params->key,
		.mode = params->flg & 0777, .creator = task_tgid_vnr(current),
		.uid = from_kuid(&init_user_ns, current_euid()),
		.gid = from_kgid(&init_user_ns, current_egid()),
	};
	int err;

	if (kind == KRG_IPC_SHM) {
		wire.size = params->u.size;
		wire.flags = params->flg & SHM_NORESERVE;
		/* huge pages would be shared as a whole */
		if (params->flg & SHM_HUGETLB)
			return -EINVAL;
	} else if (kind == KRG_IPC_SEM) {
		wire.size = params->u.nsems;
		/* all values go into one answer */
		if (wire.size > KRG_KEEP_MAX / sizeof(u16))
			return -EINVAL;
	}
	wire.cuid = wire.uid;
	wire.cgid = wire.gid;
	err = krg_master_ask(&wire);
	return err ?: wire.id;
}

static int krg_ipc_get(struct ipc_namespace *ns, struct ipc_ids *ids, const struct ipc_ops *ops,
		       struct ipc_params *params)
{
	struct ipc_params find = *params;
	int ret;

	/* the other calls of 32 bits would be about this node alone */
	if (in_compat_syscall())
		return -ENOSYS;
	find.flg &= ~IPC_CREAT;
	do {
		ret = -ENOENT;
		if (params->key != IPC_PRIVATE)
			ret = krg_orig(ipcget)(ns, ids, ops, &find);
		if (ret != -ENOENT) {
			if (params->flg & IPC_CREAT && params->flg & IPC_EXCL)
				ret = -EEXIST;
		} else if (params->key == IPC_PRIVATE || params->flg & IPC_CREAT) {
			ret = krg_ipc_create(ids - ns->ids, params);
			/* another node was faster, and this one has it by now */
			if (ret == -EEXIST)
				continue;
		}
		break;
	} while (!fatal_signal_pending(current));
	return ret;
}

static int krg_hook_ipcget(struct ipc_namespace *ns, struct ipc_ids *ids,
			   const struct ipc_ops *ops, struct ipc_params *params)
{
	int ret;

	krg_hook_enter(ipcget);
	if (ns == READ_ONCE(krg_ipc_ns))
		ret = krg_ipc_get(ns, ids, ops, params);
	else
		ret = krg_orig(ipcget)(ns, ids, ops, params);
	krg_hook_exit(ipcget);
	return ret;
}

static int krg_ipc_asked(enum krg_ipc_kind kind, struct kern_ipc_perm *perm, int cmd)
{
	switch (kind) {
	case KRG_IPC_SEM:
		return krg_sym(security_sem_semctl)(perm, cmd);
	case KRG_IPC_MSG:
		return krg_sym(security_msg_queue_msgctl)(perm, cmd);
	default:
		return krg_sym(security_shm_shmctl)(perm, cmd);
	}
}

/* May current do that to it? */
static int krg_ipc_may(enum krg_ipc_kind kind, int id, int cmd, struct ipc64_perm *perm)
{
	struct ipc_ids *ids = krg_ids(kind);
	struct kern_ipc_perm *ipcp;
	int err;

	down_read(&ids->rwsem);
	rcu_read_lock();
	ipcp = krg_sym(ipcctl_obtain_check)(krg_ipc_ns, ids, id, cmd, perm, 0);
	err = IS_ERR(ipcp) ? PTR_ERR(ipcp) : krg_ipc_asked(kind, ipcp, cmd);
	rcu_read_unlock();
	up_read(&ids->rwsem);
	return err;
}

long krg_ipc_change(enum krg_ipc_kind kind, int id, int cmd, struct ipc64_perm *perm)
{
	struct krg_ipc_wire wire = {
		.op = cmd == IPC_SET ? KRG_IPC_SET : KRG_IPC_REMOVE, .kind = kind, .id = id,
	};
	int err = id < 0 ? -EINVAL : krg_ipc_may(kind, id, cmd, perm);
	kuid_t uid;
	kgid_t gid;

	if (err)
		return err;
	if (cmd == IPC_SET) {
		uid = make_kuid(current_user_ns(), perm->uid);
		gid = make_kgid(current_user_ns(), perm->gid);
		if (!uid_valid(uid) || !gid_valid(gid))
			return -EINVAL;
		wire.uid = from_kuid(&init_user_ns, uid);
		wire.gid = from_kgid(&init_user_ns, gid);
		wire.mode = perm->mode & 0777;
	}
	return krg_master_ask(&wire);
}

struct krg_hook *krg_get_hooks[] = { &krg_hook_of_ipcget, NULL };
