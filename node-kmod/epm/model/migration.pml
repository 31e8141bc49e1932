// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commit of a migration: ../PROTOCOL.md, as the code of epm/ and proc/ does it. Run
 * by ./verify.
 *
 * Three nodes and one process. It begins at home or elsewhere, and is asked to go to any
 * other node once, or twice: every node is source, destination, home and two of them.
 * Nodes die, lose their connection or are put out of the cluster at any step. No run is
 * infinite, so what has not happened at its end never will.
 *
 * A message arrives after all that was sent before it on its connection, or is lost with
 * all that come after it. A lost connection may be back at once: then new calls get
 * through, though the cluster puts one of both nodes out.
 */
#define NODES 3
#define MOVES 2
#define HOME 0
#define NONE 7

mtype = { OPEN, REST, READY, REFUSED, GO, CLOSE };	/* of a stream */
mtype = { MOVING, MOVED, STAYS, LOST, ARRIVE };		/* requests to the stub */
mtype = { OK, ESRCH, ESTALE, EHOSTDOWN };		/* answers to calls */
mtype = { KEEP, GIVE_UP, RUN, DISCARD, WAIT };		/* decide.h */

byte mutation, max_moves, max_faults;	/* from the environment, see init */
hidden mtype word;

inline print(name)
{
	word = name;	/* printm() takes no constants in all places */
	printm(word)
}

/* migrations: a stream each */
byte moves;
byte from[MOVES], to[MOVES];
bool homeless[MOVES];		/* struct krg_move_head */
byte seq[MOVES];
bool broken[MOVES];		/* its connection was lost */
bool served[MOVES];		/* krg_serve_move() has ended */
bool was_out[MOVES];		/* the source, when krg_serve_move() began */
chan forth[MOVES] = [3] of { mtype };
chan back[MOVES] = [1] of { mtype };

/* at each node: does the process execute instructions there? and its struct krg_body */
bool runs[NODES];
bool body[NODES], silent[NODES], arrived[NODES], refused[NODES], alone[NODES];
bool undecided[NODES];		/* alone because home did not answer: .home is still set */
byte body_seq[NODES];
bool busy[NODES];		/* source, destination or stub that has not done yet */

/* for the properties: who has the process, who has it if the owner goes, who is to keep it */
byte owner, heir = NONE;
bool keeps[NODES];

/* nodes and the cluster */
bool dead[NODES];
bool member[NODES] = true;	/* krg_self_member() */
byte views;			/* decided so far; each puts one node out: */
byte out[NODES];
byte known[NODES];		/* views that a node has installed */
bool cut[NODES];		/* a pair that has lost its connection, if only for a while */
byte faults;
chan strike[NODES] = [0] of { bit };	/* ends the task of a node that dies */

#define PAIR(a, b)	((a) + (b) - 1)
#define PUT_OUT(n)	((views > 0 && out[0] == (n)) || (views > 1 && out[1] == (n)))
/* krg_node_online() at a node; if not, its krg_departures() has counted it */
#define ONLINE(at, n)	(!(known[at] > 0 && out[0] == (n)) && !(known[at] > 1 && out[1] == (n)))
#define REMAINS(n)	(!dead[n] && !PUT_OUT(n))
#define IN(n)		(REMAINS(n) && member[n])

/* struct krg_stub */
bool stub;
byte stub_node, stub_dest = NONE, stub_seq;
chan requests = [6] of { mtype, byte, byte, byte, byte };	/* what, where, seq, who, call */

/*
 * Calls of a body to its home. One that is lost on its way has the same effects as one
 * that could not be sent, because who calls waits.
 */
chan answer[NODES] = [1] of { mtype };
byte call[NODES];		/* odd: it waits */
bool unheard[NODES];		/* its connection was lost */

#include "mutations.pml"
#include "home.pml"

inline start(n)
{
	d_step {
		assert(!runs[0] && !runs[1] && !runs[2]);	/* never_doubled */
		runs[n] = true;
		owner = n;
		heir = NONE;
		keeps[n] = false;
		printf("%d: RUNS\n", n)
	}
}

inline forget_body(n)
{
	body[n] = false; silent[n] = false; arrived[n] = false; refused[n] = false; alone[n] = false;
	undecided[n] = false; body_seq[n] = 0
}

inline forget_stream()
{
	broken[m] = false; from[m] = 0; to[m] = 0
}

