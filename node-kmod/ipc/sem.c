// SPDX-License-Identifier: GPL-2.0-only
/* semop(), semtimedop() and semctl() of processes in the container. */
#include <linux/ipc.h>
#include <linux/ptrace.h>
#include <linux/uaccess.h>
#include <kerrighed/ipc.h>
#include <uapi/linux/sem.h>
#include "keep.h"

KRG_HOOK(long, do_semtimedop, (int semid, struct sembuf __user *tsops, unsigned int nsops,
			       const struct timespec64 *timeout));
KRG_HOOK(long, __x64_sys_semctl, (const struct pt_regs *regs));

/* May current do that? Return: how many semaphores there are, or -errno */
static int krg_sem_may(int id, struct sembuf *ops, unsigned int count, bool alter)
{
	struct kern_ipc_perm *perm;
	unsigned int i;
	int ret;

	rcu_read_lock();
	perm = krg_sym(ipc_obtain_object_check)(krg_ids(KRG_IPC_SEM), id);
	if (IS_ERR(perm)) {
		rcu_read_unlock();
		return PTR_ERR(perm);
	}
	ret = container_of(perm, struct sem_array, sem_perm)->sem_nsems;
	for (i = 0; i < count; i++)
		if (ops[i].sem_num >= ret)
			ret = -EFBIG;
	if (ret >= 0 && krg_sym(ipcperms)(krg_ipc_ns, perm, alter ? 0222 : 0444))
		ret = -EACCES;
	if (ret >= 0 && count) {
		int err = krg_sym(security_sem_semop)(perm, ops, count, alter);

		ret = err ?: ret;
	}
	rcu_read_unlock();
	return ret;
}

static int krg_semop(int id, struct krg_keep_wire *ask, long *timeout)
{
	struct sembuf *ops = (struct sembuf *)ask->data;
	bool alter = false, undo = false;
	struct krg_answer_wire answer;
	unsigned int i;
	int ret;

	for (i = 0; i < ask->count; i++) {
		alter |= ops[i].sem_op;
		undo |= ops[i].sem_flg & SEM_UNDO;
	}
	ret = krg_sem_may(id, ops, ask->count, alter);
	if (ret >= 0 && undo)
		ret = krg_undo_expect();
	if (ret < 0)
		return ret;
	ask->op = KRG_KEEP_SEMOP;
	return krg_keeper_ask(KRG_IPC_SEM, id, ask, &answer, 0, timeout);
}

static long krg_semtimedop(int id, struct sembuf __user *ops, unsigned int count,
			   const struct timespec64 *timeout)
{
	struct krg_keep_wire *ask;
	long jiffies_left, ret;

	if (count < 1 || id < 0)
		return -EINVAL;
	if (count > krg_ipc_ns->sem_ctls[2] || count > KRG_KEEP_MAX / sizeof(*ops))
		return -E2BIG;
	if (timeout && !timespec64_valid(timeout))
		return -EINVAL;
	ask = kvzalloc(struct_size(ask, data, count * sizeof(*ops)), GFP_KERNEL);
	if (!ask)
		return -ENOMEM;
	ask->count = count;
	if (timeout)
		jiffies_left = min_t(u64, timespec64_to_jiffies(timeout) + 1,
				     MAX_SCHEDULE_TIMEOUT - 1);
	ret = copy_from_user(ask->data, ops, count * sizeof(*ops)) ? -EFAULT :
	      krg_semop(id, ask, timeout ? &jiffies_left : NULL);
	kvfree(ask);
	return ret;
}

static long krg_hook_do_semtimedop(int semid, struct sembuf __user *tsops, unsigned int nsops,
				   const struct timespec64 *timeout)
{
	long ret;

	krg_hook_enter(do_semtimedop);
	if (krg_ipc_here())
		ret = krg_semtimedop(semid, tsops, nsops, timeout);
	else
		ret = krg_orig(do_semtimedop)(semid, tsops, nsops, timeout);
	krg_hook_exit(do_semtimedop);
	return ret;
}

static long krg_sem_value(int id, unsigned int number, enum krg_sem_what what)
{
	struct krg_keep_wire ask = {
		.op = KRG_KEEP_VALUE, .number = what, .count = number,
	};
	struct krg_answer_wire answer;
	int ret = krg_sem_may(id, NULL, 0, false);

	if (ret < 0)
		return ret;
	if (number >= ret)
		return -EINVAL;
	ret = krg_keeper_ask(KRG_IPC_SEM, id, &ask, &answer, 0, NULL);
	return ret ?: answer.type;
}

