/* SPDX-License-Identifier: GPL-2.0-only */
/* Sums of the texts of several nodes. Without kernel calls: also built in user space, for tests. */
#ifndef KRG_SUM_H
#define KRG_SUM_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#endif

/**
 * krg_sum_lines() - add up the numbers of lines that begin with the same word
 * @out: room for strlen(@a) + strlen(@b) + 1
 *
 * Numbers stay aligned to the right as in @a. Lines of only one text are kept; so is
 * what is no amount (btime, Hugepagesize) as @a has it.
 * Return: length of @out.
 */
size_t krg_sum_lines(char *out, const char *a, const char *b);

/**
 * krg_split_stat() - take the lines of single CPUs out of a /proc/stat
 * @first: what the number of the node's CPU 0 is in the cluster
 * @rest: gets the other lines; room for strlen(@text) + 1
 * @cpus: gets the lines of CPUs; room for 2 * strlen(@text) + 1
 */
void krg_split_stat(const char *text, unsigned int first, char *rest, char *cpus);

/* /proc/cpuinfo with the cluster's CPU numbers; @out: room for 2 * strlen(@text) + 1. */
size_t krg_number_cpus(char *out, const char *text, unsigned int first);

struct krg_load {
	unsigned long long hundredths[3];
	unsigned long long running, total;
	int last_pid;			/* of the first text */
};

/* Adds a /proc/loadavg. Return: whether it was one. */
bool krg_add_load(struct krg_load *sum, const char *text);

/* The hundredths of a second in the second field of /proc/uptime: idle times. */
bool krg_add_idle(unsigned long long *hundredths, const char *text);

#endif /* KRG_SUM_H */
