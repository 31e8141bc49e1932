// SPDX-License-Identifier: GPL-2.0-only
/* Who comes, leaves, dies or is put out, and the views that say so. */
#include "sim.h"

static bool wants_in[NODES], put_out[NODES];
static int largest;
static bool view_due;
u64 joins, leaves, deaths, outs;
u64 last_loss;
unsigned int at_once;

static bool member(int node)
{
	return krg_set_has(&views[epoch]->place.members, node);
}

/* A member that lives, and no other life of it */
static bool lives(int node)
{
	return member(node) && nodes[node].alive && nodes[node].life == views[epoch]->life[node];
}

bool node_counts(int node)
{
	return lives(node) && !put_out[node];
}

static void view_soon(u64 delay)
{
	if (!view_due)
		event_at(now + delay, event_new(NEW_VIEW, 0));
	view_due = true;
}

static void tell_view(int node, u64 delay)
{
	struct event *e = event_new(HEAR_VIEW, node);

	e->value = epoch;
	event_at(now + delay, e);
}

static void new_view(void)
{
	struct view *old = views[epoch], *view = calloc(1, sizeof(*view));
	struct krg_set members = {};
	int node;

	view_due = false;
	if (!view || epoch + 1 == VIEWS)
		fail("no room for views");
	for (node = 1; node < NODES; node++) {
		struct node *n = &nodes[node];
		bool was = old && krg_set_has(&old->place.members, node);

		if (was && (!n->alive || n->life != old->life[node] || put_out[node]))
			view->deaths++;
		if (!n->alive || n->left || put_out[node] ||
		    !(wants_in[node] || (was && n->life == old->life[node])))
			continue;
		krg_set_add(&members, node);
		view->life[node] = n->life;
		wants_in[node] = false;
	}
	krg_kddm_place_compute(&view->place, members);
	views[++epoch] = view;
	for (node = 1; node < NODES; node++) {
		if (krg_set_has(&members, node))
			tell_view(node, old ? 200 + dice(3000) : 0);
		else if (old && krg_set_has(&old->place.members, node) && nodes[node].alive)
			tell_view(node, 200 + dice(20000));
		put_out[node] = false;
	}
}

static void start(int node)
{
	node_start(node);
	wants_in[node] = true;
	view_soon(1 + dice(1000));
	joins++;
}

static int some_node(bool in)
{
	int node, tries;

	for (tries = 0; tries < 1000; tries++) {
		node = 1 + dice(largest);
		if (in ? lives(node) && !put_out[node] && !nodes[node].left :
		    !nodes[node].alive && !member(node))
			return node;
	}
	return -1;
}

static void die(int node)
{
	node_die(node);
	deaths++;
	view_soon(1000 + dice(4000));
}

static bool all_serve(void)
{
	int node;

	krg_for_each_node(node, &views[epoch]->place.members)
		if (!nodes[node].alive || nodes[node].stopping || nodes[node].view != epoch ||
		    nodes[node].core.phase != KRG_KDDM_SERVING)
			return false;
	return !view_due;
}

static void something(void)
{
	int node, count = krg_set_count(views[epoch]->place.members);
	unsigned int n;

	/* one by one: each finds the cluster whole again */
	if (at_once == 1 && !all_serve())
		return;
	node = some_node(true);
	switch (node == -1 || 2 * count <= largest ? 0 : dice(10)) {
	case 0 ... 3:
		for (n = dice(at_once) + 1; n; n--) {
			node = some_node(false);
			if (node != -1)
				start(node);
		}
		break;
	case 4 ... 5:
		if (!nodes[node].stopping)
			event_at(now, event_new(LEAVE, node));
		nodes[node].stopping = true;
		break;
	case 6 ... 7:
		for (n = dice(at_once) + 1; n && node != -1; n--) {
			die(node);
			node = some_node(true);
		}
		break;
	case 8:
		put_out[node] = true;
		outs++;
		view_soon(1000 + dice(1000));
		break;
	default:
		die(node);
		start(node);	/* back before anybody has noticed */
	}
}

/* Polled: threads end what they are at, then every copy is flushed, then all is sent. */
static void leave(int node)
{
	struct node *n = &nodes[node];
	bool left = true;
	int i;

	if (!n->alive || n->left)
		return;
	if (threads_idle(node)) {
		if (!n->core.leaver)
			krg_kddm_leave(&n->core);
		for (i = 0; i < OBJECTS; i++)
			if (krg_kddm_flush(&n->core, &n->copies[i]))
				left = false;
		if (left && !n->core.bye)
			krg_kddm_bye(&n->core);
	}
	if (!n->left)
		event_at(now + 500, event_new(LEAVE, node));
}

void fate_gone(int node)
{
	int i;

	for (i = 0; i < OBJECTS; i++)
		if (nodes[node].copies[i].state != KRG_KDDM_INVALID)
			fail("%d leaves with a copy of %d", node, i);
	nodes[node].left = true;
	leaves++;
	view_soon(1 + dice(1000));
}

void fate_start(int count, unsigned int together)
{
	int node;

	largest = count;
	at_once = together;
	node_start(1);
	wants_in[1] = true;
	new_view();
	for (node = 2; node <= (4 * count + 4) / 5; node++)
		start(node);
	event_at(now + 10000, event_new(FATE, 0));
}

void fate_event(struct event *e)
{
	switch (e->type) {
	case NEW_VIEW:
		new_view();
		break;
	case LEAVE:
		if (nodes[e->to].life == e->life)
			leave(e->to);
		break;
	case FATE:
		if (operations >= wanted_operations)
			return;
		something();
		event_at(now + 1 + dice(2 * 20000), event_new(FATE, 0));
		break;
	}
}
