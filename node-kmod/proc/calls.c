// SPDX-License-Identifier: GPL-2.0-only
/* System calls about relations: a body has them answered at home. */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/cred.h>
#include <linux/prctl.h>
#include <linux/slab.h>
#include <asm/ptrace.h>
#include "calls.h"
#include "proc.h"

/* system calls without arguments have this name, and __x64_sys_ as an alias */
KRG_HOOK_IF(long, __do_sys_getppid, (const struct pt_regs *unused), krg_have_bodies);
KRG_HOOK_IF(long, __do_sys_getpgrp, (const struct pt_regs *unused), krg_body_is_current);
KRG_HOOK_IF(long, __do_sys_setsid, (const struct pt_regs *unused), krg_body_is_current);
KRG_HOOK(long, __x64_sys_getpgid, (const struct pt_regs *regs));
KRG_HOOK(long, __x64_sys_getsid, (const struct pt_regs *regs));
KRG_HOOK_IF(long, __x64_sys_setpgid, (const struct pt_regs *regs), krg_body_is_current);
KRG_HOOK_IF(long, __x64_sys_prctl, (const struct pt_regs *regs), krg_body_is_current);
KRG_HOOK_IF(int, commit_creds, (struct cred *new), krg_body_is_current);

/* Puts the question to home. False: there is no home, the answer is here. */
static bool krg_ask_call(u32 op, s64 a, s64 b, long *ret)
{
	struct krg_ask ask = { .op = op, .call = { a, b } };
	struct krg_body *body = krg_body_of(current);
	struct krg_answer answer;
	int err = -EHOSTDOWN;

	if (body)
		err = krg_body_ask(body, &ask, sizeof(ask), &answer);
	krg_body_put(body);
	*ret = err ?: answer.ret;
	return err != -EHOSTDOWN;
}

#define KRG_CALL(name, op, a, b)						\
static long krg_hook_##name(const struct pt_regs *regs)			\
{										\
	long ret;								\
										\
	krg_hook_enter(name);							\
	if (!krg_ask_call(op, a, b, &ret))					\
		ret = krg_orig(name)(regs);					\
	krg_hook_exit(name);							\
	return ret;								\
}

pid_t krg_own_group(void)
{
	long ret;

	if (krg_body_is_current() && krg_ask_call(KRG_ASK_GETPGRP, 0, 0, &ret))
		return ret;
	return task_pgrp_vnr(current);
}

KRG_CALL(__do_sys_getpgrp, KRG_ASK_GETPGRP, 0, 0)
KRG_CALL(__do_sys_setsid, KRG_ASK_SETSID, 0, 0)
KRG_CALL(__x64_sys_setpgid, KRG_ASK_SETPGID, (pid_t)regs->di, (pid_t)regs->si)

/* Another home knows about its processes; about oneself and the others of one's home, home does. */
#define KRG_RELATION(name, op, about)						\
static long krg_hook_##name(const struct pt_regs *regs)			\
{										\
	pid_t pid = regs->di;							\
	long ret;								\
										\
	krg_hook_enter(name);							\
	if (krg_body_is_current() &&						\
	    (pid <= 0 || krg_home_of(pid) == krg_home_of(task_tgid_vnr(current)))) { \
		if (!krg_ask_call(op, pid, 0, &ret))				\
			ret = krg_orig(name)(regs);				\
	} else if (!krg_ask_relation(about, pid, &ret)) {			\
		ret = krg_orig(name)(regs);					\
	}									\
	krg_hook_exit(name);							\
	return ret;								\
}

KRG_RELATION(__x64_sys_getpgid, KRG_ASK_GETPGID, KRG_ABOUT_PGID)
KRG_RELATION(__x64_sys_getsid, KRG_ASK_GETSID, KRG_ABOUT_SID)

