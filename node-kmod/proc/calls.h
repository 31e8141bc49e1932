/* SPDX-License-Identifier: GPL-2.0-only */
/* System calls of a body that its stub executes, natively for current. All may sleep. */
#ifndef KRG_PROC_CALLS_H
#define KRG_PROC_CALLS_H

#include "wire.h"

struct cred;
struct kernel_siginfo;

s64 krg_call_native(const struct krg_ask *ask);	/* KRG_ASK_GETPPID .. KRG_ASK_ORPHANED */
pid_t krg_own_group(void);				/* getpgrp() of current, body or not */
/* the kernel's own, behind our hooks */
int krg_commit_creds_native(struct cred *new);
int krg_orphaned_native(void);
int krg_kill_native(int sig, struct kernel_siginfo *info, pid_t pid);

#endif /* KRG_PROC_CALLS_H */
