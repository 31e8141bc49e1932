// SPDX-License-Identifier: GPL-2.0-only
/* The root directory of the container's /proc, as the container's processes see it. */
#include <linux/dcache.h>
#include "procfs.h"

KRG_HOOK(struct dentry *, proc_pid_lookup, (struct dentry *dentry, unsigned int flags));
KRG_HOOK(int, proc_pid_readdir, (struct file *file, struct dir_context *ctx));
KRG_HOOK(int, pid_revalidate, (struct dentry *dentry, unsigned int flags));

/* Is @dentry, in the root directory, of a process that runs elsewhere? Any context. */
static bool krg_names_remote(const struct dentry *dentry)
{
	pid_t pid;

	if (!krg_is_our_proc(dentry->d_sb))
		return false;
	pid = krg_leading_pid((const char *)dentry->d_name.name);
	return pid >= (pid_t)KRG_PID_FIRST && krg_place_of(pid) != krg_node_id();
}

static struct dentry *krg_hook_proc_pid_lookup(struct dentry *dentry, unsigned int flags)
{
	struct dentry *result = ERR_PTR(-EREMCHG);

	krg_hook_enter(proc_pid_lookup);
	if (krg_names_remote(dentry))
		result = krg_remote_process(dentry);
	if (result == ERR_PTR(-EREMCHG))
		result = krg_orig(proc_pid_lookup)(dentry, flags);
	krg_hook_exit(proc_pid_lookup);
	return result;
}

/* A process that has moved away has left a name behind that leads to its stub. */
static int krg_hook_pid_revalidate(struct dentry *dentry, unsigned int flags)
{
	int ret;

	krg_hook_enter(pid_revalidate);
	ret = krg_orig(pid_revalidate)(dentry, flags);
	if (ret > 0 && READ_ONCE(dentry->d_parent) == dentry->d_sb->s_root &&
	    krg_names_remote(dentry))
		ret = 0;
	krg_hook_exit(pid_revalidate);
	return ret;
}

static int krg_native_readdir(struct file *file, struct dir_context *ctx)
{
	return krg_orig(proc_pid_readdir)(file, ctx);
}

static int krg_hook_proc_pid_readdir(struct file *file, struct dir_context *ctx)
{
	int ret;

	krg_hook_enter(proc_pid_readdir);
	if (krg_is_our_proc(file_inode(file)->i_sb))
		ret = krg_list_cluster(file, ctx, krg_native_readdir);
	else
		ret = krg_orig(proc_pid_readdir)(file, ctx);
	krg_hook_exit(proc_pid_readdir);
	return ret;
}

struct krg_hook *krg_root_hooks[] = {
	&krg_hook_of_proc_pid_lookup, &krg_hook_of_proc_pid_readdir, &krg_hook_of_pid_revalidate,
	NULL
};
