// SPDX-License-Identifier: GPL-2.0-only
/* Queued signals as they travel. */
#include <linux/slab.h>
#include "threads.h"

int krg_send_queue(struct krg_rpc_stream *stream, const struct krg_signals *signals)
{
	struct krg_move_signals head = { .count = signals->count };
	int err = krg_rpc_write(stream, &head, sizeof(head));

	if (!err && signals->count)
		err = krg_rpc_write(stream, signals->sig, signals->count * sizeof(*signals->sig));
	return err;
}

int krg_receive_queue(struct krg_rpc_stream *stream, struct krg_signals *signals,
		      struct krg_refusal *why)
{
	struct krg_move_signals head;
	unsigned int i;
	int err = krg_rpc_read(stream, &head, sizeof(head));

	if (err || !head.count)
		return err;
	if (head.count > KRG_MOVE_SIGNALS_MAX)
		return krg_refuse(why, -EPROTO, "%u pending signals are too many", head.count);
	signals->sig = kvcalloc(head.count, sizeof(*signals->sig), GFP_KERNEL);
	if (!signals->sig)
		return -ENOMEM;
	signals->count = head.count;
	err = krg_rpc_read(stream, signals->sig, head.count * sizeof(*signals->sig));
	for (i = 0; !err && i < head.count; i++)
		if (!valid_signal(signals->sig[i].sig) || signals->sig[i].sig <= 0)
			err = krg_refuse(why, -EPROTO, "pending signal %u has number %d", i,
					 signals->sig[i].sig);
	return err;
}
