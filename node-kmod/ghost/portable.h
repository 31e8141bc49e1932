/* SPDX-License-Identifier: GPL-2.0-only */
/* What format.c needs of its surroundings: the kernel, or a test in user space. */
#ifndef KRG_GHOST_PORTABLE_H
#define KRG_GHOST_PORTABLE_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/types.h>
#define gf_alloc(size) kvzalloc(size, GFP_KERNEL_ACCOUNT)
#define gf_free(p) kvfree(p)
#else
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
#define gf_alloc(size) calloc(1, size)
#define gf_free(p) free(p)
#endif

#endif /* KRG_GHOST_PORTABLE_H */
