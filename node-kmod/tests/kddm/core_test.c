// SPDX-License-Identifier: GPL-2.0-only
/*
 * The protocol of KDDM, case by case: nodes in one program, and messages that are delivered
 * when a case says so.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kddm/core.h"

#define NODES	6			/* 1..5 */
#define OBJECTS	64
#define QUEUE	4096

#define CHECK(condition)							\
	do {									\
		if (!(condition)) {						\
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,	\
				#condition);					\
			exit(1);						\
		}								\
	} while (0)

static struct world {
	struct krg_kddm node[NODES];
	struct krg_kddm_copy copies[NODES][OBJECTS];
	struct krg_kddm_entry entries[NODES][OBJECTS];
	bool known[NODES][OBJECTS];
	int content[NODES][OBJECTS];
	int woken[NODES];		/* the last error that ops->wake told */
	bool gone[NODES];
	struct krg_kddm_ending endings[NODES];
	int destroyed[NODES];		/* the last error that ops->destroyed told */
} w;

static struct sent {
	int from, to, content;
	struct krg_kddm_msg msg;
} queue[QUEUE];
static unsigned int head, tail;		/* of the queue */
static unsigned int count[KRG_KDDM_TYPES];
static struct krg_kddm_place places[8];
static u64 epoch;
static int births;

static struct krg_kddm_copy *copy_of(struct krg_kddm *n, const struct krg_kddm_key *key)
{
	return key->index < OBJECTS ? &w.copies[n->self][key->index] : NULL;
}

static struct krg_kddm_copy *need_copy(struct krg_kddm *n, const struct krg_kddm_key *key)
{
	struct krg_kddm_copy *c = &w.copies[n->self][key->index % OBJECTS];

	c->key = *key;
	return c;
}

static struct krg_kddm_entry *find_entry(struct krg_kddm *n, const struct krg_kddm_key *key)
{
	return key->index < OBJECTS && w.known[n->self][key->index] ?
		&w.entries[n->self][key->index] : NULL;
}

static struct krg_kddm_entry *need_entry(struct krg_kddm *n, const struct krg_kddm_key *key)
{
	struct krg_kddm_entry *e = &w.entries[n->self][key->index % OBJECTS];

	w.known[n->self][key->index % OBJECTS] = true;
	*e = (struct krg_kddm_entry) { .key.index = key->index % OBJECTS };
	return e;
}

static void drop_entry(struct krg_kddm *n, struct krg_kddm_entry *e)
{
	w.known[n->self][e->key.index] = false;
}

static void each_copy(struct krg_kddm *n,
		      void (*fn)(struct krg_kddm *n, struct krg_kddm_copy *c))
{
	int i;

	for (i = 0; i < OBJECTS; i++)
		fn(n, &w.copies[n->self][i]);
}

static void each_entry(struct krg_kddm *n,
		       void (*fn)(struct krg_kddm *n, struct krg_kddm_entry *e))
{
	int i;

	for (i = 0; i < OBJECTS; i++)
		if (w.known[n->self][i])
			fn(n, &w.entries[n->self][i]);
}

static void send_message(struct krg_kddm *n, int to, const struct krg_kddm_msg *msg,
			 struct krg_kddm_copy *c)
{
	CHECK(to != n->self && to < KRG_SET_NODES && tail - head < QUEUE);
	queue[tail++ % QUEUE] = (struct sent) {
		n->self, to, c ? w.content[n->self][c->key.index] : 0, *msg,
	};
	count[msg->type]++;
}

static void fill(struct krg_kddm *n, struct krg_kddm_copy *c, const void *payload)
{
	w.content[n->self][c->key.index] = payload ? *(const int *)payload : --births;
}

static void restrict_to(struct krg_kddm *n, struct krg_kddm_copy *c, enum krg_kddm_state state)
{
	CHECK(state < c->state && (!c->writer || n->phase == KRG_KDDM_OUT));
	CHECK(state == KRG_KDDM_SHARED || !c->readers || n->phase == KRG_KDDM_OUT);
}

