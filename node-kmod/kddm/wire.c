// SPDX-License-Identifier: GPL-2.0-only
/* No kernel calls in here: see wire.h. */
#ifdef __KERNEL__
#include <linux/errno.h>
#else
#include <errno.h>
#include <stddef.h>
#endif
#include "wire.h"

#define KRG_KDDM_FLAGS	(KRG_KDDM_SOLE | KRG_KDDM_FIRST | KRG_KDDM_FIND | KRG_KDDM_NEW | \
			 KRG_KDDM_GONE | KRG_KDDM_DROPPED | KRG_KDDM_HEARD)
#define KRG_MAX_ERRNO	4095

/* Little endian */
static void krg_put(u8 *to, u64 value, int bytes)
{
	int i;

	for (i = 0; i < bytes; i++)
		to[i] = value >> 8 * i;
}

static u64 krg_take(const u8 *from, int bytes)
{
	u64 value = 0;

	while (bytes--)
		value = value << 8 | from[bytes];
	return value;
}

void krg_kddm_encode(u8 *to, const struct krg_kddm_msg *msg)
{
	krg_put(to, msg->epoch, 8);
	krg_put(to + 8, msg->key.set, 8);
	krg_put(to + 16, msg->key.index, 8);
	to[24] = msg->type;
	to[25] = msg->node;
	to[26] = msg->want;
	to[27] = msg->flags;
	krg_put(to + 28, msg->acks, 2);
	krg_put(to + 30, msg->err, 2);
}

int krg_kddm_decode(const u8 *from, size_t len, struct krg_kddm_msg *msg)
{
	if (len < KRG_KDDM_WIRE)
		return -EPROTO;
	*msg = (struct krg_kddm_msg) {
		.epoch = krg_take(from, 8),
		.key = { krg_take(from + 8, 8), krg_take(from + 16, 8) },
		.type = from[24],
		.node = from[25],
		.want = from[26],
		.flags = from[27],
		.acks = (s16)krg_take(from + 28, 2),
		.err = (s16)krg_take(from + 30, 2),
	};
	if (!msg->epoch || msg->type >= KRG_KDDM_TYPES || msg->node >= KRG_SET_NODES ||
	    msg->want > KRG_KDDM_REMOVE || msg->flags & ~KRG_KDDM_FLAGS ||
	    msg->acks < 0 || msg->acks >= KRG_SET_NODES || msg->err > 0 ||
	    msg->err < -KRG_MAX_ERRNO)
		return -EPROTO;
	return 0;
}
