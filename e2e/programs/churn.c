// SPDX-License-Identifier: GPL-2.0-only
/*
 * churn FILE MB
 *
 * Writes to each page of MB megabytes, over and over, faster than a network carries that, and
 * looks at each page before it does. It appends to FILE "at ADDRESS" when all pages have been
 * written, "round N" now and then, "broken: …" if a page is not as it was left (and exits with 1),
 * and "ok" in the end, at SIGTERM. On SIGUSR1 it forks; the child looks at all pages, writes to
 * all of them and looks again, and the parent appends "child STATUS". On SIGUSR2 it moves, protects,
 * drops, locks and collapses a quarter of them each, looks what that did, and appends "mapped anew".
 *
 * churn read PID ADDRESS MB	looks at those of another process: process_vm_readv()
 * churn core FILE ADDRESS MB	or in its core dump
 *
 * Both say how many pages are not there or not a churn's, and exit with 1 if there are any.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096UL
#define WORDS (PAGE / sizeof(uint64_t))
#define SAY_EVERY 32

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

static volatile sig_atomic_t stopping, forking, mapping;
static FILE *out;

static uint64_t tag(unsigned long page)
{
	return page * 0x9e3779b97f4a7c15ULL + 1;
}

static void fill(uint64_t *word, unsigned long page, uint64_t round)
{
	word[0] = tag(page);
	word[1] = round;
	word[WORDS - 1] = ~(tag(page) + round);
}

/* Of any round: another process may be between two. */
static bool is_page(const uint64_t *word, unsigned long page)
{
	return word[0] == tag(page);
}

static bool is_of_round(const uint64_t *word, unsigned long page, uint64_t round)
{
	return is_page(word, page) && word[1] == round &&
	       word[WORDS - 1] == ~(tag(page) + round);
}

static void look(const uint64_t *area, unsigned long page, uint64_t round)
{
	const uint64_t *word = area + page * WORDS;

	if (is_of_round(word, page, round))
		return;
	fprintf(out, "broken: page %lu holds %" PRIx64 " %" PRIx64 " .. %" PRIx64 " in round %" PRIu64 "\n",
		page, word[0], word[1], word[WORDS - 1], round);
	exit(1);
}

static void stop(int signal)
{
	(void)signal;
	stopping = 1;
}

static void fork_soon(int signal)
{
	(void)signal;
	forking = 1;
}

static void map_soon(int signal)
{
	(void)signal;
	mapping = 1;
}

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(out, "broken: %s: %m\n", what);
	exit(1);
}

/* [from, to) are of the round after @round if they are below @done. */
static void look_at(uint64_t *area, unsigned long from, unsigned long to, uint64_t round,
		    unsigned long done)
{
	for (; from < to; from++)
		look(area, from, round + (from < done));
}

static void map_anew(uint64_t *area, unsigned long pages, uint64_t round, unsigned long done)
{
	unsigned long n = pages / 4, i;
	uint64_t *part = area, *moved;

	mapping = 0;
	moved = mmap(NULL, n * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(moved != MAP_FAILED, "mmap");
	must(mremap(part, n * PAGE, n * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, moved) == moved,
	     "mremap");
	look_at(moved, 0, n, round, done);
	must(mremap(moved, n * PAGE, n * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, part) == part,
	     "mremap back");
	look_at(area, 0, n, round, done);

	part += n * WORDS;
	must(!mprotect(part, n * PAGE, PROT_NONE), "mprotect");
	must(!mprotect(part, n * PAGE, PROT_READ), "mprotect");
	look_at(area, n, 2 * n, round, done);
	must(!mprotect(part, n * PAGE, PROT_READ | PROT_WRITE), "mprotect");

	part += n * WORDS;
	must(!madvise(part, n * PAGE, MADV_DONTNEED), "MADV_DONTNEED");
	for (i = 2 * n; i < 3 * n; i++) {
		must(!area[i * WORDS] && !area[(i + 1) * WORDS - 1], "dropped pages");
		fill(area + i * WORDS, i, round + (i < done));
	}

	part += n * WORDS;
	/* with pages away it may say that it is to be tried again */
	must(!madvise(part, n * PAGE, MADV_COLLAPSE) || errno == EAGAIN || errno == EINVAL ||
	     errno == ENOMEM || errno == EBUSY, "MADV_COLLAPSE");
	must(!mlock(part, n * PAGE), "mlock");
	must(!munlock(part, n * PAGE), "munlock");
	look_at(area, 3 * n, pages, round, done);
	fputs("mapped anew\n", out);
}

/* @done of the pages are in the next round already. */
static int child(uint64_t *area, unsigned long pages, uint64_t round, unsigned long done)
{
	unsigned long i;

	for (i = 0; i < pages; i++)
		if (!is_of_round(area + i * WORDS, i, round + (i < done)))
			return 2;
	for (i = 0; i < pages; i++)
		fill(area + i * WORDS, i, ~round);
	for (i = 0; i < pages; i++)
		if (!is_of_round(area + i * WORDS, i, ~round))
			return 3;
	return 0;
}

static pid_t fork_child(uint64_t *area, unsigned long pages, uint64_t round, unsigned long done)
{
	pid_t pid = fork();

	forking = 0;
	if (pid < 0) {
		perror("fork");
		exit(2);
	}
	if (!pid)
		_exit(child(area, pages, round, done));
	return pid;
}

static void end_of_child(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WNOHANG) == pid)
		fprintf(out, "child %d\n", status);
}

