// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that share System V segments: what one has written the others see, in its order, and
 * each keeps its attachments as they were: in pieces, to read only, of a segment that is removed.
 */
#include "../zoo.h"
#include <stdatomic.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

#define MEMBERS 3

enum { SUM, OWN, DATA, NUMBER, HOLE, FIXED, PAGES };

typedef _Atomic uint64_t words[PAGE / sizeof(uint64_t)];

static int removed, kept;
static words *shared, *view;		/* of the one that is removed; view: to read only */
static uint64_t own;

static void *attach(int id, const void *at, int flags)
{
	void *found = shmat(id, at, flags);

	MUST(found != (void *)-1);
	return found;
}

/* With a page less in the middle, and one that is not to be written to. */
static void cut(void)
{
	MUST(!munmap(shared[HOLE], PAGE));
	MUST(!mprotect(shared[FIXED], PAGE, PROT_READ));
}

static void check_pieces(void)
{
	unsigned char resident;

	MUST(mincore(shared[HOLE], PAGE, &resident) && errno == ENOMEM);
	MUST(!mincore(shared[FIXED], PAGE, &resident));
	MUST(shared[FIXED][0] == 77 && view[HOLE][0] == 78);
	/* a system call that should write there */
	MUST(getcwd((char *)shared[FIXED], PAGE) == NULL && errno == EFAULT);
	MUST(getcwd((char *)view[FIXED], PAGE) == NULL && errno == EFAULT);
	MUST(mprotect(view[FIXED], PAGE, PROT_READ | PROT_WRITE) && errno == EACCES);
}

static void pass(int me)
{
	int from = (me + 1 + own % (MEMBERS - 1)) % MEMBERS;
	uint64_t number = shared[NUMBER][from], data = view[DATA][from];

	MUST(data >= number);
	MUST(shared[OWN][me] == own && view[DATA][me] == own);
	own++;
	shared[OWN][me] = own;
	shared[DATA][me] = own;
	shared[NUMBER][me] = own;
	shared[SUM][0]++;
}

/* Attaches and detaches; the times and counts of shmctl() are those of all nodes. */
static void visit(int me)
{
	words *here = attach(kept, NULL, 0);
	struct shmid_ds ds;

	here[0][me] = own;
	MUST(!shmctl(kept, IPC_STAT, &ds) && ds.shm_segsz == PAGE && ds.shm_nattch >= 1);
	MUST(here[0][me] == own);
	MUST(!shmdt(here));
	MUST(shmdt(here) == -1 && errno == EINVAL);
}

static void live(int me)
{
	while (!stopping) {
		pass(me);
		check_pieces();
		if (own % 4 == 0)
			visit(me);
		nap(15);
		if (!me && own % 8 == 0)
			say_round();
	}
}

static uint64_t sum_of_own(void)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < MEMBERS; i++)
		sum += shared[OWN][i];
	return sum;
}

void program(void)
{
	struct shmid_ds ds;
	pid_t others[MEMBERS - 1];
	int i;

	removed = shmget(IPC_PRIVATE, PAGES * PAGE, 0600);
	kept = shmget(IPC_PRIVATE, PAGE, 0600);
	MUST(removed >= 0 && kept >= 0);
	shared = attach(removed, NULL, 0);
	view = attach(removed, NULL, SHM_RDONLY);
	MUST(!shmctl(removed, IPC_RMID, NULL));
	shared[FIXED][0] = 77;
	shared[HOLE][0] = 78;
	cut();
	for (i = 1; i < MEMBERS; i++)
		others[i - 1] = resident(live, i);
	say_ready();
	live(0);
	for (i = 1; i < MEMBERS; i++)
		dismiss(others[i - 1]);
	MUST(shared[SUM][0] == sum_of_own());
	MUST(!shmctl(removed, IPC_STAT, &ds) && ds.shm_perm.mode & SHM_DEST);
	MUST(!shmctl(kept, IPC_RMID, NULL));
	MUST(!shmdt(view) && !shmdt(shared));
	/* all nodes are told, a moment later */
	for (i = 0; i < 1000 && !shmctl(removed, IPC_STAT, &ds); i++)
		usleep(10000);
	MUST(shmctl(removed, IPC_STAT, &ds) == -1 && (errno == EINVAL || errno == EIDRM));
}
