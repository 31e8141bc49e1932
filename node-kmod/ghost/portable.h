/* SPDX-License-Identifier: GPL-2.0-only */
/* What format.c needs of its surroundings: the kernel, or a test in user space. */
#ifndef KRG_GHOST_PORTABLE_H
#define KRG_GHOST_PORTABLE_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/signal.h>
#include <linux/string.h>
#include <linux/time.h>
#include <linux/types.h>
#include <kerrighed/fault.h>
#define gf_alloc(size) kvzalloc(size, GFP_KERNEL_ACCOUNT)
#define gf_free(p) kvfree(p)
#else
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define gf_alloc(size) calloc(1, size)
#define gf_free(p) free(p)
#endif

#endif /* KRG_GHOST_PORTABLE_H */
