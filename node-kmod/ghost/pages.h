/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files that send and receive the contents of memory. */
#ifndef KRG_GHOST_PAGES_H
#define KRG_GHOST_PAGES_H

#include "ghost.h"

/* Entries in one piece: so long does who wants to change the mappings wait, or to run. */
#define GHOST_LOOK_MAX 32768

/* A page that goes out; of another kind than GF_RUN_DATA: a run of pages that need no bytes. */
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

/* store.c: takes the page out; an ERR_PTR: it was never received. NULL: it is all zeros. */
struct page *ghost_store_take(struct krg_store *store, u64 addr);

#endif /* KRG_GHOST_PAGES_H */
