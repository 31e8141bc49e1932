// SPDX-License-Identifier: GPL-2.0-only
#include "rounds.h"

bool krg_rounds_go_on(struct krg_rounds *rounds, u64 changed, u64 ns)
{
	u64 before = rounds->changed;

	rounds->changed = changed;
	rounds->ns = ns;
	if (++rounds->count == KRG_ROUNDS_MAX || ns <= KRG_ROUND_SHORT_NS)
		return false;
	/* it writes about as fast as we send: each round would be like the one before */
	return rounds->count == 1 || changed < before / 4 * 3;
}

bool krg_rounds_leave_rest(const struct krg_rounds *rounds)
{
	return rounds->ns > KRG_ROUND_SHORT_NS && rounds->changed >= KRG_PRECOPY_BYTES;
}
