/* SPDX-License-Identifier: GPL-2.0-only */
/* Post-copy: asking for pages that stayed behind. The check is also built in user space. */
#ifndef KRG_EPM_PULL_H
#define KRG_EPM_PULL_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <linux/types.h>
#endif

#define KRG_PULL_PAGES	14		/* that fit into one answer */
#define KRG_PULL_END	0x7ffffffff000ULL	/* of user addresses */

/*
 * Argument of KRG_RPC_EPM_PULL; the answer is the pages at .addr. They stay there until a later
 * call says that they have come: an answer may get lost for want of memory.
 */
struct krg_pull {
	__u32 id;		/* as in the head of the migration */
	__u32 count;		/* 0: no page is needed any more */
	__u32 came;
	__u32 reserved;
	__u64 addr[KRG_PULL_PAGES];
	__u64 came_addr[KRG_PULL_PAGES];
};

bool krg_pull_valid(const struct krg_pull *pull);

#endif /* KRG_EPM_PULL_H */
