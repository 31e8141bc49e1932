/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pre-copy: is it worth while, is another round, and is post-copy after the last? Pure logic,
 * also built in user space.
 */
#ifndef KRG_EPM_ROUNDS_H
#define KRG_EPM_ROUNDS_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <linux/types.h>
typedef __u64 u64;
#endif

/* What is smaller is sent within a freeze that hardly gets shorter by more rounds. */
#define KRG_PRECOPY_BYTES	(4ULL << 20)
#define KRG_ROUNDS_MAX		16
/* A process changes no more during such a round than what may be left for the freeze. */
#define KRG_ROUND_SHORT_NS	20000000ULL

struct krg_rounds {
	unsigned int count;
	u64 changed;		/* bytes that the last one found to send */
	u64 ns;			/* that it took */
};

/*
 * After a round that found @changed bytes to send and took @ns. What the process changed
 * meanwhile is left for the next one, or for the freeze. Return: one more is of use.
 */
bool krg_rounds_go_on(struct krg_rounds *rounds, u64 changed, u64 ns);

/*
 * After the last round: it was not short, and found much to send, so there is much again. Such
 * a rest is better fetched when the process runs than sent while it stands still.
 */
bool krg_rounds_leave_rest(const struct krg_rounds *rounds);

#endif /* KRG_EPM_ROUNDS_H */
