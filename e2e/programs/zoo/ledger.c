// SPDX-License-Identifier: GPL-2.0-only
/*
 * One large file: offsets beyond 4 GiB, vectors, appending by two processes, truncation,
 * and a lock that is held for a moment.
 */
#include "../zoo.h"
#include <sys/stat.h>
#include <sys/uio.h>

#define FAR (5LL << 30)

struct entry {
	int64_t who, number, check;
};

static void append(int fd, int64_t who, int64_t number)
{
	struct entry entry = { who, number, mix(who * 1000003 + number) };

	MUST(write(fd, &entry, sizeof(entry)) == sizeof(entry));
}

static void appends(int number)
{
	int fd = open("journal", O_WRONLY | O_APPEND);
	int64_t i = 0;

	MUST(fd >= 0);
	while (!stopping) {
		append(fd, number, ++i);
		nap(30);
	}
	post(0, i);
}

/* Each writer's entries are there once, in their order. */
static void check_journal(int fd, int64_t last[2])
{
	static struct entry entry[1000];
	int64_t seen[2] = { 0 };
	ssize_t len;

	MUST(!lseek(fd, 0, SEEK_SET));
	while ((len = read(fd, entry, sizeof(entry))) > 0) {
		MUST(len % sizeof(*entry) == 0);
		for (struct entry *e = entry; (char *)e < (char *)entry + len; e++) {
			MUST(e->who >= 0 && e->who < 2 && e->number == ++seen[e->who]);
			MUST(e->check == (int64_t)mix(e->who * 1000003 + e->number));
		}
	}
	MUST(!len);
	MUST(seen[0] >= last[0] && seen[1] >= last[1]);
	memcpy(last, seen, sizeof(seen));
}

static void set_lock(int fd, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = FAR, .l_len = 8 };

	MUST(!fcntl(fd, F_SETLK, &lock));
}

void program(void)
{
	int far = open("far", O_RDWR | O_CREAT | O_TRUNC, 0644), twin = dup(far);
	int journal = open("journal", O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0644);
	int64_t round = 0, last[2] = { 0 }, value[2], back[2];
	struct iovec out[2] = { { &value[0], 8 }, { &value[1], 8 } };
	struct iovec in[2] = { { &back[0], 8 }, { &back[1], 8 } };
	struct stat st;
	pid_t other;

	MUST(far >= 0 && twin >= 0 && journal >= 0);
	other = resident(appends, 1);
	MUST(lseek(far, FAR, SEEK_SET) == FAR);
	say_ready();
	while (!stopping) {
		round++;
		value[0] = round;
		value[1] = mix(round);
		MUST(writev(far, out, 2) == 16);
		MUST(lseek(twin, 0, SEEK_CUR) == FAR + 16 * round);
		nap(10);
		MUST(preadv(twin, in, 2, FAR + 16 * (round - 1)) == 16);
		MUST(back[0] == value[0] && back[1] == value[1]);
		MUST(pread(far, &back[0], 8, FAR + 16 * (round / 2)) == 8);
		MUST(back[0] == round / 2 + 1);
		if (round % 16 == 0) {
			set_lock(far, F_WRLCK);
			MUST(!fstat(far, &st) && st.st_size == FAR + 16 * round);
			set_lock(far, F_UNLCK);
			MUST(!ftruncate(far, FAR + 16 * round - 8));
			MUST(lseek(far, 0, SEEK_END) == FAR + 16 * round - 8);
			MUST(write(far, &value[1], 8) == 8);
		}
		append(journal, 0, round);
		if (round % 8 == 0) {
			check_journal(journal, last);
			MUST(last[0] == round);
			say_round();
		}
	}
	dismiss(other);
	check_journal(journal, last);
	MUST(last[0] == round && last[1] == posted(0));
}
