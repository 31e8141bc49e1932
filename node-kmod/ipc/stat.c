// SPDX-License-Identifier: GPL-2.0-only
/* What shmctl() and /proc/sysvipc show of what other nodes have. */
#include <linux/bitmap.h>
#include <linux/seq_file.h>
#include <uapi/linux/shm.h>
#include <linux/shmem_fs.h>
#include <linux/user_namespace.h>
#include "keep.h"

KRG_HOOK(int, sysvipc_proc_open, (struct inode *inode, struct file *file));
KRG_HOOK(int, sysvipc_shm_proc_show, (struct seq_file *s, void *it));
KRG_HOOK(int, sysvipc_msg_proc_show, (struct seq_file *s, void *it));

static void krg_stat_add(struct krg_ipc_wire *sum, const struct krg_ipc_wire *one)
{
	time64_t before = max(sum->attached_at, sum->detached_at);

	if (max(one->attached_at, one->detached_at) > before)
		sum->last = one->last;
	sum->attached += one->attached;
	sum->attached_at = max(sum->attached_at, one->attached_at);
	sum->detached_at = max(sum->detached_at, one->detached_at);
}

/* How it is on all nodes. Return: is there such a segment? */
bool krg_stat_sum(int id, struct krg_ipc_wire *sum)
{
	struct krg_ipc_wire ask = { .op = KRG_IPC_DESCRIBE, .kind = KRG_IPC_SHM, .id = id,
					  .flags = 1 }, one;
	DECLARE_BITMAP(online, KRG_MAX_NODES);
	struct krg_ipc_object *obj;
	unsigned long here;
	int node;

	mutex_lock(&krg_ipc_lock);
	obj = krg_ipc_find(KRG_IPC_SHM, id);
	if (obj)
		krg_ipc_describe(obj, sum);
	mutex_unlock(&krg_ipc_lock);
	if (!obj)
		return false;
	here = sum->attached;
	krg_online_nodes(online);
	for_each_set_bit(node, online, KRG_MAX_NODES)
		if (node != krg_node_id() &&
		    krg_ipc_tell(node, &ask, &one, sizeof(one)) == sizeof(one))
			krg_stat_add(sum, &one);
	mutex_lock(&krg_ipc_lock);
	obj = krg_ipc_find(KRG_IPC_SHM, id);
	if (obj) {
		obj->elsewhere = sum->attached - here;
		obj->last = sum->last;
		obj->attached_at = sum->attached_at;
		obj->detached_at = sum->detached_at;
	}
	mutex_unlock(&krg_ipc_lock);
	return true;
}

static void krg_stat_queue(int id)
{
	struct krg_ipc_object *obj;
	struct krg_keep_stat stat;

	if (krg_keep_ask_stat(KRG_IPC_MSG, id, &stat))
		return;
	mutex_lock(&krg_ipc_lock);
	obj = krg_ipc_find(KRG_IPC_MSG, id);
	if (obj)
		obj->stat = stat;
	mutex_unlock(&krg_ipc_lock);
}

/* What is shown of each was asked for a moment before: its line is written with locks held. */
static void krg_stat_all(enum krg_ipc_kind kind)
{
	unsigned long index, last = krg_ipc_index(kind, INT_MAX);
	struct krg_ipc_object *obj;
	struct krg_ipc_wire sum;

	xa_for_each_range(&krg_ipc_objects, index, obj, krg_ipc_index(kind, 0), last) {
		if (kind == KRG_IPC_SHM)
			krg_stat_sum(lower_32_bits(index), &sum);
		else
			krg_stat_queue(lower_32_bits(index));
	}
}

