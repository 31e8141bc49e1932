/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* Kerrighed capabilities: which features of the cluster a process may use. */
#ifndef UAPI_KERRIGHED_CAPABILITY_H
#define UAPI_KERRIGHED_CAPABILITY_H

#include <linux/types.h>
#include "services.h"

enum {
	CAP_CHANGE_KERRIGHED_CAP,	/* its Kerrighed capabilities may be changed */
	CAP_CAN_MIGRATE,
	CAP_DISTANT_FORK,
	CAP_FORK_DELAY,
	CAP_CHECKPOINTABLE,
	CAP_USE_REMOTE_MEMORY,
	CAP_USE_INTRA_CLUSTER_KERSTREAMS,
	CAP_USE_INTER_CLUSTER_KERSTREAMS,
	CAP_USE_WORLD_VISIBLE_KERSTREAMS,
	CAP_SEE_LOCAL_PROC_STAT,
	CAP_DEBUG,
	CAP_SYSCALL_EXIT_HOOK,
	CAP_SIZE,
};

typedef struct kernel_krg_cap_struct {
	__u32 effective;
	__u32 permitted;
	__u32 inheritable_permitted;
	__u32 inheritable_effective;
} krg_cap_t;

typedef struct krg_cap_pid_desc {
	__s32 pid;
	krg_cap_t *caps;
} krg_cap_pid_t;

#define KSYS_SET_CAP		_IOW(KRG_MAGIC, 0, krg_cap_t)
#define KSYS_GET_CAP		_IOR(KRG_MAGIC, 1, krg_cap_t)
#define KSYS_SET_PID_CAP	_IOW(KRG_MAGIC, 2, krg_cap_pid_t)
#define KSYS_GET_PID_CAP	_IOR(KRG_MAGIC, 3, krg_cap_pid_t)
#define KSYS_SET_FATHER_CAP	_IOW(KRG_MAGIC, 4, krg_cap_t)
#define KSYS_GET_FATHER_CAP	_IOR(KRG_MAGIC, 5, krg_cap_t)
#define KSYS_GET_SUPPORTED_CAP	_IOR(KRG_MAGIC, 8, int)

#endif /* UAPI_KERRIGHED_CAPABILITY_H */
