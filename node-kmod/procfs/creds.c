// SPDX-License-Identifier: GPL-2.0-only
/* Credentials of who looks into /proc, on the way to the node that runs the process. */
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include "procfs.h"

/* The container's user namespace, counted: ids travel as they are in it. Any context. */
struct user_namespace *krg_users_get(void)
{
	struct pid_namespace *container;
	struct user_namespace *ns;

	rcu_read_lock();
	container = READ_ONCE(krg_container);
	ns = get_user_ns(container ? container->user_ns : &init_user_ns);
	rcu_read_unlock();
	return ns;
}

struct krg_procfs_ask *krg_ask_new(u32 op, pid_t pid, size_t *len)
{
	struct user_namespace *ns;
	const struct cred *cred = current_cred();
	u32 i, ngroups = min_t(u32, cred->group_info->ngroups, KRG_PROCFS_GROUPS);
	struct krg_procfs_ask *ask;

	*len = struct_size(ask, creds.groups, ngroups);
	ask = kvzalloc(*len, GFP_KERNEL);
	if (!ask)
		return NULL;
	ns = krg_users_get();
	ask->op = op;
	ask->pid = pid;
	ask->creds.uid = from_kuid_munged(ns, cred->uid);
	ask->creds.gid = from_kgid_munged(ns, cred->gid);
	ask->creds.euid = from_kuid_munged(ns, cred->euid);
	ask->creds.egid = from_kgid_munged(ns, cred->egid);
	ask->creds.fsuid = from_kuid_munged(ns, cred->fsuid);
	ask->creds.fsgid = from_kgid_munged(ns, cred->fsgid);
	/* those of a user namespace inside the container mean nothing outside of it */
	if (cred->user_ns == ns) {
		ask->creds.permitted = cred->cap_permitted;
		ask->creds.effective = cred->cap_effective;
	}
	ask->creds.ngroups = ngroups;
	for (i = 0; i < ngroups; i++)
		ask->creds.groups[i] = from_kgid_munged(ns, cred->group_info->gid[i]);
	put_user_ns(ns);
	return ask;
}

bool krg_ask_valid(const struct krg_procfs_ask *ask, size_t len)
{
	return len >= sizeof(*ask) && ask->creds.ngroups <= KRG_PROCFS_GROUPS &&
	       len >= struct_size(ask, creds.groups, ask->creds.ngroups) &&
	       strnlen(ask->path, sizeof(ask->path)) < sizeof(ask->path) &&
	       ask->path[0] != '/' && !strstr(ask->path, "..");
}

const struct cred *krg_creds_assume(const struct krg_procfs_creds *creds)
{
	struct cred *new = prepare_kernel_cred(&init_task);
	struct user_namespace *ns;
	struct group_info *groups;
	u32 i;

	if (!new)
		return ERR_PTR(-ENOMEM);
	groups = groups_alloc(creds->ngroups);
	if (!groups) {
		abort_creds(new);
		return ERR_PTR(-ENOMEM);
	}
	ns = krg_users_get();
	for (i = 0; i < creds->ngroups; i++)
		groups->gid[i] = make_kgid(ns, creds->groups[i]);
	groups_sort(groups);
	set_groups(new, groups);
	put_group_info(groups);
	put_user_ns(new->user_ns);
	new->user_ns = ns;
	new->uid = make_kuid(ns, creds->uid);
	new->gid = make_kgid(ns, creds->gid);
	new->euid = make_kuid(ns, creds->euid);
	new->suid = new->euid;
	new->egid = make_kgid(ns, creds->egid);
	new->sgid = new->egid;
	new->fsuid = make_kuid(ns, creds->fsuid);
	new->fsgid = make_kgid(ns, creds->fsgid);
	new->cap_inheritable = (kernel_cap_t) {};
	new->cap_ambient = (kernel_cap_t) {};
	new->cap_permitted = creds->permitted;
	new->cap_effective = creds->effective;
	if (!uid_valid(new->uid) || !uid_valid(new->euid) || !uid_valid(new->fsuid) ||
	    !gid_valid(new->gid) || !gid_valid(new->egid) || !gid_valid(new->fsgid)) {
		abort_creds(new);
		return ERR_PTR(-EINVAL);
	}
	return override_creds(new);
}

void krg_creds_resume(const struct cred *own)
{
	const struct cred *assumed = current_cred();

	revert_creds(own);
	put_cred(assumed);
}
