// SPDX-License-Identifier: GPL-2.0-only
#include "pull.h"

/* Whole pages of user memory, each once. */
static bool krg_pages_valid(const __u64 *addr, __u32 count)
{
	__u32 i, j;

	if (count > KRG_PULL_PAGES)
		return false;
	for (i = 0; i < count; i++) {
		if (addr[i] % 4096 || addr[i] >= KRG_PULL_END)
			return false;
		for (j = 0; j < i; j++)
			if (addr[j] == addr[i])
				return false;
	}
	return true;
}

bool krg_pull_valid(const struct krg_pull *pull)
{
	return krg_pages_valid(pull->addr, pull->count) &&
	       krg_pages_valid(pull->came_addr, pull->came);
}
