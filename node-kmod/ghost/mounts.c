// SPDX-License-Identifier: GPL-2.0-only
/* /sys/kerrighed/shared_mounts: which mounts show the same files on every node. */
#include <linux/ctype.h>
#include <linux/kobject.h>
#include <linux/mount.h>
#include <linux/mutex.h>
#include <linux/namei.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "ghost.h"

static DEFINE_MUTEX(mounts_lock);
static char *mounts;		/* one mount point a line, under mounts_lock */

static ssize_t shared_mounts_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	ssize_t len;

	mutex_lock(&mounts_lock);
	len = sysfs_emit(buf, "%s\n", mounts);
	mutex_unlock(&mounts_lock);
	return len;
}

/* Lines of absolute paths; a trailing newline and trailing slashes go. */
static int canonical(char *text)
{
	char *in = text, *out = text, *line;

	while ((line = strsep(&in, "\n"))) {
		size_t len;

		line = strim(line);
		len = strlen(line);
		if (!len)
			continue;
		if (line[0] != '/')
			return -EINVAL;
		while (len > 1 && line[len - 1] == '/')
			len--;
		if (out != text)
			*out++ = '\n';
		memmove(out, line, len);
		out += len;
	}
	*out = '\0';
	return 0;
}

static ssize_t shared_mounts_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *buf, size_t count)
{
	char *text = kstrndup(buf, count, GFP_KERNEL);
	int err;

	if (!text)
		return -ENOMEM;
	err = canonical(text);
	if (err) {
		kfree(text);
		return err;
	}
	mutex_lock(&mounts_lock);
	swap(mounts, text);
	mutex_unlock(&mounts_lock);
	kfree(text);
	return count;
}

static struct kobj_attribute shared_mounts = __ATTR_RW(shared_mounts);

void ghost_container_root(struct path *root)
{
	struct task_struct *init = krg_container_init();

	task_lock(init ?: &init_task);
	if (init && init->fs)
		get_fs_root(init->fs, root);
	else
		get_fs_root(init_task.fs, root);
	task_unlock(init ?: &init_task);
	if (init)
		put_task_struct(init);
}

int ghost_mount_is_shared(const struct path *path)
{
	char *text, *in, *line;
	int shared = 0, err;
	struct path root;

	/* as the container sees it: who asks may be a kernel thread with another root */
	ghost_container_root(&root);
	mutex_lock(&mounts_lock);
	in = kstrdup(mounts, GFP_KERNEL);
	mutex_unlock(&mounts_lock);
	text = in;
	if (!text)
		shared = -ENOMEM;
	while (!shared && (line = strsep(&in, "\n"))) {
		struct path mount;

		err = krg_may_fail(-ENOMEM, vfs_path_lookup(root.dentry, root.mnt, line,
							    LOOKUP_FOLLOW, &mount));
		if (err == -ENOMEM)
			shared = err;
		if (err)
			continue;
		shared = mount.mnt == path->mnt && mount.dentry == mount.mnt->mnt_root;
		path_put(&mount);
	}
	kfree(text);
	path_put(&root);
	return shared;
}

int ghost_mounts_init(void)
{
	int err;

	mounts = kstrdup("/shared", GFP_KERNEL);
	if (!mounts)
		return -ENOMEM;
	err = sysfs_create_file(krg_kobj, &shared_mounts.attr);
	if (err)
		kfree(mounts);
	return err;
}

void ghost_mounts_exit(void)
{
	sysfs_remove_file(krg_kobj, &shared_mounts.attr);
	kfree(mounts);
}
