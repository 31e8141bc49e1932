/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ghost's bytes: sections {type, version, length} in the order of enum
 * gf_type, numbers as x86-64 has them. A reader believes nothing: gf_read()
 * and gf_read_pages() return only what is whole, ordered and in range.
 *
 * No kernel calls here nor in format*.c: tests/ghost-format builds them for user space, with
 * sanitizers, and feeds them garbage.
 */
#ifndef KRG_GHOST_FORMAT_H
#define KRG_GHOST_FORMAT_H

#include "portable.h"

#define GF_MAGIC	0x54534847474b0a0dULL	/* "\r\nKGGHST" */
#define GF_FORMAT	6
#define GF_PAGE		4096ULL
#define GF_USER_END	0x7ffffffff000ULL	/* end of user addresses, four page table levels */
#define GF_NONE		0xffffffffU		/* no index */

#define GF_SIGNALS_COUNT	64
#define GF_LIMITS_COUNT		16
#define GF_AUXV_MAX		64
#define GF_GROUPS_MAX		65536
#define GF_VMAS_MAX		1048576
#define GF_FILES_MAX		1048576
#define GF_PATHS_MAX		(64U << 20)
#define GF_PATH_LEN		4096
#define GF_CHUNK_PAGES		512		/* pages, and runs, in one section */
#define GF_THREADS_MAX		32768
#define GF_CPUS_MAX		1024
#define GF_POSIX_TIMERS_MAX	1048576

enum gf_type {
	GF_HEADER = 1,
	GF_PROCESS,
	GF_LIMITS,
	GF_ACTIONS,
	GF_TIMERS,
	GF_POSIX_TIMERS,
	GF_PATHS,
	GF_FILES,
	GF_FDS,
	GF_FS,
	GF_MM,
	GF_VMAS,
	GF_THREAD,		/* this and the next four for each thread, the leader first */
	GF_CREDS,
	GF_GROUPS,
	GF_REGS,
	GF_XSTATE,
	GF_PAGES,		/* any number of them */
	GF_END,
};

struct gf_section {
	u16 type;
	u16 version;
	u32 length;		/* of what follows */
};

struct gf_header {
	u64 magic;
	u32 format;
	u32 page_size;
	char release[72];	/* of the kernel; signal numbers, restart rules and vdso are its */
	u64 xfeatures;		/* XCR0 */
	u32 xstate_size;
	u32 reserved;
	s64 mono_ns;		/* its CLOCK_MONOTONIC when all else was taken */
	s64 boot_ns;
	s64 real_ns;
};

/* What was used so far; times in ns. */
struct gf_times {
	u64 utime, stime, runtime;
	u64 shown_utime, shown_stime;	/* struct prev_cputime; not of children */
	u64 min_flt, maj_flt, nvcsw, nivcsw;
	u64 inblock, oublock;		/* of 512 bytes */
};

struct gf_process {
	u32 threads;		/* with the leader */
	s32 oom_score_adj, oom_score_adj_min;
	u32 loginuid, sessionid;
	u32 subreaper;		/* PR_SET_CHILD_SUBREAPER */
	u32 next_timer_id;	/* what timer_create tries first */
	u32 sem_undo;		/* it may have semaphore operations to undo at its end */
	struct gf_times ended;		/* threads that are no more */
	struct gf_times children;	/* that were waited for */
	u64 maxrss, children_maxrss;	/* pages */
};

struct gf_thread {
	s32 tid;		/* in the container */
	char comm[16];
	u32 sched_policy;
	s32 nice;
	u32 rt_priority;
	u32 reset_on_fork;
	u64 dl_runtime, dl_deadline, dl_period;	/* ns */
	u32 personality;
	u32 no_new_privs;
	u32 ioprio;
	s32 pdeath_signal;
	u64 timer_slack_ns, default_timer_slack_ns;
	u64 blocked;
	u64 altstack_sp, altstack_size;
	u32 altstack_flags;
	u32 rseq_len, rseq_sig;
	u32 bound;		/* may run on .cpus only */
	u64 rseq, robust_list, clear_child_tid;
	u64 cpus[GF_CPUS_MAX / 64];
	struct gf_times times;
};

struct gf_creds {
	u32 uid, gid, suid, sgid, euid, egid, fsuid, fsgid;
	u32 securebits;
	u32 reserved;
	u64 cap_inheritable, cap_permitted, cap_effective, cap_bset, cap_ambient;
};

struct gf_limits {
	struct {
		u64 cur, max;
	} limit[GF_LIMITS_COUNT];
};

enum gf_restart_kind { GF_RESTART_NONE, GF_RESTART_NANOSLEEP, GF_RESTART_POLL, GF_RESTART_FUTEX };