/* Who adopts orphans is decided at home. */
static long krg_hook___x64_sys_prctl(const struct pt_regs *regs)
{
	long ret = 0;

	krg_hook_enter(__x64_sys_prctl);
	if ((int)regs->di != PR_SET_CHILD_SUBREAPER ||
	    !krg_ask_call(KRG_ASK_SUBREAPER, regs->si, 0, &ret) || !ret)
		ret = krg_orig(__x64_sys_prctl)(regs);
	krg_hook_exit(__x64_sys_prctl);
	return ret;
}

/* A body whose home is gone has lost its parent with it, as an orphan. */
static long krg_hook___do_sys_getppid(const struct pt_regs *regs)
{
	struct krg_body *body;
	long ret;

	krg_hook_enter(__do_sys_getppid);
	body = krg_in_container() ? krg_body_of(current) : NULL;
	if (!body || !krg_ask_call(KRG_ASK_GETPPID, 0, 0, &ret)) {
		ret = krg_orig(__do_sys_getppid)(regs);
		if (body && !ret)
			ret = 1;
	}
	krg_body_put(body);
	krg_hook_exit(__do_sys_getppid);
	return ret;
}

/* Who may signal the process, and whom its stub may signal for it, is decided at home. */
static void krg_creds_report(void)
{
	struct krg_body *body = krg_body_of(current);
	struct krg_ask_creds *message;
	size_t len = struct_size(message, creds.groups, KRG_GROUPS_MAX);

	message = body ? kzalloc(len, GFP_KERNEL | __GFP_NOFAIL) : NULL;
	if (message) {
		message->ask.op = KRG_ASK_CREDS;
		krg_creds_fill(&message->creds, KRG_GROUPS_MAX);
		krg_body_tell(body, &message->ask, len);
	}
	kfree(message);
	krg_body_put(body);
}

static int krg_hook_commit_creds(struct cred *new)
{
	bool report;
	int err;

	krg_hook_enter(commit_creds);
	/* for others a process is its first thread */
	report = !current->in_execve || !uid_eq(new->euid, current_euid()) ||
		 !gid_eq(new->egid, current_egid());
	err = krg_orig(commit_creds)(new);
	if (report && thread_group_leader(current))
		krg_creds_report();
	krg_hook_exit(commit_creds);
	return err;
}

int krg_commit_creds_native(struct cred *new)
{
	return krg_orig(commit_creds)(new);
}

s64 krg_call_native(const struct krg_ask *ask)
{
	struct pt_regs regs = { .di = ask->call.a, .si = ask->call.b };
	kernel_siginfo_t info;

	switch (ask->op) {
	case KRG_ASK_GETPPID:
		return krg_orig(__do_sys_getppid)(&regs);
	case KRG_ASK_GETPGRP:
		return krg_orig(__do_sys_getpgrp)(&regs);
	case KRG_ASK_SETSID:
		return krg_orig(__do_sys_setsid)(&regs);
	case KRG_ASK_GETPGID:
		return krg_orig(__x64_sys_getpgid)(&regs);
	case KRG_ASK_GETSID:
		return krg_orig(__x64_sys_getsid)(&regs);
	case KRG_ASK_SETPGID:
		return krg_orig(__x64_sys_setpgid)(&regs);
	case KRG_ASK_SUBREAPER:
		regs = (struct pt_regs){ .di = PR_SET_CHILD_SUBREAPER, .si = ask->call.a };
		return krg_orig(__x64_sys_prctl)(&regs);
	case KRG_ASK_ORPHANED:
		return krg_orphaned_native();
	case KRG_ASK_KILL:
		info = ask->kill.info;
		return krg_kill_native(ask->kill.sig, &info, ask->kill.pid);
	}
	return -EINVAL;
}

struct krg_hook *krg_call_hooks[] = {
	&krg_hook_of___do_sys_getppid, &krg_hook_of___do_sys_getpgrp,
	&krg_hook_of___do_sys_setsid, &krg_hook_of___x64_sys_getpgid,
	&krg_hook_of___x64_sys_getsid, &krg_hook_of___x64_sys_setpgid,
	&krg_hook_of___x64_sys_prctl, &krg_hook_of_commit_creds, NULL
};
