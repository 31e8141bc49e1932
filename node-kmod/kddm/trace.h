/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints of KDDM: each message of the protocol, as it leaves a node and as it arrives. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM krg_kddm

#if !defined(KRG_KDDM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define KRG_KDDM_TRACE_H

#include <linux/tracepoint.h>
#include "core.h"

DECLARE_EVENT_CLASS(krg_kddm_message,
		    TP_PROTO(int peer, const struct krg_kddm_msg *msg),
		    TP_ARGS(peer, msg),
		    TP_STRUCT__entry(__field(int, peer)
				     __field_struct(struct krg_kddm_msg, msg)),
		    TP_fast_assign(__entry->peer = peer;
				   __entry->msg = *msg),
		    TP_printk("peer=%d epoch=%llu type=%u set=%llx index=%llu node=%u want=%u",
			      __entry->peer, __entry->msg.epoch, __entry->msg.type,
			      __entry->msg.key.set, __entry->msg.key.index,
			      __entry->msg.node, __entry->msg.want));

DEFINE_EVENT(krg_kddm_message, krg_kddm_send,
	     TP_PROTO(int peer, const struct krg_kddm_msg *msg),
	     TP_ARGS(peer, msg));

DEFINE_EVENT(krg_kddm_message, krg_kddm_receive,
	     TP_PROTO(int peer, const struct krg_kddm_msg *msg),
	     TP_ARGS(peer, msg));

#endif /* KRG_KDDM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
