// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include "ghost.h"

static_assert(sizeof(struct gf_timers) == sizeof_field(struct krg_ghost, timers));

static int write_bytes(void *ctx, const void *buf, size_t len)
{
	struct krg_ghost *ghost = ctx;

	ghost->bytes += len;
	return ghost->write(ghost, buf, len);
}

/* The others have saved themselves; now they are the image's. */
static int threads_save(struct krg_ghost *ghost, struct gf_image *image)
{
	u32 others = ghost->nthreads;

	if (get_nr_threads(current) != others + 1)
		return ghost_failed(&ghost->why, -EAGAIN, "a thread that did not stop");
	image->threads = kvcalloc(others + 1, sizeof(*image->threads), GFP_KERNEL);
	if (!image->threads)
		return -ENOMEM;
	image->process.threads = others + 1;
	memcpy(image->threads + 1, ghost->threads, others * sizeof(*image->threads));
	memset(ghost->threads, 0, others * sizeof(*image->threads));
	return krg_ghost_save_thread(&image->threads[0], &ghost->why);
}

static int save(struct krg_ghost *ghost, struct gf_image *image, struct ghost_files *files)
{
	struct krg_refusal *why = &ghost->why;
	struct gf_io io = { .write = write_bytes, .ctx = ghost };
	int err;

	err = threads_save(ghost, image);
	if (!err)
		err = ghost_files_save(files, image, why);
	if (!err)
		err = ghost_mm_save(files, image, why);
	if (!err)
		err = ghost_posix_timers_save(image);
	if (err)
		return ghost_failed(why, err, "saving the process");
	ghost_process_save(image);
	ghost_actions_save(&image->actions);
	ghost_timers_hold(&image->timers);
	memcpy(ghost->timers, &image->timers, sizeof(ghost->timers));
	ghost->held = true;
	/* its clocks go on from here: no timer may have fired later than that */
	ghost_header(&image->header);

	err = gf_write(&io, image);
	if (!err)
		err = ghost_pages_save(&io, image, ghost);
	if (!err)
		err = gf_write_end(&io);
	return err ? ghost_failed(why, err, "writing the process") : 0;
}

static int export(struct krg_ghost *ghost)
{
	struct gf_image *image = kvzalloc(sizeof(*image), GFP_KERNEL);
	struct ghost_files files;
	int err;

	ghost->why.text[0] = '\0';
	ghost->held = false;
	if (!image)
		return -ENOMEM;
	err = krg_ghost_check(current, &ghost->why);
	if (err)
		goto out;
	err = ghost_files_begin(&files);
	if (err)
		goto out;
	err = save(ghost, image, &files);
	ghost_files_end(&files, image);
	if (err)
		krg_ghost_resume(ghost);
out:
	gf_image_free(image);
	kvfree(image);
	return err;
}

int krg_ghost_export(struct krg_ghost *ghost)
{
	int err = export(ghost);
	unsigned int i;

	/* what the image has not taken */
	for (i = 0; i < ghost->nthreads; i++)
		gf_thread_free(ghost->threads[i]);
	return err ? ghost_failed(&ghost->why, err, "saving the process") : 0;
}
EXPORT_SYMBOL_GPL(krg_ghost_export);

void krg_ghost_resume(struct krg_ghost *ghost)
{
	struct gf_timers timers;

	if (!ghost->held)
		return;
	memcpy(&timers, ghost->timers, sizeof(timers));
	ghost_timers_load(&timers);
	ghost->held = false;
}
EXPORT_SYMBOL_GPL(krg_ghost_resume);
