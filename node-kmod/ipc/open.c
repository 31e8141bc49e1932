// SPDX-License-Identifier: GPL-2.0-only
/* Segments of a process that comes from another node. */
#include <linux/export.h>
#include <linux/fcntl.h>
#include <kerrighed/ipc.h>
#include <kerrighed/mm.h>
#include "ipc.h"

int krg_segment_of(const struct file *file)
{
	const struct shm_file_data *data = file->private_data;

	return file->f_op == &krg_var(shm_file_operations) && krg_shared_file(file) ? data->id : -1;
}
EXPORT_SYMBOL_GPL(krg_segment_of);

/* As do_shmat() makes it. Takes over the caller's reference to @base. */
static struct file *krg_shm_file(int id, struct file *base, int flags)
{
	struct shm_file_data *data = kzalloc(sizeof(*data), GFP_KERNEL_ACCOUNT);
	struct file *file = ERR_PTR(-ENOMEM);

	if (data)
		file = krg_sym(alloc_file_clone)(base, flags, &krg_var(shm_file_operations));
	if (IS_ERR(file)) {
		kfree(data);
		fput(base);
		return file;
	}
	data->id = id;
	data->ns = get_ipc_ns(krg_ipc_ns);
	data->file = base;
	file->private_data = data;
	return file;
}

struct file *krg_segment_open(int id, int flags)
{
	int err = krg_attach_begin(id);
	struct krg_ipc_object *obj;
	struct file *file;

	if (err)
		return ERR_PTR(err);
	mutex_lock(&krg_ipc_lock);
	obj = krg_ipc_find(KRG_IPC_SHM, id);
	file = obj ? krg_shm_file(id, get_file(obj->file), flags) : ERR_PTR(-EINVAL);
	mutex_unlock(&krg_ipc_lock);
	if (IS_ERR(file))
		krg_attach_end(id);
	return file;
}
EXPORT_SYMBOL_GPL(krg_segment_open);

void krg_segment_close(struct file *file)
{
	int id = krg_segment_of(file);

	fput(file);
	krg_attach_end(id);
}
EXPORT_SYMBOL_GPL(krg_segment_close);
