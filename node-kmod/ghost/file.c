// SPDX-License-Identifier: GPL-2.0-only
/* Files of a process: which can move, and what to note down of them. */
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/magic.h>
#include <linux/major.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/pid.h>
#include <linux/stat.h>
#include <linux/tty.h>
#include <kerrighed/ipc.h>
#include "ghost.h"

/* What open(2) takes and F_GETFL shows; the rest of f_flags is the kernel's own. */
#define OPEN_FLAGS (O_ACCMODE | O_APPEND | O_NONBLOCK | O_DSYNC | __O_SYNC | O_DIRECT | \
		    O_LARGEFILE | O_NOATIME | O_PATH)
#define KRG_PID_FS_MAGIC 0x50494446	/* not every kernel has its name */

static const char *path_from(const struct path *path, const struct path *root, char *page,
			     const char **wrong)
{
	char *text;

	*wrong = NULL;
	if (d_unlinked(path->dentry)) {
		*wrong = "has been deleted";
		return NULL;
	}
	text = krg_sym(__d_path)(path, root, page, PATH_MAX);
	if (IS_ERR_OR_NULL(text)) {
		*wrong = IS_ERR(text) ? "has too long a path" :
					"lies outside the container's root directory";
		return NULL;
	}
	return text;
}

/* The devices that are the same on every machine and remember nothing. */
static bool stateless_device(dev_t dev)
{
	switch (MINOR(dev)) {
	case 3:		/* null */
	case 5:		/* zero */
	case 7:		/* full */
	case 8:		/* random */
	case 9:		/* urandom */
		return MAJOR(dev) == MEM_MAJOR;
	}
	return false;
}

static bool pseudo(const struct super_block *sb)
{
	switch (sb->s_magic) {
	case PROC_SUPER_MAGIC:
	case SYSFS_MAGIC:
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
	case CGROUP_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
	case BPF_FS_MAGIC:
	case NSFS_MAGIC:
		return true;
	}
	return false;
}

static int check_device(struct file *file, int fd, const struct path *root, char *page,
			const char **path, struct krg_refusal *why)
{
	const char *wrong;
	dev_t dev = file_inode(file)->i_rdev;

	*path = path_from(krg_file_user_path(file), root, page, &wrong);
	if (fd < 0)
		return ghost_refuse(why, GHOST_MAP_DEVICE, *path ?: "of an unknown name");
	if (MAJOR(dev) == TTY_MAJOR || MAJOR(dev) == TTYAUX_MAJOR ||
	    (MAJOR(dev) >= UNIX98_PTY_MASTER_MAJOR &&
	     MAJOR(dev) < UNIX98_PTY_SLAVE_MAJOR + UNIX98_PTY_MAJOR_COUNT))
		return ghost_refuse(why, GHOST_FD_TTY, fd, *path ?: "of another mount namespace");
	if (!stateless_device(dev))
		return ghost_refuse(why, GHOST_FD_DEVICE, fd, *path ?: "of an unknown name");
	return *path ? 0 : ghost_refuse(why, GHOST_FD_GONE, fd, wrong);
}

/* eventfd, epoll, timerfd, …: their names are anon_inode:[…]; and pidfds since Linux 6.9 */
static bool is_nameless(const struct inode *inode)
{
	return (!S_ISREG(inode->i_mode) && !S_ISDIR(inode->i_mode)) ||
	       inode->i_sb->s_magic == KRG_PID_FS_MAGIC;
}

int ghost_file_check(struct file *file, int fd, const struct path *root, char *page,
		     const char **path, struct krg_refusal *why)
{
	umode_t mode = file_inode(file)->i_mode;
	const char *wrong;

	*path = NULL;
	if (S_ISFIFO(mode))
		return ghost_refuse(why, GHOST_FD_PIPE, fd);
	if (S_ISSOCK(mode))
		return ghost_refuse(why, GHOST_FD_SOCKET, fd);
	if (S_ISCHR(mode) || S_ISBLK(mode))
		return check_device(file, fd, root, page, path, why);
	if (is_nameless(file_inode(file))) {
		wrong = d_path(&file->f_path, page, PATH_MAX);
		if (IS_ERR(wrong))
			wrong = "unknown";
		return fd < 0 ? ghost_refuse(why, GHOST_MAP_OTHER, wrong) :
				ghost_refuse(why, GHOST_FD_ANON, fd, wrong);
	}
	*path = path_from(krg_file_user_path(file), root, page, &wrong);
	if (!*path && fd < 0)
		return ghost_refuse(why, GHOST_MAP_FILE, wrong);
	if (!*path)
		return ghost_refuse(why, GHOST_FD_GONE, fd, wrong);
	if (fd >= 0 && pseudo(file_inode(file)->i_sb))
		return ghost_refuse(why, GHOST_FD_PSEUDO, fd, *path);
	return 0;
}

