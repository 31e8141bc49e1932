// SPDX-License-Identifier: GPL-2.0-only
/*
 * krginit: first process of the Kerrighed container. Tells the kernel that the
 * container is ready, then becomes the given program, or reaps orphans until
 * it is told to stop.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <kerrighed/kerrighed.h>

static void usage(FILE *out)
{
	fputs("usage: krginit [-h] [-v] [-s] [PROGRAM [ARGUMENT]...]\n"
	      "First process of the Kerrighed container; started by krgboot.\n"
	      "  -s  begin a session of its own\n"
	      "  -h  this help\n"
	      "  -v  version\n"
	      "Without PROGRAM it reaps orphans until SIGTERM, SIGINT or SIGHUP.\n", out);
}

/* Returns when somebody asks the container to stop. */
static void reap(const sigset_t *signals)
{
	int sig;

	for (;;) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (!sigwait(signals, &sig) && sig != SIGCHLD)
			return;
	}
}

int main(int argc, char **argv)
{
	sigset_t signals, before;
	int option, session = 0;

	while ((option = getopt(argc, argv, "+hvs")) != -1) {
		switch (option) {
		case 'h':
			usage(stdout);
			return 0;
		case 'v':
			puts("krginit " KRG_VERSION);
			return 0;
		case 's':
			session = 1;
			break;
		default:
			usage(stderr);
			return 1;
		}
	}
	/* before READY: a stop that comes right after it must not get lost */
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, &before);
	if (session && setsid() == -1) {
		fprintf(stderr, "krginit: no session of its own: %s\n", strerror(errno));
		return 1;
	}
	if (krg_node_ready(1)) {
		int err = errno;

		fprintf(stderr, "krginit: this node is not ready: %s%s%s\n", strerror(err),
			*krg_refusal() ? ": " : "", krg_refusal());
		return 1;
	}
	if (optind == argc) {
		reap(&signals);
		return 0;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	execvp(argv[optind], argv + optind);
	fprintf(stderr, "krginit: %s: %s\n", argv[optind], strerror(errno));
	return 1;
}
