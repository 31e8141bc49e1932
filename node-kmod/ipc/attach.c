// SPDX-License-Identifier: GPL-2.0-only
/* shmat() and shmdt() of processes in the container. */
#include <kerrighed/mm.h>
#include "ipc.h"

KRG_HOOK(long, do_shmat, (int shmid, char __user *shmaddr, int shmflg, ulong *raddr,
			  unsigned long shmlba));
KRG_HOOK(int, shm_mmap, (struct file *file, struct vm_area_struct *vma));
KRG_HOOK(long, ksys_shmdt, (char __user *shmaddr));

static const struct vm_operations_struct *krg_shm_ops;	/* of the mappings of segments */

/* The master hears in order that this node begins to use a removed segment, and ends it. */
static DEFINE_MUTEX(krg_tell_lock);

/* Does this node not use it any more, though the master knows that it did? Not from now on. */
static bool krg_detached_last(int id)
{
	struct krg_ipc_object *obj;
	bool last;

	mutex_lock(&krg_ipc_lock);
	obj = krg_ipc_find(KRG_IPC_SHM, id);
	last = obj && obj->used && !obj->attaching && !krg_shm_attached(id);
	if (last)
		obj->used = false;
	mutex_unlock(&krg_ipc_lock);
	return last;
}

static void krg_tell_detached(struct work_struct *work)
{
	struct krg_ipc_wire wire = { .op = KRG_IPC_RELEASE, .kind = KRG_IPC_SHM };
	struct krg_ipc_object *obj;
	unsigned long index;

	/* whoever has it may ask for as long as this node is in a minority */
	while (!mutex_trylock(&krg_tell_lock))
		schedule_timeout_idle(HZ / 50);
	xa_for_each_start(&krg_ipc_objects, index, obj, krg_ipc_index(KRG_IPC_SHM, 0)) {
		wire.id = lower_32_bits(index);
		if (!krg_detached_last(wire.id))
			continue;
		krg_master_ask(&wire);
	}
	mutex_unlock(&krg_tell_lock);
}

static DECLARE_WORK(krg_detached, krg_tell_detached);

static void krg_shm_close(struct vm_area_struct *vma)
{
	krg_var(shm_vm_ops).close(vma);
	/* the last one of a removed segment? */
	queue_work(system_unbound_wq, &krg_detached);
}

/* Return: 0: it was not too late; -errno */
static int krg_attach_ask(int id)
{
	struct krg_ipc_wire wire = { .op = KRG_IPC_ATTACH, .kind = KRG_IPC_SHM, .id = id };
	struct krg_ipc_object *obj;
	int err;

	if (mutex_lock_killable(&krg_tell_lock))
		return -EINTR;
	err = krg_master_ask(&wire);
	mutex_lock(&krg_ipc_lock);
	obj = krg_ipc_find(KRG_IPC_SHM, id);
	if (obj && !err) {
		obj->everywhere = true;
		obj->used = obj->removed;
	}
	mutex_unlock(&krg_ipc_lock);
	mutex_unlock(&krg_tell_lock);
	return err;
}

int krg_attach_begin(int id)
{
	struct krg_ipc_object *obj;
	bool ask = false;
	int err;

	mutex_lock(&krg_ipc_lock);
	obj = krg_ipc_find(KRG_IPC_SHM, id);
	if (obj) {
		obj->attaching++;
		/*
		 * Perhaps the master is still telling nodes of it, and no page must go where it is
		 * not known. Or it was removed, and the master does not know that it is used here.
		 */
		ask = obj->removed ? !obj->used : !obj->everywhere;
	}
	mutex_unlock(&krg_ipc_lock);
	if (!obj)
		return -EINVAL;
	err = ask ? krg_attach_ask(id) : 0;
	if (err)
		krg_attach_end(id);
	return err;
}

