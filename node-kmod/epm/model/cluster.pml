// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cluster: nodes that die, connections that are lost, and views. Every fault makes
 * the cluster put out one node: the one that died, one of two that lost each other, or
 * one that an administrator named. When it and the others hear of that is another matter.
 */
/* Only nodes that have to do with the latest migration are of interest, and whom home may ask. */
#define INVOLVED(n)	((n) == HOME || stub_dest == (n) || busy[n] || \
			 moves && (from[moves - 1] == (n) || to[moves - 1] == (n)))

/* krg_streams_end(), krg_calls_end() */
inline disconnect(a, b)
{
	cut[PAIR(a, b)] = true;
	k = 0;
	do
	:: k < moves -> broken[k] = broken[k] || PAIR(from[k], to[k]) == PAIR(a, b); k++
	:: else -> break
	od;
	k = 0;
	if
	:: (a) == HOME -> unheard[b] = call[b] % 2
	:: (b) == HOME -> unheard[a] = call[a] % 2
	:: else
	fi
}

/* krg_install() at @n, or the news that it was put out itself */
proctype View(byte n)
{
	byte k;

	do
	:: atomic {
		!dead[n] && member[n] && INVOLVED(n) && known[n] < views && out[known[n]] != n ->
		disconnect(n, out[known[n]]);
		if
		:: out[known[n]] == HOME -> alone[n] = alone[n] || body[n]; undecided[n] = false
		:: out[known[n]] != HOME && n == HOME && stub ->
			requests!LOST, out[known[n]], 0, NONE, 0
		:: else
		fi;
		known[n]++;
		printf("%d: node %d is out\n", n, out[known[n] - 1])
	   }
	:: atomic { !dead[n] && member[n] && INVOLVED(n) && PUT_OUT(n) -> member[n] = false;
		printf("%d: I am out\n", n) }
	od
}

inline die(n)
{
	dead[n] = true;
	strike[n]!0;
	d_step {
		runs[n] = false; busy[n] = false; forget_body(n);
		known[n] = 0; call[n] = 0; unheard[n] = false;
		do :: answer[n]?_ :: empty(answer[n]) -> break od;
		if
		:: n == HOME ->
			forget_stub();
			do :: requests?_, _, _, _, _ :: empty(requests) -> break od
		:: else
		fi;
		printf("%d: dies\n", n)
	}
}

#define JOINED(a, b)	(INVOLVED(a) && REMAINS(a) && !cut[PAIR(a, b)])

/* What can happen to node @n while somebody moves; @one and @two are the others. */
proctype Fate(byte n, one, two)
{
	byte k;

	do
	:: atomic {
		faults < max_faults && (busy[0] || busy[1] || busy[2]) && INVOLVED(n) && REMAINS(n) &&
		(REMAINS(one) || REMAINS(two)) ->
		faults++; out[views] = n; views++;
		if
		:: die(n)
		:: JOINED(one, n) -> disconnect(one, n); printf("%d and %d lose each other\n", one, n)
		:: JOINED(two, n) -> disconnect(two, n); printf("%d and %d lose each other\n", two, n)
		:: printf("%d is declared dead\n", n)
		fi
	   }
	:: atomic { faults < max_faults && !dead[n] && PUT_OUT(n) -> faults++; die(n) }
	:: n == HOME && faults < max_faults -> faults = max_faults	/* nothing more happens */
	od
}
