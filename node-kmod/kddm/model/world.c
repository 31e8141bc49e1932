// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "world.h"
#include "internal.h"

struct world w;
int world_says;

static int allowed;		/* operations */
static int deaths;		/* at most */

static struct krg_kddm_place places[1 << NODES];	/* by members; they do not change */
static struct krg_kddm_key object;

/* What has to be true always. The names are what ./verify expects of a broken rule. */
enum {
	STALE = 1, TWO_WRITERS, MADE_AGAIN, LOST, NONSENSE, TAKEN_AWAY, FULL, WAITS, LEFT_OVER,
	SURVIVED
};

static const char *const properties[] = {
	"", "stale read", "two writers", "made again", "lost", "nonsense", "taken away", "full", "waits",
	"left over", "survived",
};

#define say(...)								\
	do {									\
		if (world_says)							\
			printf(__VA_ARGS__);					\
	} while (0)

static void broken(int property)
{
	if (!w.failed)
		say("broken: %s\n", properties[property]);
	w.failed = property;
}

static int index_of(const struct krg_kddm *n)
{
	return n->self - 1;
}

static struct krg_kddm_copy *find_copy(struct krg_kddm *n, const struct krg_kddm_key *key)
{
	return &w.copy[index_of(n)];
}

static struct krg_kddm_entry *find_entry(struct krg_kddm *n, const struct krg_kddm_key *key)
{
	return w.known[index_of(n)] ? &w.entry[index_of(n)] : NULL;
}

static struct krg_kddm_entry *need_entry(struct krg_kddm *n, const struct krg_kddm_key *key)
{
	if (!w.known[index_of(n)])
		w.entry[index_of(n)] = (struct krg_kddm_entry) { .key = object };
	w.known[index_of(n)] = 1;
	return &w.entry[index_of(n)];
}

static void drop_entry(struct krg_kddm *n, struct krg_kddm_entry *e)
{
	w.known[index_of(n)] = 0;
}

static void each_copy(struct krg_kddm *n,
		      void (*fn)(struct krg_kddm *n, struct krg_kddm_copy *c))
{
	fn(n, &w.copy[index_of(n)]);
}

static void each_entry(struct krg_kddm *n,
		       void (*fn)(struct krg_kddm *n, struct krg_kddm_entry *e))
{
	if (w.known[index_of(n)])
		fn(n, &w.entry[index_of(n)]);
}

static void each_of(struct krg_kddm *n, u64 set,
		    void (*copy)(struct krg_kddm *n, struct krg_kddm_copy *c),
		    void (*entry)(struct krg_kddm *n, struct krg_kddm_entry *e))
{
	each_copy(n, copy);
	if (entry)
		each_entry(n, entry);
}

static struct krg_kddm_ending *new_ending(struct krg_kddm *n, u64 set)
{
	w.exists = 0;
	return &w.ending[index_of(n)];
}

static void free_ending(struct krg_kddm *n, struct krg_kddm_ending *e)
{
	memset(e, 0, sizeof(*e));
}

/* Has somebody heard that it is destroyed, and does not know that it is over? */
static int ends(void)
{
	int i;

	for (i = 0; i < NODES; i++)
		if (w.node[i].endings)
			return 1;
	return 0;
}

static void destroyed(struct krg_kddm *n, u64 set, int err)
{
	int i = index_of(n);

	if (w.doing[i][KEEPER] != DESTROY)
		return;
	w.doing[i][KEEPER] = 0;
	if (!err && w.before[i] > w.destroyed)
		w.destroyed = w.before[i];
}

/* A home says EIO: nobody who has heard of its view may have a copy, and somebody died. */
static void check_lost(const struct krg_kddm *home)
{
	int i;

	for (i = 0; i < NODES; i++)
		if (w.alive[i] && w.node[i].epoch == home->epoch && w.copy[i].state)
			broken(LOST);
	if (w.deaths == deaths)
		broken(LOST);
}

