/* SPDX-License-Identifier: GPL-2.0-only */
/* Moving processes between nodes. */
#ifndef KERRIGHED_PROC_H
#define KERRIGHED_PROC_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Move a process, the caller itself, or a thread. 0, or -1 with errno; then
 * krg_refusal() has the reason and the process goes on where it was.
 */
int migrate(pid_t pid, int node);
int migrate_self(int node);
int thread_migrate(pid_t tid, int node);

#ifdef __cplusplus
}
#endif

#endif /* KERRIGHED_PROC_H */
