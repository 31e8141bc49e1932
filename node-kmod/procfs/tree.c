// SPDX-License-Identifier: GPL-2.0-only
/*
 * Directories of processes that run elsewhere: /proc/PID and all below it.
 *
 * Nothing is cached. A name exists as long as somebody uses it, and every
 * lookup asks the node that runs the process, with the asker's credentials.
 */
#include <linux/dcache.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <hooks/compat.h>
#include "procfs.h"

static int krg_attr_of(struct dentry *dentry, int *node, struct krg_procfs_attr *attr)
{
	struct krg_procfs_ask *ask;
	ssize_t ret;
	size_t len;

	ask = krg_ask_new(KRG_PROCFS_ATTR, 0, &len);
	if (!ask)
		return -ENOMEM;
	ret = krg_ask_path(ask, dentry);
	/* of a name in the root this node's answer is to look it up, which is what goes on here */
	if (!ret)
		ret = krg_ask(ask, len, node, attr, sizeof(*attr),
			      READ_ONCE(dentry->d_parent) != dentry->d_sb->s_root);
	kvfree(ask);
	if (ret >= 0)
		ret = ret == sizeof(*attr) ? 0 : -EPROTO;
	return ret;
}

static void krg_inode_update(struct inode *inode, const struct krg_procfs_attr *attr, int node)
{
	struct user_namespace *ns = krg_users_get();

	inode->i_mode = attr->mode;
	inode->i_uid = make_kuid(ns, attr->uid);
	inode->i_gid = make_kgid(ns, attr->gid);
	put_user_ns(ns);
	set_nlink(inode, attr->nlink);
	krg_inode_set_node(inode, node);
}

/* Names end with their last user, and with the process, and when it comes here. */
static int krg_remote_revalidate(struct dentry *dentry, unsigned int flags)
{
	struct krg_procfs_attr attr;
	struct inode *inode;
	int node, err;

	if (flags & LOOKUP_RCU)
		return -ECHILD;
	inode = d_inode(dentry);
	if (!inode || !krg_is_our_proc(dentry->d_sb))
		return 0;
	node = krg_inode_node(inode);
	err = krg_attr_of(dentry, &node, &attr);
	if (err == -ENOMEM)
		return err;
	if (err || node == krg_node_id() || (inode->i_mode ^ attr.mode) & S_IFMT)
		return 0;
	krg_inode_update(inode, &attr, node);
	return 1;
}

static void krg_remote_release(struct dentry *dentry)
{
	module_put(THIS_MODULE);
}

static const struct dentry_operations krg_remote_dentry = {
	.d_revalidate = krg_remote_revalidate,
	.d_delete = always_delete_dentry,
	.d_release = krg_remote_release,
};

static int krg_remote_setattr(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr)
{
	return -EPERM;
}

static const char *krg_remote_get_link(struct dentry *dentry, struct inode *inode,
				       struct delayed_call *done)
{
	int node = krg_inode_node(inode);
	struct krg_procfs_ask *ask;
	ssize_t ret = -ENOMEM;
	char *text;
	size_t len;

	if (!dentry)
		return ERR_PTR(-ECHILD);
	text = kmalloc(PATH_MAX, GFP_KERNEL);
	ask = krg_ask_new(KRG_PROCFS_LINK, 0, &len);
	if (text && ask)
		ret = krg_ask_path(ask, dentry);
	if (!ret)
		ret = krg_ask(ask, len, &node, text, PATH_MAX - 1, true);
	kvfree(ask);
	if (ret < 0) {
		kfree(text);
		return ERR_PTR(ret);
	}
	text[ret] = 0;
	set_delayed_call(done, kfree_link, text);
	return text;
}

/* Memory is nothing to read as a text, nor in one piece. */
static bool krg_is_memory(const char *name, size_t len)
{
	return (len == 3 && !memcmp(name, "mem", 3)) ||
	       (len == 7 && !memcmp(name, "pagemap", 7));
}

/* Emits what came. Return: whether there is room, and there may be more. */
static bool krg_emit_entries(struct dir_context *ctx, const struct krg_procfs_dir *dir, size_t len)
{
	const struct krg_procfs_entry *entry;
	size_t at = 0, size;

	while (at + sizeof(*entry) <= len) {
		entry = (const void *)(dir->entries + at);
		size = ALIGN(struct_size(entry, name, entry->len), 8);
		if (size > len - at)
			return false;
		ctx->pos = entry->pos;
		if (!krg_is_memory(entry->name, entry->len) &&
		    !dir_emit(ctx, entry->name, entry->len, entry->ino, entry->type))
			return false;
		at += size;
	}
	ctx->pos = dir->next;
	return at;
}

