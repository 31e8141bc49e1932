// SPDX-License-Identifier: GPL-2.0-only
/* Writing and reading the ghost's bytes. Pure: see format.h. */
#include "format.h"

/* Every section is of this version; a change of one makes it known by a new number. */
#define GF_VERSION 1

static const char *const section_name[] = {
	[GF_HEADER] = "header", [GF_TASK] = "task", [GF_CREDS] = "creds", [GF_GROUPS] = "groups",
	[GF_LIMITS] = "limits", [GF_REGS] = "regs", [GF_XSTATE] = "xstate", [GF_SIGNAL] = "signal",
	[GF_TIMERS] = "timers", [GF_PATHS] = "paths", [GF_FILES] = "files", [GF_FDS] = "fds",
	[GF_FS] = "fs", [GF_MM] = "mm", [GF_VMAS] = "vmas", [GF_PAGES] = "pages", [GF_END] = "end",
};

static int bad(struct gf_io *io, enum gf_type type, const char *field, u64 value)
{
	io->fault = (struct gf_fault){ section_name[type], field, value };
	return -EINVAL;
}

/* Refuse unless @ok; for use in a chain of checks. */
#define MUST(ok, type, field, value)					\
	do {								\
		if (!(ok))						\
			return bad(io, type, field, (u64)(value));	\
	} while (0)

static int put(struct gf_io *io, enum gf_type type, const void *data, u32 len)
{
	struct gf_section s = { .type = type, .version = GF_VERSION, .length = len };
	int err = io->write(io->ctx, &s, sizeof(s));

	return err || !len ? err : io->write(io->ctx, data, len);
}

int gf_write(struct gf_io *io, const struct gf_image *image)
{
	const struct {
		enum gf_type type;
		const void *data;
		size_t len;
	} all[] = {
		{ GF_HEADER, &image->header, sizeof(image->header) },
		{ GF_TASK, &image->task, sizeof(image->task) },
		{ GF_CREDS, &image->creds, sizeof(image->creds) },
		{ GF_GROUPS, image->groups, image->ngroups * sizeof(*image->groups) },
		{ GF_LIMITS, &image->limits, sizeof(image->limits) },
		{ GF_REGS, &image->regs, sizeof(image->regs) },
		{ GF_XSTATE, image->xstate, image->xstate_len },
		{ GF_SIGNAL, &image->signal, sizeof(image->signal) },
		{ GF_TIMERS, &image->timers, sizeof(image->timers) },
		{ GF_PATHS, image->paths, image->paths_len },
		{ GF_FILES, image->files, image->nfiles * sizeof(*image->files) },
		{ GF_FDS, image->fds, image->nfds * sizeof(*image->fds) },
		{ GF_FS, &image->fs, sizeof(image->fs) },
		{ GF_MM, &image->mm, sizeof(image->mm) },
		{ GF_VMAS, image->vmas, image->nvmas * sizeof(*image->vmas) },
	};
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		err = put(io, all[i].type, all[i].data, all[i].len);
		if (err)
			return err;
	}
	return 0;
}

