// SPDX-License-Identifier: GPL-2.0-only
/* A directory is read while its reader moves, and files come and go in it. */
#include "../zoo.h"
#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define FILES 40

/* A few entries at a time, as getdents64(2) has them. Each of @want once. */
static void read_folder(int dir, const char *prefix, uint64_t want)
{
	char buf[sizeof(struct dirent64)];
	uint64_t seen = 0;
	long len, at;

	/*
	 * ext4, which may be below a shared mount, says once more that it is at the end when a
	 * directory was opened and read there first: that is what a move at the end leads to.
	 */
	MUST(!lseek(dir, 0, SEEK_SET));
	MUST(syscall(SYS_getdents64, dir, buf, sizeof(buf)) >= 0);
	MUST(!lseek(dir, 0, SEEK_SET));
	while ((len = syscall(SYS_getdents64, dir, buf, sizeof(buf))) > 0) {
		for (at = 0; at < len;) {
			struct dirent64 *entry = (struct dirent64 *)(buf + at);
			int i;

			at += entry->d_reclen;
			if (sscanf(entry->d_name, "stays-%d", &i) != 1)
				continue;
			MUST(!strncmp(entry->d_name, prefix, strlen(prefix)));
			MUST(i >= 0 && i < FILES && !(seen & 1ULL << i));
			seen |= 1ULL << i;
		}
		nap(5);
	}
	MUST(len == 0 && (seen == want || stopping));
}

void program(void)
{
	int dir, i, fd, round = 0;
	char name[32], other[32];
	uint64_t all = 0;
	struct stat st;

	MUST(!mkdir("folder", 0755) || errno == EEXIST);
	dir = open("folder", O_RDONLY | O_DIRECTORY);
	MUST(dir >= 0);
	for (i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "stays-%d", i);
		fd = openat(dir, name, O_WRONLY | O_CREAT, 0644);
		MUST(fd >= 0 && !close(fd));
		all |= 1ULL << i;
	}
	say_ready();
	while (!stopping) {
		read_folder(dir, "stays-", all);
		snprintf(name, sizeof(name), "goes-%d", ++round);
		snprintf(other, sizeof(other), "gone-%d", round);
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0644);
		MUST(fd >= 0 && write(fd, name, strlen(name)) == (ssize_t)strlen(name) && !close(fd));
		nap(5);
		MUST(!renameat(dir, name, dir, other));
		MUST(fstatat(dir, name, &st, 0) == -1 && errno == ENOENT);
		MUST(!fstatat(dir, other, &st, 0) && st.st_size == (off_t)strlen(name));
		MUST(!symlinkat(other, dir, name) && !fstatat(dir, name, &st, 0));
		MUST(!unlinkat(dir, name, 0) && !unlinkat(dir, other, 0));
		MUST(!mkdirat(dir, name, 0700) && !unlinkat(dir, name, AT_REMOVEDIR));
		say_round();
	}
}
