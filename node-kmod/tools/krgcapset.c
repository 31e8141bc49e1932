// SPDX-License-Identifier: GPL-2.0-only
/* krgcapset: show or change the Kerrighed capabilities of a process. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <kerrighed/kerrighed.h>

static pid_t target;		/* 0: the parent */

static void usage(FILE *out)
{
	fputs("usage: krgcapset [-h|--help] [-v|--version]\n"
	      "       krgcapset [-k|--pid PID] -s|--show\n"
	      "       krgcapset [-k|--pid PID] [-f|--force] SETS\n"
	      "Without --pid the parent is meant: the shell that runs krgcapset.\n"
	      "  -e, --effective VAL\n"
	      "  -p, --permitted VAL\n"
	      "  -i, --inheritable-permitted VAL\n"
	      "  -d, --inheritable-effective VAL\n"
	      "  -f, --force   do not ask before CHANGE_KERRIGHED_CAP is lost\n"
	      "VAL is a number, or [+|-]NAME[,NAME...]: + adds, - removes.\n", out);
}

static int failed(const char *what)
{
	fprintf(stderr, "krgcapset: %s: %s\n", what, strerror(errno));
	if (*krg_refusal())
		fprintf(stderr, "krgcapset: %s\n", krg_refusal());
	return EXIT_FAILURE;
}

/* Number of the capability that has this name, or of the only one that begins so; else -1. */
static int by_name(const char *name, size_t len)
{
	int cap, found = -1;

	for (cap = 0; cap < CAP_SIZE; cap++) {
		if (strncmp(krg_cap_name(cap), name, len))
			continue;
		if (!krg_cap_name(cap)[len])
			return cap;
		if (found >= 0) {
			fprintf(stderr, "krgcapset: %.*s may be %s or %s\n", (int)len, name,
				krg_cap_name(found), krg_cap_name(cap));
			return -1;
		}
		found = cap;
	}
	if (found < 0)
		fprintf(stderr, "krgcapset: there is no capability %.*s\n", (int)len, name);
	return found;
}

/* Changes *set as a VAL says. 0, or -1 after a message. */
static int change(const char *val, __u32 *set)
{
	unsigned long number;
	__u32 named = 0;
	char sign = *val, *end;

	errno = 0;
	number = strtoul(val, &end, 0);
	if (*val >= '0' && *val <= '9') {
		if (*end || errno || number > 0xffffffff) {
			fprintf(stderr, "krgcapset: not a number: %s\n", val);
			return -1;
		}
		*set = number;
		return 0;
	}
	if (sign == '+' || sign == '-')
		val++;
	for (;;) {
		size_t len = strcspn(val, ",");
		int cap = len ? by_name(val, len) : -1;

		if (cap < 0) {
			if (!len)
				fputs("krgcapset: a capability has no name\n", stderr);
			return -1;
		}
		named |= 1U << cap;
		if (!val[len])
			break;
		val += len + 1;
	}
	*set = sign == '+' ? *set | named : sign == '-' ? *set & ~named : named;
	return 0;
}

static void show_set(const char *title, __u32 set)
{
	const char *separator = "\t";
	int cap;

	printf("%s Capabilities: 0%o\n", title, set);
	for (cap = 0; cap < CAP_SIZE; cap++) {
		if (!cap_raised(set, cap))
			continue;
		printf("%s%s", separator, krg_cap_name(cap));
		separator = ", ";
	}
	putchar('\n');
}

static void show(const krg_cap_t *caps)
{
	show_set("Permitted", caps->permitted);
	show_set("Effective", caps->effective);
	show_set("Inheritable Permitted", caps->inheritable_permitted);
	show_set("Inheritable Effective", caps->inheritable_effective);
}

/* Afterwards nobody can change the capabilities of that process any more. */
static bool confirmed(const krg_cap_t *old, const krg_cap_t *new)
{
	char answer[8] = "";

	if (!cap_raised(old->effective, CAP_CHANGE_KERRIGHED_CAP) ||
	    cap_raised(new->effective, CAP_CHANGE_KERRIGHED_CAP))
		return true;
	printf("Are you sure you want to loose the capability %s (y/N) ",
	       krg_cap_name(CAP_CHANGE_KERRIGHED_CAP));
	fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}

static int parse_pid(const char *text)
{
	char *end;
	long pid = strtol(text, &end, 10);

	if (end == text || *end || pid <= 0 || pid != (pid_t)pid) {
		fprintf(stderr, "krgcapset: not a PID: %s\n", text);
		return -1;
	}
	target = pid;
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ "show", no_argument, NULL, 's' },
		{ "force", no_argument, NULL, 'f' },
		{ "pid", required_argument, NULL, 'k' },
		{ "effective", required_argument, NULL, 'e' },
		{ "permitted", required_argument, NULL, 'p' },
		{ "inheritable-permitted", required_argument, NULL, 'i' },
		{ "inheritable-effective", required_argument, NULL, 'd' },
		{}
	};
	const char *val[4] = {};	/* as in krg_cap_t */
	bool force = false, showing = false;
	krg_cap_t old, new;
	__u32 *set[4] = { &new.effective, &new.permitted, &new.inheritable_permitted,
			  &new.inheritable_effective };
	int c, i, changes = 0;

	while ((c = getopt_long(argc, argv, "hvsfk:e:p:i:d:", options, NULL)) != -1) {
		switch (c) {
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		case 'v':
			printf("krgcapset %s\n", KRG_VERSION);
			return EXIT_SUCCESS;
		case 's':
			showing = true;
			break;
		case 'f':
			force = true;
			break;
		case 'k':
			if (parse_pid(optarg))
				return EXIT_FAILURE;
			break;
		case 'e':
		case 'p':
		case 'i':
		case 'd':
			val[strchr("epid", c) - "epid"] = optarg;
			changes++;
			break;
		default:
			usage(stderr);
			return EXIT_FAILURE;
		}
	}
	if (optind != argc || (!showing && !changes)) {
		usage(stderr);
		return EXIT_FAILURE;
	}
	if (target ? krg_pid_capget(target, &old) : krg_father_capget(&old))
		return failed("capabilities");
	if (changes) {
		new = old;
		for (i = 0; i < 4; i++)
			if (val[i] && change(val[i], set[i]))
				return EXIT_FAILURE;
		if (!force && !confirmed(&old, &new))
			return EXIT_FAILURE;
		if (target ? krg_pid_capset(target, &new) : krg_father_capset(&new))
			return failed("capabilities");
		if (target ? krg_pid_capget(target, &old) : krg_father_capget(&old))
			return failed("capabilities");
	}
	if (showing)
		show(&old);
	return EXIT_SUCCESS;
}