static int churn(unsigned long pages)
{
	uint64_t *area = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t round = 1;
	unsigned long i;
	pid_t pid = 0;

	if (area == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	for (i = 0; i < pages; i++)
		fill(area + i * WORDS, i, round);
	fprintf(out, "at %p\n", (void *)area);
	while (!stopping) {
		for (i = 0; i < pages; i++) {
			look(area, i, round);
			fill(area + i * WORDS, i, round + 1);
			if (forking)
				pid = fork_child(area, pages, round, i + 1);
			if (mapping)
				map_anew(area, pages, round, i + 1);
		}
		if (round++ % SAY_EVERY == 0)
			fprintf(out, "round %" PRIu64 "\n", round);
		if (pid)
			end_of_child(pid);
	}
	for (i = 0; i < pages; i++)
		look(area, i, round);
	fputs("ok\n", out);
	return 0;
}

static int judge(unsigned long wrong, unsigned long pages)
{
	printf("%lu of %lu pages are wrong\n", wrong, pages);
	return wrong != 0;
}

static int read_other(pid_t pid, uintptr_t addr, unsigned long pages)
{
	unsigned long i, wrong = 0;
	uint64_t page[WORDS];

	for (i = 0; i < pages; i++) {
		struct iovec here = { page, PAGE }, there = { (void *)(addr + i * PAGE), PAGE };

		if (process_vm_readv(pid, &here, 1, &there, 1, 0) != PAGE || !is_page(page, i))
			wrong++;
	}
	return judge(wrong, pages);
}

/* Where the dump has @addr, or -1. Its headers are read once: it may be on a slow file system. */
static off_t find(int fd, uintptr_t addr)
{
	static Elf64_Phdr *parts;
	static Elf64_Ehdr head;
	size_t len;
	int i;

	if (!parts) {
		if (pread(fd, &head, sizeof(head), 0) != sizeof(head))
			return -1;
		len = head.e_phnum * sizeof(*parts);
		parts = calloc(1, len);
		if (!parts || pread(fd, parts, len, head.e_phoff) != (ssize_t)len)
			return -1;
	}
	for (i = 0; i < head.e_phnum; i++) {
		Elf64_Phdr *part = &parts[i];

		if (part->p_type == PT_LOAD && addr >= part->p_vaddr &&
		    addr < part->p_vaddr + part->p_filesz)
			return part->p_offset + (addr - part->p_vaddr);
	}
	return -1;
}

static int read_core(const char *file, uintptr_t addr, unsigned long pages)
{
	unsigned long i, wrong = 0;
	int fd = open(file, O_RDONLY);
	uint64_t page[WORDS];

	if (fd < 0) {
		perror(file);
		return 2;
	}
	for (i = 0; i < pages; i++) {
		off_t at = find(fd, addr + i * PAGE);

		if (at < 0 || pread(fd, page, PAGE, at) != PAGE || !is_page(page, i))
			wrong++;
	}
	return judge(wrong, pages);
}

static unsigned long number(const char *text, unsigned long max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 0);

	if (*end || end == text || !value || value > max) {
		fprintf(stderr, "churn: '%s' is no number from 1 to %lu\n", text, max);
		exit(2);
	}
	return value;
}

static unsigned long pages_of(const char *megabytes)
{
	return (number(megabytes, 1 << 20) << 20) / PAGE;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = stop, .sa_flags = SA_RESTART };

	if (argc == 5 && !strcmp(argv[1], "read"))
		return read_other(number(argv[2], 1 << 22), number(argv[3], -1), pages_of(argv[4]));
	if (argc == 5 && !strcmp(argv[1], "core"))
		return read_core(argv[2], number(argv[3], -1), pages_of(argv[4]));
	if (argc != 3) {
		fputs("usage: churn FILE MB\n       churn read PID ADDRESS MB\n"
		      "       churn core FILE ADDRESS MB\n", stderr);
		return 2;
	}
	out = fopen(argv[1], "a");
	if (!out) {
		perror(argv[1]);
		return 2;
	}
	setvbuf(out, NULL, _IOLBF, 0);
	sigaction(SIGTERM, &action, NULL);
	action.sa_handler = fork_soon;
	sigaction(SIGUSR1, &action, NULL);
	action.sa_handler = map_soon;
	sigaction(SIGUSR2, &action, NULL);
	return churn(pages_of(argv[2]));
}