static void send_message(struct krg_kddm *n, int to, const struct krg_kddm_msg *msg,
			 struct krg_kddm_copy *c)
{
	struct queue *q = &w.queue[index_of(n)][to - 1];

	if (msg->type == KRG_KDDM_DONE && msg->err == -EIO)
		check_lost(n);
	if (!w.alive[to - 1])
		return;
	if (q->used == QUEUE) {
		broken(FULL);
		return;
	}
	q->msg[q->used++] = (struct packed_msg) {
		.type = msg->type, .node = msg->node, .want = msg->want, .flags = msg->flags,
		.err = -msg->err, .acks = msg->acks, .epoch = msg->epoch,
		.content = c ? w.content[index_of(n)] : msg->type == KRG_KDDM_CLAIM ?
			   msg->slots >> krg_kddm_slot(&object) & 1 : 0,
	};
}

static void fill(struct krg_kddm *n, struct krg_kddm_copy *c, const void *payload)
{
	int i;

	if (!payload) {
		for (i = 0; i < NODES; i++)
			if (w.copy[i].want == KRG_KDDM_REMOVE)
				w.exists = 0;
		if (w.exists)
			broken(MADE_AGAIN);
		w.version++;
		w.births++;
	}
	w.content[index_of(n)] = payload ? *(const u8 *)payload : w.version;
}

static void restrict_to(struct krg_kddm *n, struct krg_kddm_copy *c, enum krg_kddm_state to)
{
	int i = index_of(n);

	if (n->phase == KRG_KDDM_OUT)
		return;
	if ((w.holds[i][WRITER] && c->want != KRG_KDDM_REMOVE) ||
	    (w.holds[i][READER] && to == KRG_KDDM_INVALID))
		broken(TAKEN_AWAY);
}

static void held(int i, int thread)
{
	int other, kind;

	for (other = 0; other < NODES; other++)
		for (kind = 0; kind < THREADS; kind++)
			if (w.holds[other][kind] && w.copy[other].want != KRG_KDDM_REMOVE &&
			    (thread == WRITER || kind == WRITER))
				broken(TWO_WRITERS);
	if (w.content[i] != w.version)
		broken(STALE);
	if (w.births <= w.destroyed)
		broken(SURVIVED);
	w.holds[i][thread] = 1;
	w.exists = !ends();
	if (w.doing[i][thread] == WRITE)
		w.content[i] = ++w.version;
}

static void attempt(int i, int thread)
{
	static int depth;
	struct krg_kddm *n = &w.node[i];
	struct krg_kddm_copy *c = &w.copy[i];
	/* a destruction is no call about a copy: who waits for one may call again in it */
	int inside = w.doing[i][thread] != DESTROY;
	int err;

	if (depth)
		return;
	depth += inside;
	switch (w.doing[i][thread]) {
	case READ:
		err = krg_kddm_get(n, c, false);
		break;
	case FLUSH:
		err = krg_kddm_flush(n, c);
		break;
	case SYNC:
		err = krg_kddm_sync(n, c);
		break;
	case DESTROY:
		err = krg_kddm_destroy(n, object.set);
		break;
	default:
		err = krg_kddm_grab(n, c, false);
	}
	depth -= inside;
	if (!err && (thread == READER || thread == WRITER))
		held(i, thread);
	else if (!err || err == -EHOSTDOWN || err == -EIDRM || (err == -EBUSY && thread == KEEPER))
		w.doing[i][thread] = 0;
}

/* What a thread waits for the end of */
static u8 wanted(int i, int thread)
{
	switch (w.doing[i][thread]) {
	case READ:
		return KRG_KDDM_GET;
	case FLUSH:
		return KRG_KDDM_DROP;
	case SYNC:
		return KRG_KDDM_SYNC;
	case DESTROY:
		return KRG_KDDM_NOTHING;
	default:
		return w.holds[i][thread] ? KRG_KDDM_REMOVE : KRG_KDDM_GRAB;
	}
}

