/* SPDX-License-Identifier: GPL-2.0-only */
/* What goes over the wire, little endian. Every number in it is checked by who receives it. */
#ifndef KRG_RPC_WIRE_H
#define KRG_RPC_WIRE_H

#include <linux/types.h>
#include <linux/build_bug.h>

#define KRG_WIRE_VERSION	1
#define KRG_WIRE_MAX		60000	/* payload of a message; TIPC's own limit is 66000 */
#define KRG_WIRE_WINDOW		0x100000	/* bytes of a stream that may be unread */

enum krg_wire_type {
	KRG_WIRE_HELLO = 1,	/* payload: struct krg_wire_hello */
	KRG_WIRE_WELCOME,	/* your hello is accepted */
	KRG_WIRE_REFUSED,	/* payload: the reason, as text */
	KRG_WIRE_CALL,		/* id: of the call; value: room for the reply */
	KRG_WIRE_REPLY,		/* id: of the call; value: 0 or -errno */
	KRG_WIRE_CAST,
	KRG_WIRE_OPEN,		/* id: of the stream; payload: head */
	KRG_WIRE_DATA,		/* id: of the stream */
	KRG_WIRE_CREDIT,	/* id: of the stream; value: bytes that have been read */
	KRG_WIRE_CLOSE,		/* id: of the stream; value: 0 or -errno */
};

#define KRG_WIRE_INITIATOR	1	/* flags: the sender has opened the stream */

struct krg_wire_head {
	u8 type;
	u8 flags;
	__le16 service;
	__le32 value;
	__le64 id;
};

static_assert(sizeof(struct krg_wire_head) == 16);

struct krg_wire_hello {
	__le32 version;
	__le32 session;
	__le32 node;
	__le32 unused;
	__le64 incarnation;
	__le64 xfeatures;	/* extended CPU state that the kernel has enabled (XCR0) */
	char kernel[136];	/* release and version */
	char build[24];
};

static_assert(sizeof(struct krg_wire_hello) == 192);

#endif /* KRG_RPC_WIRE_H */
