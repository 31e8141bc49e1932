/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files that send and receive the contents of memory. */
#ifndef KRG_GHOST_PAGES_H
#define KRG_GHOST_PAGES_H

#include "ghost.h"
#include "pageset.h"

/* Entries in one piece: so long does who wants to change the mappings wait, or to run. */
#define GHOST_LOOK_MAX 32768

/* A page that goes out, or a run of pages that need no bytes. */
struct ghost_item {
	struct gf_run run;
	struct page *page;	/* counted; NULL: no bytes, or not in memory */
	u32 zero;		/* kind of run if it is all zeros; 0: it is not mentioned then */
};

struct ghost_batch {
	struct gf_io *io;
	u32 count, runs;
	struct ghost_item item[GF_CHUNK_PAGES];
	struct gf_run run[GF_CHUNK_PAGES];
};

struct ghost_batch *ghost_batch_new(struct gf_io *io);
void ghost_batch_free(struct ghost_batch *batch);	/* NULL is fine */
/* Not if it is full. @page: its reference is taken over. Does not sleep. */
void ghost_batch_add(struct ghost_batch *batch, u64 addr, struct page *page, u32 kind, u32 zero);
/* Writes all and empties it. May sleep. 0 or -errno. */
int ghost_batch_send(struct ghost_batch *batch);

static inline bool ghost_batch_full(const struct ghost_batch *batch)
{
	return batch->count == GF_CHUNK_PAGES;
}

/* sent.c; all do not sleep. A page table's lock orders them with who changes that table. */
struct mm_struct *ghost_sent_mm(const struct krg_sent *sent);
bool ghost_sent_has(struct krg_sent *sent, unsigned long addr);
/* Makes ghost_sent_note() of @addr possible. 0 or -ENOMEM. One caller at a time. */
int ghost_sent_room(struct krg_sent *sent, unsigned long addr);
void ghost_sent_note(struct krg_sent *sent, unsigned long addr);
void ghost_sent_forget(struct krg_sent *sent, unsigned long addr);

/* Its pages need nothing but their address: private, writable memory without a file. */
static inline bool ghost_vma_plain(const struct gf_vma *v)
{
	return v->kind == GF_VMA_ANON && v->prot == (GF_PROT_READ | GF_PROT_WRITE) &&
	       !(v->flags & (GF_VMA_SHARED | GF_VMA_GROWSDOWN | GF_VMA_NORESERVE |
			     GF_VMA_DROPPABLE));
}

/* stage.c */
struct ghost_stage {
	struct mm_struct *mm;	/* NULL: it is a process's */
	struct ghost_set held;	/* pages that may be other than zeros */
	u64 like;		/* ghost_anon_share() */
};

/*
 * In a kernel thread, whose memory it is until ghost_stage_pause(). All may sleep, and return
 * 0 or -ENOMEM.
 */
int ghost_stage_begin(struct ghost_stage *stage);
/* [@addr, @end): of one section. On an error there is no room for them. */
int ghost_stage_put(struct ghost_stage *stage, u64 addr, u64 end, const void *data);
/* All zeros from now on. */
int ghost_stage_clear(struct ghost_stage *stage, u64 addr);
void ghost_stage_pause(struct ghost_stage *stage);
void ghost_stage_free(struct ghost_stage *stage);
/*
 * In the process, which takes the memory over, and what is in no plain mapping of @image out of
 * it. May sleep; 0 or -errno.
 */
struct mm_struct *ghost_stage_leave(struct ghost_stage *stage);
int ghost_stage_trim(struct ghost_stage *stage, const struct gf_image *image);
/* The pages from @addr on, below @end, are the process's. Return: where they end. */
u64 ghost_stage_take(struct ghost_stage *stage, u64 addr, u64 end);
/* What was put into [@start, @end) is void. May sleep; 0 or -errno. */
int ghost_stage_drop(struct ghost_stage *stage, u64 start, u64 end);
/* The process has no more pages but those that were taken. May sleep; 0 or -errno. */
int ghost_stage_drop_rest(struct ghost_stage *stage);

/* remainder.c: takes the reference to @page over. 0 or -ENOMEM. May sleep. */
int ghost_remainder_put(struct krg_remainder *remainder, u64 addr, struct page *page);

/* store.c */
struct ghost_stage *ghost_store_stage(struct krg_store *store);
/* Takes the page out; an ERR_PTR: it was never received. NULL: it is all zeros. */
struct page *ghost_store_take(struct krg_store *store, u64 addr);

#endif /* KRG_GHOST_PAGES_H */