static void wake(struct krg_kddm *n, struct krg_kddm_copy *c, enum krg_kddm_want ended, int err)
{
	int i = index_of(n), thread;

	if (ended == KRG_KDDM_REMOVE)
		w.exists = 0;
	for (thread = 0; thread < THREADS; thread++) {
		bool mine = w.doing[i][thread] && ended != KRG_KDDM_NOTHING &&
			    ended == wanted(i, thread);

		if (mine && (err || thread == KEEPER || ended == KRG_KDDM_REMOVE)) {
			w.doing[i][thread] = 0;
			w.holds[i][thread] = 0;
		}
	}
	for (thread = 0; thread < KEEPER; thread++)
		if (w.doing[i][thread] && !w.holds[i][thread])
			attempt(i, thread);
}

static void gone(struct krg_kddm *n)
{
}

static const struct krg_kddm_ops ops = {
	.find_copy = find_copy,
	.find_entry = find_entry,
	.need_copy = find_copy,
	.need_entry = need_entry,
	.drop_entry = drop_entry,
	.each_copy = each_copy,
	.each_entry = each_entry,
	.send = send_message,
	.fill = fill,
	.restrict_to = restrict_to,
	.wake = wake,
	.gone = gone,
	.new_ending = new_ending,
	.free_ending = free_ending,
	.each_of = each_of,
	.released = krg_kddm_destroy_again,
	.destroyed = destroyed,
};

/* What means nothing any more shall not tell states apart. */
static void tidy(void)
{
	int i;

	for (i = 0; i < NODES; i++) {
		struct krg_kddm_copy *c = &w.copy[i];

		if (!w.known[i])
			memset(&w.entry[i], 0, sizeof(w.entry[i]));
		if (!c->before.type)
			memset(&c->before, 0, sizeof(c->before));
		if (!c->next.type)
			memset(&c->next, 0, sizeof(c->next));
		if (c->state == KRG_KDDM_INVALID)
			w.content[i] = 0;
	}
}

static int can_deliver(int from, int to)
{
	return w.queue[from][to].used && w.node[to].phase != KRG_KDDM_OUT &&
	       w.queue[from][to].msg[0].epoch <= w.node[to].epoch;
}

static void deliver(int from, int to)
{
	static const char *const names[] = {
		"request", "share", "give", "invalidate", "fetch", "note", "forget", "data",
		"grant", "ack", "fetched", "may drop", "done", "view", "claim", "known", "copy",
		"reported", "ready", "leave", "bye", "bye ack", "destroy",
		"destroyed",
	};
	struct queue *q = &w.queue[from][to];
	struct packed_msg p = q->msg[0];
	struct krg_kddm_msg msg = {
		.epoch = p.epoch, .type = p.type, .node = p.node, .want = p.want,
		.flags = p.flags, .acks = p.acks, .err = -p.err,
	};

	if (p.type == KRG_KDDM_CLAIM)
		msg.slots = (u64)p.content << krg_kddm_slot(&object);
	else
		msg.key = object;
	say("%d -> %d: %s for %d, want %d, acks %d, err %d, epoch %d, content %d\n", from + 1,
	    to + 1, names[p.type], p.node, p.want, p.acks, p.err, p.epoch, p.content);
	memmove(&q->msg[0], &q->msg[1], (q->used - 1) * sizeof(q->msg[0]));
	memset(&q->msg[--q->used], 0, sizeof(q->msg[0]));
	if (krg_kddm_receive(&w.node[to], from + 1, &msg, &p.content))
		broken(NONSENSE);
}

static int thread_for(int what)
{
	return what == READ ? READER : what == WRITE || what == REMOVE ? WRITER : KEEPER;
}

static int can_begin(int node, int what)
{
	return allowed & what && w.operations && w.node[node].phase == KRG_KDDM_SERVING &&
	       !w.doing[node][thread_for(what)];
}

static void begin(int node, int what)
{
	say("%d: begins %d\n", node + 1, what);
	w.operations--;
	if (what == DESTROY)
		w.before[node] = w.births;
	w.doing[node][thread_for(what)] = what;
	attempt(node, thread_for(what));
}

