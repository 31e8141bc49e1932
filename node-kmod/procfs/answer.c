// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers of the node that runs a process: its own /proc is read, with the
 * credentials of who asks.
 */
#define pr_fmt(fmt) "kerrighed: " fmt

#include <linux/fs_struct.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/namei.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <hooks/compat.h>
#include "procfs.h"

/* The /proc that the container's init sees. */
static int krg_proc_root(struct path *proc)
{
	struct task_struct *init = krg_container_init();
	struct path root = {};
	int err;

	if (!init)
		return -ESRCH;
	task_lock(init);
	if (init->fs)
		get_fs_root(init->fs, &root);
	task_unlock(init);
	put_task_struct(init);
	if (!root.dentry)
		return -ESRCH;
	err = vfs_path_lookup(root.dentry, root.mnt, "proc", LOOKUP_FOLLOW | LOOKUP_DIRECTORY,
			      proc);
	path_put(&root);
	if (err)
		return err;
	if (proc->dentry->d_sb->s_magic == PROC_SUPER_MAGIC &&
	    proc->dentry == proc->dentry->d_sb->s_root && krg_is_our_proc(proc->dentry->d_sb))
		return 0;
	path_put(proc);
	return -EOPNOTSUPP;
}

static int krg_lookup(const struct path *proc, const struct krg_procfs_ask *ask, struct path *path)
{
	return vfs_path_lookup(proc->dentry, proc->mnt, ask->path, LOOKUP_NO_SYMLINKS, path);
}

static int krg_answer_attr(const struct path *proc, const struct krg_procfs_ask *ask,
			   struct krg_rpc_request *req)
{
	struct user_namespace *ns = current_user_ns();
	struct krg_procfs_attr *attr = req->reply;
	struct kstat stat;
	struct path path;
	int err;

	if (req->reply_max < sizeof(*attr))
		return -EINVAL;
	err = krg_lookup(proc, ask, &path);
	if (err)
		return err;
	err = vfs_getattr(&path, &stat, STATX_BASIC_STATS, AT_STATX_SYNC_AS_STAT);
	path_put(&path);
	if (err)
		return err;
	*attr = (struct krg_procfs_attr) {
		.mode = stat.mode, .nlink = stat.nlink,
		.uid = from_kuid_munged(ns, stat.uid), .gid = from_kgid_munged(ns, stat.gid),
	};
	req->reply_len = sizeof(*attr);
	return 0;
}

static int krg_answer_link(const struct path *proc, const struct krg_procfs_ask *ask,
			   struct krg_rpc_request *req)
{
	char __user *lap;
	struct path path;
	int ret;

	ret = krg_lookup(proc, ask, &path);
	if (ret)
		return ret;
	lap = krg_lap_take();
	ret = PTR_ERR_OR_ZERO((__force void *)lap);
	if (ret)
		goto out_path;
	ret = vfs_readlink(path.dentry, lap, min_t(size_t, req->reply_max, PATH_MAX));
	if (ret >= 0) {
		req->reply_len = ret;
		ret = copy_from_user(req->reply, lap, ret) ? -EFAULT : 0;
	}
	krg_lap_give(lap);
out_path:
	path_put(&path);
	return ret;
}

struct krg_entries {
	struct dir_context ctx;
	struct krg_procfs_dir *dir;
	size_t len, max;
	bool full;
};

static bool krg_add_entry(struct dir_context *ctx, const char *name, int len, loff_t pos, u64 ino,
			  unsigned int type)
{
	struct krg_entries *entries = container_of(ctx, struct krg_entries, ctx);
	struct krg_procfs_entry *entry = (void *)(entries->dir->entries + entries->len);
	size_t size = ALIGN(struct_size(entry, name, len), 8);

	if (size > entries->max - entries->len) {
		entries->full = true;
		return false;
	}
	entry->pos = pos;
	entry->ino = ino;
	entry->type = type;
	entry->len = len;
	memcpy(entry->name, name, len);
	entries->len += size;
	return true;
}

static int krg_answer_dir(const struct path *proc, const struct krg_procfs_ask *ask,
			  struct krg_rpc_request *req)
{
	struct krg_entries entries = {
		.ctx.actor = krg_add_entry, .dir = req->reply,
		.max = req->reply_max - sizeof(struct krg_procfs_dir),
	};
	struct file *file;
	int err;

	if (req->reply_max < sizeof(struct krg_procfs_dir))
		return -EINVAL;
	file = file_open_root(proc, ask->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	file->f_pos = ask->pos;
	err = iterate_dir(file, &entries.ctx);
	fput(file);
	entries.dir->next = entries.ctx.pos;
	req->reply_len = sizeof(struct krg_procfs_dir) + entries.len;
	return err;
}

struct krg_pids {
	struct dir_context ctx;
	s32 *pids;
	size_t count, max;
};

static bool krg_add_pid(struct dir_context *ctx, const char *name, int len, loff_t pos, u64 ino,
			unsigned int type)
{
	struct krg_pids *pids = container_of(ctx, struct krg_pids, ctx);
	s32 pid = pos - KRG_TGID_OFFSET;

	if (pids->count == pids->max)
		return false;
	/* one that is still arriving is listed where it comes from */
	if (krg_place_of(pid) > 0)
		pids->pids[pids->count++] = pid;
	return true;
}

static int krg_answer_pids(const struct path *proc, const struct krg_procfs_ask *ask,
			   struct krg_rpc_request *req)
{
	struct krg_pids pids = {
		.ctx.actor = krg_add_pid, .pids = req->reply,
		.max = min_t(size_t, req->reply_max / sizeof(s32), KRG_PROCFS_WINDOW),
	};
	struct file *file;
	int err;

