// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that share a set of System V semaphores: one at a time is in a section of code, a
 * token goes round, and what a process has taken with SEM_UNDO is given back when it ends.
 */
#include "../zoo.h"
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/wait.h>

#define MEMBERS 3

enum { LOCK, TOKEN, LENT = TOKEN + MEMBERS, NEVER, SEMAPHORES };

static int set;

/* Return: 0 or an errno */
static int change(int number, int by, int flags)
{
	struct sembuf op = { .sem_num = number, .sem_op = by, .sem_flg = flags };

	return semop(set, &op, 1) ? errno : 0;
}

/* Only what asks to stop interrupts it. */
static void lock(void)
{
	int error;

	while ((error = change(LOCK, -1, SEM_UNDO)))
		MUST(error == EINTR && stopping);
}

/* false: it is to stop. Time limits, because it may be told so just before it would wait. */
static bool take_token(int me)
{
	struct sembuf op = { .sem_num = TOKEN + me, .sem_op = -1 };
	struct timespec limit = { .tv_sec = 1 };

	while (semtimedop(set, &op, 1, &limit)) {
		MUST(errno == EAGAIN || (errno == EINTR && stopping));
		if (stopping)
			return false;
	}
	return true;
}

static int value(int number)
{
	int found = semctl(set, number, GETVAL);

	MUST(found >= 0);
	return found;
}

/* Ends while it has the semaphore. */
static void lend(void)
{
	int status;
	pid_t pid = fork();

	MUST(pid >= 0);
	if (!pid) {
		handle(SIGTERM, SIG_IGN, 0);
		MUST(!change(LENT, -1, SEM_UNDO));
		nap(20);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) != pid)
		MUST(errno == EINTR);
	MUST(WIFEXITED(status) && !WEXITSTATUS(status));
	MUST(value(LENT) == 1);
}

static void wait_in_vain(void)
{
	struct sembuf op = { .sem_num = NEVER, .sem_op = -1 };
	struct timespec limit = { .tv_nsec = 20000000 };
	double before = now();

	MUST(semtimedop(set, &op, 1, &limit) == -1);
	MUST(errno == EAGAIN || (errno == EINTR && stopping));
	MUST(stopping || now() - before >= 0.015);
	op.sem_flg = IPC_NOWAIT;
	MUST(semop(set, &op, 1) == -1 && errno == EAGAIN);
}

/* Nobody else is in here: the sum of both slots stays what it was. */
static void section(int me)
{
	int64_t first;

	lock();
	MUST(semctl(set, LOCK, GETPID) == getpid());
	first = posted(0);
	MUST(posted(1) == -first);
	post(0, first + me + 1);
	nap(3);
	post(1, -first - me - 1);
	MUST(!change(LOCK, 1, SEM_UNDO));
}

static void live(int me)
{
	int rounds = 0;

	while (!stopping) {
		section(me);
		if (!take_token(me))
			break;
		rounds++;
		if (!me) {
			lend();
			wait_in_vain();
		}
		MUST(!change(TOKEN + (me + 1) % MEMBERS, 1, 0));
		if (!me && rounds % 2 == 0)
			say_round();
	}
}

void program(void)
{
	unsigned short values[SEMAPHORES] = { [LOCK] = 1, [TOKEN] = 1, [LENT] = 1 }, found[SEMAPHORES];
	pid_t others[MEMBERS - 1];
	int i;

	set = semget(IPC_PRIVATE, SEMAPHORES, 0600);
	MUST(set >= 0 && !semctl(set, 0, SETALL, values));
	MUST(!semctl(set, 0, GETALL, found) && !memcmp(values, found, sizeof(values)));
	for (i = 1; i < MEMBERS; i++)
		others[i - 1] = resident(live, i);
	say_ready();
	live(0);
	for (i = 1; i < MEMBERS; i++)
		dismiss(others[i - 1]);
	MUST(value(LOCK) == 1 && value(NEVER) == 0);
	MUST(!semctl(set, 0, IPC_RMID));
	MUST(change(LOCK, 1, 0) == EINVAL || change(LOCK, 1, 0) == EIDRM);
}
