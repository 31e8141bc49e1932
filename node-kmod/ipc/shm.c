// SPDX-License-Identifier: GPL-2.0-only
/* shmctl() of processes in the container. */
#include <linux/ipc.h>
#include <linux/ptrace.h>
#include <uapi/linux/shm.h>
#include <linux/uaccess.h>
#include "ipc.h"

KRG_HOOK(long, __x64_sys_shmctl, (const struct pt_regs *regs));

static long krg_shm_change(int id, int cmd, struct shmid64_ds __user *buf)
{
	struct shmid64_ds ds = {};

	if (cmd == IPC_SET && copy_from_user(&ds, buf, sizeof(ds)))
		return -EFAULT;
	return krg_ipc_change(KRG_IPC_SHM, id, cmd, &ds.shm_perm);
}

/* The kernel has written what it knows: others know more. */
static long krg_shm_stat(int id, struct shmid64_ds __user *buf)
{
	struct krg_ipc_wire sum;
	struct shmid64_ds ds;

	if (!krg_stat_sum(id, &sum))
		return 0;
	if (copy_from_user(&ds, buf, sizeof(ds)))
		return -EFAULT;
	ds.shm_nattch = sum.attached;
	ds.shm_atime = sum.attached_at;
	ds.shm_dtime = sum.detached_at;
	ds.shm_cpid = sum.creator;
	ds.shm_lpid = sum.last;
	if (sum.removed)
		ds.shm_perm.mode |= SHM_DEST;
	return copy_to_user(buf, &ds, sizeof(ds)) ? -EFAULT : 0;
}

static long krg_hook___x64_sys_shmctl(const struct pt_regs *regs)
{
	struct shmid64_ds __user *buf = (void __user *)regs->dx;
	int id = regs->di, cmd = regs->si;
	long ret, err;

	krg_hook_enter(__x64_sys_shmctl);
	if (krg_ipc_here() && (cmd == IPC_RMID || cmd == IPC_SET)) {
		ret = krg_shm_change(id, cmd, buf);
	} else {
		ret = krg_orig(__x64_sys_shmctl)(regs);
		if (ret >= 0 && krg_ipc_here() &&
		    (cmd == IPC_STAT || cmd == SHM_STAT || cmd == SHM_STAT_ANY)) {
			err = krg_shm_stat(cmd == IPC_STAT ? id : ret, buf);
			ret = err ?: ret;
		}
	}
	krg_hook_exit(__x64_sys_shmctl);
	return ret;
}

struct krg_hook *krg_shm_hooks[] = { &krg_hook_of___x64_sys_shmctl, NULL };