static int krg_remote_iterate(struct file *file, struct dir_context *ctx)
{
	int node = krg_inode_node(file_inode(file));
	struct krg_procfs_dir *dir;
	struct krg_procfs_ask *ask;
	ssize_t ret = -ENOMEM;
	size_t len;

	dir = kvmalloc(KRG_RPC_MAX, GFP_KERNEL);
	ask = krg_ask_new(KRG_PROCFS_DIR, 0, &len);
	if (dir && ask)
		ret = krg_ask_path(ask, file->f_path.dentry);
	while (!ret) {
		ask->pos = ctx->pos;
		ret = krg_ask(ask, len, &node, dir, KRG_RPC_MAX, true);
		if (ret >= 0 && ret < (ssize_t)sizeof(*dir))
			ret = -EPROTO;
		if (ret < 0 || !krg_emit_entries(ctx, dir, ret - sizeof(*dir)))
			break;
		ret = 0;
	}
	kvfree(ask);
	kvfree(dir);
	return min_t(ssize_t, ret, 0);
}

static struct dentry *krg_remote_lookup(struct inode *dir, struct dentry *dentry,
					unsigned int flags);

static const struct file_operations krg_remote_dir = {
	.owner = THIS_MODULE,
	.read = generic_read_dir,
	.iterate_shared = krg_remote_iterate,
	.llseek = generic_file_llseek,
};

static const struct inode_operations krg_remote_dir_inode = {
	.lookup = krg_remote_lookup,
	.setattr = krg_remote_setattr,
};

static const struct inode_operations krg_remote_link_inode = {
	.get_link = krg_remote_get_link,
	.setattr = krg_remote_setattr,
};

static const struct inode_operations krg_remote_file_inode = {
	.setattr = krg_remote_setattr,
};

static struct inode *krg_remote_inode(struct super_block *sb, const struct krg_procfs_attr *attr,
				      int node)
{
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	inode->i_ino = get_next_ino();
	simple_inode_init_ts(inode);
	krg_inode_update(inode, attr, node);
	switch (attr->mode & S_IFMT) {
	case S_IFDIR:
		inode->i_op = &krg_remote_dir_inode;
		inode->i_fop = &krg_remote_dir;
		break;
	case S_IFLNK:
		inode->i_op = &krg_remote_link_inode;
		break;
	default:
		inode->i_op = &krg_remote_file_inode;
		inode->i_fop = &krg_remote_file;
	}
	return inode;
}

/* @node: who is thought to run the process */
static struct dentry *krg_remote_name(struct dentry *dentry, int node)
{
	struct krg_procfs_attr attr;
	struct inode *inode;
	int err;

	err = krg_attr_of(dentry, &node, &attr);
	if (err)
		return ERR_PTR(err == -ESRCH ? -ENOENT : err);
	if (!S_ISDIR(attr.mode) && !S_ISLNK(attr.mode) && !S_ISREG(attr.mode))
		return ERR_PTR(-ENOENT);
	inode = krg_remote_inode(dentry->d_sb, &attr, node);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	__module_get(THIS_MODULE);
	d_set_d_op(dentry, &krg_remote_dentry);
	return d_splice_alias(inode, dentry);
}

static struct dentry *krg_remote_lookup(struct inode *dir, struct dentry *dentry,
					unsigned int flags)
{
	if (krg_is_memory((const char *)dentry->d_name.name, dentry->d_name.len))
		return ERR_PTR(-ENOENT);
	return krg_remote_name(dentry, krg_inode_node(dir));
}

pid_t krg_remote_directory_of(const struct file *file)
{
	const struct dentry *dentry = file->f_path.dentry;

	if (file->f_op != &krg_remote_dir || dentry->d_parent != dentry->d_sb->s_root)
		return 0;
	return krg_leading_pid((const char *)dentry->d_name.name);
}

/**
 * krg_remote_process() - what proc_pid_lookup() does, for a process that runs elsewhere
 * The directory is locked for reading. May sleep. Return: as ->lookup(), or -EREMCHG: it has
 * come here.
 */
struct dentry *krg_remote_process(struct dentry *dentry)
{
	return krg_remote_name(dentry, KRG_NODE_NONE);
}
