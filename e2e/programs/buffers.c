// SPDX-License-Identifier: Apache-2.0
/*
 * Accounts in the pages of a file, which processes on several nodes read and write through a pool
 * of buffers in a System V segment, as PostgreSQL does: a map of which page is in which buffer,
 * in parts with a lock each; pins; a lock of each buffer's contents; a clock that looks for a
 * buffer which nobody has used lately, and is written back first if it was changed.
 *
 *	buffers make KEY FILE PAGES BUFFERS	every account has the same
 *	buffers work KEY FILE SEED	moves amounts between accounts until SIGTERM; says how often
 *	buffers check KEY FILE		writes everything back, and says "wrong COUNT": pages that are
 *					not as they should be, and one more if the sum is another
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

#define PARTS 4
#define ACCOUNTS 60
#define AMOUNT 1000
#define MOST_PAGES 256
#define MOST_BUFFERS 64
#define USED_LATELY 3
#define NONE MOST_PAGES

struct page {
	uint64_t number, changes;
	int64_t accounts[ACCOUNTS];
	uint64_t sum;		/* of all before */
	char rest[8192 - (3 + ACCOUNTS) * 8];
};

struct buffer {
	pthread_mutex_t lock;	/* of all but the contents */
	unsigned int pins, used, page;
	bool changed;
	pthread_rwlock_t contents;
};

struct shared {
	unsigned int pages, buffers;
	_Atomic unsigned int hand;
	_Atomic uint64_t transfers;
	struct {
		pthread_mutex_t lock;
		_Alignas(4096) int buffer[MOST_PAGES / PARTS];	/* or -1 */
	} map[PARTS];
	struct buffer buffer[MOST_BUFFERS];
	_Alignas(4096) struct page contents[];
};

static struct shared *shared;
static int file;
static uint64_t state;
static volatile sig_atomic_t stopped;

static void must(bool right, const char *what)
{
	if (right)
		return;
	printf("broken: %s (%s)\n", what, strerror(errno));
	exit(1);
}

static void lock(pthread_mutex_t *mutex)
{
	must(!pthread_mutex_lock(mutex), "lock");
}

static void unlock(pthread_mutex_t *mutex)
{
	must(!pthread_mutex_unlock(mutex), "unlock");
}

