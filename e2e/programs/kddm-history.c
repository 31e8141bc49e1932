// SPDX-License-Identifier: Apache-2.0
/*
 * kddm-history DUMP LOG...: was what threads saw of KDDM's objects sequentially consistent?
 *
 * Each LOG is what a "run" of node-kmod/tests/objects gave, DUMP what a "dump" gave at the end.
 * Objects that were lost with a node are left out, which hides no error in the others. The
 * check itself is that of the simulation, node-kmod/kddm/sim/history.c.
 */
#include "sim.h"

#define ROOM (1 << 20)

u64 now;

static struct value { /* of the dump */
	u32 value, before; /* before: 0, the object was new */
	u32 object;
	u32 number; /* in the history */
	bool logged;
} *values;
static u32 value_count;

static struct operation {
	u32 thread, object, value;
	bool write;
} *ops;
static u32 op_count;

static bool lost[OBJECTS];
static u32 births[OBJECTS];

static FILE *opened(const char *name)
{
	FILE *file = fopen(name, "r");

	if (!file)
		fail("cannot read %s", name);
	return file;
}

static void add_operation(struct operation op)
{
	if (op_count == ROOM)
		fail("too many operations");
	ops[op_count++] = op;
}

static void read_log(const char *name, u32 thread)
{
	FILE *file = opened(name);
	char line[64], type;
	u32 object, value;

	while (fgets(line, sizeof(line), file)) {
		int fields = sscanf(line, "%c %u %u", &type, &object, &value);

		if (fields < 2 || object >= OBJECTS || fields != (type == 'e' ? 2 : 3) || !strchr("rwe", type))
			fail("%s: %s", name, line);
		if (type == 'e')
			lost[object] = true;
		else
			add_operation((struct operation){ thread, object, value, type == 'w' });
	}
	fclose(file);
}

static void read_dump(const char *name)
{
	FILE *file = opened(name);
	char *line = NULL, *at;
	size_t room = 0;
	u32 object, value, before;
	int used;

	while (getline(&line, &room, file) > 0) {
		if (!strchr("oe", line[0]) || sscanf(line + 1, "%u%n", &object, &used) < 1 || object >= OBJECTS)
			fail("%s: %s", name, line);
		if (line[0] == 'e')
			lost[object] = true;
		before = 0;
		for (at = line + 1 + used; sscanf(at, "%u%n", &value, &used) == 1; at += used) {
			if (value_count == ROOM)
				fail("too many values");
			values[value_count++] = (struct value){ value, before, object, 0, false };
			before = value;
		}
	}
	free(line);
	fclose(file);
}

static int by_value(const void *a, const void *b)
{
	const struct value *x = a, *y = b;

	return x->value < y->value ? -1 : x->value > y->value;
}

static struct value *find(u32 value)
{
	struct value key = { .value = value };

	return bsearch(&key, values, value_count, sizeof(key), by_value);
}

/* What was read or written has to be in the object still, whose values are only ever added to. */
static void match_logs(void)
{
	u32 i;

	for (i = 0; i < op_count; i++) {
		const struct operation *op = &ops[i];
		struct value *v = find(op->value);

		if (lost[op->object] || (!op->value && !op->write))
			continue;
		if (!v || v->object != op->object)
			fail("object %u: thread %u %s %u, which is gone", op->object, op->thread,
			     op->write ? "wrote" : "read", op->value);
		if (op->write)
			v->logged = true;
	}
}

/* Who died took the log along. What is left of it is in the order of that thread. */
static u32 add_unlogged(void)
{
	u32 i, unlogged = 0;

	for (i = 0; i < value_count; i++) {
		if (i && values[i].value == values[i - 1].value)
			fail("%u was written twice", values[i].value);
		if (values[i].logged || lost[values[i].object])
			continue;
		add_operation((struct operation){ 1000 + (values[i].value >> 20), values[i].object,
						  values[i].value, true });
		unlogged++;
	}
	return unlogged;
}

static u32 number_of(u32 object, u32 value)
{
	return value ? find(value)->number : births[object];
}

static u32 check(void)
{
	u32 i, number = OBJECTS;

	for (i = 0; i < OBJECTS; i++)
		births[i] = history_birth(i);
	/* a read may stand before the write that it saw */
	for (i = 0; i < op_count; i++) {
		if (lost[ops[i].object])
			continue;
		number++;
		if (ops[i].write)
			find(ops[i].value)->number = number;
	}
	for (i = 0; i < op_count; i++) {
		const struct operation *op = &ops[i];

		if (lost[op->object])
			continue;
		if (op->write)
			history_write(op->thread, op->object, number_of(op->object, find(op->value)->before));
		else
			history_read(op->thread, op->object, number_of(op->object, op->value));
	}
	return history_check() - OBJECTS;
}

int main(int argc, char **argv)
{
	u32 i, unlogged, checked, gone = 0;

	ops = calloc(ROOM, sizeof(*ops));
	values = calloc(ROOM, sizeof(*values));
	if (argc < 3 || !ops || !values) {
		fprintf(stderr, "usage: kddm-history DUMP LOG...\n");
		return 2;
	}
	read_dump(argv[1]);
	for (i = 2; i < (u32)argc; i++)
		read_log(argv[i], i - 1);
	qsort(values, value_count, sizeof(*values), by_value);
	match_logs();
	unlogged = add_unlogged();
	checked = check();
	for (i = 0; i < OBJECTS; i++)
		gone += lost[i];
	printf("checked %u unlogged %u lost %u\n", checked, unlogged, gone);
	return 0;
}
