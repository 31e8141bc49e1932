/* SPDX-License-Identifier: GPL-2.0-only */
/* Credentials of a process, on the way to a node where something is done in its name. */
#ifndef KRG_CREDS_H
#define KRG_CREDS_H

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/types.h>

#define KRG_GROUPS_MAX 1024	/* supplementary groups that travel */

/* Ids as they are in the container; capabilities in the container's user namespace. */
struct krg_creds {
	__u32 uid, gid, suid, sgid, euid, egid, fsuid, fsgid;
	__u32 securebits;
	__u32 ngroups;
	kernel_cap_t inheritable, permitted, effective, bset, ambient;
	__u32 groups[];
};

/* The container's user namespace, counted. Any context. */
struct user_namespace *krg_users_get(void);
/* Those of current, with at most @room groups. Any context. */
void krg_creds_fill(struct krg_creds *to, u32 room);
/* All of them into new ones. May sleep. 0, -ENOMEM, or -EINVAL: nobody here has these ids. */
int krg_creds_load(struct cred *new, const struct krg_creds *from);
/* current is who they are of, until krg_creds_resume(); or ERR_PTR. May sleep. */
const struct cred *krg_creds_assume(const struct krg_creds *from);
void krg_creds_resume(const struct cred *own);

#endif /* KRG_CREDS_H */
