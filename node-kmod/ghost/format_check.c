// SPDX-License-Identifier: GPL-2.0-only
/* Is what was read in range, and does it fit together? Pure: see format.h. */
#include "format.h"

#define NEVER_BLOCKED (1ULL << (9 - 1) | 1ULL << (19 - 1))	/* SIGKILL, SIGSTOP */

static bool user_range(u64 start, u64 end)
{
	return start <= end && end <= GF_USER_END;
}

static bool terminated(const char *text, size_t room)
{
	return memchr(text, 0, room);
}

static bool flag(u32 value)
{
	return value <= 1;
}

int gf_check_header(struct gf_io *io, const struct gf_header *h, const struct gf_header *local)
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

/* What sums of them can bear. */
static int check_times(struct gf_io *io, enum gf_type type, const struct gf_times *times)
{
	const u64 all[] = {
		times->utime, times->stime, times->runtime, times->shown_utime,
		times->shown_stime, times->min_flt, times->maj_flt, times->nvcsw, times->nivcsw,
		times->inblock, times->oublock,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		MUST(all[i] < 1ULL << 60, type, "times", all[i]);
	return 0;
}

static int check_process(struct gf_io *io, const struct gf_process *p)
{
	MUST(p->oom_score_adj >= -1000 && p->oom_score_adj <= 1000, GF_PROCESS, "oom_score_adj",
	     p->oom_score_adj);
	MUST(p->oom_score_adj_min >= -1000 && p->oom_score_adj_min <= 1000, GF_PROCESS,
	     "oom_score_adj_min", p->oom_score_adj_min);
	MUST(flag(p->subreaper), GF_PROCESS, "subreaper", p->subreaper);
	MUST(flag(p->sem_undo), GF_PROCESS, "sem_undo", p->sem_undo);
	MUST(p->next_timer_id < 1U << 31, GF_PROCESS, "next_timer_id", p->next_timer_id);
	MUST(p->maxrss < GF_USER_END / GF_PAGE, GF_PROCESS, "maxrss", p->maxrss);
	MUST(p->children_maxrss < GF_USER_END / GF_PAGE, GF_PROCESS, "children_maxrss",
	     p->children_maxrss);
	return check_times(io, GF_PROCESS, &p->ended) ?:
	       check_times(io, GF_PROCESS, &p->children);
}

static int check_self(struct gf_io *io, const struct gf_thread *t)
{
	MUST(t->tid > 0, GF_THREAD, "tid", t->tid);
	MUST(terminated(t->comm, sizeof(t->comm)), GF_THREAD, "comm", 0);
	MUST(t->nice >= -20 && t->nice <= 19, GF_THREAD, "nice", t->nice);
	MUST(t->rt_priority <= 99, GF_THREAD, "rt_priority", t->rt_priority);
	MUST(flag(t->reset_on_fork), GF_THREAD, "reset_on_fork", t->reset_on_fork);
	MUST(flag(t->no_new_privs), GF_THREAD, "no_new_privs", t->no_new_privs);
	MUST(t->ioprio <= 0xffff, GF_THREAD, "ioprio", t->ioprio);
	MUST(t->pdeath_signal >= 0 && t->pdeath_signal <= GF_SIGNALS_COUNT, GF_THREAD,
	     "pdeath_signal", t->pdeath_signal);
	MUST(!(t->blocked & NEVER_BLOCKED), GF_THREAD, "blocked", t->blocked);
	MUST(t->altstack_size <= GF_USER_END && t->altstack_sp <= GF_USER_END - t->altstack_size,
	     GF_THREAD, "altstack_sp", t->altstack_sp);
	MUST(t->rseq < GF_USER_END, GF_THREAD, "rseq", t->rseq);
	MUST(t->rseq_len <= GF_PAGE, GF_THREAD, "rseq_len", t->rseq_len);
	MUST(t->robust_list < GF_USER_END, GF_THREAD, "robust_list", t->robust_list);
	MUST(t->clear_child_tid < GF_USER_END, GF_THREAD, "clear_child_tid", t->clear_child_tid);
	MUST(flag(t->bound), GF_THREAD, "bound", t->bound);
	return check_times(io, GF_THREAD, &t->times);
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

static int check_actions(struct gf_io *io, const struct gf_actions *a)
{
	int i;

	for (i = 0; i < GF_SIGNALS_COUNT; i++) {
		MUST(a->action[i].handler < GF_USER_END, GF_ACTIONS, "handler",
		     a->action[i].handler);
		MUST(a->action[i].restorer < GF_USER_END, GF_ACTIONS, "restorer",
		     a->action[i].restorer);
		MUST(!(a->action[i].mask & NEVER_BLOCKED), GF_ACTIONS, "mask", a->action[i].mask);
		MUST(!(NEVER_BLOCKED >> i & 1) || !a->action[i].handler, GF_ACTIONS, "handler",
		     i + 1);
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
		MUST(f->kind >= GF_FILE_REGULAR && f->kind <= GF_FILE_SEGMENT, GF_FILES, "kind",
		     f->kind);
		MUST(f->kind != GF_FILE_SEGMENT || f->ino < 1U << 31, GF_FILES, "ino", f->ino);
		MUST(f->kind != GF_FILE_SEGMENT || f->flags == O_RDONLY || f->flags == O_RDWR,
		     GF_FILES, "flags", f->flags);
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
		MUST(image->files[d->file].kind != GF_FILE_SEGMENT, GF_FDS, "file", d->file);
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
		MUST(gf_page_range(m->vdso, m->vdso + m->vdso_size), GF_MM, "vdso", m->vdso);
	}
	MUST(!m->auxv[GF_AUXV_MAX - 1] && !m->auxv[GF_AUXV_MAX - 2], GF_MM, "auxv", GF_AUXV_MAX);
	return 0;
}

static int check_vma(struct gf_io *io, const struct gf_image *image, const struct gf_vma *v)
{
	const struct gf_mm *m = &image->mm;
	const struct gf_file *file;
	bool segment;

	MUST(gf_page_range(v->start, v->end), GF_VMAS, "start", v->start);
	MUST(v->end <= m->vdso || v->start >= m->vdso + m->vdso_size, GF_VMAS, "vdso", v->start);
	MUST(!(v->prot & ~GF_PROT_ALL), GF_VMAS, "prot", v->prot);
	MUST(!(v->flags & ~GF_VMA_ALL), GF_VMAS, "flags", v->flags);
	if (v->kind == GF_VMA_FILE) {
		MUST(v->file < image->nfiles, GF_VMAS, "file", v->file);
		file = &image->files[v->file];
		segment = file->kind == GF_FILE_SEGMENT;
		MUST(segment || file->kind == GF_FILE_REGULAR, GF_VMAS, "file", v->file);
		MUST(!segment || v->flags & GF_VMA_SHARED, GF_VMAS, "flags", v->flags);
		MUST(!(v->offset % GF_PAGE), GF_VMAS, "offset", v->offset);
		MUST(v->offset < 1ULL << 62, GF_VMAS, "offset", v->offset);
		MUST(!(v->flags & (GF_VMA_GROWSDOWN | GF_VMA_DROPPABLE)), GF_VMAS, "flags",
		     v->flags);
		MUST(!(v->flags & GF_VMA_SHARED) ||
		     !(v->flags & (GF_VMA_ACCOUNTED | GF_VMA_TOUCHED)), GF_VMAS, "flags", v->flags);
		MUST(!(v->flags & GF_VMA_SHARED) || !(v->prot & GF_PROT_WRITE) ||
		     (segment && file->flags == O_RDWR), GF_VMAS, "prot", v->prot);
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

/* The leader is the first; the others ascend, so that no number is there twice. */
static int check_threads(struct gf_io *io, const struct gf_image *image,
			 const struct gf_header *local)
{
	int err = 0;
	u32 i;

	for (i = 0; i < image->process.threads && !err; i++) {
		const struct gf_thread_image *t = image->threads[i];

		MUST(t->xstate_len == local->xstate_size, GF_XSTATE, "length", t->xstate_len);
		MUST(i < 2 || image->threads[i - 1]->self.tid < t->self.tid, GF_THREAD, "order",
		     t->self.tid);
		MUST(!i || image->threads[0]->self.tid != t->self.tid, GF_THREAD, "tid",
		     t->self.tid);
		err = check_self(io, &t->self);
		if (!err)
			err = check_creds(io, &t->creds, t->groups, t->ngroups);
		if (!err)
			err = check_regs(io, &t->regs);
	}
	return err;
}

int gf_check(struct gf_io *io, const struct gf_image *image, const struct gf_header *local)
{
	int err = check_process(io, &image->process);

	if (!err)
		err = check_limits(io, &image->limits);
	if (!err)
		err = check_actions(io, &image->actions);
	if (!err)
		err = check_files(io, image);
	if (!err)
		err = check_mm(io, image);
	if (!err)
		err = check_vmas(io, image);
	if (!err)
		err = check_threads(io, image, local);
	/* looks for their threads */
	return err ?: gf_check_timers(io, image);
}
