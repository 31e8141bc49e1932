// SPDX-License-Identifier: GPL-2.0-only
/* Handlers that are moved while they run, on a stack of their own and with masks of theirs. */
#include "../zoo.h"
#include <setjmp.h>
#include <sys/time.h>

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)	/* linux/signal.h does not go with signal.h */
#endif

static char stack[131072];
static volatile sig_atomic_t depth, most, alarms;
static sigjmp_buf back;

static bool on_stack(const void *at)
{
	return (const char *)at >= stack && (const char *)at < stack + sizeof(stack);
}

/* Each runs in the one before, and blocks itself and what its action says. */
static void nested(int signal)
{
	sigset_t set;
	stack_t now_;
	int sig, here;

	MUST(on_stack(&here));
	MUST(!sigaltstack(NULL, &now_) && now_.ss_flags & SS_ONSTACK);
	if (++depth > most)
		most = depth;
	MUST(!sigprocmask(SIG_BLOCK, NULL, &set));
	for (sig = SIGRTMIN; sig <= signal; sig++)
		MUST(sigismember(&set, sig));
	MUST(sigismember(&set, SIGUSR1));
	work(200);
	if (signal < SIGRTMIN + 3) {
		MUST(!raise(signal + 1));
		MUST(!sigismember(&set, signal + 1));
	}
	MUST(!raise(SIGUSR1));		/* blocked: waits until the outermost handler is over */
	MUST(!sigpending(&set) && sigismember(&set, SIGUSR1));
	work(200);
	depth--;
}

static void last(int signal)
{
	(void)signal;
	MUST(!depth);
	most += 100;
}

static void alarmed(int signal)
{
	(void)signal;
	alarms++;
}

static void jumps(int signal)
{
	(void)signal;
	work(50);
	siglongjmp(back, 7);
}

/* SS_AUTODISARM: in the handler there is no such stack. */
static void disarmed(int signal)
{
	stack_t now_;
	int here;

	(void)signal;
	MUST(on_stack(&here));
	MUST(!sigaltstack(NULL, &now_) && now_.ss_flags & SS_DISABLE);
	work(100);
}

/* What is blocked waits for as long as that lasts, and not a moment longer. */
static void wait_blocked(void)
{
	double end = now() + 0.2;
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN + 4);
	MUST(!sigprocmask(SIG_BLOCK, &set, &old));
	most = 0;
	MUST(!raise(SIGUSR1) && !kill(getpid(), SIGRTMIN + 4));
	while (now() < end) {
		MUST(!sigpending(&set) && sigismember(&set, SIGUSR1));
		MUST(sigismember(&set, SIGRTMIN + 4) && !most);
	}
	MUST(!sigprocmask(SIG_SETMASK, &old, NULL));
	MUST(most == 200);
}

static void set_stack(int flags)
{
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack), .ss_flags = flags };

	MUST(!sigaltstack(&alt, NULL));
}

static void is_set(unsigned int flags)
{
	stack_t alt;

	MUST(!sigaltstack(NULL, &alt) && alt.ss_sp == stack && alt.ss_size == sizeof(stack));
	MUST((unsigned int)alt.ss_flags == flags);
}

void program(void)
{
	struct itimerval soon = { { 0, 0 }, { 0, 100000 } };
	struct sigaction action = { .sa_flags = SA_ONSTACK };
	sigset_t blocked, open;
	int sig;

	set_stack(0);
	action.sa_handler = nested;
	sigaddset(&action.sa_mask, SIGUSR1);
	for (sig = SIGRTMIN; sig < SIGRTMIN + 4; sig++)
		MUST(!sigaction(sig, &action, NULL));
	action.sa_handler = disarmed;
	MUST(!sigaction(SIGUSR2, &action, NULL));
	handle(SIGUSR1, last, 0);
	handle(SIGRTMIN + 4, last, 0);
	handle(SIGALRM, alarmed, 0);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	MUST(!sigprocmask(SIG_BLOCK, &blocked, &open));
	say_ready();
	while (!stopping) {
		most = 0;
		MUST(!raise(SIGRTMIN));
		MUST(most == 104 && !depth);
		wait_blocked();
		is_set(0);
		set_stack(SS_AUTODISARM);
		MUST(!raise(SIGUSR2));
		is_set(SS_AUTODISARM);
		set_stack(0);
		MUST(!setitimer(ITIMER_REAL, &soon, NULL));
		alarms = 0;
		MUST(sigsuspend(&open) == -1 && errno == EINTR);
		MUST(alarms || stopping);
		MUST(!sigprocmask(SIG_BLOCK, NULL, &blocked) && sigismember(&blocked, SIGALRM));
		handle(SIGQUIT, jumps, SA_RESETHAND);
		if (!sigsetjmp(back, 1)) {
			raise(SIGQUIT);
			MUST(false);
		}
		MUST(!sigaction(SIGQUIT, NULL, &action) && action.sa_handler == SIG_DFL);
		MUST(!sigprocmask(SIG_BLOCK, NULL, &blocked) && !sigismember(&blocked, SIGQUIT));
		say_round();
		nap(20);
	}
}
