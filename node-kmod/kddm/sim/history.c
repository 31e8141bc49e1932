// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is what the threads saw sequentially consistent?
 *
 * That is: can all reads and writes be put into one order which has those of each thread in
 * the thread's order, and in which every read gets the latest write of its object? In
 * general that is NP-complete, but not if the order of the writes of each object is known
 * (Gibbons and Korach, Testing Shared Memories, SIAM J. Comput. 26, 1997). It is known
 * here: every write is unique, and names the one that it found. Two that found the same are
 * an error already; otherwise the writes of an object are chains, one for each time it was
 * made. Then such an order exists just if this graph has no cycle:
 *
 *   thread's operation -> its next one          write -> who reads it
 *   write -> next write of the object           who reads it -> next write of the object
 *
 * A destruction comes after all that was made before it began, and before all that is made
 * after it has ended:
 *
 *   last write of an object, who reads it -> destruction -> the object is made again
 *
 * And an object that somebody saw is made again only after it was removed, or it was lost
 * without anybody being told.
 *
 * Nothing in here knows the protocol, its messages or its state.
 */
#include "sim.h"

enum kind { BIRTH, OF_WRITE, OF_READ, OF_DESTROY };

struct op {
	u8 kind;
	u32 thread, object;
	u32 value;		/* a read's; of a write: what it found */
	u32 program_next;
	u32 write_next;
	u32 readers, reader_next;
	u32 sources;		/* edges that end here */
	bool removed;		/* of a birth: somebody asked for its end */
	u32 ended;		/* of a destruction: the first event after it; 0: it failed */
};

static struct op *ops;		/* the first one is none */
static u32 used = 1, room;
static u32 births[OBJECTS];	/* the latest */
static u32 alive[OBJECTS];	/* what was made before this is destroyed */

/* More edges, from and to destructions */
static struct link {
	u32 from, to, next;
} *links;
static u32 links_used = 1, links_room;
static u32 *first_link;		/* of each event */

static u32 record(u8 kind, u32 thread, u32 object, u32 value)
{
	if (used >= room) {
		room = room ? 2 * room : 1 << 16;
		ops = realloc(ops, room * sizeof(*ops));
		if (!ops)
			fail("no memory");
	}
	ops[used] = (struct op) {
		.kind = kind, .thread = thread, .object = object, .value = value,
	};
	return used++;
}

u64 born[OBJECTS];
u64 destructions;

u32 history_birth(u32 object)
{
	born[object] = now;
	births[object] = record(BIRTH, 0, object, 0);
	return births[object];
}

static void check_alive(u32 object, u32 value)
{
	if (value && value < alive[object])
		fail("history: %u of object %u was destroyed", value, object);
}

u32 history_write(u32 thread, u32 object, u32 before)
{
	check_alive(object, before);
	return record(OF_WRITE, thread, object, before);
}

void history_remove(u32 object, u32 value)
{
	while (value && ops[value].kind == OF_WRITE)
		value = ops[value].value;
	if (!value)
		value = births[object];
	if (value && ops[value].object == object)
		ops[value].removed = true;
}

void history_read(u32 thread, u32 object, u32 value)
{
	check_alive(object, value);
	record(OF_READ, thread, object, value);
}

u32 history_destroy(u32 thread, u32 first)
{
	return record(OF_DESTROY, thread, first, 0);
}

void history_destroyed(u32 event)
{
	u32 object;

	for (object = ops[event].object; object < ops[event].object + OF_SET; object++)
		if (alive[object] < event)
			alive[object] = event;
	ops[event].ended = used;
	destructions++;
}

static struct op *write_of(u32 i)
{
	struct op *op = &ops[i], *write = &ops[op->value];

	if (!op->value || op->value >= used || write->kind == OF_READ ||
	    write->object != op->object)
		fail("history: operation %u saw %u in object %u, which nobody wrote", i,
		     op->value, op->object);
	return write;
}

static void edge(u32 *from, u32 to)
{
	*from = to;
	ops[to].sources++;
}

static void link_writes(void)
{
	u32 i;

	for (i = 1; i < used; i++) {
		struct op *found;

		if (ops[i].kind != OF_WRITE)
			continue;
		found = write_of(i);
		if (found->write_next)
			fail("history: object %u: writes %u and %u both came after %u",
			     ops[i].object, found->write_next, i, ops[i].value);
		edge(&found->write_next, i);
	}
}

