// SPDX-License-Identifier: GPL-2.0-only
/* Writing and reading the ghost's bytes. Pure: see format.h; the checks are in format_*.c. */
#include "format.h"

/* Every section is of this version; a change of one makes it known by a new number. */
#define GF_VERSION 7

static const char *const section_name[] = {
	[GF_HEADER] = "header", [GF_PROCESS] = "process", [GF_LIMITS] = "limits",
	[GF_ACTIONS] = "actions", [GF_TIMERS] = "timers",
	[GF_POSIX_TIMERS] = "posix_timers", [GF_PATHS] = "paths",
	[GF_FILES] = "files", [GF_FDS] = "fds", [GF_FS] = "fs", [GF_MM] = "mm",
	[GF_VMAS] = "vmas", [GF_THREAD] = "thread", [GF_CREDS] = "creds", [GF_GROUPS] = "groups",
	[GF_REGS] = "regs", [GF_XSTATE] = "xstate", [GF_PAGES] = "pages", [GF_END] = "end",
};

int gf_bad(struct gf_io *io, enum gf_type type, const char *field, u64 value)
{
	io->fault = (struct gf_fault){ section_name[type], field, value };
	return -EINVAL;
}

static int put(struct gf_io *io, enum gf_type type, const void *data, u32 len)
{
	struct gf_section s = { .type = type, .version = GF_VERSION, .length = len };
	int err = io->write(io->ctx, &s, sizeof(s));

	return err || !len ? err : io->write(io->ctx, data, len);
}

struct piece {
	enum gf_type type;
	const void *data;
	size_t len;
};

static int put_all(struct gf_io *io, const struct piece *piece, size_t count)
{
	size_t i;
	int err = 0;

	for (i = 0; i < count && !err; i++)
		err = put(io, piece[i].type, piece[i].data, piece[i].len);
	return err;
}

static int put_thread(struct gf_io *io, const struct gf_thread_image *t)
{
	const struct piece all[] = {
		{ GF_THREAD, &t->self, sizeof(t->self) },
		{ GF_CREDS, &t->creds, sizeof(t->creds) },
		{ GF_GROUPS, t->groups, t->ngroups * sizeof(*t->groups) },
		{ GF_REGS, &t->regs, sizeof(t->regs) },
		{ GF_XSTATE, t->xstate, t->xstate_len },
	};

	return put_all(io, all, ARRAY_SIZE(all));
}

int gf_write(struct gf_io *io, const struct gf_image *image)
{
	const struct piece all[] = {
		{ GF_HEADER, &image->header, sizeof(image->header) },
		{ GF_PROCESS, &image->process, sizeof(image->process) },
		{ GF_LIMITS, &image->limits, sizeof(image->limits) },
		{ GF_ACTIONS, &image->actions, sizeof(image->actions) },
		{ GF_TIMERS, &image->timers, sizeof(image->timers) },
		{ GF_POSIX_TIMERS, image->posix_timers,
		  image->nposix_timers * sizeof(*image->posix_timers) },
		{ GF_PATHS, image->paths, image->paths_len },
		{ GF_FILES, image->files, image->nfiles * sizeof(*image->files) },
		{ GF_FDS, image->fds, image->nfds * sizeof(*image->fds) },
		{ GF_FS, &image->fs, sizeof(image->fs) },
		{ GF_MM, &image->mm, sizeof(image->mm) },
		{ GF_VMAS, image->vmas, image->nvmas * sizeof(*image->vmas) },
	};
	int err = put_all(io, all, ARRAY_SIZE(all));
	u32 i;

	for (i = 0; i < image->process.threads && !err; i++)
		err = put_thread(io, image->threads[i]);
	return err;
}

int gf_write_runs(struct gf_io *io, const struct gf_run *run, u32 runs)
{
	struct gf_section s = { .type = GF_PAGES, .version = GF_VERSION };
	struct gf_chunk chunk = { .runs = runs };
	u32 i;
	int err;

	for (i = 0; i < runs; i++)
		if (gf_run_has_bytes(&run[i]))
			chunk.pages += run[i].pages;
	s.length = sizeof(chunk) + runs * sizeof(*run) + chunk.pages * GF_PAGE;
	err = io->write(io->ctx, &s, sizeof(s));
	if (!err)
		err = io->write(io->ctx, &chunk, sizeof(chunk));
	return err ?: io->write(io->ctx, run, runs * sizeof(*run));
}