static int krg_hook_sysvipc_proc_open(struct inode *inode, struct file *file)
{
	const char *name = file->f_path.dentry->d_name.name;
	int ret;

	krg_hook_enter(sysvipc_proc_open);
	if (krg_ipc_here() && !strcmp(name, "shm"))
		krg_stat_all(KRG_IPC_SHM);
	else if (krg_ipc_here() && !strcmp(name, "msg"))
		krg_stat_all(KRG_IPC_MSG);
	ret = krg_orig(sysvipc_proc_open)(inode, file);
	krg_hook_exit(sysvipc_proc_open);
	return ret;
}

/* As the kernel shows it; the segment is locked. */
static void krg_stat_show(struct seq_file *s, struct shmid_kernel *shp, struct krg_ipc_object *obj)
{
	struct user_namespace *ns = seq_user_ns(s);
	struct inode *inode = file_inode(shp->shm_file);
	struct kern_ipc_perm *perm = &shp->shm_perm;

	seq_printf(s, "%10d %10d  %4o %21lu %5u %5u  %5lu %5u %5u %5u %5u %10llu %10llu %10llu %21lu %21lu\n",
		   perm->key, perm->id, perm->mode | (obj->removed ? SHM_DEST : 0),
		   shp->shm_segsz, obj->creator, obj->last,
		   shp->shm_nattch + (unsigned long)obj->elsewhere,
		   from_kuid_munged(ns, perm->uid), from_kgid_munged(ns, perm->gid),
		   from_kuid_munged(ns, perm->cuid), from_kgid_munged(ns, perm->cgid),
		   obj->attached_at, obj->detached_at, shp->shm_ctim,
		   READ_ONCE(inode->i_mapping->nrpages) * PAGE_SIZE,
		   READ_ONCE(SHMEM_I(inode)->swapped) * PAGE_SIZE);
}

static int krg_hook_sysvipc_shm_proc_show(struct seq_file *s, void *it)
{
	struct kern_ipc_perm *perm = it;
	struct shmid_kernel *shp = container_of(perm, struct shmid_kernel, shm_perm);
	struct krg_ipc_object *obj = NULL;
	int ret = 0;

	krg_hook_enter(sysvipc_shm_proc_show);
	if (shp->ns == READ_ONCE(krg_ipc_ns))
		obj = krg_ipc_find(KRG_IPC_SHM, perm->id);
	if (obj)
		krg_stat_show(s, shp, obj);
	else
		ret = krg_orig(sysvipc_shm_proc_show)(s, it);
	krg_hook_exit(sysvipc_shm_proc_show);
	return ret;
}

static int krg_hook_sysvipc_msg_proc_show(struct seq_file *s, void *it)
{
	struct user_namespace *ns = seq_user_ns(s);
	struct kern_ipc_perm *perm = it;
	struct krg_ipc_object *obj = READ_ONCE(krg_ipc_ns) ?
				     krg_ipc_find(KRG_IPC_MSG, perm->id) : NULL;
	int ret = 0;

	krg_hook_enter(sysvipc_msg_proc_show);
	if (krg_ipc_here() && obj)
		seq_printf(s, "%10d %10d  %4o  %10lu %10lu %5u %5u %5u %5u %5u %5u %10llu %10llu %10llu\n",
			   perm->key, perm->id, perm->mode, (unsigned long)obj->stat.bytes,
			   (unsigned long)obj->stat.messages, obj->stat.sender, obj->stat.receiver,
			   from_kuid_munged(ns, perm->uid), from_kgid_munged(ns, perm->gid),
			   from_kuid_munged(ns, perm->cuid), from_kgid_munged(ns, perm->cgid),
			   obj->stat.sent_at, obj->stat.received_at,
			   container_of(perm, struct msg_queue, q_perm)->q_ctime);
	else
		ret = krg_orig(sysvipc_msg_proc_show)(s, it);
	krg_hook_exit(sysvipc_msg_proc_show);
	return ret;
}

struct krg_hook *krg_stat_hooks[] = {
	&krg_hook_of_sysvipc_proc_open, &krg_hook_of_sysvipc_shm_proc_show,
	&krg_hook_of_sysvipc_msg_proc_show, NULL,
};
