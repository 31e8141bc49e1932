/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* Requests to move processes, as in Kerrighed 3.0. */
#ifndef _UAPI_KERRIGHED_MIGRATION_H
#define _UAPI_KERRIGHED_MIGRATION_H

#include <linux/ioctl.h>
#include <linux/types.h>

typedef struct {
	__s16 destination_node_id;
	__s16 pad;
	__s32 pid;		/* of the process, or of the thread */
} migration_infos_t;

#define KSYS_PROCESS_MIGRATION	_IOW(0xD1, 192, migration_infos_t)
#define KSYS_THREAD_MIGRATION	_IOW(0xD1, 193, migration_infos_t)

#endif /* _UAPI_KERRIGHED_MIGRATION_H */