int gf_write_pages(struct gf_io *io, const struct gf_run *run, u32 runs, const void *data,
		   u32 pages)
{
	struct gf_chunk chunk = { .runs = runs, .pages = pages };
	struct gf_section s = { .type = GF_PAGES, .version = GF_VERSION };
	int err;

	s.length = sizeof(chunk) + runs * sizeof(*run) + pages * GF_PAGE;
	err = io->write(io->ctx, &s, sizeof(s));
	if (!err)
		err = io->write(io->ctx, &chunk, sizeof(chunk));
	if (!err)
		err = io->write(io->ctx, run, runs * sizeof(*run));
	return err ?: io->write(io->ctx, data, pages * GF_PAGE);
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

static bool user_range(u64 start, u64 end)
{
	return start <= end && end <= GF_USER_END;
}

static bool page_range(u64 start, u64 end)
{
	return start < end && end <= GF_USER_END && !(start % GF_PAGE) && !(end % GF_PAGE);
}

static bool terminated(const char *text, size_t room)
{
	return memchr(text, 0, room);
}

static bool flag(u32 value)
{
	return value <= 1;
}

static int check_header(struct gf_io *io, const struct gf_header *h, const struct gf_header *local)
{
	MUST(h->magic == GF_MAGIC, GF_HEADER, "magic", h->magic);
	MUST(h->format == GF_FORMAT, GF_HEADER, "format", h->format);
	MUST(h->page_size == local->page_size, GF_HEADER, "page_size", h->page_size);
	MUST(!memcmp(h->release, local->release, sizeof(h->release)), GF_HEADER, "release", 0);
	MUST(h->xfeatures == local->xfeatures, GF_HEADER, "xfeatures", h->xfeatures);
	MUST(h->xstate_size == local->xstate_size, GF_HEADER, "xstate_size", h->xstate_size);
	/* what a sum of two of them can bear */
	MUST(h->mono_ns >= 0 && h->mono_ns < 1LL << 61, GF_HEADER, "mono_ns", h->mono_ns);
	MUST(h->boot_ns >= 0 && h->boot_ns < 1LL << 61, GF_HEADER, "boot_ns", h->boot_ns);
	return 0;
}

static int check_task(struct gf_io *io, const struct gf_task *t)
{
	MUST(terminated(t->comm, sizeof(t->comm)), GF_TASK, "comm", 0);
	MUST(t->nice >= -20 && t->nice <= 19, GF_TASK, "nice", t->nice);
	MUST(t->rt_priority <= 99, GF_TASK, "rt_priority", t->rt_priority);
	MUST(flag(t->reset_on_fork), GF_TASK, "reset_on_fork", t->reset_on_fork);
	MUST(t->oom_score_adj >= -1000 && t->oom_score_adj <= 1000, GF_TASK, "oom_score_adj",
	     t->oom_score_adj);
	MUST(t->oom_score_adj_min >= -1000 && t->oom_score_adj_min <= 1000, GF_TASK,
	     "oom_score_adj_min", t->oom_score_adj_min);
	MUST(flag(t->no_new_privs), GF_TASK, "no_new_privs", t->no_new_privs);
	MUST(t->ioprio <= 0xffff, GF_TASK, "ioprio", t->ioprio);
	MUST(t->pdeath_signal >= 0 && t->pdeath_signal <= GF_SIGNALS_COUNT, GF_TASK,
	     "pdeath_signal", t->pdeath_signal);
	return 0;
}

static int check_creds(struct gf_io *io, const struct gf_creds *c, const u32 *groups, u32 ngroups)
{
	const u32 ids[] = {
		c->uid, c->gid, c->suid, c->sgid, c->euid, c->egid, c->fsuid, c->fsgid,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(ids); i++)
		MUST(ids[i] != GF_NONE, GF_CREDS, "id", ids[i]);
	MUST(!(c->cap_effective & ~c->cap_permitted), GF_CREDS, "cap_effective", c->cap_effective);
	MUST(!(c->cap_ambient & ~(c->cap_permitted & c->cap_inheritable)), GF_CREDS, "cap_ambient",
	     c->cap_ambient);
	for (i = 0; i < ngroups; i++)
		MUST(groups[i] != GF_NONE, GF_GROUPS, "id", groups[i]);
	return 0;
}

static int check_limits(struct gf_io *io, const struct gf_limits *l)
{
	int i;

	for (i = 0; i < GF_LIMITS_COUNT; i++)
		MUST(l->limit[i].cur <= l->limit[i].max, GF_LIMITS, "cur", l->limit[i].cur);
	return 0;
}

static int check_regs(struct gf_io *io, const struct gf_regs *r)
{
	/* addresses with high bits are the program's affair: they fault as they did */
	MUST(r->ip < GF_USER_END, GF_REGS, "ip", r->ip);
	MUST(r->fs_base < GF_USER_END, GF_REGS, "fs_base", r->fs_base);
	MUST(r->gs_base < GF_USER_END, GF_REGS, "gs_base", r->gs_base);
	MUST(r->restart <= GF_RESTART_FUTEX, GF_REGS, "restart", r->restart);
	MUST(r->uaddr < GF_USER_END, GF_REGS, "uaddr", r->uaddr);
	MUST(r->clock >= 0 && r->clock < 16, GF_REGS, "clock", r->clock);
	MUST(r->rem_type <= 2, GF_REGS, "rem_type", r->rem_type);
	MUST(flag(r->has_timeout), GF_REGS, "has_timeout", r->has_timeout);
	MUST(r->count <= 1U << 30, GF_REGS, "count", r->count);
	return 0;
}

static int check_signal(struct gf_io *io, const struct gf_signal *s)
{
	const u64 never = 1ULL << (9 - 1) | 1ULL << (19 - 1);	/* SIGKILL, SIGSTOP */
	int i;

	MUST(!(s->blocked & never), GF_SIGNAL, "blocked", s->blocked);
	MUST(s->altstack_size <= GF_USER_END && s->altstack_sp <= GF_USER_END - s->altstack_size,
	     GF_SIGNAL, "altstack_sp", s->altstack_sp);
	MUST(s->rseq < GF_USER_END, GF_SIGNAL, "rseq", s->rseq);
	MUST(s->rseq_len <= GF_PAGE, GF_SIGNAL, "rseq_len", s->rseq_len);
	MUST(s->robust_list < GF_USER_END, GF_SIGNAL, "robust_list", s->robust_list);
	MUST(s->clear_child_tid < GF_USER_END, GF_SIGNAL, "clear_child_tid", s->clear_child_tid);
	for (i = 0; i < GF_SIGNALS_COUNT; i++) {
		MUST(s->action[i].handler < GF_USER_END, GF_SIGNAL, "handler",
		     s->action[i].handler);
		MUST(s->action[i].restorer < GF_USER_END, GF_SIGNAL, "restorer",
		     s->action[i].restorer);
		MUST(!(s->action[i].mask & never), GF_SIGNAL, "mask", s->action[i].mask);
		MUST(!(never >> i & 1) || !s->action[i].handler, GF_SIGNAL, "handler", i + 1);
	}
	return 0;
}

static int check_timers(struct gf_io *io, const struct gf_timers *t)
{
	int i;

	for (i = 0; i < 3; i++) {
		MUST(t->timer[i].left_ns < 1ULL << 63, GF_TIMERS, "left_ns", t->timer[i].left_ns);
		MUST(t->timer[i].interval_ns < 1ULL << 63, GF_TIMERS, "interval_ns",
		     t->timer[i].interval_ns);
	}
	return 0;
}

/* An absolute path at @offset, no longer than PATH_MAX? The whole table ends with a NUL. */
static bool path_at(const struct gf_image *image, u32 offset)
{
	const char *path;

	if (offset >= image->paths_len)
		return false;
	path = image->paths + offset;
	if (offset && path[-1])
		return false;
	return path[0] == '/' && strnlen(path, GF_PATH_LEN) < GF_PATH_LEN;
}

static int check_files(struct gf_io *io, const struct gf_image *image)
{
	u32 i, n = image->paths_len;

	MUST(!n || !image->paths[n - 1], GF_PATHS, "terminator", n);
	for (i = 0; i < image->nfiles; i++) {
		const struct gf_file *f = &image->files[i];

		MUST(path_at(image, f->path), GF_FILES, "path", f->path);
		MUST(f->kind >= GF_FILE_REGULAR && f->kind <= GF_FILE_DEVICE, GF_FILES, "kind",
		     f->kind);
		MUST(flag(f->shared), GF_FILES, "shared", f->shared);
		MUST(flag(f->by_root), GF_FILES, "by_root", f->by_root);
		MUST(f->pos < 1ULL << 63, GF_FILES, "pos", f->pos);
		MUST(f->size < 1ULL << 63, GF_FILES, "size", f->size);
		MUST(f->mtime_nsec < 1000000000, GF_FILES, "mtime_nsec", f->mtime_nsec);
	}
	for (i = 0; i < image->nfds; i++) {
		const struct gf_fd *d = &image->fds[i];

		MUST(d->fd < GF_FILES_MAX, GF_FDS, "fd", d->fd);
		MUST(!i || d[-1].fd < d->fd, GF_FDS, "order", d->fd);
		MUST(d->file < image->nfiles, GF_FDS, "file", d->file);
		MUST(flag(d->close_on_exec), GF_FDS, "close_on_exec", d->close_on_exec);
	}
	MUST(path_at(image, image->fs.cwd), GF_FS, "cwd", image->fs.cwd);
	MUST(!(image->fs.umask & ~0777U), GF_FS, "umask", image->fs.umask);
	return 0;
}

static int check_mm(struct gf_io *io, const struct gf_image *image)
{
	const struct gf_mm *m = &image->mm;

	MUST(user_range(m->start_code, m->end_code), GF_MM, "start_code", m->start_code);
	MUST(user_range(m->start_data, m->end_data), GF_MM, "start_data", m->start_data);
	MUST(user_range(m->start_brk, m->brk), GF_MM, "start_brk", m->start_brk);
	MUST(m->start_stack < GF_USER_END, GF_MM, "start_stack", m->start_stack);
	MUST(user_range(m->arg_start, m->arg_end), GF_MM, "arg_start", m->arg_start);
	MUST(user_range(m->env_start, m->env_end), GF_MM, "env_start", m->env_start);
	MUST(m->mmap_base <= GF_USER_END, GF_MM, "mmap_base", m->mmap_base);
	MUST(m->mmap_legacy_base <= GF_USER_END, GF_MM, "mmap_legacy_base", m->mmap_legacy_base);
	MUST((m->flags & 3) != 3, GF_MM, "flags", m->flags);	/* dumpable: 0, 1 or 2 */
	MUST(m->exe < image->nfiles, GF_MM, "exe", m->exe);
	MUST(image->files[m->exe].kind == GF_FILE_REGULAR, GF_MM, "exe", m->exe);
	if (m->vdso) {
		MUST(m->vdso_size <= GF_USER_END, GF_MM, "vdso_size", m->vdso_size);
		MUST(page_range(m->vdso, m->vdso + m->vdso_size), GF_MM, "vdso", m->vdso);
	}
	MUST(!m->auxv[GF_AUXV_MAX - 1] && !m->auxv[GF_AUXV_MAX - 2], GF_MM, "auxv", GF_AUXV_MAX);
	return 0;
}

static int check_vma(struct gf_io *io, const struct gf_image *image, const struct gf_vma *v)
{
	const struct gf_mm *m = &image->mm;

	MUST(page_range(v->start, v->end), GF_VMAS, "start", v->start);
	MUST(v->end <= m->vdso || v->start >= m->vdso + m->vdso_size, GF_VMAS, "vdso", v->start);
	MUST(!(v->prot & ~GF_PROT_ALL), GF_VMAS, "prot", v->prot);
	MUST(!(v->flags & ~GF_VMA_ALL), GF_VMAS, "flags", v->flags);
	if (v->kind == GF_VMA_FILE) {
		MUST(v->file < image->nfiles, GF_VMAS, "file", v->file);
		MUST(image->files[v->file].kind == GF_FILE_REGULAR, GF_VMAS, "file", v->file);
		MUST(!(v->offset % GF_PAGE), GF_VMAS, "offset", v->offset);
		MUST(v->offset < 1ULL << 62, GF_VMAS, "offset", v->offset);
		MUST(!(v->flags & (GF_VMA_GROWSDOWN | GF_VMA_DROPPABLE)), GF_VMAS, "flags",
		     v->flags);
		MUST(!(v->flags & GF_VMA_SHARED) || !(v->prot & GF_PROT_WRITE), GF_VMAS, "prot",
		     v->prot);
		return 0;
	}
	MUST(v->kind == GF_VMA_ANON, GF_VMAS, "kind", v->kind);
	MUST(!(v->flags & GF_VMA_SHARED), GF_VMAS, "flags", v->flags);
	return 0;
}

static int check_vmas(struct gf_io *io, const struct gf_image *image)
{
	u32 i;
	int err;

	for (i = 0; i < image->nvmas; i++) {
		const struct gf_vma *v = &image->vmas[i];

		err = check_vma(io, image, v);
		if (err)
			return err;
		MUST(!i || v[-1].end <= v->start, GF_VMAS, "order", v->start);
	}
	return 0;
}

static int read_sections(struct gf_io *io, struct gf_image *im, const struct gf_header *local)
{
	int err;

	err = get(io, GF_HEADER, &im->header, sizeof(im->header));
	if (!err)
		err = check_header(io, &im->header, local);
	if (!err)
		err = get(io, GF_TASK, &im->task, sizeof(im->task));
	if (!err)
		err = get(io, GF_CREDS, &im->creds, sizeof(im->creds));
	if (!err)
		err = get_array(io, GF_GROUPS, (void **)&im->groups, &im->ngroups,
				sizeof(*im->groups), GF_GROUPS_MAX);
	if (!err)
		err = get(io, GF_LIMITS, &im->limits, sizeof(im->limits));
	if (!err)
		err = get(io, GF_REGS, &im->regs, sizeof(im->regs));
	if (!err)
		err = get_array(io, GF_XSTATE, &im->xstate, &im->xstate_len, 1, local->xstate_size);
	if (!err)
		err = get(io, GF_SIGNAL, &im->signal, sizeof(im->signal));
	if (!err)
		err = get(io, GF_TIMERS, &im->timers, sizeof(im->timers));
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
	return err;
}

int gf_read(struct gf_io *io, struct gf_image *im, const struct gf_header *local)
{
	int err = read_sections(io, im, local);

	if (err)
		return err;
	MUST(im->xstate_len == local->xstate_size, GF_XSTATE, "length", im->xstate_len);
	err = check_task(io, &im->task);
	if (!err)
		err = check_creds(io, &im->creds, im->groups, im->ngroups);
	if (!err)
		err = check_limits(io, &im->limits);
	if (!err)
		err = check_regs(io, &im->regs);
	if (!err)
		err = check_signal(io, &im->signal);
	if (!err)
		err = check_timers(io, &im->timers);
	if (!err)
		err = check_files(io, im);
	if (!err)
		err = check_mm(io, im);
	return err ?: check_vmas(io, im);
}

/* Does a private mapping hold [start, end)? Binary search: there may be many. */
static bool mapped(const struct gf_image *image, u64 start, u64 end)
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
		start = v->end;		/* the rest may lie in the next one */
		high = image->nvmas;
	}
	return true;
}

int gf_read_pages(struct gf_io *io, const struct gf_image *image, struct gf_run *run, void *data)
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
	if (err)
		return err;
	for (i = 0; i < chunk.runs; i++) {
		MUST(run[i].pages && run[i].pages <= GF_CHUNK_PAGES, GF_PAGES, "run", run[i].pages);
		MUST(page_range(run[i].addr, run[i].addr + run[i].pages * GF_PAGE), GF_PAGES, "addr",
		     run[i].addr);
		MUST(mapped(image, run[i].addr, run[i].addr + run[i].pages * GF_PAGE), GF_PAGES,
		     "addr", run[i].addr);
		pages += run[i].pages;
	}
	MUST(pages == chunk.pages, GF_PAGES, "pages", chunk.pages);
	err = io->read(io->ctx, data, chunk.pages * GF_PAGE);
	return err ?: (int)chunk.runs;
}

void gf_image_free(struct gf_image *image)
{
	gf_free(image->groups);
	gf_free(image->xstate);
	gf_free(image->paths);
	gf_free(image->files);
	gf_free(image->fds);
	gf_free(image->vmas);
}
