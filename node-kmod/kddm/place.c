// SPDX-License-Identifier: GPL-2.0-only
/* No kernel calls in here: see place.h. */
#include "place.h"

/* The finaliser of MurmurHash3: every bit of @x changes half of the result. */
static u64 krg_mix(u64 x)
{
	x = (x ^ x >> 33) * 0xff51afd7ed558ccdULL;
	x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 33;
}

unsigned int krg_kddm_slot(const struct krg_kddm_key *key)
{
	return krg_mix(krg_mix(key->set) + key->index) % KRG_KDDM_SLOTS;
}

void krg_kddm_place_compute(struct krg_kddm_place *place, struct krg_set members)
{
	unsigned int slot;
	int node;

	place->members = members;
	for (slot = 0; slot < KRG_KDDM_SLOTS; slot++) {
		u64 weight, first = 0, second = 0;

		place->home[slot] = 0;
		place->witness[slot] = 0;
		krg_for_each_node(node, &members) {
			weight = krg_mix((u64)slot << 8 | node) | 1;
			if (weight > first) {
				second = first;
				place->witness[slot] = place->home[slot];
				first = weight;
				place->home[slot] = node;
			} else if (weight > second) {
				second = weight;
				place->witness[slot] = node;
			}
		}
	}
}
