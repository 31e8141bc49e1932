// SPDX-License-Identifier: GPL-2.0-only
/* Doubles and vector registers that live across the move. */
#include "../zoo.h"

__attribute__((target("avx")))
void program(void)
{
	uint64_t round = 0, lanes[4], i;
	double x, expected;

	say_ready();
	while (!stopping) {
		round++;
		lanes[0] = round;
		lanes[1] = ~round;
		lanes[2] = round * 0x9e3779b97f4a7c15;
		lanes[3] = round << 32 | 5;
		x = 1;
		asm volatile("vmovdqu %0, %%ymm9" : : "m"(*(char (*)[32])lanes) : "xmm9");
		for (i = 0; i < 3000000; i++)
			asm volatile("" : "+x"(x) : : "xmm9");
		asm volatile("vmovdqu %%ymm9, %0" : "=m"(*(char (*)[32])lanes));
		MUST(lanes[0] == round && lanes[1] == ~round);
		MUST(lanes[2] == round * 0x9e3779b97f4a7c15 && lanes[3] == (round << 32 | 5));
		for (i = 0, expected = 1, x = 1; i < 1000; i++) {
			x = x * 1.0000001 + 1e-9;
			expected = expected * 1.0000001 + 1e-9;
		}
		MUST(x == expected);
		say_round();
		nap(10);
	}
}
