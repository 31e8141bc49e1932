// SPDX-License-Identifier: GPL-2.0-only
/* Reading and printing rules: see rule_text.h. */
#include "rule_text.h"

static const char *const cap_name[CAP_SIZE] = {
	"CHANGE_KERRIGHED_CAP", "CAN_MIGRATE", "DISTANT_FORK", "FORK_DELAY", "CHECKPOINTABLE",
	"USE_REMOTE_MEMORY", "USE_INTRA_CLUSTER_KERSTREAMS", "USE_INTER_CLUSTER_KERSTREAMS",
	"USE_WORLD_VISIBLE_KERSTREAMS", "SEE_LOCAL_PROC_STAT", "DEBUG", "SYSCALL_EXIT_HOOK",
};

enum field { EXE, UID, EFFECTIVE, PERMITTED, INHERITABLE_PERMITTED, INHERITABLE_EFFECTIVE, FIELDS };

static const char *const field_name[FIELDS] = {
	"exe", "uid", "effective", "permitted", "inheritable_permitted", "inheritable_effective",
};

struct place {
	struct krg_rule_error *error;
	int line;
};

#define wrong(place, ...)							\
	wrong_at(place, scnprintf((place)->error->text, sizeof((place)->error->text), \
				  "line %d: ", (place)->line), __VA_ARGS__)
/* Appends the reason behind @used characters; always -1. */
#define wrong_at(place, used, ...)						\
	(scnprintf((place)->error->text + (used),				\
		   sizeof((place)->error->text) - (used), __VA_ARGS__), -1)

