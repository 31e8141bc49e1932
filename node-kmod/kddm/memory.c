// SPDX-License-Identifier: GPL-2.0-only
/* The linker of objects that are plain memory. */
#include <linux/string.h>
#include "node.h"

static u16 krg_memory_size(u64 set)
{
	return set >> 32;
}

static void *krg_memory_alloc(u64 set, u64 index, gfp_t gfp)
{
	return kmalloc(krg_memory_size(set), gfp);
}

static void krg_memory_free(u64 set, u64 index, void *content)
{
	kfree(content);
}

static void krg_memory_fill(u64 set, u64 index, void *content, const void *from)
{
	if (from)
		memcpy(content, from, krg_memory_size(set));
	else
		memset(content, 0, krg_memory_size(set));
}

static void krg_memory_copy_out(u64 set, u64 index, const void *content, void *to)
{
	memcpy(to, content, krg_memory_size(set));
}

const struct krg_linker krg_memory_linker = {
	.id = KRG_LINKER_MEMORY,
	.max_size = PAGE_SIZE,
	.alloc = krg_memory_alloc,
	.free = krg_memory_free,
	.fill = krg_memory_fill,
	.copy_out = krg_memory_copy_out,
};
