// SPDX-License-Identifier: GPL-2.0-only
/* Forbidden pages and growing stacks: what must fault faults where it should, and only that. */
#include "../zoo.h"
#include <pthread.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/resource.h>

static __thread sigjmp_buf back;
static __thread siginfo_t fault;

static void faulted(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	fault = *info;
	siglongjmp(back, 1);
}

/* Does a write there fault, and as @code says? */
static void must_fault(volatile char *at, int signal, int code)
{
	memset(&fault, 0, sizeof(fault));
	if (!sigsetjmp(back, 1)) {
		*at = 1;
		say("no fault at %p", at);
		MUST(false);
	}
	MUST(fault.si_signo == signal && fault.si_code == code && fault.si_addr == at);
}

static unsigned int deep(unsigned int depth)
{
	volatile char frame[PAGE];
	unsigned int sum;

	frame[0] = depth;
	frame[PAGE - 1] = depth;
	sum = depth ? deep(depth - 1) : 0;
	if (depth == 100)
		nap(30);
	MUST(frame[0] == (char)depth && frame[PAGE - 1] == (char)depth);
	return sum + 1;
}

static void use_stack(void)
{
	static char stack[32768];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };

	MUST(!sigaltstack(&alt, NULL));
}

static unsigned int endless(volatile unsigned int depth)
{
	volatile char frame[PAGE / 4];	/* no step over the guard */

	frame[0] = depth;
	return depth == UINT32_MAX ? 0 : endless(depth + 1) + frame[0];
}

/* A thread meets the guard page below its stack. */
static void *overflow(void *arg)
{
	stack_t alt = { .ss_sp = arg, .ss_size = 65536 };

	MUST(!sigaltstack(&alt, NULL));
	if (!sigsetjmp(back, 1)) {
		nap(20);
		endless(0);
	}
	MUST(fault.si_signo == SIGSEGV && fault.si_code == SEGV_ACCERR);
	alt.ss_flags = SS_DISABLE;
	MUST(!sigaltstack(&alt, NULL));
	return NULL;
}

void program(void)
{
	struct sigaction action = { .sa_sigaction = faulted, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	char *area = mmap(NULL, 64 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *grows;
	char *alt = malloc(65536), *hole, *end;
	struct rlimit stack = { 16 << 20, RLIM_INFINITY };
	pthread_attr_t small;
	pthread_t thread;
	int round = 0, file = open("short", O_RDWR | O_CREAT | O_TRUNC, 0644);

	MUST(area != MAP_FAILED && alt && file >= 0 && write(file, "x", 1) == 1);
	MUST(!setrlimit(RLIMIT_STACK, &stack));
	MUST(!pthread_attr_init(&small) && !pthread_attr_setstacksize(&small, 131072));
	use_stack();
	MUST(!sigaction(SIGSEGV, &action, NULL) && !sigaction(SIGBUS, &action, NULL));
	MUST(!mprotect(area + 8 * PAGE, 4 * PAGE, PROT_READ | PROT_WRITE));
	MUST(!mprotect(area + 12 * PAGE, PAGE, PROT_READ));
	hole = area + 14 * PAGE;
	MUST(!munmap(hole, PAGE));
	end = mmap(area + 16 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file, 0);
	MUST(end == area + 16 * PAGE);
	/* grows down into the forbidden pages below it */
	MUST(!munmap(area + 20 * PAGE, 44 * PAGE));
	grows = mmap(NULL, 512 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST(grows != MAP_FAILED && !munmap(grows, 512 * PAGE));
	grows = mmap(grows + 508 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0);
	MUST(grows != MAP_FAILED);
	say_ready();
	while (!stopping) {
		round++;
		must_fault(area + 7 * PAGE, SIGSEGV, SEGV_ACCERR);
		area[8 * PAGE] = round;
		must_fault(area + 12 * PAGE + 5, SIGSEGV, SEGV_ACCERR);
		MUST(area[12 * PAGE + 5] == 0 && area[8 * PAGE] == (char)round);
		must_fault(hole + 3, SIGSEGV, SEGV_MAPERR);
		must_fault(end + PAGE, SIGBUS, BUS_ADRERR);
		MUST(end[0] == 'x' && !end[1]);
		must_fault((char *)16, SIGSEGV, SEGV_MAPERR);
		if (round <= 100) {	/* one page more, and a forbidden one stays below */
			grows[-(long)PAGE * round] = round;
			MUST(round < 2 || grows[-(long)PAGE * (round - 1)] == (char)(round - 1));
		}
		MUST(deep(101 + round % 20 * 100) == 102U + round % 20 * 100);
		MUST(!pthread_create(&thread, &small, overflow, alt));
		MUST(!pthread_join(thread, NULL));
		say_round();
	}
}
