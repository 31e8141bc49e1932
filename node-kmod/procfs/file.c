// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of processes that run elsewhere. The whole text is fetched at open, and
 * again by who reads from the beginning once more.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include "procfs.h"

struct krg_text {
	struct mutex lock;	/* of the rest */
	struct krg_buffer buffer;
	bool fresh;		/* nobody has read it */
};

static int krg_text_fetch(struct krg_text *text, struct file *file)
{
	int node = krg_inode_node(file_inode(file));
	struct krg_rpc_stream *stream;
	struct krg_procfs_ask *ask;
	size_t len;
	int err;

	ask = krg_ask_new(KRG_PROCFS_READ, 0, &len);
	if (!ask)
		return -ENOMEM;
	err = krg_ask_path(ask, file->f_path.dentry);
	if (err)
		goto out_ask;
	stream = krg_ask_stream(ask, len, &node);
	err = PTR_ERR_OR_ZERO(stream);
	if (err)
		goto out_ask;
	text->buffer.len = 0;
	err = krg_buffer_read(&text->buffer, stream);
	krg_rpc_close(stream);
	text->fresh = !err;
out_ask:
	kvfree(ask);
	/* it died while we read: as in the kernel's own /proc */
	return err == -EHOSTDOWN || err == -EPIPE ? -ESRCH : err;
}

static int krg_text_release(struct inode *inode, struct file *file)
{
	struct krg_text *text = file->private_data;

	krg_buffer_free(&text->buffer);
	kfree(text);
	return 0;
}

static int krg_text_open(struct inode *inode, struct file *file)
{
	struct krg_text *text;
	int err;

	if (file->f_mode & FMODE_WRITE)
		return -EACCES;
	text = kzalloc(sizeof(*text), GFP_KERNEL_ACCOUNT);
	if (!text)
		return -ENOMEM;
	mutex_init(&text->lock);
	file->private_data = text;
	err = krg_text_fetch(text, file);
	if (err)
		krg_text_release(inode, file);
	return err;
}

static ssize_t krg_text_copy(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	struct krg_text *text = file->private_data;
	ssize_t ret;

	if (mutex_lock_killable(&text->lock))
		return -EINTR;
	ret = *pos || text->fresh ? 0 : krg_text_fetch(text, file);
	if (!ret) {
		text->fresh = false;
		ret = simple_read_from_buffer(to, count, pos, text->buffer.bytes,
					      text->buffer.len);
	}
	mutex_unlock(&text->lock);
	return ret;
}

const struct file_operations krg_remote_file = {
	.owner = THIS_MODULE,
	.open = krg_text_open,
	.read = krg_text_copy,
	.llseek = default_llseek,
	.release = krg_text_release,
};
