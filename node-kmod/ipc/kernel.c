// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's own segments, sets and queues, as far as it lets others at them. */
#include <linux/ipc.h>
#include <linux/nsproxy.h>
#include <linux/sched/task.h>
#include "ipc.h"

struct ipc_namespace *krg_ipc_ns;

bool krg_ipc_here(void)
{
	return current->nsproxy && current->nsproxy->ipc_ns == READ_ONCE(krg_ipc_ns);
}

struct kern_ipc_perm *krg_perm_lock(enum krg_ipc_kind kind, int id)
{
	struct kern_ipc_perm *perm;

	rcu_read_lock();
	perm = krg_sym(ipc_obtain_object_check)(krg_ids(kind), id);
	if (!IS_ERR(perm)) {
		spin_lock(&perm->lock);
		if (!perm->deleted) {
			__release(&perm->lock);	/* sparse cannot see that its callers have it */
			__release(RCU);
			return perm;
		}
		spin_unlock(&perm->lock);
	}
	rcu_read_unlock();
	return NULL;
}

void krg_perm_unlock(struct kern_ipc_perm *perm)
{
	__acquire(RCU);
	__acquire(&perm->lock);
	spin_unlock(&perm->lock);
	rcu_read_unlock();
}

time64_t *krg_perm_changed(enum krg_ipc_kind kind, struct kern_ipc_perm *perm)
{
	if (kind == KRG_IPC_SEM)
		return &container_of(perm, struct sem_array, sem_perm)->sem_ctime;
	if (kind == KRG_IPC_MSG)
		return &container_of(perm, struct msg_queue, q_perm)->q_ctime;
	return &krg_shm_of(perm)->shm_ctim;
}

void krg_perm_set(enum krg_ipc_kind kind, struct kern_ipc_perm *perm,
		  const struct krg_ipc_wire *wire)
{
	perm->uid = make_kuid(&init_user_ns, wire->uid);
	perm->gid = make_kgid(&init_user_ns, wire->gid);
	perm->mode = (perm->mode & ~0777) | (wire->mode & 0777);
	*krg_perm_changed(kind, perm) = wire->changed;
}

unsigned long krg_shm_attached(int id)
{
	struct kern_ipc_perm *perm = krg_perm_lock(KRG_IPC_SHM, id);
	unsigned long attached;

	if (!perm)
		return 0;
	attached = krg_shm_of(perm)->shm_nattch;
	krg_perm_unlock(perm);
	return attached;
}

/* The next master goes on counting where this one did: ids are not used again soon. */
static void krg_ids_follow(struct ipc_ids *ids, const struct kern_ipc_perm *perm)
{
	int index = perm->id & ((1 << krg_var(ipc_mni_shift)) - 1);

	ids->seq = perm->seq;
	ids->last_idx = index;
	idr_set_cursor(&ids->ipcs_idr, index + 1);
}

static int krg_kernel_new(const struct krg_ipc_wire *wire)
{
	struct ipc_params params = {
		.key = wire->key, .flg = wire->flags | (wire->mode & 0777),
	};

	switch (wire->kind) {
	case KRG_IPC_SEM:
		params.u.nsems = wire->size;
		return krg_sym(newary)(krg_ipc_ns, &params);
	case KRG_IPC_MSG:
		return krg_sym(newque)(krg_ipc_ns, &params);
	}
	params.u.size = wire->size;
	return krg_sym(newseg)(krg_ipc_ns, &params);
}

int krg_kernel_make(const struct krg_ipc_wire *wire, struct file **file)
{
	struct ipc_ids *ids = krg_ids(wire->kind);
	struct kern_ipc_perm *perm;
	int id;

	down_write(&ids->rwsem);
	ids->next_id = wire->id;
	id = krg_kernel_new(wire);
	ids->next_id = -1;
	if (id < 0)
		goto out;
	perm = krg_perm_lock(wire->kind, id);
	krg_perm_set(wire->kind, perm, wire);
	perm->cuid = make_kuid(&init_user_ns, wire->cuid);
	perm->cgid = make_kgid(&init_user_ns, wire->cgid);
	if (wire->kind == KRG_IPC_SHM) {
		/* who asked for it is its creator, and not this thread */
		task_lock(current);
		list_del_init(&krg_shm_of(perm)->shm_clist);
		task_unlock(current);
		*file = get_file(krg_shm_of(perm)->shm_file);
	}
	if (wire->id >= 0)
		krg_ids_follow(ids, perm);
	krg_perm_unlock(perm);
out:
	up_write(&ids->rwsem);
	return id;
}

void krg_kernel_hide(enum krg_ipc_kind kind, int id)
{
	struct ipc_ids *ids = krg_ids(kind);
	struct kern_ipc_perm *perm;

	down_write(&ids->rwsem);
	perm = krg_perm_lock(kind, id);
	if (perm) {
		if (perm->key != IPC_PRIVATE)
			krg_sym(ipc_set_key_private)(ids, perm);
		krg_perm_unlock(perm);
	}
	up_write(&ids->rwsem);
}

static void krg_shm_free(int id)
{
	struct kern_ipc_perm *perm = krg_perm_lock(KRG_IPC_SHM, id);

	if (!perm)
		return;
	perm->mode |= SHM_DEST;
	krg_perm_unlock(perm);
	krg_sym(shm_destroy_orphaned)(krg_ipc_ns);
}

void krg_kernel_free(enum krg_ipc_kind kind, int id)
{
	struct ipc_ids *ids = krg_ids(kind);
	struct kern_ipc_perm *perm;

	if (kind == KRG_IPC_SHM) {
		krg_shm_free(id);
		return;
	}
	down_write(&ids->rwsem);
	perm = krg_perm_lock(kind, id);
	/* both end the lock and RCU */
	if (perm && kind == KRG_IPC_SEM)
		krg_sym(freeary)(krg_ipc_ns, perm);
	else if (perm)
		krg_sym(freeque)(krg_ipc_ns, perm);
	up_write(&ids->rwsem);
}
