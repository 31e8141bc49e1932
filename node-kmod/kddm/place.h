/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which node is the home of an object, and which its witness: pure logic, also built in
 * user space. All nodes with the same view compute the same.
 */
#ifndef KRG_KDDM_PLACE_H
#define KRG_KDDM_PLACE_H

#include <kerrighed/set.h>

/* Objects are spread over slots, slots over nodes. A multiple of 64; less in the model. */
#ifndef KRG_KDDM_SLOTS
#define KRG_KDDM_SLOTS	1024
#endif

struct krg_kddm_key {
	u64 set;
	u64 index;
};

struct krg_kddm_place {
	struct krg_set members;
	u8 home[KRG_KDDM_SLOTS];
	u8 witness[KRG_KDDM_SLOTS];	/* 0: there is only one node */
};

/**
 * krg_kddm_place_compute() - homes and witnesses for a view
 * @members: at least one node, ids 1..127
 *
 * A node more or less moves only the slots that it has or had (rendezvous hashing).
 */
void krg_kddm_place_compute(struct krg_kddm_place *place, struct krg_set members);

unsigned int krg_kddm_slot(const struct krg_kddm_key *key);

#endif /* KRG_KDDM_PLACE_H */