void krg_attach_end(int id)
{
	struct krg_ipc_object *obj;

	mutex_lock(&krg_ipc_lock);
	obj = krg_ipc_find(KRG_IPC_SHM, id);
	if (obj)
		obj->attaching--;
	mutex_unlock(&krg_ipc_lock);
	queue_work(system_unbound_wq, &krg_detached);
}

static long krg_attach(int shmid, char __user *shmaddr, int shmflg, ulong *raddr,
		       unsigned long shmlba)
{
	long ret = krg_attach_begin(shmid);

	if (ret)
		return ret;
	ret = krg_orig(do_shmat)(shmid, shmaddr, shmflg, raddr, shmlba);
	krg_attach_end(shmid);
	return ret;
}

static long krg_hook_do_shmat(int shmid, char __user *shmaddr, int shmflg, ulong *raddr,
			      unsigned long shmlba)
{
	long ret;

	krg_hook_enter(do_shmat);
	if (krg_ipc_here())
		ret = krg_attach(shmid, shmaddr, shmflg, raddr, shmlba);
	else
		ret = krg_orig(do_shmat)(shmid, shmaddr, shmflg, raddr, shmlba);
	krg_hook_exit(do_shmat);
	return ret;
}

static int krg_hook_shm_mmap(struct file *file, struct vm_area_struct *vma)
{
	int ret;

	krg_hook_enter(shm_mmap);
	ret = krg_orig(shm_mmap)(file, vma);
	if (!ret && krg_shared_file(file))
		krg_shared_map(vma, krg_shm_ops);
	krg_hook_exit(shm_mmap);
	return ret;
}

/*
 * All pieces of the mapping that was made at @addr: they have their place in the segment. As the
 * kernel does, which knows its own operations only. Return: -EINVAL: there is none
 */
static long krg_detach(struct mm_struct *mm, unsigned long addr)
{
	VMA_ITERATOR(it, mm, addr);
	struct file *file = NULL;
	struct vm_area_struct *vma;
	unsigned long end;
	loff_t size = 0;

	for_each_vma(it, vma) {
		if (file && vma->vm_end - addr > size)
			break;
		if (vma->vm_ops != krg_shm_ops || (file && vma->vm_file != file) ||
		    (vma->vm_start - addr) / PAGE_SIZE != vma->vm_pgoff)
			continue;
		file = vma->vm_file;
		if (!size)
			size = PAGE_ALIGN(i_size_read(file_inode(file)));
		end = vma->vm_end;
		krg_sym(do_munmap)(mm, vma->vm_start, end - vma->vm_start, NULL);
		vma_iter_init(&it, mm, end);
	}
	return file ? 0 : -EINVAL;
}

static long krg_hook_ksys_shmdt(char __user *shmaddr)
{
	unsigned long addr = (unsigned long)shmaddr;
	long ret = -EINVAL;

	krg_hook_enter(ksys_shmdt);
	if (!(addr & ~PAGE_MASK)) {
		if (mmap_write_lock_killable(current->mm)) {
			ret = -EINTR;
			goto out;
		}
		ret = krg_detach(current->mm, addr);
		mmap_write_unlock(current->mm);
	}
	if (ret == -EINVAL)
		ret = krg_orig(ksys_shmdt)(shmaddr);
out:
	krg_hook_exit(ksys_shmdt);
	return ret;
}

struct krg_hook *krg_attach_hooks[] = {
	&krg_hook_of_do_shmat, &krg_hook_of_shm_mmap, &krg_hook_of_ksys_shmdt, NULL,
};

int krg_attach_init(void)
{
	struct vm_operations_struct *const ops =
		kmemdup(&krg_var(shm_vm_ops), sizeof(*ops), GFP_KERNEL);

	if (!ops)
		return -ENOMEM;
	ops->close = krg_shm_close;
	krg_shared_ops(ops);
	krg_shm_ops = ops;
	return 0;
}

void krg_attach_exit(void)
{
	cancel_work_sync(&krg_detached);
	kfree(krg_shm_ops);
}
