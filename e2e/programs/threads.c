// SPDX-License-Identifier: GPL-2.0-only
/*
 * threads FILE [WORKERS]
 *
 * A process of many threads that is moved while they work, sleep and wait, and
 * that notices if anything but time was changed. Each thread checks what is its
 * own (TID, name, signal mask, a TLS variable, alternate stack, doubles), and
 * what they share: an array whose checksum each change keeps, under a mutex.
 *
 *	workers		change the array, and meet on a condition variable
 *	sleeper		nanosleep, over and over
 *	waiter		a futex wait with a timeout, over and over
 *	poller		poll without descriptors, over and over
 *	maker		makes threads and joins them, over and over
 *	patient		one condition wait without end, until the process ends
 *	target		takes SIGUSR1, which all others block, for itself alone
 *
 * It appends lines to FILE: "tid NAME TID" for each thread at its start, then
 * "round N" (of the workers, every 16th), "caught N" for each SIGUSR1, "broken: …". SIGTERM
 * ends it: it prints its totals and exits with 0.
 */
#include "zoo.h"
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define WORDS 65536
#define WORKERS_MAX 64

static uint64_t array[WORDS], sum;	/* sum: of array, each word times its odd place */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER, never = PTHREAD_COND_INITIALIZER;
static uint64_t rounds, changes;
static unsigned int arrived, workers = 4;
static uint64_t slept, waited, polled, made, caught;
static __thread uint64_t own;		/* TLS */
static __thread volatile sig_atomic_t mine;

/* What a thread is, as it was at its start. */
struct self {
	const char *name;
	pid_t tid;
	int blocked;		/* a signal that only this thread blocks */
	stack_t stack;
	uint64_t secret;
	double x;
};

static void begin(struct self *self, const char *name, int blocked)
{
	sigset_t set;

	*self = (struct self){ .name = name, .tid = gettid(), .blocked = blocked };
	self->stack.ss_size = 32768;
	self->stack.ss_sp = malloc(self->stack.ss_size);
	MUST(self->stack.ss_sp && !sigaltstack(&self->stack, NULL));
	MUST(!prctl(PR_SET_NAME, name));
	sigemptyset(&set);
	sigaddset(&set, blocked);
	MUST(!pthread_sigmask(SIG_BLOCK, &set, NULL));
	self->secret = mix(self->tid);
	own = self->secret;
	self->x = 1.0 / self->tid;
	if (strcmp(name, "short"))
		say("tid %s %d", name, self->tid);
}

static void check(struct self *self)
{
	double y = self->x;
	sigset_t set;
	stack_t stack;
	char name[16];
	int i;

	MUST(gettid() == self->tid && own == self->secret);
	MUST(!prctl(PR_GET_NAME, name) && !strcmp(name, self->name));
	MUST(!pthread_sigmask(SIG_BLOCK, NULL, &set) && sigismember(&set, self->blocked));
	MUST(!sigaltstack(NULL, &stack) && stack.ss_sp == self->stack.ss_sp);
	for (i = 0; i < 1000; i++)
		y = y * 1.0000001 + 1e-9;
	for (i = 0, self->x = 1.0 / self->tid; i < 1000; i++)
		self->x = self->x * 1.0000001 + 1e-9;
	MUST(y == self->x);
	self->x = 1.0 / self->tid;
}

static void end(struct self *self)
{
	stack_t none = { .ss_flags = SS_DISABLE };

	check(self);
	MUST(!sigaltstack(&none, NULL));
	free(self->stack.ss_sp);
}

static void check_array(void)
{
	uint64_t now = 0;
	size_t i;

	for (i = 0; i < WORDS; i++)
		now += array[i] * (2 * i + 1);
	MUST(now == sum);
}

/* Under the lock: words change and the sum with them. */
static void change(uint64_t seed)
{
	size_t i, at;
	uint64_t new;

	for (i = 0; i < 64; i++) {
		at = mix(seed * 64 + i) % WORDS;
		new = mix(array[at] + seed);
		sum += (new - array[at]) * (2 * at + 1);
		array[at] = new;
	}
	changes++;
}

/* All workers change something, and none goes on before all have. */
static void *worker(void *arg)
{
	unsigned int number = (uintptr_t)arg;
	struct self self;
	char name[16];
	uint64_t round;

	snprintf(name, sizeof(name), "worker %u", number);
	begin(&self, name, SIGRTMIN + 1 + number % 8);
	while (!stopping) {
		check(&self);
		MUST(!pthread_mutex_lock(&lock));
		change(rounds * WORKERS_MAX + number);
		round = rounds;
		if (++arrived == workers) {
			check_array();
			arrived = 0;
			if (++rounds % 16 == 0)
				say("round %" PRIu64, rounds);
			MUST(!pthread_cond_broadcast(&turn));
		}
		while (rounds == round && !stopping)
			MUST(!pthread_cond_wait(&turn, &lock));
		MUST(!pthread_mutex_unlock(&lock));
	}
	end(&self);
	return NULL;
}

