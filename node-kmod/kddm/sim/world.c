// SPDX-License-Identifier: GPL-2.0-only
/* Time, messages and the nodes' memory. */
#include "sim.h"

u64 now;
struct node nodes[NODES];
struct view *views[VIEWS];
u32 epoch;
u64 sent[KRG_KDDM_TYPES];
bool ignore_nonsense;

/* A heap of what will happen, the next one first. */
static struct due {
	u64 time, order;
	struct event *event;
} *heap;
static size_t heap_used, heap_room;
static u64 order;
static struct event *unused;
static u64 last[NODES][NODES];		/* a connection keeps the order */
static u64 cut[NODES][NODES];		/* when the last message of a dead one arrives */

static u64 state = 1;

u64 dice(u64 below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % below;
}

void sim_seed(u64 seed)
{
	state = seed * 0x9e3779b97f4a7c15ULL + 1;
}

static bool before(const struct due *a, const struct due *b)
{
	return a->time < b->time || (a->time == b->time && a->order < b->order);
}

void event_at(u64 time, struct event *e)
{
	struct due due = { time, order++, e };
	size_t i;

	if (heap_used == heap_room) {
		heap_room = heap_room ? 2 * heap_room : 4096;
		heap = realloc(heap, heap_room * sizeof(*heap));
		if (!heap)
			fail("no memory");
	}
	for (i = heap_used++; i && before(&due, &heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = due;
}

static struct event *event_next(void)
{
	struct due due, end;
	size_t i = 0, child;

	if (!heap_used)
		return NULL;
	due = heap[0];
	end = heap[--heap_used];
	while ((child = 2 * i + 1) < heap_used) {
		if (child + 1 < heap_used && before(&heap[child + 1], &heap[child]))
			child++;
		if (!before(&heap[child], &end))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = end;
	now = due.time;
	return due.event;
}

struct event *event_new(u8 type, int to)
{
	struct event *e = unused;

	if (e)
		unused = e->next;
	else
		e = malloc(sizeof(*e));
	if (!e)
		fail("no memory");
	memset(e, 0, sizeof(*e));
	e->type = type;
	e->to = to;
	e->life = nodes[to].life;
	return e;
}

static void event_free(struct event *e)
{
	e->next = unused;
	unused = e;
}

struct krg_kddm_key key_of(u32 object)
{
	return (struct krg_kddm_key) { .set = object / OF_SET, .index = object };
}

static struct node *node_of(struct krg_kddm *n)
{
	return &nodes[n->self];
}

static struct krg_kddm_copy *need_copy(struct krg_kddm *n, const struct krg_kddm_key *key)
{
	return &node_of(n)->copies[key->index];
}

static struct krg_kddm_entry *find_entry(struct krg_kddm *n, const struct krg_kddm_key *key)
{
	return node_of(n)->known[key->index] ? &node_of(n)->entries[key->index] : NULL;
}

static struct krg_kddm_entry *need_entry(struct krg_kddm *n, const struct krg_kddm_key *key)
{
	struct krg_kddm_entry *e = &node_of(n)->entries[key->index];

	if (!node_of(n)->known[key->index])
		*e = (struct krg_kddm_entry) { .key = *key };
	node_of(n)->known[key->index] = true;
	return e;
}

static void drop_entry(struct krg_kddm *n, struct krg_kddm_entry *e)
{
	node_of(n)->known[e->key.index] = false;
}

static void each_copy(struct krg_kddm *n,
		      void (*fn)(struct krg_kddm *n, struct krg_kddm_copy *c))
{
	int i;

	for (i = 0; i < OBJECTS; i++)
		fn(n, &node_of(n)->copies[i]);
}

static void each_entry(struct krg_kddm *n,
		       void (*fn)(struct krg_kddm *n, struct krg_kddm_entry *e))
{
	int i;

	for (i = 0; i < OBJECTS; i++)
		if (node_of(n)->known[i])
			fn(n, &node_of(n)->entries[i]);
}

static void each_of(struct krg_kddm *n, u64 set,
		    void (*copy)(struct krg_kddm *n, struct krg_kddm_copy *c),
		    void (*entry)(struct krg_kddm *n, struct krg_kddm_entry *e))
{
	int i;

	for (i = set * OF_SET; i < (int)(set + 1) * OF_SET; i++) {
		copy(n, &node_of(n)->copies[i]);
		if (entry && node_of(n)->known[i])
			entry(n, &node_of(n)->entries[i]);
	}
}

static struct krg_kddm_ending *new_ending(struct krg_kddm *n, u64 set)
{
	u32 object;

	for (object = set * OF_SET; object < (set + 1) * OF_SET; object++)
		history_remove(object, 0);
	node_of(n)->ends[set] = true;
	node_of(n)->endings[set] = (struct krg_kddm_ending) { .set = set };
	return &node_of(n)->endings[set];
}

static void free_ending(struct krg_kddm *n, struct krg_kddm_ending *e)
{
	node_of(n)->ends[e->set] = false;
}

bool set_ends(u32 set)
{
	int node;

	for (node = 1; node < NODES; node++)
		if (nodes[node].in && nodes[node].ends[set])
			return true;
	return false;
}

static void destroyed(struct krg_kddm *n, u64 set, int err)
{
	threads_destroyed(n->self, set, err);
}

static void send_message(struct krg_kddm *n, int to, const struct krg_kddm_msg *msg,
			 struct krg_kddm_copy *c)
{
	struct event *e = event_new(MESSAGE, to);
	u64 time = now + 50 + dice(100);

	if (!dice(1000))
		time += dice(5000);
	if (last[n->self][to] > time)
		time = last[n->self][to];
	last[n->self][to] = time;
	sent[msg->type]++;
	e->from = n->self;
	e->from_life = node_of(n)->life;
	e->msg = *msg;
	if (c)
		e->value = node_of(n)->content[c->key.index];
	event_at(time, e);
}

static void fill(struct krg_kddm *n, struct krg_kddm_copy *c, const void *payload)
{
	u32 object = c->key.index;

	node_of(n)->content[object] = payload ? *(const u32 *)payload : history_birth(object);
	if (!payload && set_ends(object / OF_SET))
		history_remove(object, 0);
}

/* Nobody may look at it any more, or only look. */
static void restrict_to(struct krg_kddm *n, struct krg_kddm_copy *c, enum krg_kddm_state to)
{
	struct node *node = node_of(n);
	int i;

	for (i = 0; i < THREADS; i++) {
		const struct thread *t = &node->threads[i];

		if (t->holds && t->object == c->key.index && node->in &&
		    n->phase != KRG_KDDM_OUT && (t->doing != READ || to == KRG_KDDM_INVALID))
			fail("%d gives up %u, which a thread holds", n->self, t->object);
	}
}

static void wake(struct krg_kddm *n, struct krg_kddm_copy *c, enum krg_kddm_want ended, int err)
{
	threads_wake(n->self, c->key.index, ended, err);
}

static void gone(struct krg_kddm *n)
{
	fate_gone(n->self);
}

static const struct krg_kddm_ops ops = {
	.find_copy = need_copy,
	.find_entry = find_entry,
	.need_copy = need_copy,
	.need_entry = need_entry,
	.drop_entry = drop_entry,
	.each_copy = each_copy,
	.each_entry = each_entry,
	.new_ending = new_ending,
	.free_ending = free_ending,
	.each_of = each_of,
	.released = krg_kddm_destroy_again,
	.destroyed = destroyed,
	.send = send_message,
	.fill = fill,
	.restrict_to = restrict_to,
	.wake = wake,
	.gone = gone,
};

void node_start(int node)
{
	struct node *n = &nodes[node];
	struct event *e;
	u32 life = n->life;
	int i;

	for (i = 0; i < NODES; i++) {
		while ((e = n->held[i].first)) {
			n->held[i].first = e->next;
			event_free(e);
		}
	}
	memset(n, 0, sizeof(*n));
	n->life = life + 1;
	n->alive = true;
	krg_kddm_init(&n->core, node, &ops);
	for (i = 0; i < OBJECTS; i++)
		n->copies[i].key = key_of(i);
	for (i = 0; i < NODES; i++)
		n->held[i].last = &n->held[i].first;
}

/* Of its messages on their way some arrive, on each connection those that were sent first. */
void node_die(int node)
{
	int to;

	nodes[node].alive = false;
	nodes[node].in = false;
	for (to = 1; to < NODES; to++)
		cut[node][to] = now + dice(150);
}

static void hold_back(struct event *e)
{
	struct held *held = &nodes[e->to].held[e->from];

	e->next = NULL;
	*held->last = e;
	held->last = &e->next;
}

/* Return: it is to be delivered again after the next view */
static bool deliver(struct event *e)
{
	struct node *to = &nodes[e->to];
	int err;

	if (!to->alive || to->life != e->life)
		return false;
	if (nodes[e->from].life != e->from_life || (!nodes[e->from].alive &&
						    now > cut[e->from][e->to]))
		return false;
	err = krg_kddm_receive(&to->core, e->from, &e->msg, &e->value);
	if (err == -EPROTO && !ignore_nonsense)
		fail("%d: message %d of %d about %llu is nonsense", e->to, e->msg.type, e->from,
		     (unsigned long long)e->msg.key.index);
	return err == -EAGAIN;
}

static void deliver_held(int to)
{
	int from;

	for (from = 1; from < NODES; from++) {
		struct held *held = &nodes[to].held[from];
		struct event *e;

		while ((e = held->first) && !deliver(e)) {
			held->first = e->next;
			if (!held->first)
				held->last = &held->first;
			event_free(e);
		}
	}
}

static void hear_view(int node, u32 number)
{
	struct node *n = &nodes[node];
	struct view *old = views[n->view], *view = views[number];
	struct krg_set stayed = {};
	int other;

	if (!n->alive || number <= n->view)
		return;
	if (!krg_set_has(&view->place.members, node) || view->life[node] != n->life) {
		n->in = false;
		n->alive = false;
		krg_kddm_out(&n->core);
		return;
	}
	if (old)
		krg_for_each_node(other, &old->place.members)
			if (krg_set_has(&view->place.members, other) &&
			    old->life[other] == view->life[other])
				krg_set_add(&stayed, other);
	while (n->view < number)
		if (views[++n->view]->deaths)
			last_loss = now;
	krg_kddm_view(&n->core, number, &view->place, stayed);
	if (!n->in) {
		n->in = true;
		threads_start(node);
	}
	deliver_held(node);
}

/* Everybody waiting for something at the same time is a knot: a second is much here. */
static void check_progress(void)
{
	static u64 at, since;

	if (operations + failed != at) {
		at = operations + failed;
		since = now;
	} else if (now - since > 2000000) {
		check_rest();
		fail("nothing happens any more");
	}
}

void run(void)
{
	struct event *e;
	u32 events = 0;

	while ((e = event_next())) {
		bool mine;

		if (!(++events % 1024))
			check_progress();
		mine = nodes[e->to].alive && nodes[e->to].life == e->life;

		switch (e->type) {
		case MESSAGE:
			if (nodes[e->to].held[e->from].first ? mine : deliver(e)) {
				hold_back(e);
				continue;
			}
			break;
		case HEAR_VIEW:
			if (mine)
				hear_view(e->to, e->value);
			break;
		case THREAD:
			if (mine)
				thread_go_on(e->to, e->thread);
			break;
		case RELEASE:
			if (mine)
				thread_release(e->to, e->thread);
			break;
		default:
			fate_event(e);
		}
		event_free(e);
	}
}
