// SPDX-License-Identifier: GPL-2.0-only
/* Messages of KDDM as bytes: what goes in comes out, and nonsense is refused. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kddm/wire.h"

#define CHECK(condition)							\
	do {									\
		if (!(condition)) {						\
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,	\
				#condition);					\
			exit(1);						\
		}								\
	} while (0)

static const struct krg_kddm_msg largest = {
	.epoch = ~0ULL, .key = { 0x0123456789abcdefULL, ~0ULL },
	.type = KRG_KDDM_TYPES - 1, .node = KRG_SET_NODES - 1, .want = KRG_KDDM_REMOVE,
	.flags = KRG_KDDM_HEARD, .acks = KRG_SET_NODES - 1, .err = -4095,
};

static void test_round_trip(void)
{
	struct krg_kddm_msg smallest = { .epoch = 1 }, out;
	u8 wire[KRG_KDDM_WIRE];

	krg_kddm_encode(wire, &largest);
	CHECK(!krg_kddm_decode(wire, sizeof(wire), &out));
	CHECK(!memcmp(&out, &largest, sizeof(out)));
	krg_kddm_encode(wire, &smallest);
	CHECK(!krg_kddm_decode(wire, sizeof(wire) + 1, &out));
	CHECK(!memcmp(&out, &smallest, sizeof(out)));
}

/* Little endian, at fixed places: nodes of one cluster need not be built alike. */
static void test_layout(void)
{
	static const u8 key[] = { 0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01 };
	u8 wire[KRG_KDDM_WIRE];

	krg_kddm_encode(wire, &largest);
	CHECK(!memcmp(wire + 8, key, sizeof(key)));
	CHECK(wire[24] == KRG_KDDM_TYPES - 1 && wire[25] == KRG_SET_NODES - 1);
	CHECK(wire[28] == KRG_SET_NODES - 1 && !wire[29]);
	CHECK(wire[30] == 1 && wire[31] == 0xf0);
}

static int decoded(struct krg_kddm_msg msg)
{
	u8 wire[KRG_KDDM_WIRE];

	krg_kddm_encode(wire, &msg);
	return krg_kddm_decode(wire, sizeof(wire), &msg);
}

static void test_nonsense(void)
{
	struct krg_kddm_msg msg, out;
	u8 wire[KRG_KDDM_WIRE];
	int i;

	krg_kddm_encode(wire, &largest);
	for (i = 0; i < KRG_KDDM_WIRE; i++)
		CHECK(krg_kddm_decode(wire, i, &out) == -EPROTO);
	CHECK(!decoded(largest));
#define REFUSED(field, value)							\
	do {									\
		msg = largest;							\
		msg.field = value;						\
		CHECK(decoded(msg) == -EPROTO);					\
	} while (0)
	REFUSED(epoch, 0);
	REFUSED(type, KRG_KDDM_TYPES);
	REFUSED(type, 255);
	REFUSED(node, KRG_SET_NODES);
	REFUSED(want, KRG_KDDM_REMOVE + 1);
	REFUSED(flags, 128);
	REFUSED(acks, -1);
	REFUSED(acks, KRG_SET_NODES);
	REFUSED(err, 1);
	REFUSED(err, -4096);
}

int main(void)
{
	test_round_trip();
	test_layout();
	test_nonsense();
	return 0;
}
