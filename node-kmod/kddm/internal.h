/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of the protocol: core.c, hold.c, copy.c, home.c, view.c, destroy.c. */
#ifndef KRG_KDDM_INTERNAL_H
#define KRG_KDDM_INTERNAL_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#else
#include <errno.h>
#include <stddef.h>
#include <string.h>
#endif
#include "core.h"

/* krg_kddm_copy.flags */
#define KRG_KDDM_SENT		1	/* home was asked, in this epoch */
#define KRG_KDDM_ANSWERED	2	/* DATA or GRANT is here, if not all acknowledgements */
#define KRG_KDDM_FRESH		4	/* that was the first touch */
#define KRG_KDDM_GRANTING	8	/* who waits here comes before who waits elsewhere */
#define KRG_KDDM_ONLY_FIND	16

static inline bool krg_kddm_waits(const struct krg_kddm_copy *c)
{
	return c->want == KRG_KDDM_GET || c->want == KRG_KDDM_GRAB;
}

static inline bool krg_kddm_deferred(const struct krg_kddm_copy *c)
{
	return c->before.type || c->next.type || !krg_set_empty(&c->share_to);
}

static inline bool krg_kddm_claimed(const struct krg_kddm *n, unsigned int slot)
{
	return n->claims[slot / 64] >> slot % 64 & 1;
}

/* core.c: to any node, this one included */
void krg_kddm_post(struct krg_kddm *n, int to, struct krg_kddm_msg *msg, struct krg_kddm_copy *c);
void krg_kddm_post_all(struct krg_kddm *n, u8 type);

/* hold.c */
void krg_kddm_start(struct krg_kddm *n, struct krg_kddm_copy *c, u8 want);
void krg_kddm_request(struct krg_kddm *n, struct krg_kddm_copy *c);
/* What was wanted was had, or failed. */
void krg_kddm_finish(struct krg_kddm *n, struct krg_kddm_copy *c, int err);
/* Do what others wait for, as far as that can be done now. */
void krg_kddm_work(struct krg_kddm *n, struct krg_kddm_copy *c);
void krg_kddm_lose(struct krg_kddm *n, struct krg_kddm_copy *c);

/* copy.c: messages to a copy */
int krg_kddm_copy_receive(struct krg_kddm *n, const struct krg_kddm_msg *msg, const void *payload);
/* DATA or first GRANT of an earlier view: the content counts, the request is made again. */
void krg_kddm_copy_late(struct krg_kddm *n, const struct krg_kddm_msg *msg, const void *payload);

/* home.c: messages to home and witness */
int krg_kddm_home_receive(struct krg_kddm *n, int from, const struct krg_kddm_msg *msg);

/* view.c */
/* Nothing is to be done with it, and nothing is asked for any more. */
void krg_kddm_reset_copy(struct krg_kddm *n, struct krg_kddm_copy *c);
bool krg_kddm_within(const struct krg_set *part, const struct krg_set *whole);
int krg_kddm_view_receive(struct krg_kddm *n, int from, const struct krg_kddm_msg *msg);
/* What is known of objects by messages of an earlier view. */
void krg_kddm_view_late(struct krg_kddm *n, const struct krg_kddm_msg *msg);

/* leave.c */
int krg_kddm_leave_receive(struct krg_kddm *n, int from, const struct krg_kddm_msg *msg);
void krg_kddm_leave_again(struct krg_kddm *n);

/* destroy.c */
struct krg_kddm_ending *krg_kddm_find_ending(const struct krg_kddm *n, u64 set);
/* Is @set being destroyed, and what others still say about it must not count? */
bool krg_kddm_closed(const struct krg_kddm *n, u64 set);
int krg_kddm_destroy_receive(struct krg_kddm *n, int from, const struct krg_kddm_msg *msg);
void krg_kddm_destroy_view(struct krg_kddm *n);		/* VIEW was said */
void krg_kddm_destroy_serve(struct krg_kddm *n);	/* requests can be made again */
void krg_kddm_destroy_out(struct krg_kddm *n);

#endif /* KRG_KDDM_INTERNAL_H */
