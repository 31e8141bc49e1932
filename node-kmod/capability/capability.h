/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KRG_CAPABILITY_PRIVATE_H
#define KRG_CAPABILITY_PRIVATE_H

#include <linux/bits.h>
#include <kerrighed/capability.h>

#define KRG_CAP_SUPPORTED (BIT(CAP_CHANGE_KERRIGHED_CAP) | BIT(CAP_CAN_MIGRATE) | \
			   BIT(CAP_DISTANT_FORK) | BIT(CAP_CHECKPOINTABLE) | \
			   BIT(CAP_USE_REMOTE_MEMORY) | BIT(CAP_SEE_LOCAL_PROC_STAT))

/* state.c */
int krg_state_init(void);
void krg_state_exit(void);
/* effective ⊆ permitted, inheritable_permitted ⊆ permitted, inheritable_effective ⊆ that? */
bool krg_cap_consistent(const krg_cap_t *caps);
/*
 * Replace the sets of @task by what @change makes of them (NULL: by @caps). Does
 * not sleep. 0, what @change returned, or -ENOMEM. @task must not be on its way
 * out of memory: the caller holds a reference, or is it.
 */
int krg_cap_update(struct task_struct *task, const krg_cap_t *caps,
		   int (*change)(krg_cap_t *caps, const krg_cap_t *wanted));

/* services.c */
int krg_cap_services_init(void);
void krg_cap_services_exit(void);

/* rules.c */
int krg_rules_init(void);
void krg_rules_exit(void);

#endif /* KRG_CAPABILITY_PRIVATE_H */
