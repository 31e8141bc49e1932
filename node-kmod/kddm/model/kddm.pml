// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything that can happen to one object on a few nodes: the protocol in ../[a-z]*.c, as
 * it is, with world.c around it. Run by ./verify. Every run ends, because operations, deaths
 * and joins are counted; what waits at its end waits for ever.
 */
c_decl {
\#include "world.h"
extern int readtrail;
}

c_track "&w" "sizeof(struct world)"

#define MOVE(m)	:: d_step { c_expr { w.possible >> (m) & 1 } -> c_code { move(m); } }
#define MOVES(m) MOVE(m) MOVE(m + 1) MOVE(m + 2) MOVE(m + 3)

init
{
	c_code {
		world_says = readtrail;
		world_start();
	};
	do
	:: c_expr { w.failed } -> assert(false)
	MOVES(0) MOVES(4) MOVES(8) MOVES(12)
	MOVES(16) MOVES(20) MOVES(24) MOVES(28) MOVES(32)
	MOVES(36) MOVES(40) MOVES(44) MOVES(48) MOVES(52) MOVES(56)
	:: else -> break
	od
}
