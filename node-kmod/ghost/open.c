// SPDX-License-Identifier: GPL-2.0-only
/* Opening the files of an arriving process again. */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/stat.h>
#include <kerrighed/ipc.h>
#include "ghost.h"

static bool same_kind(const struct gf_file *f, const struct inode *inode)
{
	switch (f->kind) {
	case GF_FILE_REGULAR:
		return S_ISREG(inode->i_mode);
	case GF_FILE_DIRECTORY:
		return S_ISDIR(inode->i_mode);
	}
	return S_ISCHR(inode->i_mode) && new_encode_dev(inode->i_rdev) == f->rdev;
}

static bool unchanged(const struct gf_file *f, const struct kstat *stat)
{
	return stat->size == f->size && stat->mtime.tv_sec == f->mtime_sec &&
	       stat->mtime.tv_nsec == f->mtime_nsec;
}

/* May current open or run it so? As open(2) and exec ask. */
static int permitted(struct file *file, u32 flags, bool program)
{
	static const int needs[] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, 0 };

	if (flags & O_PATH)
		return 0;
	return file_permission(file, (program ? MAY_EXEC : needs[flags & O_ACCMODE]) | MAY_OPEN);
}

struct opening {
	const struct gf_image *image;
	const struct gf_file *f;
	const char *name;
	bool fixed;			/* it must not have changed */
	bool proven;			/* it must be certain that it is the same file */
	struct krg_refusal *why;
};

static struct file *open_path(const struct opening *o, const struct path *path)
{
	const struct gf_file *f = o->f;
	struct file *file;
	struct kstat stat;
	int err;

	if (!same_kind(f, d_backing_inode(path->dentry)))
		return ERR_PTR(ghost_refuse(o->why, GHOST_ARRIVE_KIND, o->name));
	err = f->shared ? ghost_mount_is_shared(path) : 1;
	if (err < 0)
		return ERR_PTR(err);
	if (!err)
		return ERR_PTR(ghost_refuse(o->why, GHOST_ARRIVE_NOT_SHARED, o->name));
	err = vfs_getattr(path, &stat, STATX_SIZE | STATX_MTIME | STATX_INO, AT_STATX_FORCE_SYNC);
	if (err)
		return ERR_PTR(ghost_refuse(o->why, GHOST_ARRIVE_OPEN, o->name, -err));
	if (o->proven && stat.ino != f->ino)
		return ERR_PTR(-EACCES);
	if (o->fixed && f->kind == GF_FILE_REGULAR && !unchanged(f, &stat))
		return ERR_PTR(ghost_refuse(o->why, GHOST_ARRIVE_CHANGED, o->name));
	file = dentry_open(path, f->flags, current_cred());
	if (IS_ERR(file))
		return file;
	err = permitted(file, f->flags, f == &o->image->files[o->image->mm.exe]);
	if (!err && f->pos && !(f->flags & O_PATH))
		err = min(vfs_llseek(file, f->pos, SEEK_SET), 0LL);
	if (!err)
		return file;
	fput(file);
	return ERR_PTR(err);
}

static struct file *open_as(const struct opening *o, const struct cred *cred)
{
	const struct cred *saved = override_creds(cred);
	struct file *file;
	struct path path;
	int err;

	/* a symbolic link would have been resolved when the path was noted down */
	err = kern_path(o->name, LOOKUP_NO_SYMLINKS, &path);
	file = err ? ERR_PTR(err) : open_path(o, &path);
	if (!err)
		path_put(&path);
	revert_creds(saved);
	return file;
}

/*
 * With the rights of the process. What root had opened before the process gave
 * up its rights is opened by root again, if nothing can have slipped in its place.
 */
static struct file *open_one(struct opening *o, const struct ghost_creds *creds)
{
	struct file *file;