inline send(message)
{
	d_step {
		if
		:: !broken[m] && !served[m] && !dead[to[m]] -> forth[m]!message
		:: else
		fi;
		printf("%d: ", n); print(message); printf(" to %d\n", to[m])
	}
}

inline answer_back(k, message)
{
	if
	:: !broken[k] && busy[from[k]] && len(back[k]) == 0 -> back[k]!message
	:: else
	fi;
	printf("%d: ", to[k]); print(message); printf(" to %d\n", from[k])
}

inline source_decides()
{
	d_step {
		outlived = !ONLINE(n, to[m]) && !before;
		if
		:: heard == READY ->
			verdict = (outlived && mutation != SOURCE_HEARS_WHO_IS_OUT -> KEEP : GIVE_UP);
			if
			:: verdict == GIVE_UP && owner == n && ONLINE(n, to[m]) -> owner = to[m]
			:: else
			fi
		:: heard == EHOSTDOWN && sent && !outlived && mutation != SOURCE_NEVER_WAITS ->
			if
			:: member[n] -> verdict = WAIT
			:: else -> verdict = (mutation == SOURCE_KEEPS_WHEN_OUT -> KEEP : DISCARD)
			fi
		:: else -> verdict = KEEP
		fi;
		printf("%d: heard ", n); printm(heard); printf(": "); printm(verdict); printf("\n")
	}
}

/* READY was said. */
inline destination_decides()
{
	d_step {
		outlived = !ONLINE(n, from[m]) && !was_out[m];
		if
		:: !member[n] || heard == CLOSE -> verdict = DISCARD
		:: else ->
			if
			:: heard == GO || outlived || mutation == DESTINATION_NEVER_WAITS ->
				verdict = RUN
			:: else -> verdict = (mutation == DESTINATION_GIVES_UP -> DISCARD : WAIT)
			fi
		fi;
		printf("%d: heard ", n); printm(heard); printf(": "); printm(verdict); printf("\n")
	}
}

/* krg_move_work(): the process leaves @n. */
inline leave()
{
	/* step 1: krg_depart_begin() */
	atomic {
		before = !ONLINE(n, to[m]);
		if
		:: !ONLINE(n, to[m]) && mutation != SOURCE_ASKS_WHO_IS_OUT -> goto stays
		:: else
		fi;
		if
		:: n == HOME -> stub = true; stub_node = HOME; stub_dest = NONE; stub_seq = 1; goto transfer
		:: else -> ask(MOVING, to[m])
		fi
	}
	atomic { hear_answer() }
	/* step 2: krg_transfer(); who has no home for certain, or the cluster has said so, goes on */
transfer: atomic {
		if
		:: undecided[n] && mutation != SILENT_HOME_IS_DEAD -> goto stays
		:: !undecided[n] || mutation == SILENT_HOME_IS_DEAD
		fi;
		if
		:: !dead[to[m]] ->
			homeless[m] = (n != HOME && alone[n]);
			seq[m] = (n == HOME -> 1 : body_seq[n] + 1);
			broken[m] = false; opened = true;
			send(OPEN)
		:: dead[to[m]] || cut[PAIR(n, to[m])] -> goto stays
		fi
	}
	if
	:: atomic { !broken[m] -> sent = true; send(REST) }
	:: goto stays						/* it cannot go on */
	fi;
	/* step 3: krg_hear_destination() */
	atomic {
		if
		:: back[m]?heard
		:: broken[m] || dead[to[m]] -> heard = EHOSTDOWN
		:: mutation == SOURCE_LOSES_PATIENCE -> heard = REFUSED
		fi;
		source_decides()
	}
	atomic {
		if
		:: verdict != WAIT
		:: verdict == WAIT && (!member[n] || (!ONLINE(n, to[m]) && !before)) -> source_decides()
		fi;
		if
		/* step 4: krg_depart_commit() */
		:: verdict == GIVE_UP ->
			res = OK;
			if
			:: n == HOME -> stub_node = to[m]
			:: n != HOME -> silent[n] = true;
				if
				:: to[m] != HOME -> ask(MOVED, to[m])
				:: else
				fi
			fi
		/* krg_end_here() */
		:: verdict == DISCARD -> send(CLOSE);
			if
			:: n == HOME -> drop_stub()
			:: else -> silent[n] = true
			fi;
			goto ended
		:: verdict == KEEP -> goto stays
		fi
	}
	/* step 5 */
	atomic {
		if
		:: n == HOME
		:: n != HOME -> hear_answer()
		fi;
		if
		:: mutation == GO_LOST -> send(CLOSE)
		:: else -> send(GO)
		fi;
		if
		:: n != HOME -> goto ended
		:: else
		fi
	}
	/* krg_stub_loop() */
	atomic {
		if
		:: !ONLINE(HOME, stub_node) -> stub_lost(stub_node)
		:: else
		fi;
		goto ended
	}
	/* krg_stay() */
stays:	atomic {
		keeps[n] = true;
		if
		:: mutation == REFUSAL_UNHEARD -> silent[n] = true; goto ended
		:: else
		fi;
		if
		:: opened -> send(CLOSE)
		:: else
		fi;
		if
		:: n == HOME -> drop_stub()
		:: else -> ask(STAYS, n)
		fi
	}
	atomic {
		if
		:: n == HOME
		:: n != HOME -> hear_answer()
		fi;
		start(n)
	}
ended:	atomic {
		if
		:: silent[n] -> forget_body(n)
		:: else
		fi;
		do :: back[m]?_ :: empty(back[m]) -> break od;
		if
		:: served[m] -> forget_stream()
		:: else
		fi;
		busy[n] = false; m = 0; heard = 0; res = 0; verdict = 0; sent = false; opened = false;
		outlived = false; before = false
	}
}