/* How many references to @file does @task explain, besides ours? */
static long own_references(struct task_struct *task, struct file *file, unsigned int max)
{
	struct mm_struct *mm = get_task_mm(task);
	struct vm_area_struct *vma;
	unsigned int fd;
	long n = 0;

	for (fd = 0; fd < max; fd++) {
		struct file *other = krg_sym(fget_task)(task, fd);

		if (!other)
			continue;
		n += other == file;
		fput(other);
	}
	if (mm) {
		VMA_ITERATOR(iter, mm, 0);

		mmap_read_lock(mm);
		for_each_vma(iter, vma)
			n += vma->vm_file == file;
		mmap_read_unlock(mm);
		mmput(mm);
	}
	return n;
}

/*
 * A position that another process has too would be two after a move. Somebody
 * who only looks (lsof, /proc) holds a reference for a moment: look again.
 */
static bool position_shared(struct task_struct *task, struct file *file, unsigned int max)
{
	int try;

	if (file->f_flags & O_PATH)
		return false;
	/* a thread that runs holds one as long as it is in a system call */
	if (task != current && get_nr_threads(task) > 1)
		return false;
	if (file->f_flags & O_APPEND && !(file->f_mode & FMODE_READ))
		return false;		/* always writes at the end */
	for (try = 0; try < 3; try++) {
		long own = 1 + own_references(task, file, max);

		if (file_count(file) <= own)
			return false;
		usleep_range(1000, 3000);
	}
	return true;
}

static bool list_has_lock(struct list_head *list, struct file *file, fl_owner_t owner)
{
	krg_file_lock *lock;

	list_for_each_entry(lock, list, krg_lock_list)
		if (lock->krg_lock_file == file || lock->krg_lock_owner == owner)
			return true;
	return false;
}

static bool has_lock(struct file *file, fl_owner_t owner)
{
	struct file_lock_context *context;
	bool found;

	/* pairs with the release of who sets it up */
	context = smp_load_acquire(&file_inode(file)->i_flctx);
	if (!context)
		return false;
	spin_lock(&context->flc_lock);
	found = list_has_lock(&context->flc_flock, file, owner) ||
		list_has_lock(&context->flc_posix, file, owner) ||
		list_has_lock(&context->flc_lease, file, owner);
	spin_unlock(&context->flc_lock);
	return found;
}

static int check_fd(struct task_struct *task, struct file *file, int fd, unsigned int max,
		    const struct path *root, char *page, struct krg_refusal *why)
{
	umode_t mode = file_inode(file)->i_mode;
	const char *path;
	int err = ghost_file_check(file, fd, root, page, &path, why), shared;

	if (err || !(S_ISREG(mode) || S_ISDIR(mode)))
		return err;
	shared = ghost_mount_is_shared(krg_file_user_path(file));
	if (shared < 0)
		return shared;
	if (!shared) {
		if (S_ISDIR(mode))
			return ghost_refuse(why, GHOST_FD_LOCAL_DIRECTORY, fd, path);
		if (file->f_mode & FMODE_WRITE)
			return ghost_refuse(why, GHOST_FD_LOCAL_WRITE, fd, path);
	}
	/* posix locks are owned by the descriptor table */
	if (has_lock(file, READ_ONCE(task->files)))
		return ghost_refuse(why, GHOST_FD_LOCK, fd, path);
	if (position_shared(task, file, max))
		return ghost_refuse(why, GHOST_FD_SHARED_POSITION, fd, path);
	return 0;
}

