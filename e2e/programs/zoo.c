// SPDX-License-Identifier: GPL-2.0-only
/* main() of the programs in zoo/, and processes that belong together. */
#include "zoo.h"
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void stop(int signal)
{
	(void)signal;
	stopping = 1;
}

pid_t bystander(void (*life)(int number), int number)
{
	pid_t parent = getpid(), pid = fork();

	MUST(pid >= 0);
	if (!pid) {
		MUST(!prctl(PR_SET_PDEATHSIG, SIGKILL));
		if (getppid() != parent)
			_exit(1);
		/* what its parent has open could be moved with neither */
		MUST(!close_range(3, ~0U, 0));
		life(number);
		_exit(0);
	}
	return pid;
}

pid_t resident(void (*life)(int number), int number)
{
	pid_t pid = bystander(life, number);

	say("also %d", pid);
	return pid;
}

void dismiss(pid_t resident)
{
	int status;

	MUST(!kill(resident, SIGTERM));
	while (waitpid(resident, &status, 0) != resident)
		MUST(errno == EINTR);
	MUST(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int board(void)
{
	int fd = open("board", O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	MUST(fd >= 0);
	return fd;
}

void post(unsigned int slot, int64_t value)
{
	int fd = board();

	MUST(pwrite(fd, &value, sizeof(value), slot * sizeof(value)) == sizeof(value));
	MUST(!close(fd));
}

int64_t posted(unsigned int slot)
{
	int fd = board();
	int64_t value = 0;

	MUST(pread(fd, &value, sizeof(value), slot * sizeof(value)) >= 0);
	MUST(!close(fd));
	return value;
}

void await_post(unsigned int slot, int64_t least)
{
	while (!stopping && posted(slot) < least)
		nap(10);
}

int main(int argc, char **argv)
{
	int null = open("/dev/null", O_RDWR), fd;

	if (argc != 3) {
		fprintf(stderr, "usage: %s FILE DIRECTORY\n", argv[0]);
		return 2;
	}
	umask(0);
	say_to(argv[1]);
	setenv("ZOO_FILE", argv[1], 1);
	MUST(!mkdir(argv[2], 0777) || errno == EEXIST);
	MUST(!chdir(argv[2]) && null >= 0);
	for (fd = 0; fd < 3; fd++)
		MUST(dup2(null, fd) == fd);
	if (null > 2)
		close(null);
	/* for processes that will be others' */
	close(board());
	handle(SIGTERM, stop, 0);
	program();
	say("ok");
	return ZOO_OK;
}
