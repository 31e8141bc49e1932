// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pre-copy of processes that write at some rate over a line of some rate: it ends, the rest is
 * small wherever rounds can make it small, and nobody sends for ever after who writes too fast.
 */
#include <stdio.h>
#include <stdlib.h>
#include "../../epm/rounds.h"

#define MB 1048576ULL
#define SECOND 1000000000ULL

struct outcome {
	unsigned int rounds;
	u64 sent, rest;
	bool left;
};

/* @writes, @line: bytes a second */
static struct outcome simulate(u64 size, u64 writes, u64 line)
{
	struct krg_rounds rounds = {};
	struct outcome o = { .rest = size };
	bool more = true;

	while (more) {
		u64 changed = o.rest, ns = changed * SECOND / line;
		u64 written = ns / 1000 * writes / 1000000;

		o.sent += changed;
		o.rest = written < size ? written : size;
		more = krg_rounds_go_on(&rounds, changed, ns);
	}
	o.rounds = rounds.count;
	o.left = krg_rounds_leave_rest(&rounds);
	return o;
}

static void expect(bool ok, const char *what, u64 size, u64 writes, u64 line, struct outcome o)
{
	if (ok)
		return;
	fprintf(stderr, "rounds_test: %s: %llu MB, writes %llu MB/s, line %llu MB/s: %u rounds, sent %llu MB, %llu bytes left\n",
		what, size / MB, writes / MB, line / MB, o.rounds, o.sent / MB, o.rest);
	exit(1);
}

int main(void)
{
	struct krg_rounds none = {};
	static const u64 sizes[] = { 4, 64, 1024, 16384 }, lines[] = { 10, 100, 1000 };
	int cases = 0;

	if (krg_rounds_leave_rest(&none)) {
		fputs("rounds_test: a process without rounds leaves its memory behind\n", stderr);
		return 1;
	}
	for (int s = 0; s < 4; s++) {
		for (int l = 0; l < 3; l++) {
			for (u64 percent = 0; percent <= 200; percent += 10, cases++) {
				u64 size = sizes[s] * MB, line = lines[l] * MB;
				u64 writes = line * percent / 100;
				struct outcome o = simulate(size, writes, line);

				expect(o.rounds <= KRG_ROUNDS_MAX, "too many rounds", size, writes,
				       line, o);
				if (!percent)
					expect(!o.rest, "a rest of nothing", size, writes, line, o);
				if (percent <= 70)
					expect(o.rest <= line * KRG_ROUND_SHORT_NS / SECOND ||
					       o.rest <= size / 250, "the rest is large", size,
					       writes, line, o);
				if (percent >= 80)
					expect(o.rounds <= 2, "sends in vain", size, writes, line,
					       o);
				/* it writes at most twice as much in a round as that one sent */
				if (o.rest > 2 * KRG_PRECOPY_BYTES &&
				    o.rest > 2 * line * KRG_ROUND_SHORT_NS / SECOND)
					expect(o.left, "stands still for its rest", size, writes,
					       line, o);
				if (o.rest < KRG_PRECOPY_BYTES / 2)
					expect(!o.left, "leaves a little behind", size, writes,
					       line, o);
				expect(o.sent <= 4 * size, "sends too much", size, writes, line, o);
			}
		}
	}
	printf("rounds_test: %d cases passed\n", cases);
	return 0;
}
