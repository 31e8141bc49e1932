// SPDX-License-Identifier: GPL-2.0-only
/* The segments, sets and queues that this node knows of. */
#include <linux/ipc.h>
#include <kerrighed/kddm.h>
#include <kerrighed/mm.h>
#include "keep.h"

DEFINE_MUTEX(krg_ipc_lock);	/* of krg_ipc_objects and what is in it */
DEFINE_XARRAY(krg_ipc_objects);

struct krg_ipc_object *krg_ipc_find(u8 kind, int id)
{
	return id < 0 ? NULL : xa_load(&krg_ipc_objects, krg_ipc_index(kind, id));
}

/* What is beside the kernel's */
static int krg_ipc_content(struct krg_ipc_object *obj)
{
	if (obj->kind == KRG_IPC_SHM)
		return krg_shared_begin(obj->file, KRG_SPACE_SHM, obj->number);
	return obj->keeper == krg_node_id() ? krg_keep_new(obj) : 0;
}

static void krg_ipc_content_end(struct krg_ipc_object *obj, bool remove)
{
	if (obj->kind == KRG_IPC_SHM)
		krg_shared_end(obj->file, remove);
	else
		krg_keep_free(obj);
}

static void krg_ipc_free(struct krg_ipc_object *obj)
{
	krg_kernel_free(obj->kind, obj->id);
	if (obj->file)
		fput(obj->file);
	kfree_rcu(obj, rcu);
}

static int krg_ipc_new(struct krg_ipc_wire *wire)
{
	struct krg_ipc_object *obj = kzalloc(sizeof(*obj), GFP_KERNEL);
	int err;

	if (!obj)
		return -ENOMEM;
	obj->kind = wire->kind;
	obj->key = wire->key;
	obj->number = wire->number;
	obj->keeper = wire->keeper;
	obj->flags = wire->flags;
	obj->size = wire->size;
	obj->creator = wire->creator;
	obj->id = krg_kernel_make(wire, &obj->file);
	if (obj->id < 0) {
		err = obj->id;
		kfree(obj);
		return err;
	}
	err = wire->id >= 0 && wire->id != obj->id ? -EIO : krg_ipc_content(obj);
	if (!err) {
		err = xa_insert(&krg_ipc_objects, krg_ipc_index(obj->kind, obj->id), obj,
				GFP_KERNEL);
		if (err)
			krg_ipc_content_end(obj, false);
	}
	if (err) {
		krg_ipc_free(obj);
		return err;
	}
	wire->id = obj->id;
	return 0;
}

int krg_ipc_make(struct krg_ipc_wire *wire)
{
	struct krg_ipc_object *obj = krg_ipc_find(wire->kind, wire->id);
	int err = 0;

	if (!obj)
		err = krg_ipc_new(wire);
	else if (obj->number != wire->number)
		err = -EIO;
	else
		krg_ipc_set(obj, wire);
	if (!err && wire->removed)
		krg_ipc_remove(krg_ipc_find(wire->kind, wire->id));
	return err;
}

void krg_ipc_destroy(struct krg_ipc_object *obj, bool remove)
{
	xa_erase(&krg_ipc_objects, krg_ipc_index(obj->kind, obj->id));
	krg_ipc_content_end(obj, remove);
	krg_ipc_free(obj);
}

void krg_ipc_remove(struct krg_ipc_object *obj)
{
	if (obj->removed)
		return;
	krg_kernel_hide(obj->kind, obj->id);
	obj->key = IPC_PRIVATE;
	obj->removed = true;
}

void krg_ipc_set(struct krg_ipc_object *obj, const struct krg_ipc_wire *wire)
{
	struct kern_ipc_perm *perm = krg_perm_lock(obj->kind, obj->id);

	if (!perm)
		return;
	krg_perm_set(obj->kind, perm, wire);
	krg_perm_unlock(perm);
}

static void krg_shm_describe(struct shmid_kernel *shp, struct krg_ipc_wire *wire)
{
	wire->attached_at = shp->shm_atim;
	wire->detached_at = shp->shm_dtim;
	wire->attached = shp->shm_nattch;
	wire->last = pid_nr_ns(shp->shm_lprid, READ_ONCE(krg_container));
}

void krg_ipc_describe(struct krg_ipc_object *obj, struct krg_ipc_wire *wire)
{
	struct kern_ipc_perm *perm = krg_perm_lock(obj->kind, obj->id);

	*wire = (struct krg_ipc_wire) {
		.kind = obj->kind, .id = obj->id, .key = obj->key, .number = obj->number,
		.keeper = obj->keeper, .size = obj->size, .flags = obj->flags,
		.creator = obj->creator, .removed = obj->removed,
	};
	if (!perm)
		return;
	wire->uid = from_kuid(&init_user_ns, perm->uid);
	wire->gid = from_kgid(&init_user_ns, perm->gid);
	wire->cuid = from_kuid(&init_user_ns, perm->cuid);
	wire->cgid = from_kgid(&init_user_ns, perm->cgid);
	wire->mode = perm->mode & 0777;
	wire->changed = *krg_perm_changed(obj->kind, perm);
	if (obj->kind == KRG_IPC_SHM)
		krg_shm_describe(krg_shm_of(perm), wire);
	krg_perm_unlock(perm);
}
