// SPDX-License-Identifier: GPL-2.0-only
/* Restartable sequences: the kernel knows each thread's area, and aborts what it interrupts. */
#include "../zoo.h"
#include <pthread.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/time.h>

#define THREADS 3

static volatile int rounds[THREADS];

/* Spins in a sequence until the kernel aborts it. False: it did not for long. */
static bool is_aborted(struct rseq *area)
{
	uint64_t turns = 2000000000;

	asm goto(".pushsection __rseq_cs, \"aw\"\n"
		 ".balign 32\n"
		 "3: .long 0, 0\n .quad 1f, 2f - 1f, 4f\n"
		 ".popsection\n"
		 "leaq 3b(%%rip), %%rax\n"
		 "movq %%rax, %0\n"
		 "1: decq %1\n jnz 1b\n"
		 "2: movq $0, %0\n"
		 "jmp 5f\n"
		 ".byte 0x0f, 0xb9, 0x3d\n"
		 ".long 0x53053053\n"
		 "4: jmp %l[aborted]\n"
		 "5:\n"
		 : : "m"(area->rseq_cs), "r"(turns) : "rax", "memory", "cc" : aborted);
	return false;
aborted:
	return true;
}

static void *sequences(void *arg)
{
	struct rseq *area = (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
	volatile int *round = arg;

	while (!stopping) {
		MUST(is_aborted(area));
		/* it is registered already, with this signature */
		MUST(syscall(SYS_rseq, area, 32, 0, RSEQ_SIG) == -1 && errno == EBUSY);
		MUST(area->cpu_id < 8192 && area->cpu_id_start == area->cpu_id);
		++*round;
		nap(10);
	}
	return NULL;
}

void program(void)
{
	struct itimerval each = { { 0, 10000 }, { 0, 10000 } };
	pthread_t thread[THREADS];
	int i, before[THREADS];

	MUST(__rseq_size);
	handle(SIGALRM, ignore, SA_RESTART);
	for (i = 0; i < THREADS; i++)
		MUST(!pthread_create(&thread[i], NULL, sequences, (void *)&rounds[i]));
	/* a signal ends a sequence too, should nothing else run */
	MUST(!setitimer(ITIMER_REAL, &each, NULL));
	say_ready();
	while (!stopping) {
		for (i = 0; i < THREADS; i++)
			before[i] = rounds[i];
		for (i = 0; i < THREADS; i++)
			while (rounds[i] == before[i] && !stopping)
				nap(20);
		say_round();
	}
	for (i = 0; i < THREADS; i++)
		MUST(!pthread_join(thread[i], NULL));
}