static void link_event(u32 from, u32 to)
{
	if (links_used >= links_room) {
		links_room = links_room ? 2 * links_room : 1 << 16;
		links = realloc(links, links_room * sizeof(*links));
		if (!links)
			fail("no memory");
	}
	links[links_used] = (struct link) { .from = from, .to = to, .next = first_link[from] };
	first_link[from] = links_used++;
	ops[to].sources++;
}

static u32 chain_end(u32 birth)
{
	while (ops[birth].write_next)
		birth = ops[birth].write_next;
	return birth;
}

/* @ends: the last write of the latest one that was made of each object before */
static void link_destruction(u32 i, const u32 *ends, u32 *destruction)
{
	u32 object, reader;

	for (object = ops[i].object; object < ops[i].object + OF_SET; object++) {
		if (ends[object]) {
			link_event(ends[object], i);
			for (reader = ops[ends[object]].readers; reader;
			     reader = ops[reader].reader_next)
				link_event(reader, i);
		}
		destruction[object] = i;
	}
}

/* Before the chains of an object are linked, so that each ends where the next one begins. */
static void link_destructions(void)
{
	static u32 ends[OBJECTS], destruction[OBJECTS];
	u32 i;

	first_link = calloc(used, sizeof(*first_link));
	if (!first_link)
		fail("no memory");
	for (i = 1; i < used; i++) {
		u32 object = ops[i].object;

		if (ops[i].kind == OF_DESTROY && ops[i].ended)
			link_destruction(i, ends, destruction);
		if (ops[i].kind != BIRTH)
			continue;
		if (destruction[object] && i >= ops[destruction[object]].ended)
			link_event(destruction[object], i);
		ends[object] = chain_end(i);
	}
}

/* One chain of writes after the other; those that nobody saw do not count. */
static void link_chains(void)
{
	static u32 last[OBJECTS], birth[OBJECTS];
	u32 i;

	for (i = 1; i < used; i++) {
		u32 object = ops[i].object;

		if (ops[i].kind != BIRTH || !(ops[i].readers || ops[i].write_next))
			continue;
		if (last[object]) {
			if (!ops[birth[object]].removed)
				fail("history: object %u was made again, though not removed: %u, %u",
				     object, birth[object], i);
			edge(&ops[last[object]].write_next, i);
		}
		birth[object] = i;
		last[object] = chain_end(i);
	}
}

static void link_reads(void)
{
	u32 i;

	for (i = 1; i < used; i++) {
		struct op *write;

		if (ops[i].kind != OF_READ)
			continue;
		write = write_of(i);
		ops[i].reader_next = write->readers;
		edge(&write->readers, i);
	}
}

static void link_reads_to_writes(void)
{
	u32 i;

	for (i = 1; i < used; i++)
		if (ops[i].kind == OF_READ && ops[ops[i].value].write_next)
			edge(&ops[i].write_next, ops[ops[i].value].write_next);
}

static void link_programs(void)
{
	u32 threads = 0, i, *latest;

	for (i = 1; i < used; i++)
		if (ops[i].thread >= threads)
			threads = ops[i].thread + 1;
	latest = calloc(threads + 1, sizeof(*latest));
	if (!latest)
		fail("no memory");
	for (i = 1; i < used; i++) {
		if (ops[i].kind == BIRTH || (ops[i].kind == OF_DESTROY && !ops[i].ended))
			continue;
		if (latest[ops[i].thread])
			edge(&ops[latest[ops[i].thread]].program_next, i);
		latest[ops[i].thread] = i;
	}
	free(latest);
}

/* An edge that ends at @to was followed. */
static void arrive(u32 to, u32 *ready, u32 *count)
{
	if (to && !--ops[to].sources)
		ready[(*count)++] = to;
}

u32 history_check(void)
{
	u32 *ready = calloc(used, sizeof(*ready));
	u32 i, reader, link, done = 0, count = 0;

	if (!ready)
		fail("no memory");
	link_writes();
	link_reads();
	link_destructions();
	link_chains();
	link_reads_to_writes();
	link_programs();
	for (i = 1; i < used; i++)
		if (!ops[i].sources)
			ready[count++] = i;
	while (done < count) {
		u32 event = ready[done++];
		struct op *op = &ops[event];

		arrive(op->program_next, ready, &count);
		arrive(op->write_next, ready, &count);
		for (reader = op->kind == OF_READ ? 0 : op->readers; reader;
		     reader = ops[reader].reader_next)
			arrive(reader, ready, &count);
		for (link = first_link[event]; link; link = links[link].next)
			arrive(links[link].to, ready, &count);
	}
	free(ready);
	if (done != used - 1)
		fail("history: not sequentially consistent: %u operations are in cycles",
		     used - 1 - done);
	return used - 1;
}
