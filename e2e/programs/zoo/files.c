// SPDX-License-Identifier: GPL-2.0-only
/* Offsets, flags, descriptors that share a file, holes between them. */
#include "../zoo.h"

void program(void)
{
	int data, twin, appended, null, dir, i, len;
	char line[32], back[32];
	uint64_t round = 0;

	MUST(!close_range(3, ~0U, 0));
	data = open("data", O_RDWR | O_CREAT | O_TRUNC, 0644);
	MUST(data >= 0);
	twin = fcntl(data, F_DUPFD_CLOEXEC, 100);
	MUST(twin >= 100);
	appended = open("log", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
	null = open("/dev/null", O_RDWR | O_NONBLOCK);
	dir = open(".", O_RDONLY | O_DIRECTORY);
	MUST(appended >= 0 && null >= 0 && dir >= 0);
	say_ready();
	while (!stopping) {
		len = snprintf(line, sizeof(line), "%" PRIu64 "\n", ++round);
		MUST(write(data, line, len) == len);
		MUST(lseek(twin, 0, SEEK_CUR) == lseek(data, 0, SEEK_CUR));
		MUST(lseek(twin, -len, SEEK_CUR) >= 0);
		MUST(read(data, back, len) == len && !memcmp(line, back, len));
		MUST(write(appended, line, len) == len);
		MUST(fcntl(twin, F_GETFD) == FD_CLOEXEC && fcntl(data, F_GETFD) == 0);
		MUST(fcntl(appended, F_GETFL) & O_APPEND && fcntl(null, F_GETFL) & O_NONBLOCK);
		MUST(write(null, line, len) == len && faccessat(dir, "data", R_OK, 0) == 0);
		for (i = dir + 1; i < 100; i++)
			MUST(fcntl(i, F_GETFD) == -1);
		say_round();
		nap(10);
	}
}