static void *sleeper(void *arg)
{
	struct timespec time = { .tv_nsec = 70000000 };
	struct self self;

	begin(&self, "sleeper", SIGRTMIN + 9);
	while (!stopping) {
		MUST(!nanosleep(&time, NULL));
		check(&self);
		slept++;
	}
	end(&self);
	return arg;
}

static void *waiter(void *arg)
{
	struct timespec time = { .tv_nsec = 110000000 };
	unsigned int futex = 0;
	struct self self;

	begin(&self, "waiter", SIGRTMIN + 10);
	while (!stopping) {
		errno = 0;
		MUST(syscall(SYS_futex, &futex, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0) == -1);
		MUST(errno == ETIMEDOUT);
		check(&self);
		waited++;
	}
	end(&self);
	return arg;
}

static void *poller(void *arg)
{
	struct self self;

	begin(&self, "poller", SIGRTMIN + 11);
	while (!stopping) {
		MUST(!poll(NULL, 0, 90));
		check(&self);
		polled++;
	}
	end(&self);
	return arg;
}

static void *brief(void *arg)
{
	struct self self;

	begin(&self, "short", SIGRTMIN + 12);
	usleep(5000);
	end(&self);
	return (void *)((uintptr_t)arg * 3);
}

static void *maker(void *arg)
{
	pthread_t thread[3];
	struct self self;
	uintptr_t i;
	void *back;

	begin(&self, "maker", SIGRTMIN + 13);
	while (!stopping) {
		for (i = 0; i < 3; i++)
			MUST(!pthread_create(&thread[i], NULL, brief, (void *)(made + i)));
		for (i = 0; i < 3; i++)
			MUST(!pthread_join(thread[i], &back) && back == (void *)((made + i) * 3));
		made += 3;
		check(&self);
	}
	end(&self);
	return arg;
}

static void *patient(void *arg)
{
	struct self self;

	begin(&self, "patient", SIGRTMIN + 14);
	MUST(!pthread_mutex_lock(&lock));
	while (!stopping)
		MUST(!pthread_cond_wait(&never, &lock));
	MUST(!pthread_mutex_unlock(&lock));
	end(&self);
	return arg;
}

static void take(int signal)
{
	(void)signal;
	mine++;
}

static void *target(void *arg)
{
	struct sigaction action = { .sa_handler = take };
	struct timespec time = { .tv_sec = 1 };
	sigset_t set, open;
	struct self self;

	begin(&self, "target", SIGRTMIN + 15);
	MUST(!sigaction(SIGUSR1, &action, NULL));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	MUST(!pthread_sigmask(SIG_BLOCK, &set, &open));
	sigdelset(&open, SIGUSR1);
	while (!stopping) {
		MUST(ppoll(NULL, 0, &time, &open) == 0 || errno == EINTR);
		check(&self);
		while (caught < (uint64_t)mine)
			say("caught %" PRIu64, ++caught);
	}
	end(&self);
	return arg;
}

int main(int argc, char **argv)
{
	static void *(*const kinds[])(void *) = { sleeper, waiter, poller, maker, patient, target };
	pthread_t thread[WORKERS_MAX + sizeof(kinds) / sizeof(*kinds)];
	struct self self;
	sigset_t set;
	unsigned int i, count = 0;
	int sig;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: threads FILE [WORKERS]\n");
		return 2;
	}
	if (argc == 3)
		workers = strtoul(argv[2], NULL, 10);
	if (!workers || workers > WORKERS_MAX) {
		fprintf(stderr, "threads: 1 to %d workers\n", WORKERS_MAX);
		return 2;
	}
	say_to(argv[1]);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	begin(&self, "first", SIGRTMIN);
	for (i = 0; i < WORDS; i++) {
		array[i] = mix(i);
		sum += array[i] * (2 * i + 1);
	}
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		MUST(!pthread_create(&thread[count++], NULL, kinds[i], NULL));
	for (i = 0; i < workers; i++)
		MUST(!pthread_create(&thread[count++], NULL, worker, (void *)(uintptr_t)i));
	sigdelset(&set, SIGUSR1);
	MUST(!sigwait(&set, &sig) && sig == SIGTERM);
	MUST(!pthread_mutex_lock(&lock));
	stopping = 1;
	pthread_cond_broadcast(&turn);
	pthread_cond_broadcast(&never);
	MUST(!pthread_mutex_unlock(&lock));
	for (i = 0; i < count; i++)
		MUST(!pthread_join(thread[i], NULL));
	check_array();
	check(&self);
	printf("rounds %" PRIu64 " changes %" PRIu64 " slept %" PRIu64 " waited %" PRIu64
	       " polled %" PRIu64 " made %" PRIu64 " caught %" PRIu64 "\n",
	       rounds, changes, slept, waited, polled, made, caught);
	return 0;
}