/* step 2 at the destination: krg_build() */
inline build()
{
	if
	:: nempty(forth[m]) -> forth[m]?heard			/* REST, or CLOSE */
	:: broken[m] || dead[from[m]] -> heard = EHOSTDOWN
	:: heard = REFUSED					/* it cannot be built */
	fi;
	if
	:: !ONLINE(n, from[m]) && mutation != DESTINATION_SERVES_WHO_IS_OUT -> heard = REFUSED
	:: else
	fi
}

/* step 3: krg_mine() */
inline say_ready()
{
	heir = n;
	answer_back(m, READY)
}

inline mine()
{
	if
	:: forth[m]?heard					/* GO, or CLOSE */
	:: broken[m] || dead[from[m]] -> heard = EHOSTDOWN
	fi;
	destination_decides()
}

inline still_mine()
{
	if
	:: verdict != WAIT
	:: verdict == WAIT && (!member[n] || (!ONLINE(n, from[m]) && !was_out[m])) ->
		destination_decides()
	fi
}

/* The end of krg_serve_move(): nobody reads its stream any more. */
inline end_service()
{
	served[m] = true; was_out[m] = false; homeless[m] = false; seq[m] = 0;
	do :: forth[m]?_ :: empty(forth[m]) -> break od;
	if
	:: !busy[from[m]] -> forget_stream()
	:: else
	fi;
	m = 0; heard = 0; verdict = 0; outlived = false
}

/* krg_new_process(): the process comes to @n, which is not its home. */
inline arrive()
{
	d_step {
		body[n] = true; silent[n] = true; body_seq[n] = seq[m]; busy[n] = true;
		alone[n] = homeless[m] || !ONLINE(n, HOME)
	}
	atomic { build() }
	/* krg_arrive_ready() */
	atomic {
		if
		:: heard == REST && !refused[n] -> arrived[n] = true
		:: else -> answer_back(m, REFUSED); verdict = DISCARD; goto arrived_or_not
		fi
	}
	d_step { say_ready() }
	atomic { mine() }
arrived_or_not: atomic {
		still_mine();
		if
		:: verdict == RUN -> silent[n] = false; start(n)
		:: else -> forget_body(n)
		fi;
		busy[n] = false;
		end_service()
	}
}

/* krg_receive_home(), in the stub's context */
inline come_home()
{
	build();
	if
	:: heard != REST -> answer_back(m, REFUSED); verdict = DISCARD
	:: d_step { heard == REST -> say_ready() }
		atomic { mine() }
	fi;
	still_mine();
	if
	:: verdict == RUN -> drop_stub(); start(HOME)
	:: else
	fi;
	end_service()
}

/* A stream that begins to be served at @n, which is not the home of the process. */
inline take(k)
{
	n != HOME && to[k] == n && forth[k]?[OPEN] && !body[n] ->
	m = k; forth[m]?_;
	was_out[m] = !ONLINE(n, from[m])
}

