// SPDX-License-Identifier: GPL-2.0-only
/* Job control as a shell does it: a child is stopped and continued, and its parent is told. */
#include "../zoo.h"
#include <sys/wait.h>

enum { COUNT, GROUP };

static volatile sig_atomic_t told_stopped, told_continued;

static void told(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	if (info->si_code == CLD_STOPPED)
		told_stopped++;
	else if (info->si_code == CLD_CONTINUED)
		told_continued++;
}

static void count(int number)
{
	int64_t i = 0;

	(void)number;
	handle(SIGCHLD, SIG_DFL, 0);
	MUST(!setpgid(0, 0));
	post(GROUP, 1);
	while (!stopping) {
		work(20);
		post(COUNT, ++i);
	}
}

/* waitpid() in odd rounds, waitid() in even ones */
static void await_change(pid_t child, int what, int signal, bool odd)
{
	siginfo_t info = { 0 };
	pid_t pid;
	int status, err;

	if (odd) {
		do
			pid = waitpid(child, &status, what == WSTOPPED ? WUNTRACED : WCONTINUED);
		while (pid < 0 && errno == EINTR);
		MUST(pid == child);
		if (what == WSTOPPED ? !WIFSTOPPED(status) : !WIFCONTINUED(status))
			say("status %x", status);
		if (what == WSTOPPED)
			MUST(WIFSTOPPED(status) && WSTOPSIG(status) == signal);
		else
			MUST(WIFCONTINUED(status));
		return;
	}
	do
		err = waitid(P_PID, child, &info, what);
	while (err && errno == EINTR);
	MUST(!err && info.si_signo == SIGCHLD && info.si_pid == child && info.si_uid == getuid());
	MUST(info.si_code == (what == WSTOPPED ? CLD_STOPPED : CLD_CONTINUED));
	MUST(info.si_status == (what == WSTOPPED ? signal : SIGCONT));
}

void program(void)
{
	static const int stop[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
	struct sigaction action = { .sa_sigaction = told, .sa_flags = SA_SIGINFO | SA_RESTART };
	int round = 0, status;
	int64_t reached;
	pid_t child;

	MUST(setsid() == getpid());	/* the child's group is in it, so it is no orphan */
	MUST(!sigaction(SIGCHLD, &action, NULL));
	child = resident(count, 0);
	await_post(GROUP, 1);
	say_ready();
	while (!stopping) {
		int signal = stop[++round % 4];

		MUST(!kill(child, signal));
		await_change(child, WSTOPPED, signal, round % 2);
		reached = posted(COUNT);
		nap(100);
		MUST(posted(COUNT) == reached);
		MUST(!waitpid(child, &status, WNOHANG | WUNTRACED | WCONTINUED));
		MUST(!kill(round % 3 ? child : -child, SIGCONT));
		await_change(child, WCONTINUED, 0, round % 2);
		await_post(COUNT, reached + 1);
		/* the signals may come later than what wait says, but they come */
		while (!stopping && (told_stopped < round || told_continued < round))
			nap(5);
		if (told_stopped > round || told_continued > round)
			say("told %d stops and %d continues", told_stopped, told_continued);
		MUST(told_stopped <= round && told_continued <= round);
		say_round();
	}
	dismiss(child);
}
