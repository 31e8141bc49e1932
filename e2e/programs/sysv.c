// SPDX-License-Identifier: Apache-2.0
/*
 * System V semaphores and messages, one call at a time. Each says what came of it.
 *
 *	sysv sems KEY COUNT		a set of its own; prints its id
 *	sysv op KEY NUMBER BY		semop(); "done"
 *	sysv undo KEY NUMBER BY		the same with SEM_UNDO; "done"; then waits for a signal
 *	sysv values KEY			GETALL
 *	sysv set KEY NUMBER VALUE
 *	sysv about KEY NUMBER		"pid PID waiting NCNT for zero ZCNT"
 *	sysv queue KEY			a queue of its own; prints its id
 *	sysv send KEY TYPE TEXT [nowait]
 *	sysv receive KEY TYPE [nowait]	prints "TYPE TEXT"
 *	sysv filled KEY			"messages COUNT bytes COUNT"
 *	sysv old KEY			semget() as a program of 32 bits calls it
 *
 * A call that fails: its name and the error; exit status 1.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <unistd.h>

#define MOST 250

struct message {
	long type;
	char text[8000];
};

static void fail(const char *call)
{
	printf("%s: %s\n", call, strerror(errno));
	exit(1);
}

static long number(const char *text)
{
	return strtol(text, NULL, 0);
}

static int set_of(const char *key)
{
	int id = semget(number(key), 0, 0);

	if (id < 0)
		fail("semget");
	return id;
}

static int queue_of(const char *key)
{
	int id = msgget(number(key), 0);

	if (id < 0)
		fail("msgget");
	return id;
}

static void made(int id, const char *call)
{
	if (id < 0)
		fail(call);
	printf("%d\n", id);
}

static void operate(char **argv, int flags)
{
	struct sembuf op = {
		.sem_num = number(argv[3]), .sem_op = number(argv[4]), .sem_flg = flags,
	};

	if (semop(set_of(argv[2]), &op, 1))
		fail("semop");
	printf("done\n");
	fflush(stdout);
	if (flags)
		pause();
}

static void values(const char *key)
{
	unsigned short found[MOST];
	struct semid_ds ds;
	int id = set_of(key);
	unsigned long i;

	if (semctl(id, 0, IPC_STAT, &ds) || ds.sem_nsems > MOST || semctl(id, 0, GETALL, found))
		fail("semctl");
	for (i = 0; i < ds.sem_nsems; i++)
		printf("%d%c", found[i], i + 1 < ds.sem_nsems ? ' ' : '\n');
}

static void about(const char *key, int which)
{
	int id = set_of(key), pid = semctl(id, which, GETPID);

	if (pid < 0)
		fail("semctl");
	printf("pid %d waiting %d for zero %d\n", pid, semctl(id, which, GETNCNT),
	       semctl(id, which, GETZCNT));
}

static void post(char **argv, int flags)
{
	struct message message = { .type = number(argv[3]) };
	size_t len = strlen(argv[4]);

	if (len > sizeof(message.text))
		len = sizeof(message.text);
	memcpy(message.text, argv[4], len);
	if (msgsnd(queue_of(argv[2]), &message, len, flags))
		fail("msgsnd");
	printf("done\n");
}

static void take(char **argv, int flags)
{
	struct message message;
	ssize_t len = msgrcv(queue_of(argv[2]), &message, sizeof(message.text), number(argv[3]),
			     flags);

	if (len < 0)
		fail("msgrcv");
	printf("%ld %.*s\n", message.type, (int)len, message.text);
}

static void filled(const char *key)
{
	struct msqid_ds ds;

	if (msgctl(queue_of(key), IPC_STAT, &ds))
		fail("msgctl");
	printf("messages %lu bytes %lu\n", ds.msg_qnum, ds.__msg_cbytes);
}

/* The number of semget() there is 393. */
static void old(long key)
{
	long found;

	__asm__ volatile("int $0x80" : "=a"(found)
			 : "a"(393L), "b"(key), "c"(1L), "d"((long)(IPC_CREAT | 0600)) : "memory");
	errno = found < 0 ? -found : 0;
	made(found, "semget");
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	int nowait = argc > 4 && !strcmp(argv[argc - 1], "nowait") ? IPC_NOWAIT : 0;

	if (!strcmp(what, "sems") && argc == 4)
		made(semget(number(argv[2]), number(argv[3]), IPC_CREAT | IPC_EXCL | 0600), "semget");
	else if (!strcmp(what, "op") && argc == 5)
		operate(argv, 0);
	else if (!strcmp(what, "undo") && argc == 5)
		operate(argv, SEM_UNDO);
	else if (!strcmp(what, "values") && argc == 3)
		values(argv[2]);
	else if (!strcmp(what, "set") && argc == 5) {
		if (semctl(set_of(argv[2]), number(argv[3]), SETVAL, (int)number(argv[4])))
			fail("semctl");
	} else if (!strcmp(what, "about") && argc == 4)
		about(argv[2], number(argv[3]));
	else if (!strcmp(what, "queue") && argc == 3)
		made(msgget(number(argv[2]), IPC_CREAT | IPC_EXCL | 0600), "msgget");
	else if (!strcmp(what, "send") && argc >= 5)
		post(argv, nowait);
	else if (!strcmp(what, "receive") && argc >= 4)
		take(argv, nowait);
	else if (!strcmp(what, "filled") && argc == 3)
		filled(argv[2]);
	else if (!strcmp(what, "old") && argc == 3)
		old(number(argv[2]));
	else {
		fprintf(stderr, "usage: sysv CALL KEY [ARGUMENT...]\n");
		return 2;
	}
	return 0;
}
