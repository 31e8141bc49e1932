/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of nodes, without kernel calls: also built in user space. */
#ifndef KRG_SET_H
#define KRG_SET_H

#include <linux/types.h>

#ifdef __KERNEL__
#include <linux/bitops.h>
#else
#include <stdbool.h>
typedef __u8 u8;
typedef __u16 u16;
typedef __s16 s16;
typedef __u32 u32;
typedef __u64 u64;
#define hweight64(word) __builtin_popcountll(word)
#endif

#define KRG_SET_NODES	128

struct krg_set {
	u64 w[KRG_SET_NODES / 64];
};

static inline bool krg_set_has(const struct krg_set *s, int node)
{
	return s->w[node / 64] >> node % 64 & 1;
}

static inline void krg_set_add(struct krg_set *s, int node)
{
	s->w[node / 64] |= 1ULL << node % 64;
}

static inline void krg_set_remove(struct krg_set *s, int node)
{
	s->w[node / 64] &= ~(1ULL << node % 64);
}

static inline struct krg_set krg_set_and(struct krg_set a, struct krg_set b)
{
	return (struct krg_set) { { a.w[0] & b.w[0], a.w[1] & b.w[1] } };
}

static inline struct krg_set krg_set_minus(struct krg_set a, struct krg_set b)
{
	return (struct krg_set) { { a.w[0] & ~b.w[0], a.w[1] & ~b.w[1] } };
}

static inline bool krg_set_equal(struct krg_set a, struct krg_set b)
{
	return a.w[0] == b.w[0] && a.w[1] == b.w[1];
}

static inline bool krg_set_empty(const struct krg_set *s)
{
	return !(s->w[0] | s->w[1]);
}

static inline int krg_set_count(struct krg_set s)
{
	return hweight64(s.w[0]) + hweight64(s.w[1]);
}

/* The lowest member that is at least @from, or -1. */
static inline int krg_set_next(const struct krg_set *s, int from)
{
	u64 word;
	int i;

	if (from >= KRG_SET_NODES)
		return -1;
	i = from / 64;
	word = s->w[i] & ~0ULL << from % 64;
	if (!word && !i) {
		i = 1;
		word = s->w[1];
	}
	return word ? i * 64 + __builtin_ctzll(word) : -1;
}

#define krg_for_each_node(node, set)						\
	for ((node) = krg_set_next(set, 0); (node) != -1; (node) = krg_set_next(set, (node) + 1))

#endif /* KRG_SET_H */
