// SPDX-License-Identifier: GPL-2.0-only
/* Rules: good ones come back as they were; a bad one is named by line and field. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "capability/rule_text.h"

#define SETS " effective=0 permitted=0 inheritable_permitted=0 inheritable_effective=0"
#define SUPPORTED ((1U << CAP_SIZE) - 1)
#define ROOM 8
#define RUNS 20000
#define X10 "0123456789"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10

#define CHECK(condition, what)							\
	do {									\
		if (!(condition)) {						\
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, what); \
			exit(1);						\
		}								\
	} while (0)

static struct krg_rule rule[ROOM];
static struct krg_rule_error error;

/* On a copy of the exact size: the sanitizer sees every byte too far. */
static int parse(const char *text, int room, __u32 supported)
{
	char *copy = strdup(text);
	int n;

	error.text[0] = '\0';
	n = krg_rules_parse(copy, rule, room, supported, &error);
	free(copy);
	return n;
}

static void test_good(void)
{
	static const char text[] =
		"# comment\n"
		"\n"
		"  web exe=/usr/bin/*  uid=33\teffective=CAN_MIGRATE permitted=CAN_MIGRATE,DEBUG inheritable_permitted=0x2 inheritable_effective=02\n"
		"rest" SETS;
	char line[KRG_RULE_LINE];
	struct krg_rule first;

	CHECK(parse(text, ROOM, SUPPORTED) == 2, error.text);
	CHECK(!strcmp(rule[0].name, "web") && !strcmp(rule[0].exe, "/usr/bin/*"), rule[0].exe);
	CHECK(!rule[0].any_uid && rule[0].uid == 33, rule[0].name);
	CHECK(rule[0].caps.effective == 1U << CAP_CAN_MIGRATE, rule[0].name);
	CHECK(rule[0].caps.permitted == (1U << CAP_CAN_MIGRATE | 1U << CAP_DEBUG), rule[0].name);
	CHECK(rule[0].caps.inheritable_permitted == 2, rule[0].name);
	CHECK(rule[0].caps.inheritable_effective == 2, rule[0].name);
	CHECK(!strcmp(rule[1].exe, "*") && rule[1].any_uid && !rule[1].caps.permitted,
	      rule[1].name);
	first = rule[0];
	krg_rule_print(line, sizeof(line), &first);
	CHECK(parse(line, ROOM, SUPPORTED) == 1, error.text);
	CHECK(!memcmp(&rule[0], &first, sizeof(first)), line);
	CHECK(parse("", ROOM, SUPPORTED) == 0, error.text);
}

static const struct {
	const char *text, *error;
} bad[] = {
	{ "a exe=bin" SETS, "line 1: exe: not an absolute path or pattern: 'bin'" },
	{ "a exe=" SETS, "line 1: exe: " },
	{ "a exe=/" X100 X100 X100 SETS, "line 1: exe: longer than 255" },
	{ "\n#\na uid=-1" SETS, "line 3: uid: not a user number or *: '-1'" },
	{ "a uid=4294967295" SETS, "line 1: uid: " },
	{ "a uid=4294967296" SETS, "line 1: uid: " },
	{ "a uid=08" SETS, "line 1: uid: " },
	{ "a uid=0x" SETS, "line 1: uid: " },
	{ "ok" SETS "\na effective=CAN_FLY",
	  "line 2: effective: there is no capability 'CAN_FLY'" },
	{ "a permitted=DEBUG,", "line 1: permitted: there is no capability ''" },
	{ "a inheritable_permitted=-", "line 1: inheritable_permitted: " },
	{ "a inheritable_effective=", "line 1: inheritable_effective: " },
	{ "a permitted", "line 1: permitted: no value" },
	{ "a uid=1 uid=2" SETS, "line 1: uid: given twice" },
	{ "a colour=red" SETS, "line 1: there is no field 'colour'" },
	{ "a effective=0 permitted=0 inheritable_permitted=0",
	  "line 1: inheritable_effective: missing" },
	{ "a permitted=0", "line 1: effective: missing" },
	{ "exe=/bin/sh" SETS, "line 1: no name before 'exe=/bin/sh'" },
	{ X100 SETS, "line 1: name: longer than 63" },
	{ "a" SETS "\na" SETS, "line 2: the name a is used twice" },
	{ "a effective=1 permitted=0 inheritable_permitted=0 inheritable_effective=0",
	  "line 1: effective: more than permitted" },
	{ "a effective=0 permitted=0 inheritable_permitted=1 inheritable_effective=0",
	  "line 1: inheritable_permitted: more than permitted" },
	{ "a effective=0 permitted=1 inheritable_permitted=0 inheritable_effective=1",
	  "line 1: inheritable_effective: more than inheritable_permitted" },
	{ "a effective=0 permitted=0x80000000 inheritable_permitted=0 inheritable_effective=0",
	  "line 1: permitted: capabilities 0x80000000 are not supported" },
};

static void test_bad(void)
{
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(parse(bad[i].text, ROOM, SUPPORTED) == -1, bad[i].text);
		CHECK(!strncmp(error.text, bad[i].error, strlen(bad[i].error)), error.text);
	}
	CHECK(parse("a" SETS "\nb" SETS, 1, SUPPORTED) == -1, "room");
	CHECK(!strcmp(error.text, "line 2: too many rules"), error.text);
}

/* Whatever is written there: rules, or an error with its line. */
static void test_garbage(void)
{
	static const char good[] =
		"web exe=/usr/bin/* uid=33 effective=CAN_MIGRATE permitted=CAN_MIGRATE,DEBUG inheritable_permitted=0x2 inheritable_effective=02\n"
		"rest" SETS "\n";
	static const char alphabet[] = "=,\n\t #*/0x9a\xff";
	int run, change, refused = 0;

	for (run = 0; run < RUNS; run++) {
		char text[sizeof(good)];
		int n;

		memcpy(text, good, sizeof(good));
		for (change = rand() % 4; change >= 0; change--)
			text[rand() % (sizeof(good) - 1)] = alphabet[rand() % sizeof(alphabet)];
		n = parse(text, ROOM, SUPPORTED);
		CHECK(n >= 0 ? !*error.text : !strncmp(error.text, "line ", 5), text);
		refused += n < 0;
	}
	CHECK(refused > RUNS / 10 && refused < RUNS, "the changes are too mild or too wild");
}

int main(void)
{
	srand(1);
	test_good();
	test_bad();
	test_garbage();
	return 0;
}