static long krg_sem_values(int id, u16 __user *values)
{
	struct krg_keep_wire ask = { .op = KRG_KEEP_VALUES };
	int count = krg_sem_may(id, NULL, 0, false);
	struct krg_answer_wire *answer;
	long ret;

	if (count < 0)
		return count;
	answer = kvzalloc(struct_size(answer, data, count * sizeof(*values)), GFP_KERNEL);
	if (!answer)
		return -ENOMEM;
	ret = krg_keeper_ask(KRG_IPC_SEM, id, &ask, answer, count * sizeof(*values), NULL);
	if (!ret && copy_to_user(values, answer->data, answer->count))
		ret = -EFAULT;
	kvfree(answer);
	return ret;
}

/* From semaphore @first on */
static long krg_sem_set(int id, unsigned int first, unsigned int count, const u16 *values)
{
	struct krg_keep_wire *ask = kvzalloc(struct_size(ask, data, count * sizeof(*values)),
					     GFP_KERNEL);
	struct krg_answer_wire answer;
	long ret;

	if (!ask)
		return -ENOMEM;
	ask->op = KRG_KEEP_SET_VALUES;
	ask->number = first;
	ask->count = count;
	memcpy(ask->data, values, count * sizeof(*values));
	ret = krg_keeper_ask(KRG_IPC_SEM, id, ask, &answer, 0, NULL);
	kvfree(ask);
	return ret;
}

static long krg_sem_set_all(int id, const u16 __user *from)
{
	int count = krg_sem_may(id, NULL, 0, true);
	u16 *values;
	long ret;

	if (count < 0)
		return count;
	values = kvmalloc_array(count, sizeof(*values), GFP_KERNEL);
	if (!values)
		return -ENOMEM;
	ret = copy_from_user(values, from, count * sizeof(*values)) ? -EFAULT :
	      krg_sem_set(id, 0, count, values);
	kvfree(values);
	return ret;
}

static long krg_sem_set_one(int id, unsigned int number, int value)
{
	int count = krg_sem_may(id, NULL, 0, true);
	u16 small = value;

	if (value < 0 || value > SEMVMX)
		return -ERANGE;
	if (count < 0)
		return count;
	return number < count ? krg_sem_set(id, number, 1, &small) : -EINVAL;
}

static long krg_sem_change(int id, int cmd, const struct semid64_ds __user *buf)
{
	struct semid64_ds ds = {};

	if (cmd == IPC_SET && copy_from_user(&ds, buf, sizeof(ds)))
		return -EFAULT;
	return krg_ipc_change(KRG_IPC_SEM, id, cmd, &ds.sem_perm);
}

/* The kernel has written what it knows, which is not when it was used. */
static long krg_sem_stat(int id, struct semid64_ds __user *buf)
{
	struct krg_keep_stat stat;
	long ret = krg_keep_ask_stat(KRG_IPC_SEM, id, &stat);

	return ret ?: put_user(stat.operated_at, &buf->sem_otime);
}

static long krg_semctl(const struct pt_regs *regs)
{
	int id = regs->di, number = regs->si, cmd = regs->dx;
	void __user *arg = (void __user *)regs->r10;
	long ret, err;

	switch (cmd) {
	case IPC_RMID:
	case IPC_SET:
		return krg_sem_change(id, cmd, arg);
	case GETVAL:
		return krg_sem_value(id, number, KRG_SEM_VALUE);
	case GETPID:
		return krg_sem_value(id, number, KRG_SEM_PID);
	case GETNCNT:
		return krg_sem_value(id, number, KRG_SEM_NCNT);
	case GETZCNT:
		return krg_sem_value(id, number, KRG_SEM_ZCNT);
	case GETALL:
		return krg_sem_values(id, arg);
	case SETALL:
		return krg_sem_set_all(id, arg);
	case SETVAL:
		return krg_sem_set_one(id, number, (int)regs->r10);
	}
	ret = krg_orig(__x64_sys_semctl)(regs);
	if (ret < 0 || (cmd != IPC_STAT && cmd != SEM_STAT && cmd != SEM_STAT_ANY))
		return ret;
	err = krg_sem_stat(cmd == IPC_STAT ? id : ret, arg);
	return err ?: ret;
}

static long krg_hook___x64_sys_semctl(const struct pt_regs *regs)
{
	long ret;

	krg_hook_enter(__x64_sys_semctl);
	ret = krg_ipc_here() ? krg_semctl(regs) : krg_orig(__x64_sys_semctl)(regs);
	krg_hook_exit(__x64_sys_semctl);
	return ret;
}

struct krg_hook *krg_sem_hooks[] = {
	&krg_hook_of_do_semtimedop, &krg_hook_of___x64_sys_semctl, NULL,
};
