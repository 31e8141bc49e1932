// SPDX-License-Identifier: GPL-2.0-only
/*
 * krgboot: starts the Kerrighed container of this node and returns when its
 * node is online.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <kerrighed/kerrighed.h>

#define PID_FILE "/run/krginit.pid"

static void usage(FILE *out)
{
	fputs("usage: krgboot [-h] [-v] [-u] [-i] [-m] [-p] [-n] [-U] [PROGRAM [ARGUMENT]...]\n"
	      "Starts the Kerrighed container of this node. It has PID, IPC and mount\n"
	      "namespaces of its own always (-i, -p, -m), and on demand:\n"
	      "  -u  host name (UTS)\n"
	      "  -n  network\n"
	      "  -U  users\n"
	      "  -h  this help\n"
	      "  -v  version\n"
	      "PROGRAM is what krginit runs; without it krginit only reaps orphans.\n", out);
}

static int fail(const char *what)
{
	fprintf(stderr, "krgboot: %s: %s\n", what, strerror(errno));
	return 1;
}

/* The krginit that belongs to this krgboot. */
static void krginit_path(char *path)
{
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - sizeof("/krginit"));

	path[len > 0 ? len : 0] = 0;
	strcat(dirname(path), "/krginit");
}

/* First process of the container. */
static int container(char **argv, const char *krginit)
{
	char *args[64] = { (char *)krginit, "-s" };
	int n = 2;

	while (*argv && n < 63)
		args[n++] = *argv++;
	if (*argv) {
		fputs("krgboot: too many arguments\n", stderr);
		return 1;
	}
	/* what is mounted here must not show up outside */
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return fail("own mounts");
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		return fail("mounting /proc in the container");
	execv(krginit, args);
	return fail(krginit);
}

static int write_pid(pid_t pid)
{
	FILE *f = fopen(PID_FILE, "we");

	if (!f)
		return -1;
	fprintf(f, "%d\n", pid);
	return fclose(f);
}

/* Waits until the container says it is ready. Return: 0, or 1 if it ended before. */
static int wait_ready(pid_t pid, int pidfd, int events)
{
	struct pollfd fds[] = { { events, POLLIN, 0 }, { pidfd, POLLIN, 0 } };
	char line[1024];
	ssize_t len;

	for (;;) {
		if (poll(fds, 2, -1) == -1 && errno != EINTR)
			return fail("waiting for the container");
		if (fds[0].revents) {
			len = read(events, line, sizeof(line));
			if (len > 0 && !strncmp(line, "container ready\n", len))
				return 0;
		} else if (fds[1].revents) {
			waitpid(pid, NULL, 0);
			unlink(PID_FILE);
			return 1;	/* krginit has said why */
		}
	}
}

int main(int argc, char **argv)
{
	int flags = CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNS | SIGCHLD;
	char krginit[PATH_MAX];
	int option, events, pidfd = -1;
	pid_t pid;

	while ((option = getopt(argc, argv, "+hvuimpnU")) != -1) {
		switch (option) {
		case 'h':
			usage(stdout);
			return 0;
		case 'v':
			puts("krgboot " KRG_VERSION);
			return 0;
		case 'u':
			flags |= CLONE_NEWUTS;
			break;
		case 'n':
			flags |= CLONE_NEWNET;
			break;
		case 'U':
			flags |= CLONE_NEWUSER;
			break;
		case 'i':
		case 'm':
		case 'p':
			break;
		default:
			usage(stderr);
			return 1;
		}
	}
	if (geteuid()) {
		fputs("krgboot: Must be run from root container only\n", stderr);
		return 1;
	}
	krginit_path(krginit);
	events = open("/dev/kerrighed", O_RDONLY | O_CLOEXEC);
	if (events == -1)
		return fail("/dev/kerrighed");
	if (krg_set_cluster_creator(1)) {
		fprintf(stderr, "krgboot: %s\n", errno == EBUSY ?
			"Kerrighed container is already running" :
			errno == EPERM ? "Must be run from root container only" : strerror(errno));
		return 1;
	}
	pid = syscall(SYS_clone, flags | CLONE_PIDFD, NULL, &pidfd, NULL, 0);
	if (pid == -1)
		return fail("namespaces of the container");
	if (!pid)
		_exit(container(argv + optind, krginit));
	if (write_pid(pid))
		fail(PID_FILE);
	return wait_ready(pid, pidfd, events);
}
