// SPDX-License-Identifier: GPL-2.0-only
/* The old floating-point unit: eight registers, control words, rounding of both units. */
#include "../zoo.h"
#include <fenv.h>
#include <xmmintrin.h>

/* The values spend @turns in the registers. */
static void through_registers(const double in[8], double out[8], uint64_t turns)
{
	asm volatile("fldl (%1)\n fldl 8(%1)\n fldl 16(%1)\n fldl 24(%1)\n"
		     "fldl 32(%1)\n fldl 40(%1)\n fldl 48(%1)\n fldl 56(%1)\n"
		     "1: dec %0\n jnz 1b\n"
		     "fstpl 56(%2)\n fstpl 48(%2)\n fstpl 40(%2)\n fstpl 32(%2)\n"
		     "fstpl 24(%2)\n fstpl 16(%2)\n fstpl 8(%2)\n fstpl (%2)\n"
		     : "+r"(turns) : "r"(in), "r"(out)
		     : "memory", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)",
		       "st(7)");
}

void program(void)
{
	static const int mode[] = { FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO };
	double in[8], out[8];
	uint64_t round = 0;
	int i;

	say_ready();
	while (!stopping) {
		volatile long double one = 1, three = 3;
		volatile double done = 1, dthree = 3;
		long double third;
		double dthird;
		uint16_t word, word2;
		uint32_t mxcsr;

		MUST(!fesetround(mode[++round % 4]));
		asm volatile("fnstcw %0" : "=m"(word));
		word = (word & ~0x300) | (round % 3 ? 0x300 : 0x200);	/* 64 or 53 bits */
		asm volatile("fldcw %0" : : "m"(word));
		mxcsr = _mm_getcsr() ^ (round % 2 ? 0x8000 : 0);	/* flush to zero */
		_mm_setcsr(mxcsr);
		third = one / three;
		dthird = done / dthree;
		for (i = 0; i < 8; i++)
			in[i] = mix(round * 8 + i) / 3.0;
		through_registers(in, out, 3000000);
		MUST(!memcmp(in, out, sizeof(in)));
		asm volatile("fnstcw %0" : "=m"(word2));
		MUST(word == word2 && (_mm_getcsr() & 0xffc0) == (mxcsr & 0xffc0));
		MUST(fegetround() == mode[round % 4]);
		MUST(one / three == third && done / dthree == dthird);
		MUST(!fesetround(FE_TONEAREST));
		say_round();
		nap(10);
	}
}
