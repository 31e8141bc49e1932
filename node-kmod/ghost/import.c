// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/personality.h>
#include <linux/sched/coredump.h>
#include <kerrighed/ipc.h>
#include "ghost.h"

static int read_bytes(void *ctx, void *buf, size_t len)
{
	struct krg_ghost *ghost = ctx;

	ghost->bytes += len;
	return ghost->read(ghost, buf, len);
}

/* The process has its memory, files and timers already, whatever its limits are by now. */
static void lift_limits(struct gf_limits *before)
{
	static const int which[] = { RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_NOFILE,
				     RLIMIT_FSIZE, RLIMIT_MEMLOCK, RLIMIT_SIGPENDING };
	struct gf_limits lifted;
	int i;

	for (i = 0; i < RLIM_NLIMITS; i++) {
		before->limit[i].cur = current->signal->rlim[i].rlim_cur;
		before->limit[i].max = current->signal->rlim[i].rlim_max;
	}
	lifted = *before;
	for (i = 0; i < ARRAY_SIZE(which); i++) {
		lifted.limit[which[i]].cur = RLIM_INFINITY;
		lifted.limit[which[i]].max = RLIM_INFINITY;
	}
	lifted.limit[RLIMIT_NOFILE].cur = GF_FILES_MAX;
	lifted.limit[RLIMIT_NOFILE].max = GF_FILES_MAX;
	ghost_limits_load(&lifted);
}

int ghost_stream_error(const struct gf_io *io, int err, struct krg_refusal *why)
{
	if (io->fault.section)
		return ghost_refuse(why, GHOST_ARRIVE_STREAM, io->fault.section, io->fault.field,
				    io->fault.value);
	return ghost_failed(why, err, "reading the process");
}

/* Everything that may fail, and that krg_ghost_shed() undoes. */
static int build(struct gf_io *io, const struct gf_image *image, const struct gf_header *here,
		 const struct ghost_creds *creds, struct krg_refusal *why)
{
	struct krg_ghost *ghost = io->ctx;
	struct file **files = NULL;
	struct path root;
	int err;

	ghost_container_root(&root);
	krg_sym(set_fs_root)(current->fs, &root);
	path_put(&root);
	err = current->files ? 0 : ghost_files_new();
	if (!err && image->process.sem_undo)
		err = krg_may_fail(-ENOMEM, krg_undo_expect());
	if (!err)
		err = ghost_fs_load(image, why);
	if (err)
		return err;
	err = ghost_files_open(image, creds, &files, why);
	if (err)
		return err;
	err = ghost_mm_load(image, files, ghost->store, why);
	if (!err)
		err = ghost_clocks_load(&image->header, here, ghost->home, why);
	if (!err) {
		err = ghost_pages_load(io, image, ghost);
		if (err && !why->text[0])
			err = ghost_stream_error(io, err, why);
	}
	if (!err)
		err = ghost_fds_load(image, files, why);
	ghost_files_close(image, files);
	if (!err)
		err = ghost_xstate_load(image->threads[0], why);
	return err ?: ghost_sched_load(&image->threads[0]->self, why);
}

static int become(struct gf_io *io, const struct gf_image *image, const struct gf_header *here,
		  struct krg_refusal *why)
{
	unsigned int personality = current->personality;
	const struct gf_thread_image *leader = image->threads[0];
	struct cred *own = ghost_creds_load(leader, why);
	struct cred *root = prepare_kernel_cred(&init_task);
	struct ghost_creds creds = { .own = own, .root = root };
	const struct cred *saved;
	struct gf_limits before;
	int err = -ENOMEM;

	if (IS_ERR(own) || !root)
		goto out;
	lift_limits(&before);
	/* where memory goes depends on it; that readable is executable comes at the end */
	current->personality = leader->self.personality & ~READ_IMPLIES_EXEC;
	saved = override_creds(root);
	err = build(io, image, here, &creds, why);
	revert_creds(saved);
	if (err) {
		current->personality = personality;
		ghost_limits_load(&before);
		goto out;
	}
	commit_creds(own);
	put_cred(root);
	/* the change of user has reset it */
	current->mm->flags = (current->mm->flags & ~MMF_DUMPABLE_MASK) |
			     (image->mm.flags & MMF_DUMPABLE_MASK);
	ghost_process_load(&image->process);
	ghost_task_load(&leader->self);
	/* that on CPU time counts from what was used */
	ghost_limits_load(&image->limits);
	ghost_actions_load(&image->actions);
	ghost_signal_load(&leader->self);
	ghost_regs_load(&leader->regs);
	return 0;
out:
	if (!IS_ERR(own))
		put_cred(own);
	if (root)
		put_cred(root);
	return err;
}

int krg_ghost_import(struct krg_ghost *ghost)
{
	struct gf_io io = { .read = read_bytes, .ctx = ghost };
	struct gf_image *image = kvzalloc(sizeof(*image), GFP_KERNEL);
	struct gf_header local;
	int err;

	ghost->why.text[0] = '\0';
	ghost->image = NULL;
	if (!image)
		return ghost_failed(&ghost->why, -ENOMEM, "reading the process");
	ghost_header(&local);
	err = gf_read(&io, image, &local);
	if (err)
		err = ghost_stream_error(&io, err, &ghost->why);
	else
		err = become(&io, image, &local, &ghost->why);
	ghost->image = image;
	ghost->nthreads = err ? 0 : image->process.threads - 1;
	if (err) {
		ghost_failed(&ghost->why, err, "building the process");
		krg_ghost_shed();
		krg_ghost_done(ghost);
	}
	return err;
}
EXPORT_SYMBOL_GPL(krg_ghost_import);

int krg_ghost_loaded(const struct krg_ghost *ghost, struct krg_refusal *why)
{
	struct gf_image *image = ghost->image;
	struct gf_limits before;
	int err;

	/* a thread that took credentials of its own has reset it */
	current->mm->flags = (current->mm->flags & ~MMF_DUMPABLE_MASK) |
			     (image->mm.flags & MMF_DUMPABLE_MASK);
	ghost_process_clock_load();
	ghost_timers_load(&image->timers);
	lift_limits(&before);
	err = ghost_posix_timers_load(image, why);
	ghost_limits_load(&before);
	return err;
}
EXPORT_SYMBOL_GPL(krg_ghost_loaded);

void krg_ghost_done(struct krg_ghost *ghost)
{
	if (ghost->image)
		gf_image_free(ghost->image);
	kvfree(ghost->image);
	ghost->image = NULL;
}
EXPORT_SYMBOL_GPL(krg_ghost_done);