static int can_release(int node, int thread)
{
	return w.holds[node][thread] && w.copy[node].want != KRG_KDDM_REMOVE;
}

static void release(int node, int thread)
{
	say("%d: releases %d\n", node + 1, w.doing[node][thread]);
	if (w.doing[node][thread] == REMOVE && !krg_kddm_closed(&w.node[node], object.set) &&
	    w.copy[node].want == KRG_KDDM_NOTHING && !w.copy[node].readers) {
		w.exists = 0;
		krg_kddm_remove(&w.node[node], &w.copy[node]);
		return;
	}
	w.holds[node][thread] = 0;
	w.doing[node][thread] = 0;
	krg_kddm_put(&w.node[node], &w.copy[node]);
}

static void forget(int i)
{
	int other;

	for (other = 0; other < NODES; other++)
		memset(&w.queue[other][i], 0, sizeof(w.queue[other][i]));
	memset(&w.node[i], 0, sizeof(w.node[i]));
	memset(&w.copy[i], 0, sizeof(w.copy[i]));
	memset(w.doing[i], 0, sizeof(w.doing[i]));
	memset(w.holds[i], 0, sizeof(w.holds[i]));
	w.known[i] = 0;
	w.content[i] = 0;
	memset(&w.ending[i], 0, sizeof(w.ending[i]));
	w.before[i] = 0;
}

static int can_die(int node)
{
	return w.deaths && w.alive[node] && w.members[w.views] != 1 << node;
}

/* It hears that it is out: who waits there has to come to an end, and nothing may stay. */
static void put_out(int i)
{
	struct krg_kddm_copy *c = &w.copy[i];
	int thread;

	krg_kddm_out(&w.node[i]);
	for (thread = 0; thread < THREADS; thread++)
		if (w.doing[i][thread] && !w.holds[i][thread])
			attempt(i, thread);
	if (c->want || c->state || w.known[i] || w.node[i].endings ||
	    c->writer != w.holds[i][WRITER] ||
	    c->readers != w.holds[i][READER])
		broken(LEFT_OVER);
	for (thread = 0; thread < THREADS; thread++)
		if (w.doing[i][thread] && !w.holds[i][thread])
			broken(LEFT_OVER);
}

/* What it has sent arrives, up to when others hear that it is dead; or it was put out. */
static void die(int node)
{
	say("%d: dies\n", node + 1);
	w.deaths--;
	put_out(node);
	w.alive[node] = 0;
	forget(node);
	w.members[w.views + 1] = w.members[w.views] & ~(1 << node);
	w.views++;
}

static void node_init(int node, int view)
{
	w.first_view[node] = view;
	krg_kddm_init(&w.node[node], node + 1, &ops);
	w.copy[node].key = object;
	w.alive[node] = 1;
}

static int can_join(int node)
{
	int other;

	if (!w.joins || w.alive[node] || w.members[w.views] >> node & 1)
		return 0;
	/* its last life is over for everybody */
	for (other = 0; other < NODES; other++)
		if (w.queue[node][other].used ||
		    (w.alive[other] && w.node[other].epoch != w.views))
			return 0;
	return 1;
}

static void join(int node)
{
	say("%d: joins\n", node + 1);
	w.joins--;
	w.members[w.views + 1] = w.members[w.views] | 1 << node;
	w.views++;
	node_init(node, w.views);
}

static int next_view(int node)
{
	return w.node[node].phase == KRG_KDDM_OUT ? w.first_view[node] : w.node[node].epoch + 1;
}

static int can_hear(int node)
{
	return w.alive[node] && next_view(node) <= w.views;
}

static void hear(int node)
{
	struct krg_kddm *n = &w.node[node];
	int epoch = next_view(node);
	struct krg_set stayed = {};

	say("%d: hears of view %d, members %x\n", node + 1, epoch, w.members[epoch]);
	if (n->phase != KRG_KDDM_OUT)
		stayed.w[0] = (w.members[epoch] & w.members[epoch - 1]) << 1;
	krg_kddm_view(n, epoch, &places[w.members[epoch]], stayed);
}

