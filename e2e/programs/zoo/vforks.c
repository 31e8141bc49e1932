// SPDX-License-Identifier: GPL-2.0-only
/* Children that borrow the memory until they run another program, or end. */
#include "../zoo.h"
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

static void await(pid_t pid, int code)
{
	int status;

	while (waitpid(pid, &status, 0) != pid)
		MUST(errno == EINTR);
	MUST(WIFEXITED(status) && WEXITSTATUS(status) == code);
}

void program(void)
{
	static volatile int round;
	static char text[64];
	int code;
	pid_t pid;

	say_ready();
	while (!stopping) {
		char *argv[] = { "sh", "-c", text, NULL };

		code = ++round % 200;
		snprintf(text, sizeof(text), "kill -0 $PPID && exit %d", code);
		MUST(!posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ));
		await(pid, code);
		pid = vfork();
		MUST(pid >= 0);
		if (!pid) {
			execv("/bin/sh", argv);
			_exit(1);
		}
		await(pid, code);
		pid = vfork();
		MUST(pid >= 0);
		if (!pid)
			_exit(code);
		await(pid, code);
		say_round();
		nap(300);	/* it cannot move while a child has its memory */
	}
}
