/* SPDX-License-Identifier: GPL-2.0-only */
struct callback_head;

#define KRG_SYMBOLS(FUNC, VAR)							\
	FUNC(int, task_work_add, (struct task_struct *task, struct callback_head *work,	\
				  enum task_work_notify_mode notify))		\
	FUNC(pid_t, user_mode_thread, (int (*fn)(void *arg), void *arg, unsigned long flags))
#include <kerrighed/symbols.h>
