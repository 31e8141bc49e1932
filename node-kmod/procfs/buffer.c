// SPDX-License-Identifier: GPL-2.0-only
/* Texts that grow, and that come from other nodes. */
#include <linux/mm.h>
#include "procfs.h"

/* Of maps with 65530 lines */
#define KRG_TEXT_MAX	SZ_32M

void krg_buffer_free(struct krg_buffer *buffer)
{
	kvfree(buffer->bytes);
	*buffer = (struct krg_buffer) {};
}

int krg_buffer_reserve(struct krg_buffer *buffer, size_t more)
{
	size_t room = max_t(size_t, SZ_4K, buffer->room);
	char *bytes;

	while (room < buffer->len + more)
		room *= 2;
	if (room > KRG_TEXT_MAX)
		return -EFBIG;
	if (room == buffer->room)
		return 0;
	bytes = kvmalloc(room, GFP_KERNEL_ACCOUNT);
	if (!bytes)
		return -ENOMEM;
	if (buffer->len)
		memcpy(bytes, buffer->bytes, buffer->len);
	kvfree(buffer->bytes);
	buffer->bytes = bytes;
	buffer->room = room;
	return 0;
}

/* Appends what krg_serve_read() sends behind its first word. There is a NUL behind it. */
int krg_buffer_read(struct krg_buffer *buffer, struct krg_rpc_stream *stream)
{
	s32 piece;
	int err;

	for (;;) {
		err = krg_rpc_read(stream, &piece, sizeof(piece));
		if (!err && piece >= 0)
			err = piece > KRG_PIECE ? -EPROTO : krg_buffer_reserve(buffer, piece + 1);
		if (err || piece < 0)
			return err ?: piece;
		if (!piece)
			break;
		err = krg_rpc_read(stream, buffer->bytes + buffer->len, piece);
		if (err)
			return err;
		buffer->len += piece;
	}
	buffer->bytes[buffer->len] = 0;
	return 0;
}

static int krg_send_word(struct krg_rpc_stream *stream, s32 word)
{
	return krg_rpc_write(stream, &word, sizeof(word));
}

/* One piece; @len 0 ends the text, @len < 0 says why it is not whole. */
int krg_buffer_send(struct krg_rpc_stream *stream, const void *bytes, s32 len)
{
	int err = krg_send_word(stream, len);

	return err || len <= 0 ? err : krg_rpc_write(stream, bytes, len);
}
