// SPDX-License-Identifier: GPL-2.0-only
/* Texts of three nodes, and what the cluster's is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../procfs/sum.h"

static void expect(const char *what, const char *is, const char *wanted)
{
	if (!strcmp(is, wanted))
		return;
	fprintf(stderr, "sum_test: %s is\n%s\nand should be\n%s\n", what, is, wanted);
	exit(1);
}

static char *sum(const char *a, const char *b)
{
	char *out = malloc(strlen(a) + strlen(b) + 1);

	if (krg_sum_lines(out, a, b) != strlen(out))
		exit(1);
	return out;
}

static void sums_memory(void)
{
	char *text = sum("MemTotal:         473424 kB\nMemFree:              99 kB\n"
			 "HugePages_Total:       1\nHugepagesize:       2048 kB\n"
			 "DirectMap4k:       57216 kB\n",
			 "MemTotal:         600000 kB\nMemFree:        99999999 kB\n"
			 "HugePages_Total:       2\nHugepagesize:       2048 kB\n"
			 "DirectMap4k:           1 kB\nDirectMap1G:     1048576 kB\n");

	expect("meminfo", text,
	       "MemTotal:        1073424 kB\nMemFree:       100000098 kB\n"
	       "HugePages_Total:       3\nHugepagesize:       2048 kB\n"
	       "DirectMap4k:       57217 kB\nDirectMap1G:     1048576 kB\n");
	free(text);
}

static void sums_stat(void)
{
	static const char a[] = "cpu  9 2 3\ncpu0 4 1 1\ncpu1 5 1 2\nintr 10 0 10\nbtime 1000\n";
	char rest[sizeof(a)], cpus[2 * sizeof(a)];
	char *text;

	krg_split_stat(a, 8192, rest, cpus);
	expect("the CPUs", cpus, "cpu8192 4 1 1\ncpu8193 5 1 2\n");
	expect("the rest", rest, "cpu  9 2 3\nintr 10 0 10\nbtime 1000\n");
	text = sum(rest, "cpu  1 8 0\nintr 7 7 0 5\nbtime 900\nprocs_running 1\n");
	expect("stat", text, "cpu 10 10 3\nintr 17 7 10 5\nbtime 1000\nprocs_running 1\n");
	free(text);
}

static void keeps_what_only_one_has(void)
{
	char *text = sum("a 1\nc 3\n", "a 1\nb 2\nc 3\n");

	expect("the union", text, "a 2\nb 2\nc 6\n");
	free(text);
	text = sum("", "a 1\n");
	expect("with nothing", text, "a 1\n");
	free(text);
}

static void numbers_cpus(void)
{
	static const char text[] = "processor\t: 0\nmodel\t\t: 6\n\nprocessor\t: 1\n\n";
	char out[2 * sizeof(text)];

	krg_number_cpus(out, text, 16384);
	expect("cpuinfo", out, "processor\t: 16384\nmodel\t\t: 6\n\nprocessor\t: 16385\n\n");
}

static void adds_loads(void)
{
	struct krg_load load = {};
	unsigned long long idle = 0;
	char text[99];

	if (!krg_add_load(&load, "0.16 0.04 1.99 1/85 33000\n") ||
	    !krg_add_load(&load, "10.05 0.00 0.02 2/15 65900\n") ||
	    krg_add_load(&load, "broken") || krg_add_idle(&idle, "12") ||
	    !krg_add_idle(&idle, "12.34 1.05\n") || !krg_add_idle(&idle, "12.34 2.00\n"))
		exit(1);
	snprintf(text, sizeof(text), "%llu %llu %llu %llu/%llu %d %llu", load.hundredths[0],
		 load.hundredths[1], load.hundredths[2], load.running, load.total, load.last_pid,
		 idle);
	expect("loadavg and uptime", text, "1021 4 201 3/100 33000 305");
}

int main(void)
{
	sums_memory();
	sums_stat();
	keeps_what_only_one_has();
	numbers_cpus();
	adds_loads();
	return 0;
}
