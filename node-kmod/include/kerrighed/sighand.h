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

/* lock_task_sighand(), for modules that have resolved __lock_task_sighand */
#define krg_lock_sighand(task, flags)						\
({										\
	struct task_struct *__task = (task);					\
	struct sighand_struct *__sighand =					\
		krg_sym(__lock_task_sighand)(__task, flags);			\
	(void)__cond_lock(&__task->sighand->siglock, __sighand);		\
	__sighand;								\
})

#endif /* KRG_SIGHAND_H */
