// SPDX-License-Identifier: GPL-2.0-only
/* One thread of a process, in its own context. */
#include <linux/module.h>
#include <linux/rseq.h>
#include "ghost.h"

int krg_ghost_save_thread(struct gf_thread_image **saved, struct krg_refusal *why)
{
	struct gf_thread_image *thread = kvzalloc(sizeof(*thread), GFP_KERNEL);
	int err;

	if (!thread)
		return ghost_failed(why, -ENOMEM, "saving a thread");
	err = ghost_regs_save(thread, why);
	if (!err)
		err = ghost_task_save(thread);
	if (err) {
		gf_thread_free(thread);
		return ghost_failed(why, err, "saving a thread");
	}
	ghost_signal_save(&thread->self);
	*saved = thread;
	return 0;
}
EXPORT_SYMBOL_GPL(krg_ghost_save_thread);

void krg_ghost_drop_thread(struct gf_thread_image *thread)
{
	gf_thread_free(thread);
}
EXPORT_SYMBOL_GPL(krg_ghost_drop_thread);

pid_t krg_ghost_tid(const struct krg_ghost *ghost, unsigned int i)
{
	return ghost->image->threads[i + 1]->self.tid;
}
EXPORT_SYMBOL_GPL(krg_ghost_tid);

static bool same_creds(const struct gf_thread_image *a, const struct gf_thread_image *b)
{
	return !memcmp(&a->creds, &b->creds, sizeof(a->creds)) && a->ngroups == b->ngroups &&
	       !memcmp(a->groups, b->groups, a->ngroups * sizeof(*a->groups));
}

/* A thread begins with its leader's. */
static int creds_load(const struct gf_thread_image *thread, const struct gf_thread_image *leader,
		      struct krg_refusal *why)
{
	struct cred *own;

	if (same_creds(thread, leader))
		return 0;
	own = ghost_creds_load(thread, why);
	if (IS_ERR(own))
		return PTR_ERR(own);
	commit_creds(own);
	return 0;
}

int krg_ghost_load_thread(const struct krg_ghost *ghost, unsigned int i, struct krg_refusal *why)
{
	const struct gf_image *image = ghost->image;
	const struct gf_thread_image *thread = image->threads[i + 1];
	int err = ghost_xstate_load(thread, why);

	if (!err)
		err = ghost_sched_load(&thread->self, why);
	if (!err)
		err = creds_load(thread, image->threads[0], why);
	if (err)
		return err;
	ghost_task_load(&thread->self);
	ghost_signal_load(&thread->self);
	ghost_regs_load(&thread->regs);
	return 0;
}
EXPORT_SYMBOL_GPL(krg_ghost_load_thread);

void krg_ghost_shed_thread(void)
{
	rseq_execve(current);
	current->robust_list = NULL;
	current->clear_child_tid = NULL;
}
EXPORT_SYMBOL_GPL(krg_ghost_shed_thread);
