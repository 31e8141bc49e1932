/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages of the protocol between nodes, without kernel calls: also built in user space.
 *
 * A packet has one message or more; the content of an object follows the message, which
 * then is the last one.
 */
#ifndef KRG_KDDM_WIRE_H
#define KRG_KDDM_WIRE_H

#include "core.h"

#define KRG_KDDM_WIRE	32		/* bytes of a message without content */

void krg_kddm_encode(u8 *to, const struct krg_kddm_msg *msg);

/**
 * krg_kddm_decode() - the first message of a packet, checked as far as it is alone
 * Return: 0; -EPROTO: it cannot be one
 */
int krg_kddm_decode(const u8 *from, size_t len, struct krg_kddm_msg *msg);

#endif /* KRG_KDDM_WIRE_H */
