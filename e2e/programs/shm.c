// SPDX-License-Identifier: Apache-2.0
/*
 * A System V segment that processes on several nodes use at once.
 *
 *	shm get KEY SIZE [new|only]	prints its id; makes it: if there is none, or only then
 *	shm read KEY OFFSET		prints a 64-bit word
 *	shm write KEY OFFSET VALUE
 *	shm hold KEY			has it attached until a signal comes; says "attached"
 *	shm late ID			the same by its id; then reads the first word, and says it
 *	shm stat ID			prints what shmctl() says
 *	shm owner ID UID MODE		IPC_SET
 *	shm torture KEY MEMBER		reads and writes until the first word is not 0 any more
 *
 * Torture needs PAGES pages. It checks what it reads as it goes:
 * - who adds to one word, and to a word of his own beside those of others, finds that one as he
 *   left it, and the sums at the end are exact;
 * - who sees a message's number in one page sees that message, or a later one, in another page;
 * - no word shows an older value of somebody after a newer one of the same.
 * It ends with "adds COUNT lost PAGES": of pages that are lost (SIGBUS) it says no more.
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <time.h>
#include <unistd.h>

#define WORDS 512		/* in a page */
#define MEMBERS 16
#define TAGGED 8		/* pages of tagged words */

enum page { STOP, SUM, OWN, MESSAGES, NUMBERS, TAGS, PAGES = TAGS + TAGGED };

#define PLACES 32		/* words of a page that are used: all in different cache lines */

static _Atomic uint64_t (*pages)[WORDS];
static bool lost[PAGES];
static volatile sig_atomic_t current;	/* page */
static sigjmp_buf gone;

__attribute__((format(printf, 1, 2), noreturn))
static void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static unsigned long number(const char *text)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 0);
	if (errno || *end || end == text)
		fail("shm: '%s' is no number", text);
	return value;
}

static int find(key_t key)
{
	int id = shmget(key, 0, 0);

	if (id < 0)
		fail("shm: shmget: %s", strerror(errno));
	return id;
}

static void *attach(int id)
{
	void *at = shmat(id, NULL, 0);

	if (at == (void *)-1)
		fail("shm: shmat: %s", strerror(errno));
	return at;
}

static void detach(const void *at)
{
	if (shmdt(at))
		fail("shm: shmdt: %s", strerror(errno));
}

static int get(int argc, char **argv)
{
	int flags = argc < 5 ? 0 : !strcmp(argv[4], "new") ? IPC_CREAT : IPC_CREAT | IPC_EXCL;
	int id = shmget(number(argv[2]), number(argv[3]), flags | 0600);

	if (id < 0)
		fail("shm: shmget: %s", strerror(errno));
	printf("%d\n", id);
	return 0;
}

static int peek(char **argv, const char *value)
{
	char *at = attach(find(number(argv[2])));
	_Atomic uint64_t *word = (void *)(at + number(argv[3]));

	if (value)
		*word = number(value);
	else
		printf("%" PRIu64 "\n", *word);
	detach(at);
	return 0;
}

static void nothing(int signal)
{
	(void)signal;
}

static int hold(int id, bool reads)
{
	_Atomic uint64_t *at = attach(id);
	struct sigaction action = { .sa_handler = nothing };
	sigset_t usr1, before;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, &before);
	sigaction(SIGUSR1, &action, NULL);
	printf("attached\n");
	fflush(stdout);
	sigsuspend(&before);
	if (reads)
		printf("%" PRIu64 "\n", *at);
	detach(at);
	return 0;
}

static int stat_segment(int id)
{
	struct shmid_ds ds;

	if (shmctl(id, IPC_STAT, &ds))
		fail("shm: IPC_STAT: %s", strerror(errno));
	printf("size %zu attached %lu creator %d uid %u mode %o\n", ds.shm_segsz,
	       (unsigned long)ds.shm_nattch, ds.shm_cpid, ds.shm_perm.uid, ds.shm_perm.mode);
	return 0;
}