static unsigned int fd_limit(struct task_struct *task)
{
	unsigned int max = 0;

	task_lock(task);
	rcu_read_lock();
	if (task->files)
		max = files_fdtable(task->files)->max_fds;
	rcu_read_unlock();
	task_unlock(task);
	return max;
}

int ghost_fds_check(struct task_struct *task, struct krg_refusal *why)
{
	unsigned int fd, max = fd_limit(task);
	char *page = (char *)__get_free_page(GFP_KERNEL);
	struct path root;
	int err = 0;

	if (!page)
		return -ENOMEM;
	ghost_container_root(&root);
	for (fd = 0; fd < max && !err; fd++) {
		struct file *file = krg_sym(fget_task)(task, fd);

		if (!file)
			continue;
		err = check_fd(task, file, fd, max, &root, page, why);
		fput(file);
		cond_resched();
	}
	path_put(&root);
	free_page((unsigned long)page);
	return err;
}

int ghost_cwd_check(struct task_struct *task, struct krg_refusal *why)
{
	char *page = (char *)__get_free_page(GFP_KERNEL);
	struct path root, at, cwd;
	const char *wrong;
	int err = 0;

	if (!page)
		return -ENOMEM;
	task_lock(task);
	if (!task->fs) {
		task_unlock(task);
		free_page((unsigned long)page);
		return ghost_refuse(why, GHOST_EXITING, task_pid_vnr(task));
	}
	get_fs_root(task->fs, &at);
	get_fs_pwd(task->fs, &cwd);
	task_unlock(task);
	ghost_container_root(&root);
	if (!path_equal(&root, &at))
		err = ghost_refuse(why, GHOST_ROOT);
	else if (!path_from(&cwd, &root, page, &wrong))
		err = ghost_refuse(why, GHOST_CWD, wrong);
	path_put(&root);
	path_put(&at);
	path_put(&cwd);
	free_page((unsigned long)page);
	return err;
}

int ghost_files_begin(struct ghost_files *set)
{
	*set = (struct ghost_files){};
	set->page = (char *)__get_free_page(GFP_KERNEL);
	if (!set->page)
		return -ENOMEM;
	ghost_container_root(&set->root);
	return 0;
}

void ghost_files_end(struct ghost_files *set, const struct gf_image *image)
{
	u32 i;

	for (i = 0; i < image->nfiles; i++)
		fput(set->file[i]);
	kvfree(set->file);
	path_put(&set->root);
	free_page((unsigned long)set->page);
}

/* Doubles an array, of which @used elements are in use. */
static int grow(void **array, u32 used, u32 *room, size_t each)
{
	u32 more = *room ? 2 * *room : 32;
	void *larger = kvcalloc(more, each, GFP_KERNEL_ACCOUNT);

	if (!larger)
		return -ENOMEM;
	if (used)
		memcpy(larger, *array, used * each);
	kvfree(*array);
	*array = larger;
	*room = more;
	return 0;
}

/* Appends to the paths; returns the offset or -errno. */
static int add_path(struct ghost_files *set, struct gf_image *image, const char *path)
{
	size_t len = strlen(path) + 1;
	int err, at = image->paths_len;

	if (at + len > GF_PATHS_MAX)
		return -EOVERFLOW;
	while (image->paths_len + len > set->paths_room) {
		err = grow((void **)&image->paths, image->paths_len, &set->paths_room, 1);
		if (err)
			return err;
	}
	memcpy(image->paths + at, path, len);
	image->paths_len += len;
	return at;
}

static int room_for_file(struct ghost_files *set, struct gf_image *image)
{
	u32 room = set->room;
	int err;

	if (image->nfiles < room)
		return 0;
	err = grow((void **)&image->files, image->nfiles, &room, sizeof(*image->files));
	if (!err)
		err = grow((void **)&set->file, image->nfiles, &set->room, sizeof(*set->file));
	return err;
}

static int stat_file(struct gf_file *f, struct file *file)
{
	struct kstat stat;
	int err = vfs_getattr(krg_file_user_path(file), &stat, STATX_SIZE | STATX_MTIME | STATX_INO,
			      AT_STATX_SYNC_AS_STAT);

	if (err)
		return err;
	f->size = stat.size;
	f->ino = stat.ino;
	f->mtime_sec = stat.mtime.tv_sec;
	f->mtime_nsec = stat.mtime.tv_nsec;
	return 0;
}

