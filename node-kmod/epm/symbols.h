/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KRG_EPM_SYMBOLS_H
#define KRG_EPM_SYMBOLS_H

#include <linux/fs_struct.h>
#include <linux/nsproxy.h>
#include <linux/sched/task.h>
#include <linux/task_work.h>

#define KRG_SYMBOLS(FUNC, VAR)									\
	FUNC(int, task_work_add, (struct task_struct *task, struct callback_head *work,		\
				  enum task_work_notify_mode mode))				\
	FUNC(pid_t, kernel_clone, (struct kernel_clone_args *args))				\
	FUNC(void, switch_task_namespaces, (struct task_struct *tsk, struct nsproxy *new))	\
	FUNC(void, set_fs_root, (struct fs_struct *fs, const struct path *path))		\
	FUNC(void, set_fs_pwd, (struct fs_struct *fs, const struct path *path))			\
	FUNC(void, do_group_exit, (int exit_code))						\
	FUNC(void, do_exit, (long code))							\
	VAR(struct nsproxy, init_nsproxy)
#include <kerrighed/symbols.h>

#endif /* KRG_EPM_SYMBOLS_H */
