/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KRG_SIGHAND_H
#define KRG_SIGHAND_H

#include <linux/rcupdate.h>
#include <linux/sched/signal.h>

/* current's own, without lock: nobody else replaces it */
static inline struct sighand_struct *krg_sighand(void)
{
	return rcu_dereference_protected(current->sighand, true);
}

#endif /* KRG_SIGHAND_H */