static void wake(struct krg_kddm *n, struct krg_kddm_copy *c, enum krg_kddm_want ended, int err)
{
	CHECK(c->want == KRG_KDDM_NOTHING);
	if (ended != KRG_KDDM_NOTHING)
		w.woken[n->self] = err;
}

static void gone(struct krg_kddm *n)
{
	w.gone[n->self] = true;
}

static struct krg_kddm_ending *new_ending(struct krg_kddm *n, u64 id)
{
	w.endings[n->self] = (struct krg_kddm_ending) { .set = id };
	return &w.endings[n->self];
}

static void free_ending(struct krg_kddm *n, struct krg_kddm_ending *e)
{
}

/* All objects are of one set. */
static void each_of(struct krg_kddm *n, u64 id,
		    void (*copy)(struct krg_kddm *n, struct krg_kddm_copy *c),
		    void (*entry)(struct krg_kddm *n, struct krg_kddm_entry *e))
{
	if (id)
		return;
	each_copy(n, copy);
	if (entry)
		each_entry(n, entry);
}

static void destroyed(struct krg_kddm *n, u64 id, int err)
{
	w.destroyed[n->self] = err;
}

static const struct krg_kddm_ops ops = {
	.find_copy = copy_of,
	.find_entry = find_entry,
	.need_copy = need_copy,
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

static struct krg_set set(const char *ids)
{
	struct krg_set s = {};
	char *end;

	while (*ids) {
		krg_set_add(&s, strtol(ids, &end, 10));
		ids = end;
	}
	return s;
}

static int deliver_one(void)
{
	struct sent *s = &queue[head++ % QUEUE];

	if (s->to >= NODES || w.node[s->to].phase == KRG_KDDM_OUT)
		return 0;
	return krg_kddm_receive(&w.node[s->to], s->from, &s->msg, &s->content);
}

static void deliver(void)
{
	while (head != tail)
		CHECK(deliver_one() == 0);
}

/* A new view, heard by all members at once; the others are dead. */
static void view(const char *ids)
{
	struct krg_kddm_place *place = &places[++epoch % 8];
	struct krg_set members = set(ids), last = {};
	int node;

	for (node = 1; node < NODES; node++)
		if (w.node[node].phase != KRG_KDDM_OUT)
			krg_set_add(&last, node);
	krg_kddm_place_compute(place, members);
	for (node = 1; node < NODES; node++)
		if (!krg_set_has(&members, node) && w.node[node].phase != KRG_KDDM_OUT)
			krg_kddm_out(&w.node[node]);
	krg_for_each_node(node, &members)
		krg_kddm_view(&w.node[node], epoch, place, krg_set_and(last, members));
	deliver();
	krg_for_each_node(node, &members)
		CHECK(w.node[node].phase == KRG_KDDM_SERVING);
}

static void start(const char *ids)
{
	int node, i;

	memset(&w, 0, sizeof(w));
	epoch = 0;
	head = tail;
	for (node = 1; node < NODES; node++) {
		krg_kddm_init(&w.node[node], node, &ops);
		for (i = 0; i < OBJECTS; i++)
			w.copies[node][i].key.index = i;
	}
	view("1");
	if (strcmp(ids, "1"))
		view(ids);
	memset(count, 0, sizeof(count));
}

/* An object with this home and witness */
static int object_at(int home, int witness)
{
	struct krg_kddm_key key = {};
	const struct krg_kddm_place *place = &places[epoch % 8];

	for (key.index = 0; key.index < OBJECTS; key.index++)
		if (place->home[krg_kddm_slot(&key)] == home &&
		    place->witness[krg_kddm_slot(&key)] == witness)
			return key.index;
	CHECK(!"no such object");
	return -1;
}

static struct krg_kddm_copy *copy(int node, int object)
{
	return &w.copies[node][object];
}

static int get(int node, int object)
{
	int err;

	w.woken[node] = 1;
	err = krg_kddm_get(&w.node[node], copy(node, object), false);
	if (err != -EINPROGRESS)
		return err;
	deliver();
	return w.woken[node] ? w.woken[node] :
			       krg_kddm_get(&w.node[node], copy(node, object), false);
}

static int grab(int node, int object)
{
	int err;

	w.woken[node] = 1;
	err = krg_kddm_grab(&w.node[node], copy(node, object), false);
	if (err != -EINPROGRESS)
		return err;
	deliver();
	return w.woken[node] ? w.woken[node] :
			       krg_kddm_grab(&w.node[node], copy(node, object), false);
}

static void put(int node, int object)
{
	krg_kddm_put(&w.node[node], copy(node, object));
	deliver();
}

/* What the operation that @call begins ends with */
#define ENDED(node, call) (w.woken[node] = 1, ended(node, call))

static int ended(int node, int err)
{
	if (err != -EINPROGRESS)
		return err;
	deliver();
	return w.woken[node];
}

static int flush(int node, int object)
{
	return ENDED(node, krg_kddm_flush(&w.node[node], copy(node, object)));
}

static int sync_out(int node, int object)
{
	return ENDED(node, krg_kddm_sync(&w.node[node], copy(node, object)));
}

static int remove_it(int node, int object)
{
	return ENDED(node, krg_kddm_remove(&w.node[node], copy(node, object)));
}

static void write_it(int node, int object, int value)
{
	CHECK(grab(node, object) == 0);
	w.content[node][object] = value;
	put(node, object);
}

static int read_it(int node, int object)
{
	int err = get(node, object), value = w.content[node][object];

	if (err)
		return err;
	put(node, object);
	return value;
}

static void test_place(void)
{
	static struct krg_kddm_place all, less;
	unsigned int slot, homes[KRG_SET_NODES] = {}, moved = 0;
	struct krg_set members = {};
	int node;

	for (node = 1; node <= 127; node++)
		krg_set_add(&members, node);
	krg_kddm_place_compute(&all, members);
	krg_set_remove(&members, 77);
	krg_kddm_place_compute(&less, members);
	for (slot = 0; slot < KRG_KDDM_SLOTS; slot++) {
		CHECK(all.home[slot] && all.witness[slot] && all.home[slot] != all.witness[slot]);
		homes[all.home[slot]]++;
		CHECK(all.home[slot] == less.home[slot] || all.home[slot] == 77);
		CHECK(all.home[slot] != 77 || less.home[slot] == all.witness[slot]);
		moved += all.home[slot] != less.home[slot];
	}
	CHECK(moved == homes[77]);
	for (node = 1; node <= 127; node++)
		CHECK(homes[node] < 30);
	krg_kddm_place_compute(&all, set("5"));
	CHECK(all.home[0] == 5 && all.witness[0] == 0);
}

static void test_alone(void)
{
	start("1");
	CHECK(read_it(1, 3) < 0);
	write_it(1, 3, 33);
	CHECK(read_it(1, 3) == 33);
	CHECK(sync_out(1, 3) == -EHOSTDOWN);
	CHECK(flush(1, 3) == -EHOSTDOWN);
	CHECK(read_it(1, 3) == 33);
	CHECK(grab(1, 3) == 0 && remove_it(1, 3) == 0);
	CHECK(ENDED(1, krg_kddm_get(&w.node[1], copy(1, 3), true)) == -ENOENT);
	CHECK(head == tail);
}

static void test_first_touch(void)
{
	int object;

	start("1 2 3 4");
	object = object_at(2, 3);
	CHECK(read_it(1, object) < 0);
	CHECK(count[KRG_KDDM_REQUEST] == 1 && count[KRG_KDDM_NOTE] == 1 &&
	      count[KRG_KDDM_GRANT] == 1);
	CHECK(w.known[2][object] && w.known[3][object]);
	/* a write after it needs nobody */
	CHECK(copy(1, object)->state == KRG_KDDM_EXCLUSIVE);
	/* the witness that touches it knows it without a message more */
	object = object_at(2, 4);
	CHECK(read_it(4, object) < 0 && w.known[4][object]);
	CHECK(count[KRG_KDDM_NOTE] == 2 && count[KRG_KDDM_GRANT] == 1);
}

static void test_write_invalidate(void)
{
	int object, node;

	start("1 2 3 4 5");
	object = object_at(2, 3);
	write_it(1, object, 11);
	for (node = 1; node < NODES; node++)
		CHECK(read_it(node, object) == 11);
	memset(count, 0, sizeof(count));
	write_it(4, object, 44);
	CHECK(count[KRG_KDDM_REQUEST] == 1 && count[KRG_KDDM_GRANT] == 1);
	CHECK(count[KRG_KDDM_INVALIDATE] == 3 && count[KRG_KDDM_ACK] == 4);
	CHECK(count[KRG_KDDM_DATA] == 0);
	for (node = 1; node < NODES; node++)
		CHECK(copy(node, object)->state ==
		      (node == 4 ? KRG_KDDM_EXCLUSIVE : KRG_KDDM_INVALID));
	memset(count, 0, sizeof(count));
	CHECK(read_it(5, object) == 44);
	CHECK(count[KRG_KDDM_REQUEST] + count[KRG_KDDM_SHARE] + count[KRG_KDDM_DATA] == 3);
}

static void test_holds(void)
{
	int object;

	start("1 2 3");
	object = object_at(2, 3);
	write_it(1, object, 1);
	CHECK(get(1, object) == 0 && get(1, object) == 0);
	CHECK(grab(1, object) == -EBUSY);
	CHECK(krg_kddm_grab(&w.node[3], copy(3, object), false) == -EINPROGRESS);
	deliver();
	CHECK(copy(3, object)->state == KRG_KDDM_INVALID);
	/* who comes now waits for the writer elsewhere */
	CHECK(krg_kddm_get(&w.node[1], copy(1, object), false) == -EINPROGRESS);
	put(1, object);
	CHECK(copy(3, object)->state == KRG_KDDM_INVALID);
	put(1, object);
	CHECK(copy(3, object)->state == KRG_KDDM_EXCLUSIVE);
	CHECK(grab(3, object) == 0);
	CHECK(krg_kddm_get(&w.node[1], copy(1, object), false) == -EINPROGRESS);
	deliver();
	CHECK(flush(3, object) == -EBUSY);
	w.content[3][object] = 2;
	put(3, object);
	CHECK(read_it(1, object) == 2);
}

static void test_flush_and_sync(void)
{
	int object;

	start("1 2 3");
	object = object_at(2, 3);
	write_it(1, object, 7);
	CHECK(sync_out(1, object) == 0);
	CHECK(copy(2, object)->state == KRG_KDDM_SHARED && w.content[2][object] == 7);
	CHECK(flush(1, object) == 0 && copy(1, object)->state == KRG_KDDM_INVALID);
	/* the home itself has the only one: its witness gets it */
	CHECK(flush(2, object) == 0 && copy(2, object)->state == KRG_KDDM_INVALID);
	CHECK(w.content[3][object] == 7 && copy(3, object)->state == KRG_KDDM_SHARED);
	CHECK(flush(1, object) == 0 && sync_out(1, object) == 0);
	CHECK(read_it(1, object) == 7);
}

static void test_flush_and_sync_together(void)
{
	int object;

	start("1 2 3");
	object = object_at(2, 3);
	write_it(1, object, 7);
	CHECK(read_it(2, object) == 7);
	w.woken[1] = 1;
	w.woken[2] = 1;
	CHECK(krg_kddm_sync(&w.node[1], copy(1, object)) == -EINPROGRESS);
	CHECK(krg_kddm_sync(&w.node[2], copy(2, object)) == -EINPROGRESS);
	deliver();
	CHECK(!w.woken[1] && !w.woken[2]);
	/* home lets it be dropped, writes and dies before that is heard */
	CHECK(krg_kddm_flush(&w.node[1], copy(1, object)) == -EINPROGRESS);
	CHECK(deliver_one() == 0);
	CHECK(krg_kddm_grab(&w.node[2], copy(2, object), false) == -EINPROGRESS);
	CHECK(copy(2, object)->state == KRG_KDDM_SHARED);
	view("1 3");
	CHECK(read_it(3, object) == 7);
	/* all flush at the same time */
	CHECK(read_it(1, object) == 7);
	CHECK(krg_kddm_flush(&w.node[1], copy(1, object)) == -EINPROGRESS);
	CHECK(krg_kddm_flush(&w.node[3], copy(3, object)) == -EINPROGRESS);
	deliver();
	CHECK((copy(1, object)->state == KRG_KDDM_INVALID) !=
	      (copy(3, object)->state == KRG_KDDM_INVALID));
	CHECK(read_it(1, object) == 7);
}

static void test_remove(void)
{
	int object;

	start("1 2 3");
	object = object_at(2, 3);
	write_it(1, object, 7);
	CHECK(read_it(3, object) == 7);
	CHECK(remove_it(3, object) == -EBUSY);
	CHECK(grab(3, object) == 0 && remove_it(3, object) == 0);
	CHECK(!w.known[2][object] && !w.known[3][object]);
	CHECK(ENDED(1, krg_kddm_get(&w.node[1], copy(1, object), true)) == -ENOENT);
	CHECK(read_it(1, object) < 0);
	/* somebody waits for what is removed */
	CHECK(grab(3, object) == 0);
	w.content[3][object] = 8;
	CHECK(krg_kddm_get(&w.node[1], copy(1, object), false) == -EINPROGRESS);
	deliver();
	CHECK(remove_it(3, object) == 0);
	CHECK(read_it(1, object) < 0);
	/* a removal takes its hold over, however it ends */
	CHECK(grab(3, object) == 0);
	CHECK(krg_kddm_remove(&w.node[3], copy(3, object)) == -EINPROGRESS);
	krg_kddm_out(&w.node[3]);
	CHECK(w.woken[3] == -EHOSTDOWN && !copy(3, object)->writer);
	view("1 2");
	object = object_at(1, 2);
	CHECK(grab(2, object) == 0);
	krg_kddm_out(&w.node[2]);
	CHECK(krg_kddm_remove(&w.node[2], copy(2, object)) == -EHOSTDOWN);
	CHECK(!copy(2, object)->writer && !copy(2, object)->want);
}

static void test_deaths(void)
{
	int object, other;

	start("1 2 3 4");
	object = object_at(2, 3);
	other = object_at(4, 1);
	write_it(1, object, 11);
	write_it(3, other, 33);
	CHECK(read_it(4, object) == 11 && get(4, other) == 0);
	/* the home dies, and one of two with a copy */
	view("3 4");
	CHECK(read_it(3, object) == 11 && w.content[4][other] == 33);
	put(4, other);
	write_it(3, object, 12);
	/* now the only copy */
	view("4");
	CHECK(read_it(4, object) == -EIO && read_it(4, other) == 33);
	CHECK(remove_it(4, object) == 0 && read_it(4, object) < 0 &&
	      read_it(4, object) != -EIO);
}

static void test_death_of_who_knows(void)
{
	int object, never;

	start("1 2 3 4");
	object = object_at(2, 3);
	write_it(1, object, 11);
	for (never = 0; never < OBJECTS; never++)
		if (never != object && krg_kddm_slot(&copy(1, never)->key) ==
		    krg_kddm_slot(&copy(1, object)->key))
			break;
	/* both at once: what has no copy may have had one */
	view("1 4");
	CHECK(read_it(4, object) == 11);
	never = object;
	CHECK(grab(4, never) == 0 && remove_it(4, never) == 0);
	CHECK(read_it(1, never) == -EIO);
}

static void test_request_under_way(void)
{
	int object;

	start("1 2 3 4");
	object = object_at(2, 3);
	write_it(1, object, 11);
	/* the home dies with the request */
	CHECK(krg_kddm_grab(&w.node[4], copy(4, object), false) == -EINPROGRESS);
	view("1 3 4");
	CHECK(copy(4, object)->state == KRG_KDDM_EXCLUSIVE && w.content[4][object] == 11);
	/* the copy is on its way in the old view */
	CHECK(krg_kddm_grab(&w.node[1], copy(1, object), false) == -EINPROGRESS);
	while (copy(4, object)->state != KRG_KDDM_INVALID)
		CHECK(deliver_one() == 0);
	view("1 4");
	CHECK(copy(1, object)->state == KRG_KDDM_EXCLUSIVE && w.content[1][object] == 11);
	/* who is put out hears of it */
	CHECK(krg_kddm_get(&w.node[4], copy(4, object), false) == -EINPROGRESS);
	view("1");
	CHECK(w.woken[4] == -EHOSTDOWN);
	CHECK(krg_kddm_get(&w.node[4], copy(4, object), false) == -EHOSTDOWN);
}

static void test_leave(void)
{
	int object;

	start("1 2 3");
	object = object_at(2, 3);
	write_it(2, object, 22);
	krg_kddm_leave(&w.node[3]);
	krg_kddm_leave(&w.node[2]);
	deliver();
	/* who leaves, too, does not get it */
	CHECK(flush(2, object) == 0 && w.content[1][object] == 22);
	CHECK(copy(3, object)->state == KRG_KDDM_INVALID);
	krg_kddm_bye(&w.node[2]);
	CHECK(!w.gone[2]);
	deliver();
	CHECK(w.gone[2] && !w.gone[3]);
	view("1 3");
	CHECK(read_it(1, object) == 22);
}

/* Is nothing left of any object at these nodes? */
static void check_destroyed(const char *ids)
{
	struct krg_set nodes = set(ids);
	int node, i;

	krg_for_each_node(node, &nodes) {
		CHECK(!w.node[node].endings);
		for (i = 0; i < OBJECTS; i++)
			CHECK(!w.known[node][i] && !copy(node, i)->state &&
			      !copy(node, i)->want && !copy(node, i)->writer);
	}
}

static void test_destroy(void)
{
	int object, other;

	start("1 2 3");
	object = object_at(2, 3);
	other = object_at(3, 1);
	write_it(2, other, 5);
	CHECK(read_it(1, other) == 5);
	CHECK(grab(1, object) == 0);
	CHECK(krg_kddm_get(&w.node[3], copy(3, object), false) == -EINPROGRESS);
	deliver();
	memset(count, 0, sizeof(count));
	w.destroyed[2] = 1;
	CHECK(krg_kddm_destroy(&w.node[2], 0) == -EINPROGRESS);
	CHECK(krg_kddm_destroy(&w.node[2], 0) == -EINPROGRESS);
	deliver();
	/* who waits hears of it, who holds one is waited for */
	CHECK(w.woken[3] == -EIDRM && w.destroyed[2] == 1);
	CHECK(krg_kddm_get(&w.node[1], copy(1, other), false) == -EIDRM);
	/* who is through with it may not know whether all are */
	CHECK(krg_kddm_destroy(&w.node[3], 0) == -EBUSY);
	CHECK(krg_kddm_grab(&w.node[3], copy(3, other), false) == -EINPROGRESS);
	deliver();
	CHECK(copy(3, other)->state == KRG_KDDM_INVALID);
	put(1, object);
	CHECK(w.destroyed[2] == 0 && copy(3, other)->state == KRG_KDDM_EXCLUSIVE);
	CHECK(count[KRG_KDDM_DESTROY] == 6 && count[KRG_KDDM_DESTROYED] == 6);
	CHECK(w.content[3][other] < 0 && read_it(1, object) < 0);
	CHECK(krg_kddm_destroy(&w.node[3], 0) == -EINPROGRESS);
	deliver();
	check_destroyed("1 2 3");
	/* a removal takes its hold over, however it ends */
	CHECK(grab(1, object) == 0);
	CHECK(krg_kddm_destroy(&w.node[2], 0) == -EINPROGRESS);
	deliver();
	CHECK(krg_kddm_sync(&w.node[1], copy(1, object)) == -EIDRM);
	CHECK(krg_kddm_remove(&w.node[1], copy(1, object)) == -EIDRM);
	deliver();
	check_destroyed("1 2 3");

	start("1");
	write_it(1, 3, 33);
	CHECK(krg_kddm_destroy(&w.node[1], 0) == 0);
	check_destroyed("1");
	CHECK(krg_kddm_destroy(&w.node[2], 0) == -EHOSTDOWN);
}

static void test_destroy_and_deaths(void)
{
	int object, heard;

	/* who destroys it dies when so many messages of it have arrived */
	for (heard = 0; heard < 24; heard++) {
		start("1 2 3 4");
		object = object_at(3, 4);
		write_it(1, object, 11);
		CHECK(read_it(4, object) == 11);
		CHECK(krg_kddm_destroy(&w.node[2], 0) == -EINPROGRESS);
		while (head != tail && (int)(count[KRG_KDDM_DESTROY] + count[KRG_KDDM_DESTROYED] -
					(tail - head)) < heard)
			CHECK(deliver_one() == 0);
		view("1 3 4");
		CHECK(heard ? read_it(1, object) < 0 : read_it(1, object) == 11);
		CHECK(!w.node[1].endings && !w.node[3].endings && !w.node[4].endings);
	}
	/* somebody holds one over a death, and somebody new comes */
	start("1 2 3");
	CHECK(grab(1, object) == 0);
	w.destroyed[3] = 1;
	CHECK(krg_kddm_destroy(&w.node[3], 0) == -EINPROGRESS);
	deliver();
	view("1 3 4");
	CHECK(w.destroyed[3] == 1);
	CHECK(krg_kddm_get(&w.node[4], copy(4, object), false) == -EINPROGRESS);
	deliver();
	CHECK(copy(4, object)->state == KRG_KDDM_INVALID);
	put(1, object);
	CHECK(w.destroyed[3] == 0);
	/* who is out of the cluster does not know */
	CHECK(grab(1, object) == 0);
	CHECK(krg_kddm_destroy(&w.node[3], 0) == -EINPROGRESS);
	deliver();
	view("1 4");
	CHECK(w.destroyed[3] == -EHOSTDOWN);
	put(1, object);
	check_destroyed("1 4");
}

static void test_early_and_nonsense(void)
{
	struct krg_kddm_msg msg = { .type = KRG_KDDM_REQUEST, .node = 1, .want = KRG_KDDM_GET };
	unsigned int i, j;

	start("1 2 3");
	msg.epoch = epoch + 1;
	CHECK(krg_kddm_receive(&w.node[2], 1, &msg, NULL) == -EAGAIN);
	msg.epoch = epoch;
	msg.key.index = object_at(3, 2);
	CHECK(krg_kddm_receive(&w.node[2], 1, &msg, NULL) == -EPROTO);
	CHECK(krg_kddm_receive(&w.node[2], 0, &msg, NULL) == -EPROTO);
	CHECK(krg_kddm_receive(&w.node[2], 200, &msg, NULL) == -EPROTO);
	CHECK(krg_kddm_receive(&w.node[2], 4, &msg, NULL) == 0);	/* no member */
	msg.type = KRG_KDDM_DATA;
	CHECK(krg_kddm_receive(&w.node[2], 1, &msg, &i) == -EPROTO);
	/* whatever comes, memory is left alone */
	srandom(1);
	for (i = 0; i < 200000; i++) {
		if (i % 1000 == 0)
			start("1 2 3");
		for (j = 0; j < sizeof(msg); j++)
			((u8 *)&msg)[j] = random();
		msg.epoch = epoch - (random() % 8 == 0);
		msg.key.set = 0;
		msg.key.index = random() % OBJECTS;
		msg.type %= KRG_KDDM_TYPES;
		msg.node %= random() % 2 ? 4 : 255;
		msg.want %= 8;
		krg_kddm_receive(&w.node[2], 1 + random() % 3, &msg, &j);
		head = tail;
	}
}

int main(void)
{
	test_place();
	test_alone();
	test_first_touch();
	test_write_invalidate();
	test_holds();
	test_flush_and_sync();
	test_flush_and_sync_together();
	test_remove();
	test_deaths();
	test_death_of_who_knows();
	test_request_under_way();
	test_leave();
	test_destroy();
	test_destroy_and_deaths();
	test_early_and_nonsense();
	return 0;
}