/* Of a segment its id says all. Return: its index, or -errno */
static int add_segment(struct ghost_files *set, struct gf_image *image, struct file *file, int id)
{
	struct gf_file *f = &image->files[image->nfiles];
	int at;

	snprintf(set->page, PATH_MAX, "/%s", file->f_path.dentry->d_name.name);
	at = add_path(set, image, set->page);
	if (at < 0)
		return at;
	*f = (struct gf_file){
		.path = at, .kind = GF_FILE_SEGMENT, .flags = file->f_flags & O_ACCMODE,
		.size = i_size_read(file_inode(file)), .ino = id,
	};
	set->file[image->nfiles] = get_file(file);
	return image->nfiles++;
}

int ghost_files_add(struct ghost_files *set, struct gf_image *image, struct file *file,
		    struct krg_refusal *why)
{
	umode_t mode = file_inode(file)->i_mode;
	struct gf_file *f;
	const char *path;
	int i, at, err, shared;

	for (i = image->nfiles - 1; i >= 0; i--)	/* mappings of a file follow each other */
		if (set->file[i] == file)
			return i;
	err = room_for_file(set, image);
	if (err)
		return err;
	if (krg_segment_of(file) >= 0)
		return add_segment(set, image, file, krg_segment_of(file));
	path = path_from(krg_file_user_path(file), &set->root, set->page, &path);
	if (!path)
		return ghost_refuse(why, GHOST_MAP_FILE, "cannot be named any more");
	at = add_path(set, image, path);
	if (at < 0)
		return at;
	f = &image->files[image->nfiles];
	f->path = at;
	f->kind = S_ISREG(mode) ? GF_FILE_REGULAR : S_ISDIR(mode) ? GF_FILE_DIRECTORY :
								    GF_FILE_DEVICE;
	f->flags = file->f_flags & OPEN_FLAGS;
	f->pos = file->f_pos;
	f->by_root = cap_raised(file->f_cred->cap_effective, CAP_DAC_OVERRIDE) &&
		     file->f_cred->user_ns == &init_user_ns;
	if (f->kind == GF_FILE_DEVICE) {
		f->pos = 0;		/* /dev/zero counts, and nobody reads it */
		f->rdev = new_encode_dev(file_inode(file)->i_rdev);
	} else {
		shared = ghost_mount_is_shared(krg_file_user_path(file));
		if (shared < 0)
			return shared;
		f->shared = shared;
		/* what was written here must be there for whoever opens it elsewhere */
		if (f->shared && file->f_mode & FMODE_WRITE)
			err = filemap_write_and_wait(file->f_mapping);
		if (!err)
			err = stat_file(f, file);
		if (err)
			return ghost_failed(why, err, path);
	}
	set->file[image->nfiles] = get_file(file);
	return image->nfiles++;
}

int ghost_files_save(struct ghost_files *set, struct gf_image *image, struct krg_refusal *why)
{
	struct fdtable *table = files_fdtable(current->files);	/* nobody else changes it */
	unsigned int fd, max = table->max_fds;
	u32 room = 0;
	struct path cwd;
	const char *path;
	int at, err;

	for (fd = 0; fd < max; fd++) {
		struct file *file = fget_raw(fd);

		if (!file)
			continue;
		at = ghost_files_add(set, image, file, why);
		fput(file);
		if (at < 0)
			return at;
		if (image->nfds == room) {
			err = grow((void **)&image->fds, image->nfds, &room, sizeof(*image->fds));
			if (err)
				return err;
		}
		image->fds[image->nfds++] = (struct gf_fd){
			.fd = fd, .file = at,
			.close_on_exec = krg_close_on_exec(fd, current->files),
		};
	}
	image->fs.umask = current->fs->umask;
	get_fs_pwd(current->fs, &cwd);
	path = path_from(&cwd, &set->root, set->page, &path);
	path_put(&cwd);
	if (!path)
		return ghost_refuse(why, GHOST_CWD, "cannot be named any more");
	at = add_path(set, image, path);
	image->fs.cwd = at;
	return min(at, 0);
}
