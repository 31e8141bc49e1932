// SPDX-License-Identifier: GPL-2.0-only
/* Coroutines with stacks of their own, and long jumps out of deep calls. */
#include "../zoo.h"
#include <setjmp.h>
#include <ucontext.h>

#define ROUTINES 8
#define STACK 65536

static ucontext_t home, routine[ROUTINES];
static uint64_t sum[ROUTINES];

/* Adds up for ever, and gives way after each number. */
static void adds(int me)
{
	double half = me + 0.5;
	uint64_t own = 0, i;

	for (i = 1;; i++) {
		own += mix(i + me);
		sum[me] = own;
		MUST(half == me + 0.5);
		MUST(!swapcontext(&routine[me], &home));
	}
}

static jmp_buf back;

static int out_of(int depth)
{
	volatile int here = depth;

	if (!depth)
		longjmp(back, 99);
	return depth < 0 ? 0 : out_of(depth - 1) + here;
}

static int jump(void)
{
	int came = setjmp(back);

	return came ?: out_of(200);
}

void program(void)
{
	static uint64_t expected[ROUTINES], round;
	static int i;

	for (i = 0; i < ROUTINES; i++) {
		MUST(!getcontext(&routine[i]));
		routine[i].uc_stack.ss_sp = malloc(STACK);
		routine[i].uc_stack.ss_size = STACK;
		MUST(routine[i].uc_stack.ss_sp);
		makecontext(&routine[i], (void (*)(void))adds, 1, i);
	}
	say_ready();
	while (!stopping) {
		round++;
		for (i = 0; i < ROUTINES; i++) {
			MUST(!swapcontext(&home, &routine[i]));
			expected[i] += mix(round + i);
			MUST(sum[i] == expected[i]);
			work(5);
		}
		MUST(jump() == 99);
		if (round % 16 == 0)
			say_round();
		nap(2);
	}
}
