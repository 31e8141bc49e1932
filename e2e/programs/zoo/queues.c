// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that send each other System V messages: each comes once, whole, to whom it is for, and
 * in the order in which it was sent.
 */
#include "../zoo.h"
#include <sys/ipc.h>
#include <sys/msg.h>

#define WORKERS 2
#define RESULTS 10		/* type of what comes back, and then the worker's number */
#define OVER 99

struct message {
	long type;
	uint64_t number, size;
	unsigned char text[3000];
};

#define HEAD (offsetof(struct message, text) - sizeof(long))

static int queue;

static unsigned char letter(uint64_t number, size_t at)
{
	return mix(number + at / 64) + at;
}

static void send_message(long type, uint64_t number)
{
	struct message message = {
		.type = type, .number = number, .size = mix(number) % sizeof(message.text),
	};
	size_t i;

	for (i = 0; i < message.size; i++)
		message.text[i] = letter(number, i);
	while (msgsnd(queue, &message, HEAD + message.size, 0))
		MUST(errno == EINTR && stopping);
}

/* Return: its type; 0: it is to stop, and nothing has come */
static long receive(long type, struct message *message)
{
	ssize_t len;
	size_t i;

	while ((len = msgrcv(queue, message, sizeof(*message) - sizeof(long), type, 0)) < 0) {
		MUST(errno == EINTR && stopping);
		return 0;
	}
	MUST(len == (ssize_t)(HEAD + message->size));
	for (i = 0; i < message->size; i++)
		MUST(message->text[i] == letter(message->number, i));
	return message->type;
}

/* Gives back what is for it. */
static void serve(int me)
{
	struct message message;

	handle(SIGTERM, SIG_IGN, 0);
	do {
		MUST(receive(me, &message) == me);
		send_message(RESULTS + me, message.number);
	} while (message.number != OVER);
}

void program(void)
{
	struct msqid_ds ds;
	struct message message;
	pid_t workers[WORKERS];
	uint64_t number = 1000;
	int i;

	queue = msgget(IPC_PRIVATE, 0600);
	MUST(queue >= 0);
	for (i = 0; i < WORKERS; i++)
		workers[i] = resident(serve, i + 1);
	say_ready();
	while (!stopping) {
		MUST(msgrcv(queue, &message, sizeof(message) - sizeof(long), 55, IPC_NOWAIT) == -1);
		MUST(errno == ENOMSG);
		for (i = 0; i < WORKERS; i++) {
			send_message(i + 1, number);
			send_message(i + 1, number + 1);
		}
		/* of the lowest type first, if it is there; the order of each is kept */
		for (i = 0; i < WORKERS; i++) {
			while (!receive(RESULTS + i + 1, &message))
				;
			MUST(message.number == number);
			while (!receive(RESULTS + i + 1, &message))
				;
			MUST(message.number == number + 1);
		}
		number += 2;
		if (number % 8 == 0)
			say_round();
		nap(10);
	}
	for (i = 0; i < WORKERS; i++)
		send_message(i + 1, OVER);
	for (i = 0; i < WORKERS; i++)
		dismiss(workers[i]);
	MUST(!msgctl(queue, IPC_STAT, &ds) && ds.msg_qnum == WORKERS);
	MUST(msgrcv(queue, &message, 1, -RESULTS - WORKERS, IPC_NOWAIT) == -1 && errno == E2BIG);
	MUST(msgrcv(queue, &message, 1, -RESULTS - WORKERS, IPC_NOWAIT | MSG_NOERROR) == 1);
	MUST(message.type == RESULTS + 1);
	MUST(!msgctl(queue, IPC_RMID, NULL));
}
