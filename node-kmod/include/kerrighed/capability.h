/* SPDX-License-Identifier: GPL-2.0-only */
/* Kerrighed capabilities of processes: which features one may use. */
#ifndef KRG_CAPABILITY_H
#define KRG_CAPABILITY_H

#include <linux/types.h>
#include <uapi/kerrighed/capability.h>

struct task_struct;

/* Is @cap effective for @task and not temporarily disabled (a tracer)? Any context. */
bool krg_cap_usable(struct task_struct *task, int cap);

/* The four sets of @task, whole. Any context. 0 or -ESRCH. */
int krg_cap_read(struct task_struct *task, krg_cap_t *caps);
/* For a process that arrives: no checks but sanity of the sets. 0, -EINVAL or -ENOMEM. */
int krg_cap_restore(struct task_struct *task, const krg_cap_t *caps);

#endif /* KRG_CAPABILITY_H */