static uint64_t random_number(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

static uint64_t sum(const struct page *page)
{
	const uint64_t *word = (const uint64_t *)page;
	uint64_t sum = 1;
	size_t i;

	for (i = 0; i < offsetof(struct page, sum) / sizeof(*word); i++)
		sum = sum * 31 + word[i];
	return sum;
}

static bool is_right(const struct page *page, unsigned int number)
{
	return page->number == number && page->sum == sum(page);
}

static int *place(unsigned int page)
{
	return &shared->map[page % PARTS].buffer[page / PARTS];
}

static void lock_parts(unsigned int a, unsigned int b)
{
	lock(&shared->map[a < b ? a : b].lock);
	if (a != b)
		lock(&shared->map[a < b ? b : a].lock);
}

static void unlock_parts(unsigned int a, unsigned int b)
{
	unlock(&shared->map[a].lock);
	if (a != b)
		unlock(&shared->map[b].lock);
}

static void unpin(struct buffer *b)
{
	lock(&b->lock);
	b->pins--;
	unlock(&b->lock);
}

/* The page's part is locked. */
static struct buffer *pin_mapped(unsigned int page)
{
	struct buffer *b = NULL;

	if (*place(page) >= 0) {
		b = &shared->buffer[*place(page)];
		lock(&b->lock);
		b->pins++;
		if (b->used < USED_LATELY)
			b->used++;
		unlock(&b->lock);
	}
	return b;
}

/* A buffer that nobody else has pinned, and nobody has used lately. */
static struct buffer *find_victim(void)
{
	struct buffer *b;
	bool found;

	for (;;) {
		b = &shared->buffer[shared->hand++ % shared->buffers];
		lock(&b->lock);
		found = !b->pins && !b->used;
		if (found)
			b->pins = 1;
		else if (!b->pins)
			b->used--;
		unlock(&b->lock);
		if (found)
			return b;
	}
}

static struct page *contents(const struct buffer *b)
{
	return &shared->contents[b - shared->buffer];
}

static void write_back(struct buffer *b)
{
	bool changed;

	must(!pthread_rwlock_rdlock(&b->contents), "rdlock");
	lock(&b->lock);
	changed = b->changed;
	b->changed = false;
	unlock(&b->lock);
	if (changed) {
		must(is_right(contents(b), b->page), "a page to be written");
		must(pwrite(file, contents(b), sizeof(struct page),
			    (off_t)b->page * sizeof(struct page)) == sizeof(struct page), "write");
	}
	must(!pthread_rwlock_unlock(&b->contents), "unlock");
}

/*
 * Has the buffer become that of the page? Not if somebody else wants what is in it after all, or
 * has brought the page. Its contents are locked then.
 */
static bool rename_to(struct buffer *b, unsigned int page)
{
	unsigned int old = b->page, part = page % PARTS;
	unsigned int old_part = old == NONE ? part : old % PARTS;
	bool done;

	lock_parts(part, old_part);
	lock(&b->lock);
	done = b->pins == 1 && !b->changed && *place(page) < 0;
	if (done) {
		must(!pthread_rwlock_wrlock(&b->contents), "wrlock");
		if (old != NONE)
			*place(old) = -1;
		*place(page) = b - shared->buffer;
		b->page = page;
		b->used = 1;
	}
	unlock(&b->lock);
	unlock_parts(part, old_part);
	return done;
}

static struct buffer *pin(unsigned int page)
{
	struct buffer *b;

	for (;;) {
		lock(&shared->map[page % PARTS].lock);
		b = pin_mapped(page);
		unlock(&shared->map[page % PARTS].lock);
		if (b)
			return b;
		b = find_victim();
		write_back(b);
		if (rename_to(b, page))
			break;
		unpin(b);
	}
	must(pread(file, contents(b), sizeof(struct page), (off_t)page * sizeof(struct page)) ==
	     sizeof(struct page), "read");
	must(is_right(contents(b), page), "a page that was read");
	must(!pthread_rwlock_unlock(&b->contents), "unlock");
	return b;
}

static struct page *change(struct buffer *b, unsigned int page)
{
	must(!pthread_rwlock_wrlock(&b->contents), "wrlock");
	must(is_right(contents(b), page), "a page to be changed");
	lock(&b->lock);
	b->changed = true;
	unlock(&b->lock);
	return contents(b);
}

static void changed(struct buffer *b, unsigned int account, int64_t amount)
{
	struct page *page = contents(b);

	page->accounts[account] += amount;
	page->changes++;
	page->sum = sum(page);
	must(!pthread_rwlock_unlock(&b->contents), "unlock");
	unpin(b);
}

static void transfer(void)
{
	unsigned int from = random_number() % shared->pages, to = random_number() % shared->pages;
	int64_t amount = random_number() % 100;
	struct buffer *a, *b;

	if (from == to)
		return;
	if (from > to) {
		amount = -amount;
		from ^= to;
		to ^= from;
		from ^= to;
	}
	a = pin(from);
	b = pin(to);
	change(a, from);
	change(b, to);
	changed(a, random_number() % ACCOUNTS, -amount);
	changed(b, random_number() % ACCOUNTS, amount);
	shared->transfers++;
}

static void audit(void)
{
	unsigned int page = random_number() % shared->pages;
	struct buffer *b = pin(page);

	must(!pthread_rwlock_rdlock(&b->contents), "rdlock");
	must(is_right(contents(b), page), "a page");
	must(!pthread_rwlock_unlock(&b->contents), "unlock");
	unpin(b);
}

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void work(uint64_t seed)
{
	struct sigaction action = { .sa_handler = stop, .sa_flags = SA_RESTART };
	unsigned long rounds;

	state = seed * 2654435761U + 1;
	sigaction(SIGTERM, &action, NULL);
	for (rounds = 1; !stopped; rounds++) {
		transfer();
		audit();
		printf("%lu\n", rounds);
		fflush(stdout);
	}
}

static void attach(key_t key, const char *name, size_t size)
{
	int id = shmget(key, size, size ? IPC_CREAT | IPC_EXCL | 0600 : 0);

	must(id >= 0, "shmget");
	shared = shmat(id, NULL, 0);
	must(shared != (void *)-1, "shmat");
	file = open(name, O_RDWR | (size ? O_CREAT | O_TRUNC : 0), 0600);
	must(file >= 0, name);
}

static void make_locks(void)
{
	pthread_mutexattr_t mutex;
	pthread_rwlockattr_t rwlock;
	unsigned int i;

	pthread_mutexattr_init(&mutex);
	pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
	pthread_rwlockattr_init(&rwlock);
	pthread_rwlockattr_setpshared(&rwlock, PTHREAD_PROCESS_SHARED);
	for (i = 0; i < PARTS; i++)
		must(!pthread_mutex_init(&shared->map[i].lock, &mutex), "mutex");
	for (i = 0; i < shared->buffers; i++) {
		must(!pthread_mutex_init(&shared->buffer[i].lock, &mutex), "mutex");
		must(!pthread_rwlock_init(&shared->buffer[i].contents, &rwlock), "rwlock");
		shared->buffer[i].page = NONE;
	}
}

static void make(key_t key, const char *name, unsigned int pages, unsigned int buffers)
{
	struct page page = { 0 };
	unsigned int i;

	must(pages <= MOST_PAGES && buffers <= MOST_BUFFERS && buffers > 2, "numbers");
	attach(key, name, sizeof(*shared) + buffers * sizeof(page));
	shared->pages = pages;
	shared->buffers = buffers;
	memset(shared->map, -1, sizeof(shared->map));
	make_locks();
	for (i = 0; i < ACCOUNTS; i++)
		page.accounts[i] = AMOUNT;
	for (i = 0; i < pages; i++) {
		page.number = i;
		page.sum = sum(&page);
		must(write(file, &page, sizeof(page)) == sizeof(page), "write");
	}
}

static void check(void)
{
	uint64_t changes = 0, wrong = 0;
	int64_t amount = 0;
	struct page page;
	unsigned int i, j;

	for (i = 0; i < shared->buffers; i++)
		if (shared->buffer[i].page != NONE)
			write_back(&shared->buffer[i]);
	for (i = 0; i < shared->pages; i++) {
		must(pread(file, &page, sizeof(page), (off_t)i * sizeof(page)) == sizeof(page),
		     "read");
		wrong += !is_right(&page, i);
		changes += page.changes;
		for (j = 0; j < ACCOUNTS; j++)
			amount += page.accounts[j];
	}
	wrong += amount != (int64_t)shared->pages * ACCOUNTS * AMOUNT ||
		 changes != 2 * shared->transfers;
	printf("wrong %lu\n", (unsigned long)wrong);
}

int main(int argc, char **argv)
{
	const char *what = argc > 3 ? argv[1] : "";
	key_t key = argc > 3 ? strtoul(argv[2], NULL, 0) : 0;

	if (!strcmp(what, "make") && argc == 6) {
		make(key, argv[3], strtoul(argv[4], NULL, 0), strtoul(argv[5], NULL, 0));
		return 0;
	}
	if (strcmp(what, "work") && strcmp(what, "check")) {
		fprintf(stderr, "usage: buffers make|work|check KEY FILE [NUMBER...]\n");
		return 2;
	}
	attach(key, argv[3], 0);
	if (!strcmp(what, "work") && argc == 5)
		work(strtoul(argv[4], NULL, 0));
	else
		check();
	return 0;
}
