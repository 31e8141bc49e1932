/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this module share. */
#ifndef KRG_GHOST_PRIVATE_H
#define KRG_GHOST_PRIVATE_H

#include <linux/binfmts.h>
#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/fs_struct.h>
#include <linux/mm.h>
#include <linux/pagewalk.h>
#include <linux/path.h>
#include <linux/regset.h>
#include <linux/restart_block.h>
#include <linux/rmap.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <asm/fpu/types.h>
#include <asm/vdso.h>
#include <kerrighed/ghost.h>
#include <kerrighed/sighand.h>
#include "../hooks/compat.h"
#include "format.h"
#include "refuse.h"
#include "symbols.h"
#include <kerrighed/fault.h>

/* refuse.c */
/* Fills @why (may be NULL) and returns the reason's -errno. */
int ghost_refuse(struct krg_refusal *why, enum ghost_reason reason, ...);
/* For failures that are no reason to refuse but errors: "what: error N". Returns @err. */
int ghost_failed(struct krg_refusal *why, int err, const char *what);

/* mounts.c */
int ghost_mounts_init(void);
void ghost_mounts_exit(void);
/* 1 or 0, or -ENOMEM. May sleep. */
int ghost_mount_is_shared(const struct path *path);
/* Root directory of the container (without one: the machine's). Counted reference. */
void ghost_container_root(struct path *root);

/* file.c: the files of a process, open or mapped, each once */
struct ghost_files {
	struct path root;
	struct file **file;		/* counted references, beside image->files */
	u32 room, paths_room;
	char *page;			/* for a path */
};

int ghost_files_begin(struct ghost_files *set);
void ghost_files_end(struct ghost_files *set, const struct gf_image *image);
/* Index of @file in image->files, or -errno. */
int ghost_files_add(struct ghost_files *set, struct gf_image *image, struct file *file,
		    struct krg_refusal *why);
int ghost_files_save(struct ghost_files *set, struct gf_image *image, struct krg_refusal *why);
/*
 * Can @file, open as @fd (-1: mapped), be opened again elsewhere? @page: PATH_MAX bytes
 * for the path, which *@path points to. Does not sleep.
 */
int ghost_file_check(struct file *file, int fd, const struct path *root, char *page,
		     const char **path, struct krg_refusal *why);
int ghost_fds_check(struct task_struct *task, struct krg_refusal *why);
int ghost_cwd_check(struct task_struct *task, struct krg_refusal *why);

/* open.c */
struct ghost_creds {
	const struct cred *own;		/* of the arriving process */
	const struct cred *root;	/* of the kernel */
};

int ghost_files_open(const struct gf_image *image, const struct ghost_creds *creds,
		     struct file ***files, struct krg_refusal *why);
void ghost_files_close(const struct gf_image *image, struct file **files);
int ghost_fds_load(const struct gf_image *image, struct file **files, struct krg_refusal *why);
int ghost_fs_load(const struct gf_image *image, struct krg_refusal *why);

/*
 * task.c, signal.c, regs.c: save current, or turn current into what is saved.
 * What has a thread or its parts is done by each thread for itself, the rest by the leader.
 */
int ghost_task_save(struct gf_thread_image *thread);
void ghost_task_load(const struct gf_thread *thread);
int ghost_sched_load(const struct gf_thread *thread, struct krg_refusal *why);
struct cred *ghost_creds_load(const struct gf_thread_image *thread, struct krg_refusal *why);
void ghost_process_save(struct gf_image *image);
void ghost_process_load(const struct gf_process *process);
void ghost_limits_load(const struct gf_limits *limits);
void ghost_signal_save(struct gf_thread *thread);
void ghost_signal_load(const struct gf_thread *thread);
void ghost_actions_save(struct gf_actions *actions);
void ghost_actions_load(const struct gf_actions *actions);
void ghost_timers_hold(struct gf_timers *timers);
void ghost_timers_load(const struct gf_timers *timers);

/* timers.c: those of timer_create(2). Save and load: the leader, when all threads are at rest. */
int ghost_posix_timers_check(struct task_struct *task, struct krg_refusal *why);
/* They run on, and what they do from then on counts only if the process stays. 0 or -ENOMEM. */
int ghost_posix_timers_save(struct gf_image *image);
int ghost_posix_timers_load(struct gf_image *image, struct krg_refusal *why);
/* They and their queued signals are no more. */
void ghost_posix_timers_drop(void);

void ghost_header(struct gf_header *header);
int ghost_regs_check(struct task_struct *task, struct krg_refusal *why);
int ghost_regs_save(struct gf_thread_image *thread, struct krg_refusal *why);
int ghost_xstate_load(const struct gf_thread_image *thread, struct krg_refusal *why);
void ghost_regs_load(const struct gf_regs *regs);
/* Does a system call that has given @ax begin anew unless a handler runs first? */
bool ghost_wants_restart(s64 ax);

/* clocks.c */
/* What @clock of current is ahead of this node's, ns. */
s64 ghost_clock_offset(int clock);
/* When a timer expires, by another clock: what never comes stays so, and so does what is over. */
s64 ghost_shifted(s64 time, s64 by);
/*
 * Lets current's clocks go on from those of @came; @here: current's when the stream
 * began. @home: current was this process before it left. Needs its memory.
 */
int ghost_clocks_load(const struct gf_header *came, const struct gf_header *here, bool home,
		      struct krg_refusal *why);

/* times.c: of current, and of the ended threads and the children of its process */
void ghost_times_save(struct gf_times *times);
void ghost_times_load(const struct gf_times *times);
void ghost_process_times_save(struct gf_process *process);
void ghost_process_times_load(const struct gf_process *process);
/* What all threads have used, when each has loaded its own. */
void ghost_process_clock_load(void);

/* import.c: @err of reading from @io, with @why. Returns it. */
int ghost_stream_error(const struct gf_io *io, int err, struct krg_refusal *why);

/* anon.c */
/*
 * Pages of private mappings from @start to @end of current's memory get the same note as those of
 * all others: one that is at *@like, and is at @start afterwards. May sleep. 0 or -ENOMEM
 */
int ghost_anon_share(u64 start, u64 end, u64 *like);

/* mm.c, pages.c, load.c */
int ghost_mm_check(struct task_struct *task, struct krg_refusal *why);
int ghost_mm_save(struct ghost_files *set, struct gf_image *image, struct krg_refusal *why);
int ghost_mm_load(const struct gf_image *image, struct file **files, struct krg_store *store,
		  struct krg_refusal *why);
/* Use .sent and .remainder, .store and .away of @ghost. */
int ghost_pages_save(struct gf_io *io, const struct gf_image *image, struct krg_ghost *ghost);
int ghost_pages_load(struct gf_io *io, const struct gf_image *image, struct krg_ghost *ghost);

/* away.c */
int ghost_away_init(void);
void ghost_away_exit(void);

/* shed.c: @mm, which nobody uses, is current's now; NULL gives -ENOMEM */
int ghost_mm_new(const struct gf_image *image, struct mm_struct *mm);
/* Gives current, which has none, an empty descriptor table. 0 or -ENOMEM. */
int ghost_files_new(void);

#endif /* KRG_GHOST_PRIVATE_H */
