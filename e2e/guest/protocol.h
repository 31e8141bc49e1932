/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames on the control channel (virtio-serial port) between the lab and a
 * guest. A frame is: u32 payload length, u32 channel, u8 type, payload; all
 * numbers big endian. A channel is one command; the lab chooses its number.
 * io.kerrighed.e2e.lab.Frame is the other end.
 */
#ifndef LAB_PROTOCOL_H
#define LAB_PROTOCOL_H

#define PORT_NAME "io.kerrighed.control"

#define FRAME_HEADER 9
#define FRAME_MAX (64 * 1024)

/* Bytes a sender may have on the way on one stream before a CREDIT for it. */
#define STREAM_WINDOW (256 * 1024)

enum frame_type {
	/* lab to guest */
	FRAME_OPEN = 1,		/* u8 flags, u16 rows, u16 columns, strings */
	FRAME_STDIN = 2,
	FRAME_STDIN_END = 3,
	FRAME_CANCEL = 4,	/* kill the command; EXIT still follows */
	FRAME_CREDIT = 5,	/* u32: bytes of output that were taken */
	/* guest to lab */
	FRAME_HELLO = 16,	/* the guest is up; channel 0 */
	FRAME_STDOUT = 17,
	FRAME_STDERR = 18,
	FRAME_STDIN_CREDIT = 19,	/* u32: bytes of input that were taken */
	FRAME_EXIT = 20,	/* u32: exit code, or 128 + signal */
};

/*
 * OPEN's strings are NUL-terminated: working directory, number of arguments
 * (decimal), arguments, then environment entries up to the end.
 */
#define OPEN_PTY 1
#define OPEN_STDIN 2		/* the lab will send STDIN; else /dev/null */

#endif
