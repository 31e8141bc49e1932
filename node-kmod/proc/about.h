/* SPDX-License-Identifier: GPL-2.0-only */
/* System calls about another process, wherever it runs. All may sleep. */
#ifndef KRG_PROC_ABOUT_H
#define KRG_PROC_ABOUT_H

#include <kerrighed/hooks.h>
#include "wire.h"

/*
 * Puts @about to the node that knows, as current. False: that is this one, or nobody, and the
 * kernel's own call has the answer. Waits while the process is on its way, or its node is dying.
 */
bool krg_ask_about(struct krg_about *about, struct krg_about_answer *answer, long *ret);
/* The system call was executed here: again, for the process was, or is, on its way elsewhere? */
bool krg_about_again(pid_t pid, long *ret);

/*
 * In a hook of @name, which has @regs: @ret is what the system call says wherever @about->pid
 * runs. Only the kernel's own call is made if @ready is false: it says what is wrong. True: @answer
 * is another node's.
 */
#define KRG_ABOUT_OR_ORIG(name, about, answer, ret, ready)			\
({										\
	bool __elsewhere;							\
										\
	do {									\
		__elsewhere = (ready) && krg_ask_about(about, answer, ret);	\
		if (!__elsewhere)						\
			*(ret) = krg_orig(name)(regs);				\
	} while (!__elsewhere && (ready) && krg_about_again((about)->pid, ret));	\
	__elsewhere;								\
})

/*
 * Each executes its operations for a task of this node with current's credentials. @answer->ret
 * is left alone. Return: what the system call says.
 */
s64 krg_about_priority(const struct krg_about *about, struct task_struct *task);
s64 krg_about_scheduler(const struct krg_about *about, struct task_struct *task,
			struct krg_about_answer *answer);
s64 krg_about_limit(const struct krg_about *about, struct task_struct *task,
		    struct krg_about_answer *answer);
/*
 * What @about says or sets, of a process wherever it runs, with current's credentials.
 * -ERESTARTNOINTR: a signal came while it was on its way to another node.
 */
long krg_about_process(struct krg_about *about);
/*
 * KRG_ABOUT_LIST of this node: those whose home it is, or that have none and run here. Into
 * @pids, which has @room. Return: how many, or -errno.
 */
int krg_about_list(const struct krg_about *about, s32 *pids, unsigned int room);

#endif /* KRG_PROC_ABOUT_H */