struct gf_regs {
	u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di;
	u64 orig_ax, ip, flags, sp;
	u64 fs_base, gs_base;
	/* struct restart_block; times are absolute, of the process's clock */
	u32 restart;		/* enum gf_restart_kind */
	s32 clock;		/* nanosleep */
	u32 rem_type;		/* nanosleep: enum timespec_type */
	u32 has_timeout;	/* poll */
	u64 uaddr;		/* rmtp, ufds or the futex */
	s64 expires_ns;
	u32 count;		/* poll: nfds */
	u32 futex_val, futex_flags, futex_bitset;
};

struct gf_actions {
	struct {
		u64 handler, flags, restorer, mask;
	} action[GF_SIGNALS_COUNT];
};

struct gf_timers {
	/*
	 * ITIMER_REAL. Not armed, but with an interval: its signal is yet to be
	 * taken, which arms it anew in its old rhythm.
	 */
	s64 real_expires_ns;
	u64 real_interval_ns, real_armed;
	struct {
		u64 left_ns, interval_ns;	/* left 0: not armed */
	} cpu[2];		/* ITIMER_VIRTUAL, _PROF */
};

#define GF_TIMER_ARMED		0x01
#define GF_TIMER_PENDING	0x02	/* its signal is queued */
#define GF_TIMER_RELATIVE	0x04	/* on CLOCK_REALTIME, but set to a time from now */
#define GF_TIMER_ALL		0x07

/* Of timer_create(2). The counters are those of struct k_itimer, and mean what they mean there. */
struct gf_posix_timer {
	s32 id, clock;
	s32 clock_tid;		/* a CPU clock: of this thread, or of the leader for all; or 0 */
	s32 notify, signo;	/* struct sigevent */
	s32 tid;		/* SIGEV_THREAD_ID, or 0 */
	u64 value;
	u32 flags;
	u32 requeue;		/* it_requeue_pending */
	u32 signal_requeue;	/* what that was when its signal was queued */
	s32 signal_overrun;
	s64 expires_ns;		/* absolute, of the process's clock */
	u64 interval_ns;
	s64 overrun, overrun_last;
};

enum gf_file_kind {
	GF_FILE_REGULAR = 1,
	GF_FILE_DIRECTORY,
	GF_FILE_DEVICE,
	GF_FILE_SEGMENT,	/* of System V: .ino is its id, .flags how it is attached */
};

struct gf_file {
	u32 path;		/* offset in the paths */
	u32 kind;
	u32 flags;		/* of open(2) */
	u32 shared;		/* on a shared mount: the same file on every node */
	u64 pos, size, ino;
	s64 mtime_sec;
	u32 mtime_nsec;
	u32 rdev;
	u32 by_root;		/* who opened it could open anything */
	u32 reserved;
};

struct gf_fd {
	u32 fd, file, close_on_exec;
};

struct gf_fs {
	u32 cwd;		/* offset in the paths */
	u32 umask;
};

struct gf_mm {
	u64 start_code, end_code, start_data, end_data, start_brk, brk, start_stack;
	u64 arg_start, arg_end, env_start, env_end;
	u64 mmap_base, mmap_legacy_base;
	u64 vdso;		/* address of its first page (vvar), 0: none */
	u64 vdso_size;		/* with vvar */
	u64 flags;		/* MMF_* that a fork would inherit */
	u32 membarrier_state;
	u32 exe;		/* file */
	u64 auxv[GF_AUXV_MAX];
};

enum gf_vma_kind { GF_VMA_ANON = 1, GF_VMA_FILE };

#define GF_PROT_READ		1
#define GF_PROT_WRITE		2
#define GF_PROT_EXEC		4
#define GF_PROT_ALL		7

#define GF_VMA_SHARED		0x01	/* a read-only view of a file, or of a segment */
#define GF_VMA_GROWSDOWN	0x02
#define GF_VMA_NORESERVE	0x04
#define GF_VMA_DROPPABLE	0x08
/* set by madvise(2) */
#define GF_VMA_DONTFORK		0x10
#define GF_VMA_WIPEONFORK	0x20
#define GF_VMA_DONTDUMP		0x40
#define GF_VMA_HUGEPAGE		0x80
#define GF_VMA_NOHUGEPAGE	0x100
#define GF_VMA_SEQUENTIAL	0x200
#define GF_VMA_RANDOM		0x400
#define GF_VMA_MERGEABLE	0x800
#define GF_VMA_ACCOUNTED	0x1000	/* memory is promised for it, writable or not */
#define GF_VMA_TOUCHED		0x2000	/* has had pages of its own */
#define GF_VMA_ALL		0x3fff

