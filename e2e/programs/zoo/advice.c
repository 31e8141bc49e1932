// SPDX-License-Identifier: GPL-2.0-only
/* madvise(2): what a child gets, what is dropped, and the flags that mappings show. */
#include "../zoo.h"
#include <sys/mman.h>
#include <sys/wait.h>

#define LEN (4 * PAGE)

enum { PLAIN, WIPED, NOT_FORKED, NOT_DUMPED, HUGE, NOT_HUGE, SEQUENTIAL, RANDOM, AREAS };

static const struct {
	int advice;
	const char *flag;	/* of VmFlags in /proc/self/smaps */
} kind[AREAS] = {
	{ -1, "rd" }, { MADV_WIPEONFORK, "wf" }, { MADV_DONTFORK, "dc" }, { MADV_DONTDUMP, "dd" },
	{ MADV_HUGEPAGE, "hg" }, { MADV_NOHUGEPAGE, "nh" }, { MADV_SEQUENTIAL, "sr" },
	{ MADV_RANDOM, "rr" },
};

static unsigned char *area[AREAS];

static bool holds(const unsigned char *at, unsigned char byte)
{
	size_t i;

	for (i = 0; i < LEN && at[i] == byte; i++)
		;
	return i == LEN;
}

static void check_flags(void)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	unsigned long start = 0, first, found = 0;
	char line[512];
	int i;

	MUST(maps);
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%*x %*c", &first) == 1 && strchr(line, '-'))
			start = first;
		if (strncmp(line, "VmFlags:", 8))
			continue;
		for (i = 0; i < AREAS; i++) {
			if ((unsigned long)area[i] != start)
				continue;
			found++;
			if (!strstr(line, kind[i].flag))
				say("area %d is not %s: %s", i, kind[i].flag, line);
			MUST(strstr(line, kind[i].flag));
		}
	}
	fclose(maps);
	MUST(found == AREAS);
}

static void child(int byte)
{
	int i;

	for (i = 0; i < AREAS; i++)
		if (i != NOT_FORKED)
			MUST(holds(area[i], i == WIPED ? 0 : byte));
	MUST(msync(area[NOT_FORKED], LEN, MS_ASYNC) == -1 && errno == ENOMEM);
	_exit(0);
}

void program(void)
{
	unsigned char *all = mmap(NULL, 2 * AREAS * LEN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
				  -1, 0);
	unsigned char byte = 0;
	int i, status;
	pid_t pid;

	MUST(all != MAP_FAILED);
	for (i = 0; i < AREAS; i++) {
		area[i] = all + (2 * i + 1) * LEN;
		MUST(!mprotect(area[i], LEN, PROT_READ | PROT_WRITE));
		/* a kernel without huge pages has no advice about them either */
		if (kind[i].advice >= 0)
			MUST(!madvise(area[i], LEN, kind[i].advice));
	}
	say_ready();
	while (!stopping) {
		byte = byte % 250 + 1;
		for (i = 0; i < AREAS; i++)
			memset(area[i], byte, LEN);
		nap(30);
		check_flags();
		pid = fork();
		MUST(pid >= 0);
		if (!pid)
			child(byte);
		while (waitpid(pid, &status, 0) != pid)
			MUST(errno == EINTR);
		MUST(!status);
		for (i = 0; i < AREAS; i++)
			MUST(holds(area[i], byte));
		MUST(!madvise(area[PLAIN], LEN, MADV_DONTNEED));
		nap(20);
		MUST(holds(area[PLAIN], 0));
		memset(area[PLAIN], byte, LEN);
		MUST(!madvise(area[PLAIN], LEN, MADV_FREE));
		nap(20);
		for (size_t page = 0; page < LEN; page += PAGE)
			MUST(area[PLAIN][page] == byte || area[PLAIN][page] == 0);
		say_round();
	}
}
