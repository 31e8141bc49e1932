/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs share that verify themselves while they are moved.
 *
 * A program of zoo/ is one function, program(), that goes round until it is asked to
 * stop, in a directory of its own. zoo.c has its main():
 *
 *	zoo-NAME FILE DIRECTORY
 *
 * It appends lines to FILE: "also PID" for each process of it that may be moved too,
 * "ready", "round N" as it goes, and at the end "ok" (exit status 42) or "broken: …" (1).
 * SIGTERM asks it to end.
 */
#ifndef ZOO_H
#define ZOO_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL
#define ZOO_OK 42

void program(void);

/* SIGTERM came. Its handler interrupts system calls. */
extern volatile sig_atomic_t stopping;

/* A line into the file. No descriptor is open between two lines. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);
void say_to(const char *name);		/* the file; done by main() of zoo.c */
void say_ready(void);
void say_round(void);
__attribute__((noreturn)) void say_broken(const char *what, const char *file, int line);

#define MUST(condition)							\
	do {								\
		if (!(condition))					\
			say_broken(#condition, __FILE__, __LINE__);	\
	} while (0)

double seconds(clockid_t clock);	/* what it shows */
double now(void);			/* of CLOCK_MONOTONIC */
void nap(int ms);			/* all of it, unless stopping */
uint64_t mix(uint64_t x);		/* a number that looks random */
void work(unsigned int turns);		/* some thousand instructions each */

/* Handler for a signal that is only to interrupt. */
void ignore(int signal);
void handle(int signal, void (*handler)(int), int flags);

/*
 * A child that lives as long as the program and is moved on its own: it runs @life and
 * ends with 0. dismiss() asks it to stop, and waits.
 */
pid_t resident(void (*life)(int number), int number);
pid_t bystander(void (*life)(int number), int number);	/* the same, but it is not moved */
void dismiss(pid_t resident);

/* Numbers in a file that all processes of the program see. */
void post(unsigned int slot, int64_t value);
int64_t posted(unsigned int slot);
void await_post(unsigned int slot, int64_t least);	/* or stopping */

#endif /* ZOO_H */