int gf_write_end(struct gf_io *io)
{
	return put(io, GF_END, NULL, 0);
}

static int get_head(struct gf_io *io, enum gf_type type, struct gf_section *s)
{
	int err = io->read(io->ctx, s, sizeof(*s));

	if (err)
		return err;
	MUST(s->type == type, type, "type", s->type);
	MUST(s->version == GF_VERSION, type, "version", s->version);
	return 0;
}

static int get(struct gf_io *io, enum gf_type type, void *data, size_t len)
{
	struct gf_section s;
	int err = get_head(io, type, &s);

	if (err)
		return err;
	MUST(s.length == len, type, "length", s.length);
	return io->read(io->ctx, data, len);
}

/* An array of at most @max elements, allocated here; NULL if it has none. */
static int get_array(struct gf_io *io, enum gf_type type, void **array, u32 *count, size_t each,
		     u32 max)
{
	struct gf_section s;
	int err = get_head(io, type, &s);

	if (err)
		return err;
	MUST(s.length % each == 0 && s.length / each <= max, type, "length", s.length);
	if (!s.length)
		return 0;
	*array = gf_alloc(s.length);
	if (!*array)
		return -ENOMEM;
	*count = s.length / each;
	return io->read(io->ctx, *array, s.length);
}

static int get_process(struct gf_io *io, struct gf_image *im, const struct gf_header *local)
{
	int err = get(io, GF_HEADER, &im->header, sizeof(im->header));
	u32 threads;

	/* a foreign stream has other sections: say so before they are looked at */
	if (!err)
		err = gf_check_header(io, &im->header, local);
	if (!err)
		err = get(io, GF_PROCESS, &im->process, sizeof(im->process));
	if (err)
		return err;
	threads = im->process.threads;
	im->process.threads = 0;
	MUST(threads && threads <= GF_THREADS_MAX, GF_PROCESS, "threads", threads);
	im->threads = gf_alloc(threads * sizeof(*im->threads));
	if (!im->threads)
		return -ENOMEM;
	im->process.threads = threads;
	return 0;
}

static int get_thread(struct gf_io *io, struct gf_thread_image *t, u32 xstate_size)
{
	int err = get(io, GF_THREAD, &t->self, sizeof(t->self));

	if (!err)
		err = get(io, GF_CREDS, &t->creds, sizeof(t->creds));
	if (!err)
		err = get_array(io, GF_GROUPS, (void **)&t->groups, &t->ngroups,
				sizeof(*t->groups), GF_GROUPS_MAX);
	if (!err)
		err = get(io, GF_REGS, &t->regs, sizeof(t->regs));
	if (!err)
		err = get_array(io, GF_XSTATE, &t->xstate, &t->xstate_len, 1, xstate_size);
	return err;
}

static int get_threads(struct gf_io *io, struct gf_image *im, u32 xstate_size)
{
	int err = 0;
	u32 i;

	for (i = 0; i < im->process.threads && !err; i++) {
		im->threads[i] = gf_alloc(sizeof(**im->threads));
		err = im->threads[i] ? get_thread(io, im->threads[i], xstate_size) : -ENOMEM;
	}
	return err;
}

static int read_sections(struct gf_io *io, struct gf_image *im, const struct gf_header *local)
{
	int err = get_process(io, im, local);

	if (!err)
		err = get(io, GF_LIMITS, &im->limits, sizeof(im->limits));
	if (!err)
		err = get(io, GF_ACTIONS, &im->actions, sizeof(im->actions));
	if (!err)
		err = get(io, GF_TIMERS, &im->timers, sizeof(im->timers));
	if (!err)
		err = get_array(io, GF_POSIX_TIMERS, (void **)&im->posix_timers,
				&im->nposix_timers, sizeof(*im->posix_timers), GF_POSIX_TIMERS_MAX);
	if (!err)
		err = get_array(io, GF_PATHS, (void **)&im->paths, &im->paths_len, 1, GF_PATHS_MAX);
	if (!err)
		err = get_array(io, GF_FILES, (void **)&im->files, &im->nfiles,
				sizeof(*im->files), GF_FILES_MAX);
	if (!err)
		err = get_array(io, GF_FDS, (void **)&im->fds, &im->nfds, sizeof(*im->fds),
				GF_FILES_MAX);
	if (!err)
		err = get(io, GF_FS, &im->fs, sizeof(im->fs));
	if (!err)
		err = get(io, GF_MM, &im->mm, sizeof(im->mm));
	if (!err)
		err = get_array(io, GF_VMAS, (void **)&im->vmas, &im->nvmas, sizeof(*im->vmas),
				GF_VMAS_MAX);
	return err ?: get_threads(io, im, local->xstate_size);
}

