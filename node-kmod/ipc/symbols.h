/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KRG_IPC_SYMBOLS_H
#define KRG_IPC_SYMBOLS_H

#include <linux/fs.h>
#include <linux/ipc_namespace.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/time64.h>

/* Private to ipc/ of the kernel; the build compares them with the kernel's own. */
struct ipc_params {
	key_t key;
	int flg;
	union {
		size_t size;
		int nsems;
	} u;
};

struct shmid_kernel {
	struct kern_ipc_perm shm_perm;
	struct file *shm_file;
	unsigned long shm_nattch;
	unsigned long shm_segsz;
	time64_t shm_atim;
	time64_t shm_dtim;
	time64_t shm_ctim;
	struct pid *shm_cprid;
	struct pid *shm_lprid;
	struct ucounts *mlock_ucounts;
	struct task_struct *shm_creator;
	struct list_head shm_clist;
	struct ipc_namespace *ns;
};

struct shm_file_data {
	int id;
	struct ipc_namespace *ns;
	struct file *file;
	const struct vm_operations_struct *vm_ops;
};

struct sem {
	int semval;
	struct pid *sempid;
	spinlock_t lock;		/* not ours */
	struct list_head pending_alter;
	struct list_head pending_const;
	time64_t sem_otime;
} ____cacheline_aligned_in_smp;

struct sem_array {
	struct kern_ipc_perm sem_perm;
	time64_t sem_ctime;
	struct list_head pending_alter;
	struct list_head pending_const;
	struct list_head list_id;
	int sem_nsems;
	int complex_count;
	unsigned int use_global_lock;
	struct sem sems[];
};

struct msg_queue {
	struct kern_ipc_perm q_perm;
	time64_t q_stime;
	time64_t q_rtime;
	time64_t q_ctime;
	unsigned long q_cbytes;
	unsigned long q_qnum;
	unsigned long q_qbytes;
	struct pid *q_lspid;
	struct pid *q_lrpid;
	struct list_head q_messages;
	struct list_head q_receivers;
	struct list_head q_senders;
};

struct ipc_ops;
struct ipc64_perm;

#define SHM_DEST 01000			/* of the mode: goes with who has it attached last */

#define KRG_SYMBOLS(FUNC, VAR)							\
	FUNC(int, newseg, (struct ipc_namespace *ns, struct ipc_params *params)) \
	FUNC(int, newary, (struct ipc_namespace *ns, struct ipc_params *params)) \
	FUNC(int, newque, (struct ipc_namespace *ns, struct ipc_params *params)) \
	FUNC(void, freeary, (struct ipc_namespace *ns, struct kern_ipc_perm *ipcp)) \
	FUNC(void, freeque, (struct ipc_namespace *ns, struct kern_ipc_perm *ipcp)) \
	FUNC(void, shm_destroy_orphaned, (struct ipc_namespace *ns))		\
	FUNC(struct kern_ipc_perm *, ipc_obtain_object_check,			\
	     (struct ipc_ids *ids, int id))					\
	FUNC(struct kern_ipc_perm *, ipcctl_obtain_check,			\
	     (struct ipc_namespace *ns, struct ipc_ids *ids, int id, int cmd,	\
	      struct ipc64_perm *perm, int extra_perm))				\
	FUNC(int, ipcperms, (struct ipc_namespace *ns, struct kern_ipc_perm *ipcp, short flag)) \
	FUNC(void, ipc_set_key_private, (struct ipc_ids *ids, struct kern_ipc_perm *ipcp)) \
	FUNC(int, security_shm_shmctl, (struct kern_ipc_perm *shp, int cmd))	\
	FUNC(int, security_sem_semctl, (struct kern_ipc_perm *sma, int cmd))	\
	FUNC(int, security_sem_semop, (struct kern_ipc_perm *sma, struct sembuf *sops, \
				       unsigned int nsops, int alter))		\
	FUNC(int, security_msg_queue_msgctl, (struct kern_ipc_perm *msq, int cmd)) \
	FUNC(struct file *, alloc_file_clone, (struct file *base, int flags,	\
					       const struct file_operations *fops)) \
	FUNC(void, put_ipc_ns, (struct ipc_namespace *ns))			\
	FUNC(int, do_munmap, (struct mm_struct *mm, unsigned long start, size_t len, \
			      struct list_head *uf))				\
	VAR(int, ipc_mni_shift)							\
	VAR(const struct file_operations, shm_file_operations)			\
	VAR(const struct vm_operations_struct, shm_vm_ops)
#include <kerrighed/symbols.h>

#endif /* KRG_IPC_SYMBOLS_H */