	if (ask->pos < KRG_PID_FIRST || ask->pos > INT_MAX - KRG_TGID_OFFSET)
		return -EINVAL;
	file = dentry_open(proc, O_RDONLY | O_DIRECTORY, current_cred());
	if (IS_ERR(file))
		return PTR_ERR(file);
	file->f_pos = ask->pos + KRG_TGID_OFFSET;
	err = iterate_dir(file, &pids.ctx);
	fput(file);
	req->reply_len = pids.count * sizeof(s32);
	return err;
}

/* Does @ask's process run here? */
static bool krg_asked_rightly(const struct krg_procfs_ask *ask)
{
	return !ask->pid || krg_place_of(ask->pid) == krg_node_id();
}

/* Handler of KRG_RPC_PROCFS_ASK; -EREMCHG: the process does not run here. */
int krg_serve_ask(struct krg_rpc_request *req)
{
	const struct krg_procfs_ask *ask = req->arg;
	const struct cred *own;
	struct path proc;
	int err;

	if (!krg_ask_valid(ask, req->len))
		return -EINVAL;
	if (!krg_asked_rightly(ask))
		return -EREMCHG;
	err = krg_proc_root(&proc);
	if (err)
		return err;
	own = krg_creds_assume(&ask->creds);
	if (IS_ERR(own)) {
		err = PTR_ERR(own);
		goto out_proc;
	}
	switch (ask->op) {
	case KRG_PROCFS_ATTR:
		err = krg_answer_attr(&proc, ask, req);
		break;
	case KRG_PROCFS_LINK:
		err = krg_answer_link(&proc, ask, req);
		break;
	case KRG_PROCFS_DIR:
		err = krg_answer_dir(&proc, ask, req);
		break;
	case KRG_PROCFS_PIDS:
		err = krg_answer_pids(&proc, ask, req);
		break;
	default:
		err = -EINVAL;
	}
	krg_creds_resume(own);
out_proc:
	path_put(&proc);
	return err;
}

static int krg_send_file(struct krg_rpc_stream *stream, struct file *file)
{
	char __user *lap = krg_lap_take();
	int err = PTR_ERR_OR_ZERO((__force void *)lap);
	ssize_t len;
	void *buf;

	if (err)
		return krg_buffer_send(stream, NULL, err);
	buf = kvmalloc(KRG_LAP_SIZE, GFP_KERNEL);
	if (!buf) {
		err = krg_buffer_send(stream, NULL, -ENOMEM);
		goto out_lap;
	}
	do {
		len = krg_sym(vfs_read)(file, lap, KRG_LAP_SIZE, &file->f_pos);
		if (len > 0 && copy_from_user(buf, lap, len))
			len = -EFAULT;
		err = krg_buffer_send(stream, buf, len);
	} while (!err && len > 0);
	kvfree(buf);
out_lap:
	krg_lap_give(lap);
	return err;
}

static struct file *krg_open_asked(const struct krg_procfs_ask *ask)
{
	struct path proc;
	struct file *file;
	int err;

	if (!krg_asked_rightly(ask))
		return ERR_PTR(-EREMCHG);
	err = krg_proc_root(&proc);
	if (err)
		return ERR_PTR(err);
	file = file_open_root(&proc, ask->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	path_put(&proc);
	return file;
}

static int krg_send_global(struct krg_rpc_stream *stream, enum krg_global what)
{
	struct krg_buffer buffer = {};
	size_t at = 0, piece;
	int err = krg_global_here(what, &buffer);

	while (!err && at < buffer.len) {
		piece = min_t(size_t, buffer.len - at, KRG_PIECE);
		err = krg_buffer_send(stream, buffer.bytes + at, piece);
		at += piece;
	}
	krg_buffer_free(&buffer);
	return krg_buffer_send(stream, NULL, err);
}

/* Return: 0, or why there is nothing to read. */
static int krg_serve_asked(struct krg_rpc_stream *stream, const struct krg_procfs_ask *ask)
{
	s32 good = 1;
	struct file *file;

	if (ask->op == KRG_PROCFS_GLOBAL) {
		if (ask->pos >= KRG_GLOBALS)
			return -EINVAL;
		if (!krg_rpc_write(stream, &good, sizeof(good)))
			krg_send_global(stream, ask->pos);
		return 0;
	}
	file = krg_open_asked(ask);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (!krg_rpc_write(stream, &good, sizeof(good)))
		krg_send_file(stream, file);
	fput(file);
	return 0;
}

/*
 * Acceptor of KRG_RPC_PROCFS_READ. An s32 comes first: 1, or why there is nothing to
 * read; behind it pieces with their length before them, at last one of length 0 or
 * the errno that ended it.
 */
void krg_serve_read(struct krg_rpc_stream *stream, const void *head, size_t len)
{
	const struct krg_procfs_ask *ask = head;
	const struct cred *own;
	s32 err = -EINVAL;

	if (krg_ask_valid(ask, len)) {
		own = krg_creds_assume(&ask->creds);
		err = PTR_ERR_OR_ZERO(own);
		if (!err) {
			err = krg_serve_asked(stream, ask);
			krg_creds_resume(own);
		}
	}
	if (err)
		krg_rpc_write(stream, &err, sizeof(err));
}