static int owner(int id, uid_t uid, mode_t mode)
{
	struct shmid_ds ds;

	if (shmctl(id, IPC_STAT, &ds))
		fail("shm: IPC_STAT: %s", strerror(errno));
	ds.shm_perm.uid = uid;
	ds.shm_perm.mode = mode;
	if (shmctl(id, IPC_SET, &ds))
		fail("shm: IPC_SET: %s", strerror(errno));
	return 0;
}

static void bus(int signal)
{
	(void)signal;
	siglongjmp(gone, 1);
}

static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/* Whoever uses a page says which one; false: it is lost. */
static bool use(enum page page)
{
	current = page;
	return !lost[page];
}

static int member;
static uint64_t adds, own, sent, round_number;

static void add(void)
{
	uint64_t found;

	if (use(SUM)) {
		pages[SUM][0]++;
		adds++;
	}
	if (use(OWN)) {
		found = pages[OWN][member];
		if (found != own)
			fail("broken: own word %" PRIu64 " instead of %" PRIu64, found, own);
		pages[OWN][member] = own + 1;
		own++;
	}
}

static void pass_message(void)
{
	int from = mix(round_number) % MEMBERS;
	uint64_t seen, message;

	if (!use(NUMBERS))
		return;
	seen = pages[NUMBERS][from];
	if (!use(MESSAGES))
		return;
	message = pages[MESSAGES][from];
	if (message < seen)
		fail("broken: message %" PRIu64 " of %d, whose number is %" PRIu64, message, from,
		     seen);
	pages[MESSAGES][member] = sent + 1;
	use(NUMBERS);
	pages[NUMBERS][member] = ++sent;
}

/* A value says who wrote it and when. */
static void tag(void)
{
	static uint64_t latest[TAGGED][PLACES][MEMBERS];
	uint64_t random = mix(round_number * MEMBERS + member);
	int page = random % TAGGED, place = random / TAGGED % PLACES, who;
	_Atomic uint64_t *word = &pages[TAGS + page][place * (WORDS / PLACES)];
	uint64_t value, when;

	if (!use(TAGS + page))
		return;
	value = *word;
	who = value % MEMBERS;
	when = value / MEMBERS;
	if (when < latest[page][place][who])
		fail("broken: word %d of page %d of %d: %" PRIu64 " after %" PRIu64, place, page,
		     who, when, latest[page][place][who]);
	latest[page][place][who] = when;
	if (random >> 32 & 1)
		*word = round_number * MEMBERS + member;
}

static bool stopped(void)
{
	return use(STOP) && pages[STOP][0];
}

static int count_lost(void)
{
	int i, count = 0;

	for (i = 0; i < PAGES; i++)
		count += lost[i];
	return count;
}

static int torture(key_t key)
{
	struct sigaction action = { .sa_handler = bus };

	if (member < 1 || member >= MEMBERS)
		fail("shm: member %d", member);
	pages = attach(find(key));
	sigaction(SIGBUS, &action, NULL);
	if (sigsetjmp(gone, 1))
		lost[current] = true;
	while (!lost[STOP] && !stopped()) {
		round_number++;
		add();
		pass_message();
		tag();
		if (round_number % 8 == 0) {
			printf("%" PRIu64 "\n", round_number);
			fflush(stdout);
		}
	}
	printf("adds %" PRIu64 " lost %d\n", adds, count_lost());
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";

	if (!strcmp(what, "get") && argc > 3)
		return get(argc, argv);
	if (!strcmp(what, "read") && argc == 4)
		return peek(argv, NULL);
	if (!strcmp(what, "write") && argc == 5)
		return peek(argv, argv[4]);
	if (!strcmp(what, "hold"))
		return hold(find(number(argv[2])), false);
	if (!strcmp(what, "late"))
		return hold(number(argv[2]), true);
	if (!strcmp(what, "stat"))
		return stat_segment(number(argv[2]));
	if (!strcmp(what, "owner") && argc == 5)
		return owner(number(argv[2]), number(argv[3]), number(argv[4]));
	if (!strcmp(what, "torture") && argc == 4) {
		member = number(argv[3]);
		return torture(number(argv[2]));
	}
	fprintf(stderr, "usage: shm COMMAND KEY|ID [ARGUMENT...]\n");
	return 2;
}