/* Nothing can happen any more: is everything as it should be? */
static bool at_rest(void)
{
	int i;

	for (i = 0; i < NODES; i++) {
		struct krg_kddm_copy *c = &w.copy[i];
		bool has = c->state != KRG_KDDM_INVALID;
		int home = places[w.members[w.views]].home[krg_kddm_slot(&object)] - 1;

		if (!w.alive[i])
			continue;
		if (w.node[i].phase != KRG_KDDM_SERVING || w.node[i].epoch != w.views ||
		    w.doing[i][READER] || w.doing[i][WRITER] || w.doing[i][KEEPER] ||
		    w.node[i].endings || c->want ||
		    c->readers || c->writer || c->before.type || c->next.type ||
		    krg_set_count(c->share_to)) {
			say("%d waits for ever: phase %d, want %d\n", i + 1, w.node[i].phase,
			    c->want);
			return false;
		}
		if (has != (w.known[home] && krg_set_has(&w.entry[home].copies, i + 1))) {
			say("home %d is wrong about %d\n", home + 1, i + 1);
			return false;
		}
	}
	return true;
}

static bool can(int number)
{
	int node = (number - 16) / 11;

	if (number < 16)
		return number / 4 < NODES && number % 4 < NODES &&
		       can_deliver(number / 4, number % 4);
	if (node >= NODES)
		return 0;
	switch ((number - 16) % 11) {
	case 0 ... 1:
		return can_release(node, (number - 16) % 11);
	case 2 ... 7:
		return can_begin(node, 1 << ((number - 16) % 11 - 2));
	case 8:
		return can_die(node);
	case 9:
		return can_join(node);
	default:
		return can_hear(node);
	}
}

static void look(void)
{
	int number;

	tidy();
	w.possible = 0;
	if (w.failed)
		return;
	for (number = 0; number < 60; number++)
		if (can(number))
			w.possible |= 1ULL << number;
	if (!w.possible && !at_rest())
		broken(WAITS);
}

static void do_move(int number)
{
	int node = (number - 16) / 11;

	if (number < 16) {
		deliver(number / 4, number % 4);
		return;
	}
	switch ((number - 16) % 11) {
	case 0 ... 1:
		release(node, (number - 16) % 11);
		break;
	case 2 ... 7:
		begin(node, 1 << ((number - 16) % 11 - 2));
		break;
	case 8:
		die(node);
		break;
	case 9:
		join(node);
		break;
	default:
		hear(node);
	}
}

void move(int number)
{
	do_move(number);
	look();
}

static int setting(const char *name)
{
	const char *value = getenv(name);

	if (!value) {
		fprintf(stderr, "world: %s?\n", name);
		exit(2);
	}
	return atoi(value);
}

/* All nodes are at rest but those that will join. */
void world_start(void)
{
	int joins = setting("JOINS"), all = (1 << (NODES - joins)) - 1;
	int members, i, from, to;
	bool more = true;

	for (members = 1; members < 1 << NODES; members++)
		krg_kddm_place_compute(&places[members], (struct krg_set) {
			{ (u64)members << 1 } });
	while (places[all].home[krg_kddm_slot(&object)] != setting("HOME_IS"))
		object.index++;
	memset(&w, 0, sizeof(w));
	w.members[1] = 1;
	w.members[2] = all;
	w.views = 2;
	for (i = 0; i < NODES - joins; i++)
		node_init(i, i ? 2 : 1);
	hear(0);
	for (i = 0; i < NODES - joins; i++)
		hear(i);
	while (more) {
		more = false;
		for (from = 0; from < NODES; from++)
			for (to = 0; to < NODES; to++)
				while (can_deliver(from, to)) {
					deliver(from, to);
					more = true;
				}
	}
	allowed = setting("OPERATIONS");
	w.operations = setting("COUNT");
	deaths = setting("DEATHS");
	w.deaths = deaths;
	w.joins = joins;
	look();
}