	o->why->text[0] = '\0';
	file = open_as(o, creds->own);
	if (file == ERR_PTR(-EACCES) && o->f->by_root) {
		o->proven = true;
		file = open_as(o, creds->root);
	}
	if (IS_ERR(file) && !o->why->text[0])
		return ERR_PTR(ghost_refuse(o->why, GHOST_ARRIVE_OPEN, o->name,
					    (int)-PTR_ERR(file)));
	return file;
}

static struct file *open_segment(const struct opening *o)
{
	struct file *file = krg_may_fail(ERR_PTR(-ENOMEM),
					 krg_segment_open(o->f->ino, o->f->flags));

	if (IS_ERR(file))
		return ERR_PTR(ghost_refuse(o->why, GHOST_ARRIVE_OPEN, o->name,
					    (int)-PTR_ERR(file)));
	if (i_size_read(file_inode(file)) == o->f->size)
		return file;
	krg_segment_close(file);
	return ERR_PTR(ghost_refuse(o->why, GHOST_ARRIVE_CHANGED, o->name));
}

/* Files that are mapped, or that are no shared ones, must be what they were. */
static void mark_fixed(const struct gf_image *image, bool *fixed)
{
	u32 i;

	for (i = 0; i < image->nfiles; i++)
		fixed[i] = !image->files[i].shared;
	for (i = 0; i < image->nvmas; i++)
		if (image->vmas[i].kind == GF_VMA_FILE)
			fixed[image->vmas[i].file] = true;
	fixed[image->mm.exe] = true;
}

void ghost_files_close(const struct gf_image *image, struct file **files)
{
	u32 i;

	for (i = 0; files && i < image->nfiles; i++)
		if (files[i] && image->files[i].kind == GF_FILE_SEGMENT)
			krg_segment_close(files[i]);
		else if (files[i])
			fput(files[i]);
	kvfree(files);
}

int ghost_files_open(const struct gf_image *image, const struct ghost_creds *creds,
		     struct file ***files, struct krg_refusal *why)
{
	bool *fixed = kvcalloc(image->nfiles, sizeof(*fixed), GFP_KERNEL);
	struct file **all = kvcalloc(image->nfiles, sizeof(*all), GFP_KERNEL);
	int err = fixed && all ? 0 : -ENOMEM;
	u32 i;

	if (!err)
		mark_fixed(image, fixed);
	for (i = 0; i < image->nfiles && !err; i++) {
		struct opening o = {
			.image = image, .f = &image->files[i], .fixed = fixed[i], .why = why,
			.name = image->paths + image->files[i].path,
		};
		struct file *file = o.f->kind == GF_FILE_SEGMENT ? open_segment(&o) :
								   open_one(&o, creds);

		if (IS_ERR(file))
			err = PTR_ERR(file);
		else
			all[i] = file;
		cond_resched();
	}
	kvfree(fixed);
	if (err)
		ghost_files_close(image, all);
	else
		*files = all;
	return err;
}

int ghost_fds_load(const struct gf_image *image, struct file **files, struct krg_refusal *why)
{
	u32 i;

	for (i = 0; i < image->nfds; i++) {
		const struct gf_fd *d = &image->fds[i];
		int fd = krg_may_fail(-ENOMEM,
				      krg_sym(replace_fd)(d->fd, files[d->file],
							  d->close_on_exec ? O_CLOEXEC : 0));

		if (fd < 0)
			return ghost_refuse(why, GHOST_ARRIVE_FD, d->fd, -fd);
	}
	return 0;
}

int ghost_fs_load(const struct gf_image *image, struct krg_refusal *why)
{
	const char *name = image->paths + image->fs.cwd;
	struct path cwd;
	int err = kern_path(name, LOOKUP_NO_SYMLINKS | LOOKUP_DIRECTORY, &cwd);

	if (err)
		return ghost_refuse(why, GHOST_ARRIVE_CWD, name, -err);
	krg_sym(set_fs_pwd)(current->fs, &cwd);
	path_put(&cwd);
	current->fs->umask = image->fs.umask;
	return 0;
}
