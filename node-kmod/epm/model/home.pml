// SPDX-License-Identifier: GPL-2.0-only
/* The home of the process: struct krg_stub, and what bodies ask of it. */
inline no_home(n)
{
	alone[n] = true;
	undecided[n] = ONLINE(n, HOME)
}

/* krg_body_ask() at n: the call, then its answer in res */
inline ask(what, place)
{
	if
	:: alone[n] -> res = EHOSTDOWN
	:: !alone[n] && !dead[HOME] ->
		call[n] = (call[n] + 1) % 4; res = 0;
		if
		:: stub -> requests!what, place, body_seq[n], n, call[n]
		:: else -> answer[n]!ESRCH
		fi
	:: !alone[n] && (dead[HOME] || cut[PAIR(n, HOME)]) -> res = EHOSTDOWN; no_home(n)
	fi;
	printf("%d: ", n); print(what); printf(" %d to home\n", place)
}

inline hear_answer()
{
	if
	:: res != 0
	:: res == 0 && nempty(answer[n]) -> answer[n]?res
	:: res == 0 && (unheard[n] || dead[HOME]) -> res = EHOSTDOWN
	fi;
	printf("%d: home says ", n); printm(res); printf("\n");
	if
	:: res != OK && !alone[n] -> no_home(n)
	:: else
	fi;
	if
	:: call[n] % 2 -> call[n] = (call[n] + 1) % 4; unheard[n] = false
	:: else
	fi;
	do :: answer[n]?_ :: empty(answer[n]) -> break od
}

inline reply(asker, number, value)
{
	if
	:: asker != NONE && number == call[asker] && !unheard[asker] -> answer[asker]!value
	:: else
	fi
}

inline forget_stub()
{
	stub = false; stub_node = 0; stub_dest = NONE; stub_seq = 0
}

/* krg_stub_drop() */
inline drop_stub()
{
	d_step {
		forget_stub();
		do
		:: requests?op, where, sq, who, no ->
			if
			:: op == ARRIVE -> answer_back(where, REFUSED); served[where] = true
			:: else -> reply(who, no, ESRCH)
			fi
		:: empty(requests) -> break
		od;
		op = 0; where = 0; sq = 0; who = 0; no = 0
	}
}

/* krg_stub_moved() */
inline stub_moved(place)
{
	printf("home: it is at %d\n", place);
	stub_node = place; stub_dest = NONE; stub_seq++
}

/* krg_stub_lost(): @gone is out. The stub asks where its body was moving to. */
inline stub_lost(gone)
{
	taken = false;
	if
	:: gone != stub_node
	:: gone == stub_node && (stub_dest == NONE || stub_dest == HOME || dead[stub_dest] ||
				 !ONLINE(HOME, stub_dest) || cut[PAIR(HOME, stub_dest)] ||
				 mutation == HOME_DOES_NOT_ASK) ->
		printf("home: it died with %d\n", gone);
		drop_stub()
	/* krg_taken() */
	:: gone == stub_node && stub_dest != NONE && stub_dest != HOME && !dead[stub_dest] &&
	   ONLINE(HOME, stub_dest) && mutation != HOME_DOES_NOT_ASK &&
	   (!ONLINE(stub_dest, gone) || !member[stub_dest] || mutation == HOME_ASKS_EARLY) ->
		taken = member[stub_dest] && body[stub_dest] && (arrived[stub_dest] || !silent[stub_dest]);
		if
		:: body[stub_dest] && !taken && mutation != ANSWER_NOT_KEPT -> refused[stub_dest] = true
		:: else
		fi;
		if
		:: taken -> stub_moved(stub_dest)
		:: !taken || cut[PAIR(HOME, stub_dest)] ->
			printf("home: it died with %d, %d has not got it\n", gone, stub_dest);
			drop_stub()
		fi
	fi
}

/* krg_stub_heeds(), and what bodies ask */
inline serve_ask()
{
	res = OK;
	if
	:: sq == stub_seq
	:: sq != stub_seq ->
		if
		:: sq == stub_seq + 1 && who == stub_dest && mutation != NO_SIGN_OF_LIFE ->
			stub_moved(who)
		:: else -> res = ESTALE
		fi
	fi;
	if
	:: res == OK && op == MOVING -> stub_dest = where
	:: res == OK && op == STAYS -> stub_dest = NONE
	:: res == OK && op == MOVED -> stub_moved(where)
	:: else
	fi;
	reply(who, no, res)
}

/* krg_stub_serve(), in the stub's context. LOST and ARRIVE may wait. */
inline serve()
{
	requests?op, where, sq, who, no;
	busy[HOME] = true;
	if
	:: op == LOST -> stub_lost(where)
	:: op == ARRIVE -> m = where; come_home()
	:: op != LOST && op != ARRIVE -> serve_ask();
		if
		:: res == OK && op == MOVED && !ONLINE(HOME, stub_node) && mutation != MOVED_TO_THE_DEAD ->
			stub_lost(stub_node)
		:: else
		fi
	fi;
	op = 0; where = 0; sq = 0; who = 0; no = 0; res = 0; busy[HOME] = false
}
