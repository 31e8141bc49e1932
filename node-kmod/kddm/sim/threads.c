// SPDX-License-Identifier: GPL-2.0-only
/* What threads do: read, write, remove, flush and sync objects, or destroy a set of them. */
#include "sim.h"

u64 operations, wanted_operations, failed, longest;
u32 destroy_every = 4000;

static u64 had[OBJECTS];	/* when a member last held it */
static u64 ended_at[OBJECTS / OF_SET];	/* when a node last heard that a set is destroyed */

static void thread_at(u64 time, u8 type, int node, int thread)
{
	struct event *e = event_new(type, node);

	e->thread = thread;
	event_at(time, e);
}

void threads_start(int node)
{
	static u32 ids;
	int i;

	for (i = 0; i < THREADS; i++) {
		nodes[node].threads[i] = (struct thread) { .id = ids++ };
		thread_at(now + dice(200), THREAD, node, i);
	}
}

bool threads_idle(int node)
{
	int i;

	for (i = 0; i < THREADS; i++)
		if (nodes[node].threads[i].busy)
			return false;
	return true;
}

static void ended(int node, int thread)
{
	struct thread *t = &nodes[node].threads[thread];

	if (now - t->since > longest)
		longest = now - t->since;
	t->busy = false;
	t->holds = false;
	thread_at(now + dice(200), THREAD, node, thread);
}

/* A copy with the content @value, or any, at a node that the cluster can ask */
static int holder(u32 object)
{
	int node;

	for (node = 1; node < NODES; node++)
		if (node_counts(node) && nodes[node].view == epoch &&
		    nodes[node].copies[object].state != KRG_KDDM_INVALID)
			return node;
	return -1;
}

/* Does nobody know any more what exists in the slot of @object? */
static bool unsure(u32 object)
{
	const struct krg_kddm_key key = key_of(object);
	unsigned int slot = krg_kddm_slot(&key);
	int home = views[epoch]->place.home[slot];

	return !(nodes[home].core.claims[slot / 64] >> slot % 64 & 1);
}

/* Has a set been destroyed, or is it going to be, since @since? */
static bool was_destroyed(u32 set, u64 since)
{
	return set_ends(set) || ended_at[set] >= since;
}

/*
 * -EIO is for objects of which all copies died, since the last time somebody had it, and for
 * those nobody knows about. That takes two deaths at the same time.
 */
static void ended_with(int node, int thread, int err)
{
	struct thread *t = &nodes[node].threads[thread];

	if (err == -EIO && nodes[node].view == epoch && unsure(t->object)) {
		if (at_once == 1)
			fail("%d gets EIO for %u, which nobody knows", node, t->object);
	} else if (err == -EIO && nodes[node].view == epoch && born[t->object] <= t->since) {
		/* if it was made again since, the answer was slow */
		if (holder(t->object) != -1)
			fail("%d gets EIO for %u, which %d has", node, t->object,
			     holder(t->object));
		if (had[t->object] >= last_loss)
			fail("%d gets EIO for %u, though nobody died", node, t->object);
	} else if (err == -EIDRM && !was_destroyed(t->object / OF_SET, t->since)) {
		fail("%d gets EIDRM for %u, whose set stays", node, t->object);
	} else if (err != -EIO && err != -EHOSTDOWN && err != -EIDRM) {
		fail("%d gets %d for %u", node, err, t->object);
	}
	failed++;
	/* a lost object can be removed, and made again */
	if (err == -EIO && t->doing != REMOVE && dice(2)) {
		t->doing = REMOVE;
		t->grabbed = true;
		t->waits = true;
		history_remove(t->object, 0);
		if (krg_kddm_remove(&nodes[node].core, &nodes[node].copies[t->object]) ==
		    -EINPROGRESS)
			return;
		t->waits = false;
	}
	ended(node, thread);
}

static void held(int node, int thread)
{
	struct thread *t = &nodes[node].threads[thread];
	u32 *content = &nodes[node].content[t->object];

	t->holds = true;
	if (t->doing == WRITE)
		*content = history_write(t->id, t->object, *content);
	else
		history_read(t->id, t->object, *content);
	t->seen = *content;
	operations++;
	if (node_counts(node))
		had[t->object] = now;
	thread_at(now + (dice(4) ? 0 : dice(300)), RELEASE, node, thread);
}

void thread_release(int node, int thread)
{
	struct thread *t = &nodes[node].threads[thread];

	if (nodes[node].core.phase == KRG_KDDM_OUT)
		return;
	if (nodes[node].content[t->object] != t->seen)
		fail("%d: %u changed while it was held", node, t->object);
	t->holds = false;
	krg_kddm_put(&nodes[node].core, &nodes[node].copies[t->object]);
	ended(node, thread);
}

/* Return: 0, it is done; -EINPROGRESS or -EBUSY; others */
static int call(int node, struct thread *t)
{
	struct krg_kddm *n = &nodes[node].core;
	struct krg_kddm_copy *c = &nodes[node].copies[t->object];
	int err;

	switch (t->doing) {
	case READ:
		return krg_kddm_get(n, c, false);
	case WRITE:
		return krg_kddm_grab(n, c, false);
	case REMOVE:
		err = krg_kddm_grab(n, c, false);
		if (err)
			return err;
		t->grabbed = true;
		t->seen = nodes[node].content[t->object];
		history_remove(t->object, t->seen);
		err = krg_kddm_remove(n, c);
		if (err != -EINPROGRESS)
			krg_kddm_put(n, c);
		return err == -EBUSY ? 0 : err;
	case FLUSH:
		err = krg_kddm_flush(n, c);
		return err == -EBUSY ? 0 : err;
	default:
		err = krg_kddm_sync(n, c);
		return err == -EBUSY ? 0 : err;
	}
}

