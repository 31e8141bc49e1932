// SPDX-License-Identifier: GPL-2.0-only
/* Resource limits hold wherever the process is, and say so as they do at home. */
#include "../zoo.h"
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

static volatile sig_atomic_t too_large, too_long;

static void exceeded(int signal)
{
	if (signal == SIGXFSZ)
		too_large++;
	else
		too_long++;
}

static void limit(int which, rlim_t soft)
{
	struct rlimit value;

	MUST(!getrlimit(which, &value));
	value.rlim_cur = soft;
	MUST(!setrlimit(which, &value));
}

static void is_limited(int which, rlim_t soft)
{
	struct rlimit value;

	MUST(!getrlimit(which, &value) && value.rlim_cur == soft);
}

static void use_up_descriptors(void)
{
	int fd, last = -1;

	while ((fd = open("/dev/null", O_RDONLY)) >= 0)
		last = fd;
	MUST(errno == EMFILE && last == 19);
	for (fd = 4; fd <= last; fd++)
		MUST(!close(fd));
}

/* A child of its own is killed after one second of work, by the limit that it inherits. */
static void work_too_long(void)
{
	pid_t pid = fork();
	struct rlimit value = { 1, 2 };
	int status;

	MUST(pid >= 0);
	if (!pid) {
		MUST(!close(3));
		handle(SIGTERM, SIG_DFL, 0);
		handle(SIGXCPU, exceeded, SA_RESTART);
		MUST(!setrlimit(RLIMIT_CPU, &value));
		while (!too_long)
			work(10);
		_exit(9);
	}
	while (waitpid(pid, &status, 0) != pid)
		MUST(errno == EINTR);
	MUST(status == 9 << 8);
}

void program(void)
{
	int file = open("limited", O_RDWR | O_CREAT | O_TRUNC, 0644), round = 0;
	static char big[8192];
	void *at;

	handle(SIGXFSZ, exceeded, SA_RESTART);
	MUST(file == 3);
	limit(RLIMIT_NOFILE, 20);
	limit(RLIMIT_FSIZE, 100000);
	limit(RLIMIT_AS, 64 << 20);
	limit(RLIMIT_CPU, 1000000);
	limit(RLIMIT_CORE, 4711);
	say_ready();
	while (!stopping) {
		is_limited(RLIMIT_NOFILE, 20);
		is_limited(RLIMIT_FSIZE, 100000);
		is_limited(RLIMIT_AS, 64 << 20);
		is_limited(RLIMIT_CPU, 1000000);
		is_limited(RLIMIT_CORE, 4711);
		use_up_descriptors();
		too_large = 0;
		MUST(pwrite(file, big, sizeof(big), 100000 - 10) == 10 && !too_large);
		MUST(pwrite(file, big, sizeof(big), 100000) == -1 && errno == EFBIG && too_large == 1);
		at = mmap(NULL, 80 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		MUST(at == MAP_FAILED && errno == ENOMEM);
		at = mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		MUST(at != MAP_FAILED && !munmap(at, 1 << 20));
		if (round++ % 64 == 0)
			work_too_long();
		say_round();
		nap(20);
	}
}
