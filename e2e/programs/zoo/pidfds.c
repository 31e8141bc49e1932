// SPDX-License-Identifier: GPL-2.0-only
/* Pidfds: of a child that lives on, wherever it goes, and of children that end. */
#include "../zoo.h"
#include <linux/sched.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define P_PIDFD 3

enum { SEEN };	/* signals that the child has had */

static volatile sig_atomic_t seen, asked;

static void note(int signal)
{
	if (signal == SIGUSR1)
		seen++;
	else
		asked = 1;
}

static void stay(int number)
{
	(void)number;
	handle(SIGUSR1, note, 0);
	while (!stopping) {
		post(SEEN, seen);
		nap(5);
	}
}

/* Has it ended? Waits for that at most so long, or until stopping. */
static bool ended(int pidfd, int ms)
{
	struct pollfd fd = { .fd = pidfd, .events = POLLIN };
	int ret = poll(&fd, 1, ms);

	MUST(ret >= 0 || errno == EINTR);
	MUST(ret <= 0 || fd.revents & POLLIN);
	return ret > 0;
}

static int open_pidfd(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	MUST(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	return fd;
}

static int send_signal(int pidfd, int signal)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

static void signal_old(pid_t old, int round)
{
	int fd = open_pidfd(old);

	MUST(!ended(fd, 60));
	MUST(!send_signal(fd, SIGUSR1));
	await_post(SEEN, round);
	MUST(!ended(fd, 0));
	MUST(!close(fd));
}

/* The kid waits until it is asked to end. */
static pid_t start_kid(int way, int *pidfd)
{
	struct clone_args args = {
		.flags = way ? CLONE_PIDFD : 0,
		.pidfd = (uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};
	pid_t kid = syscall(SYS_clone3, &args, sizeof(args));

	MUST(kid >= 0);
	if (!kid) {
		while (!asked)
			usleep(500000);
		_exit(7);
	}
	if (!way)
		*pidfd = open_pidfd(kid);
	return kid;
}

static void wait_for_kid(int way)
{
	siginfo_t info = { 0 };
	int fd, status;
	pid_t kid = start_kid(way, &fd);

	MUST(!ended(fd, 20));
	MUST(!waitid(P_PIDFD, fd, &info, WEXITED | WNOHANG) && !info.si_pid);
	MUST(!send_signal(fd, SIGUSR2));
	while (!ended(fd, 1000))
		;
	while (waitid(P_PIDFD, fd, &info, WEXITED))
		MUST(errno == EINTR);
	MUST(info.si_pid == kid && info.si_code == CLD_EXITED && info.si_status == 7);
	MUST(waitpid(kid, &status, WNOHANG) == -1 && errno == ECHILD);
	MUST(!close(fd));
}

void program(void)
{
	pid_t old = resident(stay, 0);
	int round = 0, fd;

	handle(SIGUSR2, note, 0);
	MUST(syscall(SYS_pidfd_open, 1 << 22, 0) == -1 && errno == ESRCH);
	say_ready();
	while (!stopping) {
		signal_old(old, ++round);
		wait_for_kid(round % 2);
		nap(50);	/* with no pidfd open it can be moved */
		say_round();
	}
	fd = open_pidfd(old);
	dismiss(old);
	MUST(ended(fd, 0));
	MUST(send_signal(fd, SIGUSR1) == -1 && errno == ESRCH);
}