static void attempt(int node, int thread)
{
	struct thread *t = &nodes[node].threads[thread];
	int err;

	t->waits = true;
	t->calls = true;
	t->err = 0;
	err = call(node, t);
	t->calls = false;
	if (err == -EINPROGRESS && t->err)
		err = t->err;
	else if (err == -EINPROGRESS && t->doing == REMOVE && t->grabbed &&
		 nodes[node].copies[t->object].want != KRG_KDDM_REMOVE)
		err = 0;
	else if (err == -EINPROGRESS && t->doing > REMOVE &&
		 nodes[node].copies[t->object].want == KRG_KDDM_NOTHING)
		err = 0;
	if (err == -EINPROGRESS || err == -EBUSY)
		return;
	t->waits = false;
	if (err == -EAGAIN)
		thread_at(now + 1, THREAD, node, thread);
	else if (err && t->doing <= REMOVE)
		ended_with(node, thread, err);
	else if (t->doing == READ || t->doing == WRITE)
		held(node, thread);
	else
		ended(node, thread);
}

/* What a thread waits for the end of */
static u8 wanted(const struct thread *t)
{
	switch (t->doing) {
	case READ:
		return KRG_KDDM_GET;
	case WRITE:
		return KRG_KDDM_GRAB;
	case REMOVE:
		return t->grabbed ? KRG_KDDM_REMOVE : KRG_KDDM_GRAB;
	case FLUSH:
		return KRG_KDDM_DROP;
	default:
		return KRG_KDDM_SYNC;
	}
}

void threads_wake(int node, u32 object, enum krg_kddm_want ended_want, int err)
{
	int i;

	for (i = 0; i < THREADS; i++) {
		struct thread *t = &nodes[node].threads[i];
		bool mine = ended_want == wanted(t);

		if (!t->waits || t->object != object || t->doing == DESTROY)
			continue;
		if (t->calls) {
			if (mine)
				t->err = err;
		} else if (ended_want == KRG_KDDM_GET || ended_want == KRG_KDDM_GRAB ?
			   mine && err : mine) {
			t->waits = false;
			if (ended_want == KRG_KDDM_REMOVE && !err)
				history_remove(object, 0);
			if (err == -EAGAIN)
				thread_at(now, THREAD, node, i);
			else if (err && t->doing <= REMOVE)
				ended_with(node, i, err);
			else
				ended(node, i);
		} else if (wanted(t) == KRG_KDDM_GET || wanted(t) == KRG_KDDM_GRAB) {
			attempt(node, i);
		}
	}
}

static void destroy_ended(int node, int thread, int err)
{
	struct thread *t = &nodes[node].threads[thread];

	t->waits = false;
	if (err) {
		failed++;
	} else {
		history_destroyed(t->event);
		operations++;
	}
	ended(node, thread);
}

static void destroy(int node, int thread)
{
	struct thread *t = &nodes[node].threads[thread];
	int err;

	t->waits = true;
	t->calls = true;
	t->event = history_destroy(t->id, t->object);
	err = krg_kddm_destroy(&nodes[node].core, t->object / OF_SET);
	t->calls = false;
	t->err = err;
	if (err != -EINPROGRESS && err != -EBUSY)
		destroy_ended(node, thread, err);
}

void threads_destroyed(int node, u64 set, int err)
{
	int i;

	ended_at[set] = now;
	for (i = 0; i < THREADS; i++) {
		struct thread *t = &nodes[node].threads[i];

		if (t->doing != DESTROY || !t->waits || t->calls || t->object / OF_SET != set)
			continue;
		if (t->err == -EBUSY && !err) {
			t->waits = false;
			thread_at(now, THREAD, node, i);
		} else {
			destroy_ended(node, i, err);
		}
	}
}

static u32 some_object(int node)
{
	switch (dice(10)) {
	case 0:
		return dice(8);			/* all nodes */
	case 1 ... 5:
		return (node * 11 + dice(11)) % OBJECTS;	/* mostly this one */
	default:
		return dice(OBJECTS);
	}
}

void thread_go_on(int node, int thread)
{
	struct thread *t = &nodes[node].threads[thread];

	if (!t->busy) {
		if (operations >= wanted_operations || nodes[node].stopping)
			return;
		t->object = some_object(node);
		switch (dice(destroy_every) ? dice(100) : 100) {
		case 100:
			t->doing = DESTROY;
			t->object -= t->object % OF_SET;
			break;
		case 0:
			t->doing = REMOVE;
			break;
		case 1 ... 2:
			t->doing = FLUSH;
			break;
		case 3:
			t->doing = SYNC;
			break;
		case 4 ... 33:
			t->doing = WRITE;
			break;
		default:
			t->doing = READ;
		}
		t->busy = true;
		t->since = now;
	}
	t->grabbed = false;
	if (t->doing == DESTROY)
		destroy(node, thread);
	else
		attempt(node, thread);
}