/* The next piece up to one of @ends; NULL at the end of the text. */
static char *piece(char **text, const char *ends)
{
	char *start = *text;
	size_t len;

	if (!start)
		return NULL;
	len = strcspn(start, ends);
	*text = start[len] ? start + len + 1 : NULL;
	start[len] = '\0';
	return start;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* Decimal, 0 octal or 0x hexadecimal, 32 bits. */
static bool number(const char *text, __u32 *value)
{
	unsigned int base = 10;
	__u64 n = 0;

	if (text[0] == '0' && (text[1] | 0x20) == 'x') {
		base = 16;
		text += 2;
	} else if (text[0] == '0' && text[1]) {
		base = 8;
		text++;
	}
	if (!*text)
		return false;
	for (; *text; text++) {
		if (digit(*text) >= (int)base)
			return false;
		n = n * base + digit(*text);
		if (n > 0xffffffff)
			return false;
	}
	*value = n;
	return true;
}

static int parse_set(char *text, __u32 *set, const char *field, struct place *place)
{
	char *name;
	int i;

	*set = 0;
	if (number(text, set))
		return 0;
	while ((name = piece(&text, ","))) {
		for (i = 0; i < CAP_SIZE && strcmp(name, cap_name[i]); i++)
			;
		if (i == CAP_SIZE)
			return wrong(place, "%s: there is no capability '%.40s'", field, name);
		*set |= 1U << i;
	}
	return 0;
}

static int parse_exe(const char *value, struct krg_rule *rule, struct place *place)
{
	if (!*value || !strchr("/*?", *value))
		return wrong(place, "exe: not an absolute path or pattern: '%.60s'", value);
	if (strlen(value) >= sizeof(rule->exe))
		return wrong(place, "exe: longer than %d characters", KRG_RULE_EXE - 1);
	memcpy(rule->exe, value, strlen(value) + 1);
	return 0;
}

static int parse_uid(const char *value, struct krg_rule *rule, struct place *place)
{
	rule->any_uid = !strcmp(value, "*");
	if (!rule->any_uid && (!number(value, &rule->uid) || rule->uid == 0xffffffff))
		return wrong(place, "uid: not a user number or *: '%.40s'", value);
	return 0;
}

static __u32 *set_of(struct krg_rule *rule, enum field field)
{
	switch (field) {
	case EFFECTIVE:
		return &rule->caps.effective;
	case PERMITTED:
		return &rule->caps.permitted;
	case INHERITABLE_PERMITTED:
		return &rule->caps.inheritable_permitted;
	default:
		return &rule->caps.inheritable_effective;
	}
}

static int parse_field(char *text, struct krg_rule *rule, unsigned int *seen, struct place *place)
{
	char *value = text, *name = piece(&value, "=");
	int field;

	for (field = 0; field < FIELDS && strcmp(name, field_name[field]); field++)
		;
	if (field == FIELDS)
		return wrong(place, "there is no field '%.40s'", name);
	if (!value)
		return wrong(place, "%s: no value", name);
	if (*seen >> field & 1)
		return wrong(place, "%s: given twice", name);
	*seen |= 1U << field;
	if (field == EXE)
		return parse_exe(value, rule, place);
	if (field == UID)
		return parse_uid(value, rule, place);
	return parse_set(value, set_of(rule, field), name, place);
}

static int check_sets(const krg_cap_t *caps, __u32 supported, struct place *place)
{
	if (caps->permitted & ~supported)
		return wrong(place, "permitted: capabilities 0x%x are not supported",
			     caps->permitted & ~supported);
	if (caps->effective & ~caps->permitted)
		return wrong(place, "effective: more than permitted");
	if (caps->inheritable_permitted & ~caps->permitted)
		return wrong(place, "inheritable_permitted: more than permitted");
	if (caps->inheritable_effective & ~caps->inheritable_permitted)
		return wrong(place, "inheritable_effective: more than inheritable_permitted");
	return 0;
}

static int parse_line(char *line, struct krg_rule *rule, __u32 supported, struct place *place)
{
	unsigned int seen = 0;
	char *name, *word;
	int field;

	memset(rule, 0, sizeof(*rule));
	rule->exe[0] = '*';		/* the rest is 0 */
	rule->any_uid = true;
	name = piece(&line, " \t");
	if (strchr(name, '='))
		return wrong(place, "no name before '%.40s'", name);
	if (strlen(name) >= sizeof(rule->name))
		return wrong(place, "name: longer than %d characters", KRG_RULE_NAME - 1);
	memcpy(rule->name, name, strlen(name) + 1);
	while ((word = piece(&line, " \t"))) {
		if (*word && parse_field(word, rule, &seen, place))
			return -1;
	}
	for (field = EFFECTIVE; field < FIELDS; field++)
		if (!(seen >> field & 1))
			return wrong(place, "%s: missing", field_name[field]);
	return check_sets(&rule->caps, supported, place);
}

int krg_rules_parse(char *text, struct krg_rule *rule, int room, __u32 supported,
		    struct krg_rule_error *error)
{
	struct place place = { .error = error };
	char *line;
	int n = 0, i;

	while ((line = piece(&text, "\n"))) {
		place.line++;
		line += strspn(line, " \t");
		if (!*line || *line == '#')
			continue;
		if (n == room)
			return wrong(&place, "too many rules");
		if (parse_line(line, &rule[n], supported, &place))
			return -1;
		for (i = 0; i < n; i++)
			if (!strcmp(rule[i].name, rule[n].name))
				return wrong(&place, "the name %s is used twice", rule[n].name);
		n++;
	}
	return n;
}

int krg_rule_print(char *line, size_t room, const struct krg_rule *rule)
{
	char uid[12] = "*";

	if (!rule->any_uid)
		scnprintf(uid, sizeof(uid), "%u", rule->uid);
	return scnprintf(line, room,
			 "%s exe=%s uid=%s effective=0x%x permitted=0x%x inheritable_permitted=0x%x inheritable_effective=0x%x\n",
			 rule->name, rule->exe, uid, rule->caps.effective, rule->caps.permitted,
			 rule->caps.inheritable_permitted, rule->caps.inheritable_effective);
}
