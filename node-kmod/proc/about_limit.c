// SPDX-License-Identifier: GPL-2.0-only
/* Resource limits of a process that may run on another node: prlimit(2). */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/cred.h>
#include <linux/resource.h>
#include <linux/security.h>
#include <linux/uaccess.h>
#include <asm/ptrace.h>
#include "about.h"
#include "proc.h"

KRG_HOOK(long, __x64_sys_prlimit64, (const struct pt_regs *regs));

static long krg_hook___x64_sys_prlimit64(const struct pt_regs *regs)
{
	const struct rlimit64 __user *new = (const void __user *)regs->dx;
	struct rlimit64 __user *old = (void __user *)regs->r10;
	struct krg_about about = {
		.op = new ? KRG_ABOUT_SETLIMIT : KRG_ABOUT_LIMIT,
		.pid = regs->di, .value = (int)regs->si,
	};
	struct krg_about_answer answer;
	bool readable;
	long ret;

	krg_hook_enter(__x64_sys_prlimit64);
	readable = !new || !copy_from_user(&about.limit, new, sizeof(*new));
	if (KRG_ABOUT_OR_ORIG(__x64_sys_prlimit64, &about, &answer, &ret, readable) && !ret &&
	    old && copy_to_user(old, &answer.limit, sizeof(*old)))
		ret = -EFAULT;
	krg_hook_exit(__x64_sys_prlimit64);
	return ret;
}

/* prlimit(2)'s rule: all of the target's ids are those of who asks. */
static int krg_may_limit(const struct krg_about *about, struct task_struct *task)
{
	const struct cred *cred = current_cred(), *target = get_task_cred(task);
	unsigned int flags = LSM_PRLIMIT_READ;
	int err;

	if (about->op == KRG_ABOUT_SETLIMIT)
		flags |= LSM_PRLIMIT_WRITE;
	if ((uid_eq(cred->uid, target->euid) && uid_eq(cred->uid, target->suid) &&
	     uid_eq(cred->uid, target->uid) && gid_eq(cred->gid, target->egid) &&
	     gid_eq(cred->gid, target->sgid) && gid_eq(cred->gid, target->gid)) ||
	    ns_capable(target->user_ns, CAP_SYS_RESOURCE))
		err = krg_sym(security_task_prlimit)(cred, target, flags);
	else
		err = -EPERM;
	put_cred(target);
	return err;
}

/* A limit has 64 bits here as in the system call, and the same number is none. */
s64 krg_about_limit(const struct krg_about *about, struct task_struct *task,
		    struct krg_about_answer *answer)
{
	struct rlimit new = { about->limit.rlim_cur, about->limit.rlim_max }, old = {};
	int err = krg_may_limit(about, task);

	static_assert(sizeof(new) == sizeof(about->limit) && RLIM_INFINITY == RLIM64_INFINITY);
	if (!err)
		err = krg_sym(do_prlimit)(task, about->value,
					  about->op == KRG_ABOUT_SETLIMIT ? &new : NULL, &old);
	answer->limit = (struct rlimit64){ old.rlim_cur, old.rlim_max };
	return err;
}

struct krg_hook *krg_limit_hooks[] = { &krg_hook_of___x64_sys_prlimit64, NULL };
