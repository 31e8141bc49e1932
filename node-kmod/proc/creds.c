// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cred.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <kerrighed/creds.h>
#include <kerrighed/hooks.h>
#include <kerrighed/fault.h>

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
EXPORT_SYMBOL_GPL(krg_users_get);

void krg_creds_fill(struct krg_creds *to, u32 room)
{
	struct user_namespace *ns = krg_users_get();
	const struct cred *cred = current_cred();
	u32 i;

	*to = (struct krg_creds){
		.uid = from_kuid_munged(ns, cred->uid),
		.gid = from_kgid_munged(ns, cred->gid),
		.suid = from_kuid_munged(ns, cred->suid),
		.sgid = from_kgid_munged(ns, cred->sgid),
		.euid = from_kuid_munged(ns, cred->euid),
		.egid = from_kgid_munged(ns, cred->egid),
		.fsuid = from_kuid_munged(ns, cred->fsuid),
		.fsgid = from_kgid_munged(ns, cred->fsgid),
		.securebits = cred->securebits,
		.ngroups = min_t(u32, cred->group_info->ngroups, room),
	};
	/* those of a user namespace inside the container mean nothing outside of it */
	if (cred->user_ns == ns) {
		to->inheritable = cred->cap_inheritable;
		to->permitted = cred->cap_permitted;
		to->effective = cred->cap_effective;
		to->bset = cred->cap_bset;
		to->ambient = cred->cap_ambient;
	}
	for (i = 0; i < to->ngroups; i++)
		to->groups[i] = from_kgid_munged(ns, cred->group_info->gid[i]);
	put_user_ns(ns);
}
EXPORT_SYMBOL_GPL(krg_creds_fill);

int krg_creds_load(struct cred *new, const struct krg_creds *from)
{
	struct group_info *groups = groups_alloc(from->ngroups);
	struct user_namespace *ns;
	u32 i;

	if (!groups)
		return -ENOMEM;
	ns = krg_users_get();
	for (i = 0; i < from->ngroups; i++)
		groups->gid[i] = make_kgid(ns, from->groups[i]);
	groups_sort(groups);
	set_groups(new, groups);
	put_group_info(groups);
	put_user_ns(new->user_ns);
	new->user_ns = ns;
	new->uid = make_kuid(ns, from->uid);
	new->gid = make_kgid(ns, from->gid);
	new->suid = make_kuid(ns, from->suid);
	new->sgid = make_kgid(ns, from->sgid);
	new->euid = make_kuid(ns, from->euid);
	new->egid = make_kgid(ns, from->egid);
	new->fsuid = make_kuid(ns, from->fsuid);
	new->fsgid = make_kgid(ns, from->fsgid);
	new->securebits = from->securebits;
	new->cap_inheritable = from->inheritable;
	new->cap_permitted = from->permitted;
	new->cap_effective = from->effective;
	new->cap_bset = from->bset;
	new->cap_ambient = from->ambient;
	return uid_valid(new->uid) && uid_valid(new->suid) && uid_valid(new->euid) &&
	       uid_valid(new->fsuid) && gid_valid(new->gid) && gid_valid(new->sgid) &&
	       gid_valid(new->egid) && gid_valid(new->fsgid) ? 0 : -EINVAL;
}

const struct cred *krg_creds_assume(const struct krg_creds *from)
{
	struct cred *new = prepare_kernel_cred(&init_task);
	int err = new ? krg_creds_load(new, from) : -ENOMEM;

	if (!err)
		return override_creds(new);
	if (new)
		abort_creds(new);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(krg_creds_assume);

void krg_creds_resume(const struct cred *own)
{
	const struct cred *assumed = current_cred();

	revert_creds(own);
	put_cred(assumed);
}
EXPORT_SYMBOL_GPL(krg_creds_resume);
