// SPDX-License-Identifier: GPL-2.0-only
/* migrate: move a process to another node of the cluster. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <kerrighed/kerrighed.h>

static void usage(FILE *out)
{
	fputs("usage: migrate [-h|--help] [-v|--version]\n"
	      "       migrate <pid> <nodeid>\n", out);
}

static int number(const char *text, int *value)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || end == text || *end || n < INT_MIN || n > INT_MAX)
		return -1;
	*value = n;
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{}
	};
	int c, pid, node;

	while ((c = getopt_long(argc, argv, "hv", options, NULL)) != -1) {
		switch (c) {
		case 'h':
			usage(stdout);
			return 0;
		case 'v':
			printf("migrate %s\n", KRG_VERSION);
			return 0;
		default:
			usage(stderr);
			return 1;
		}
	}
	if (argc - optind != 2 || number(argv[optind], &pid) || number(argv[optind + 1], &node)) {
		usage(stderr);
		return 1;
	}
	if (!migrate(pid, node))
		return 0;
	perror("migrate");
	if (*krg_refusal())
		fprintf(stderr, "migrate: %s\n", krg_refusal());
	return 1;
}