int gf_read(struct gf_io *io, struct gf_image *im, const struct gf_header *local)
{
	int err = read_sections(io, im, local);

	return err ?: gf_check(io, im, local);
}

/* Do private mappings, @anon: without files, hold [start, end)? There may be many of them. */
static bool mapped(const struct gf_image *image, u64 start, u64 end, bool anon)
{
	u32 low = 0, high = image->nvmas;

	while (start < end) {
		const struct gf_vma *v;

		while (low < high) {
			u32 mid = low + (high - low) / 2;

			if (image->vmas[mid].end <= start)
				low = mid + 1;
			else
				high = mid;
		}
		if (low == image->nvmas)
			return false;
		v = &image->vmas[low];
		if (v->start > start || v->flags & GF_VMA_SHARED)
			return false;
		if (anon && v->kind != GF_VMA_ANON)
			return false;
		start = v->end;		/* the rest may lie in the next one */
		high = image->nvmas;
	}
	return true;
}

/* Adds to @pages what of @run has data. */
static int check_run(struct gf_io *io, const struct gf_image *image, const struct gf_run *run,
		     u64 *pages)
{
	u64 end = run->addr + run->pages * GF_PAGE;

	MUST(run->pages, GF_PAGES, "run", run->pages);
	MUST(gf_page_range(run->addr, end), GF_PAGES, "addr", run->addr);
	MUST(!image || mapped(image, run->addr, end, run->kind == GF_RUN_AWAY), GF_PAGES, "addr",
	     run->addr);
	if (image && (run->kind == GF_RUN_KEPT || run->kind == GF_RUN_AWAY))
		return 0;
	MUST(run->pages <= GF_CHUNK_PAGES, GF_PAGES, "run", run->pages);
	MUST(run->kind == GF_RUN_DATA ||
	     (!image && (run->kind == GF_RUN_ZERO || run->kind == GF_RUN_PLAIN)), GF_PAGES,
	     "kind", run->kind);
	if (gf_run_has_bytes(run))
		*pages += run->pages;
	return 0;
}

int gf_read_runs(struct gf_io *io, const struct gf_image *image, struct gf_run *run)
{
	struct gf_section s;
	struct gf_chunk chunk;
	u64 pages = 0;
	u32 i;
	int err = io->read(io->ctx, &s, sizeof(s));

	if (err)
		return err;
	MUST(s.version == GF_VERSION, GF_PAGES, "version", s.version);
	if (s.type == GF_END) {
		MUST(!s.length, GF_END, "length", s.length);
		return 0;
	}
	MUST(s.type == GF_PAGES, GF_PAGES, "type", s.type);
	MUST(s.length >= sizeof(chunk), GF_PAGES, "length", s.length);
	err = io->read(io->ctx, &chunk, sizeof(chunk));
	if (err)
		return err;
	MUST(chunk.runs && chunk.runs <= GF_CHUNK_PAGES, GF_PAGES, "runs", chunk.runs);
	MUST(chunk.pages <= GF_CHUNK_PAGES, GF_PAGES, "pages", chunk.pages);
	MUST(s.length == sizeof(chunk) + chunk.runs * sizeof(*run) + chunk.pages * GF_PAGE,
	     GF_PAGES, "length", s.length);
	err = io->read(io->ctx, run, chunk.runs * sizeof(*run));
	for (i = 0; i < chunk.runs && !err; i++)
		err = check_run(io, image, &run[i], &pages);
	if (err)
		return err;
	MUST(pages == chunk.pages, GF_PAGES, "pages", chunk.pages);
	return chunk.runs;
}

void gf_thread_free(struct gf_thread_image *thread)
{
	if (!thread)
		return;
	gf_free(thread->groups);
	gf_free(thread->xstate);
	gf_free(thread);
}

void gf_image_free(struct gf_image *image)
{
	u32 i;

	for (i = 0; i < image->process.threads; i++)
		gf_thread_free(image->threads[i]);
	gf_free(image->threads);
	gf_free(image->posix_timers);
	gf_free(image->paths);
	gf_free(image->files);
	gf_free(image->fds);
	gf_free(image->vmas);
}