struct gf_vma {
	u64 start, end;
	u64 offset;		/* in the file, bytes */
	u32 kind, prot, flags, file;
};

enum gf_run_kind {
	GF_RUN_DATA = 1,	/* its bytes follow */
	GF_RUN_KEPT,		/* it is as it was sent early */
	GF_RUN_ZERO,		/* only early: all its bytes are zeros */
	GF_RUN_PLAIN,		/* only early: as GF_RUN_DATA, of a mapping that is plain now */
	GF_RUN_AWAY,		/* its bytes stay where it came from, to be fetched */
};

struct gf_run {
	u64 addr;
	u32 pages;
	u32 kind;
};

static inline bool gf_run_has_bytes(const struct gf_run *run)
{
	return run->kind == GF_RUN_DATA || run->kind == GF_RUN_PLAIN;
}

/*
 * Start of a GF_PAGES section: then the runs, then the contents of those with data, one after
 * another. Such sections and GF_END also stand alone: pages that are sent early.
 */
struct gf_chunk {
	u32 runs, pages;	/* .pages: with data */
};

/* One thread. groups and xstate are allocated by whoever fills it. */
struct gf_thread_image {
	struct gf_thread self;
	struct gf_creds creds;
	struct gf_regs regs;
	u32 *groups;
	u32 ngroups;
	void *xstate;
	u32 xstate_len;
};

/* One process, all but its pages. The arrays are allocated by whoever fills them. */
struct gf_image {
	struct gf_header header;
	struct gf_process process;
	struct gf_limits limits;
	struct gf_actions actions;
	struct gf_timers timers;
	struct gf_posix_timer *posix_timers;	/* by ID */
	u32 nposix_timers;
	struct gf_fs fs;
	struct gf_mm mm;
	struct gf_thread_image **threads;	/* .process.threads; the leader, then by TID */
	char *paths;		/* strings, each with its NUL */
	u32 paths_len;
	struct gf_file *files;
	u32 nfiles;
	struct gf_fd *fds;	/* ascending */
	u32 nfds;
	struct gf_vma *vmas;	/* ascending */
	u32 nvmas;
};

/* What is wrong with a stream: "section: field" and its value. */
struct gf_fault {
	const char *section, *field;
	u64 value;
};

/* Both: all of it or -errno. @ctx is the caller's. */
struct gf_io {
	int (*read)(void *ctx, void *buf, size_t len);
	int (*write)(void *ctx, const void *buf, size_t len);
	void *ctx;
	struct gf_fault fault;
};

/* Writes everything of @image but pages. 0 or -errno. */
int gf_write(struct gf_io *io, const struct gf_image *image);
/* Begins a section of pages: the caller writes the contents of the runs with data next. */
int gf_write_runs(struct gf_io *io, const struct gf_run *run, u32 runs);
int gf_write_end(struct gf_io *io);

/**
 * gf_read() - read and check everything but pages
 * @image: zeroed by the caller, who calls gf_image_free() also after an error
 * @local: header as this machine would write it
 *
 * Return: 0; -EINVAL with io->fault: not a ghost for this machine; -ENOMEM; what read() returned.
 */
int gf_read(struct gf_io *io, struct gf_image *image, const struct gf_header *local);

/**
 * gf_read_runs() - read what the next section of pages is about
 * @image: every run lies in its private mappings; NULL: the pages are sent early
 * @run:   room for GF_CHUNK_PAGES
 *
 * The caller reads the contents of those with data, GF_CHUNK_PAGES pages in all at most.
 * Return: number of runs, 0 at the end of the stream, or as gf_read().
 */
int gf_read_runs(struct gf_io *io, const struct gf_image *image, struct gf_run *run);

void gf_thread_free(struct gf_thread_image *thread);
void gf_image_free(struct gf_image *image);

/* Between format*.c: notes what is wrong and returns -EINVAL. */
int gf_bad(struct gf_io *io, enum gf_type type, const char *field, u64 value);
int gf_check_header(struct gf_io *io, const struct gf_header *h, const struct gf_header *local);
int gf_check(struct gf_io *io, const struct gf_image *image, const struct gf_header *local);
int gf_check_timers(struct gf_io *io, const struct gf_image *image);

static inline bool gf_page_range(u64 start, u64 end)
{
	return start < end && end <= GF_USER_END && !(start % GF_PAGE) && !(end % GF_PAGE);
}

/* Refuse unless @ok; for use in a chain of checks. */
#define MUST(ok, type, field, value)					\
	do {								\
		if (!(ok))						\
			return gf_bad(io, type, field, (u64)(value));	\
	} while (0)

#endif /* KRG_GHOST_FORMAT_H */