/* The same at home: the stub has to turn to it. */
inline take_home(k)
{
	atomic {
		!dead[HOME] && to[k] == HOME && forth[k]?[OPEN] ->
		forth[k]?_;
		was_out[k] = !ONLINE(HOME, from[k]);
		if
		:: stub && !homeless[k] -> requests!ARRIVE, k, 0, NONE, 0
		:: else -> answer_back(k, REFUSED); served[k] = true
		fi
	}
}

proctype Arrivals()
{
	do
	:: take_home(0)
	:: take_home(1)
	od
}

/* The task that is, or was, or will be the process at @n; at home also its stub. */
proctype Task(byte n)
{
	byte m, where, sq, who, no;
	mtype op, res, heard, verdict;
	bool before, sent, opened, outlived, taken;

	{
	do
	:: atomic { n == HOME && stub && member[n] && nempty(requests) -> serve() }
	:: atomic { n == HOME && stub && !member[n] -> drop_stub() }	/* its container ends */
	:: d_step { runs[n] && !member[n] -> runs[n] = false; forget_body(n) }
	/* a request to move; nodes 1 and 2 are alike */
	:: atomic {
		runs[n] && member[n] && moves < max_moves ->
		if
		:: ONLINE(n, (n + 1) % NODES) -> to[moves] = (n + 1) % NODES
		:: ONLINE(n, (n + 2) % NODES) && (moves || n != HOME) -> to[moves] = (n + 2) % NODES
		fi;
		runs[n] = false; busy[n] = true; m = moves; moves++; from[m] = n;
		printf("%d: is asked to move to %d\n", n, to[m])
	   }
	   leave()
	:: atomic { take(0); goto comes }
	:: atomic { take(1) }
comes:	   arrive()
	od
	} unless {
		atomic {
			strike[n]?_ -> m = 0; where = 0; sq = 0; who = 0; no = 0; op = 0; res = 0;
			heard = 0; verdict = 0; before = false; sent = false; opened = false;
			outlived = false; taken = false
		}
	}
}

#include "cluster.pml"

/* Every wait ends. */
#define ENDED(n)	(dead[n] || !busy[n])
#define WAITS_END	(ENDED(0) && ENDED(1) && ENDED(2))

/* Whoever has the process runs it, as long as it lives and stays in the cluster. */
#define HAS(n)		(owner == (n) && IN(n) || heir == (n) && IN(n) && !IN(owner))
#define NEVER_LOST	((!HAS(0) || runs[0]) && (!HAS(1) || runs[1]) && (!HAS(2) || runs[2]))

/* A refused or cancelled migration leaves the process running at its source. */
#define KEPT(n)		(!keeps[n] || !IN(n))
#define REFUSED_STAYS	(KEPT(0) && KEPT(1) && KEPT(2))

/* Home has the process, or knows where it is and will hear of its end, or knows that it ended. */
#define RUNS(n)		(IN(n) && runs[n])
#define KNOWN(n)	(RUNS(n) && stub && stub_node == (n) && stub_dest == NONE && \
			 stub_seq == body_seq[n] && !alone[n])
#define HOME_KNOWS	(!IN(HOME) || (RUNS(HOME) && !stub) || KNOWN(1) || KNOWN(2) || \
			 (!stub && !RUNS(HOME) && !RUNS(1) && !RUNS(2)))

ltl waits_end { <>[] WAITS_END }
ltl never_lost { <>[] NEVER_LOST }
ltl refused_stays { []<> REFUSED_STAYS }
ltl home_knows { <>[] HOME_KNOWS }

/* The same at the end of every run: cheaper, for larger ones. */
proctype End()
{
	timeout;
	assert(WAITS_END);
	assert(NEVER_LOST);
	assert(REFUSED_STAYS);
	assert(HOME_KNOWS)
}

c_decl {
	\#include <stdlib.h>
}

init
{
	atomic {
		c_code {
			now.mutation = atoi(getenv("MUTATION"));
			now.max_moves = atoi(getenv("MOVES"));
			now.max_faults = atoi(getenv("FAULTS"));
		};
		if
		:: owner = HOME
		:: owner = 1; body[1] = true; body_seq[1] = 1; stub = true; stub_node = 1; stub_seq = 1
		fi;
		runs[owner] = true;
		run Task(0); run Task(1); run Task(2); run Arrivals();
		run View(0); run View(1); run View(2);
		run End();
		run Fate(0, 1, 2); run Fate(1, 0, 2); run Fate(2, 0, 1)
	}
}
