// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pidfds of processes of another home, whether they run here or not. The kernel's own would be of
 * a body, and say that the process has ended when it has only left. Ours hears of that from its
 * home, where its task lives as long as the process does.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>
#include <uapi/linux/pidfd.h>
#include <asm/ptrace.h>
#include "proc.h"

KRG_HOOK(long, __x64_sys_pidfd_open, (const struct pt_regs *regs));

struct krg_pidfd {
	u32 id;
	pid_t pid;
	int node;			/* tells us of its end; KRG_NODE_NONE: nobody does */
	bool ended;
	unsigned int tries;		/* to find who would tell */
	wait_queue_head_t wait;
	struct delayed_work look;
};

/*
 * Whoever finds one here holds the table's lock as long as it is used; that of its wait queue is
 * taken inside.
 */
static DEFINE_XARRAY_ALLOC1(krg_pidfds);

/* 0; -ESRCH: there is no such process; -EINVAL: a thread; other errors may pass. May sleep. */
static int krg_pidfd_watch(struct krg_pidfd *pidfd)
{
	struct krg_watch_message ask = {
		.op = KRG_WATCH_BEGIN, .pid = pidfd->pid, .id = pidfd->id,
	};
	int node = krg_home_of(pidfd->pid), err;

	err = krg_rpc_call(node, KRG_RPC_PROC_WATCH, &ask, sizeof(ask), NULL, 0);
	if (err == -EREMOTE || (err == -EHOSTDOWN && !krg_node_online(node))) {
		node = krg_locate(pidfd->pid);
		err = node < 0 ? -EAGAIN :
		      krg_rpc_call(node, KRG_RPC_PROC_WATCH, &ask, sizeof(ask), NULL, 0);
		if (err == -ESRCH)
			err = -EAGAIN;	/* it may have moved on */
	}
	WRITE_ONCE(pidfd->node, err ? KRG_NODE_NONE : node);
	/* either krg_pidfds_lose(), after a change of the view, sees the node, or we see that */
	smp_mb();
	if (!err && node != krg_node_id() && !krg_node_online(node))
		err = -EHOSTDOWN;
	return err;
}

/*
 * Is it worth another try? Not for ever if it has no home: in the moment in which such a
 * process moves on, no node may say that it is there.
 */
static bool krg_pidfd_again(struct krg_pidfd *pidfd, int err)
{
	switch (err) {
	case -ENOMEM:
		return true;
	case -EHOSTDOWN:
		/* the cluster has to decide */
		if (krg_node_online(krg_home_of(pidfd->pid)))
			return true;
		fallthrough;
	case -EAGAIN:
		return ++pidfd->tries < KRG_DECISION / KRG_MEMORY_WAIT;
	}
	return false;
}

static void krg_pidfd_end(struct krg_pidfd *pidfd)
{
	WRITE_ONCE(pidfd->ended, true);
	wake_up_poll(&pidfd->wait, EPOLLIN | EPOLLRDNORM);
}

/* Who was to tell is gone, or has told that the process has left. */
static void krg_pidfd_look(struct work_struct *work)
{
	struct krg_pidfd *pidfd = container_of(to_delayed_work(work), struct krg_pidfd, look);
	int err = krg_pidfd_watch(pidfd);

	if (!err)
		pidfd->tries = 0;
	else if (krg_pidfd_again(pidfd, err))
		queue_delayed_work(krg_proc_wq, &pidfd->look, KRG_MEMORY_WAIT);
	else
		krg_pidfd_end(pidfd);
}

void krg_pidfd_over(const struct krg_watch_message *message, int from)
{
	struct krg_pidfd *pidfd;

	xa_lock(&krg_pidfds);
	pidfd = xa_load(&krg_pidfds, message->id);
	if (pidfd && pidfd->pid == message->pid) {
		if (from == krg_home_of(pidfd->pid))
			krg_pidfd_end(pidfd);
		else
			mod_delayed_work(krg_proc_wq, &pidfd->look, 0);
	}
	xa_unlock(&krg_pidfds);
}

void krg_pidfds_lose(int node)
{
	struct krg_pidfd *pidfd;
	unsigned long id;

	smp_mb();	/* see krg_pidfd_watch() */
	xa_lock(&krg_pidfds);
	xa_for_each(&krg_pidfds, id, pidfd) {
		if (node == KRG_NODE_NONE)
			krg_pidfd_end(pidfd);
		else if (!pidfd->ended && READ_ONCE(pidfd->node) == node)
			mod_delayed_work(krg_proc_wq, &pidfd->look, 0);
	}
	xa_unlock(&krg_pidfds);
}

static void krg_pidfd_free(struct krg_pidfd *pidfd)
{
	struct krg_watch_message end = {
		.op = KRG_WATCH_END, .pid = pidfd->pid, .id = pidfd->id,
	};

	xa_erase(&krg_pidfds, pidfd->id);
	cancel_delayed_work_sync(&pidfd->look);
	/* if there is no memory for it, the watch ends with the process */
	if (pidfd->node != KRG_NODE_NONE && !pidfd->ended)
		krg_rpc_cast(pidfd->node, KRG_RPC_PROC_WATCH, &end, sizeof(end));
	kfree(pidfd);
}

static int krg_pidfd_release(struct inode *inode, struct file *file)
{
	krg_pidfd_free(file->private_data);
	return 0;
}

static __poll_t krg_pidfd_poll(struct file *file, struct poll_table_struct *table)
{
	struct krg_pidfd *pidfd = file->private_data;

	poll_wait(file, &pidfd->wait, table);
	return READ_ONCE(pidfd->ended) ? EPOLLIN | EPOLLRDNORM : 0;
}

/* As proc_pid_fdinfo(5) has it; the container's number is all that there is of it here. */
static void krg_pidfd_show(struct seq_file *m, struct file *file)
{
	struct krg_pidfd *pidfd = file->private_data;
	pid_t pid = READ_ONCE(pidfd->ended) ? -1 : pidfd->pid;

	seq_printf(m, "Pid:\t%d\nNSpid:\t%d\n", pid, pid);
}

static const struct file_operations krg_pidfd_operations = {
	.owner = THIS_MODULE,
	.release = krg_pidfd_release,
	.poll = krg_pidfd_poll,
	.show_fdinfo = krg_pidfd_show,
	.llseek = noop_llseek,
};

/* Registered in the table, and told of the process's end. ERR_PTR; a signal ends its wait. */
static struct krg_pidfd *krg_pidfd_new(pid_t pid)
{
	struct krg_pidfd *pidfd = kzalloc(sizeof(*pidfd), GFP_KERNEL);
	static u32 next;
	int err;

	if (!pidfd)
		return ERR_PTR(-ENOMEM);
	pidfd->pid = pid;
	pidfd->node = KRG_NODE_NONE;
	init_waitqueue_head(&pidfd->wait);
	INIT_DELAYED_WORK(&pidfd->look, krg_pidfd_look);
	err = xa_alloc_cyclic(&krg_pidfds, &pidfd->id, pidfd, xa_limit_31b, &next, GFP_KERNEL);
	if (err < 0) {
		kfree(pidfd);
		return ERR_PTR(err);
	}
	for (;;) {
		err = krg_pidfd_watch(pidfd);
		if (err == -ENOMEM || !krg_pidfd_again(pidfd, err))
			break;
		schedule_timeout_interruptible(KRG_MEMORY_WAIT);
		if (signal_pending(current)) {
			err = -ERESTARTNOINTR;
			break;
		}
	}
	pidfd->tries = 0;
	if (!err)
		return pidfd;
	krg_pidfd_free(pidfd);
	return ERR_PTR(err == -EAGAIN || err == -EHOSTDOWN ? -ESRCH : err);
}

static int krg_pidfd_file(pid_t pid, unsigned int flags, struct file **file)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	struct krg_pidfd *pidfd;

	if (fd < 0)
		return fd;
	pidfd = krg_pidfd_new(pid);
	if (IS_ERR(pidfd)) {
		put_unused_fd(fd);
		return PTR_ERR(pidfd);
	}
	*file = anon_inode_getfile("[pidfd]", &krg_pidfd_operations, pidfd, O_RDWR | flags);
	if (IS_ERR(*file)) {
		krg_pidfd_free(pidfd);
		put_unused_fd(fd);
		return PTR_ERR(*file);
	}
	return fd;
}

/* What all our kernels refuse. */
static bool krg_pidfd_is_wrong(const struct kernel_clone_args *args)
{
	return args->flags & CLONE_DETACHED ||
	       (args->flags & CLONE_PARENT_SETTID && args->pidfd == args->parent_tid);
}

int krg_pidfd_fork(pid_t pid, struct kernel_clone_args *args, struct file **file)
{
	int fd;

	*file = NULL;
	if (!(args->flags & CLONE_PIDFD))
		return 0;
	if (krg_pidfd_is_wrong(args))
		return -EINVAL;
	fd = krg_pidfd_file(pid, 0, file);
	if (fd < 0)
		return fd;
	if (put_user(fd, args->pidfd)) {
		krg_pidfd_forked(fd, *file, false);
		return -EFAULT;
	}
	args->flags &= ~CLONE_PIDFD;
	return fd;
}

void krg_pidfd_forked(int fd, struct file *file, bool runs)
{
	if (file && runs) {
		fd_install(fd, file);
	} else if (file) {
		put_unused_fd(fd);
		fput(file);
	}
}

/* The rest has the kernel's own, which stay with the task at home. */
static bool krg_pidfd_ours(pid_t pid)
{
	int home = krg_home_of(pid);

	return home > 0 && home < KRG_MAX_NODES &&
	       (home != krg_node_id() || krg_pid_claimed(pid));
}

static long krg_pidfd_open(pid_t pid, unsigned int flags)
{
	struct file *file;
	int fd;

	/* of a thread it would have to be where that is; kernels before 6.9 have none either */
	if (flags & ~PIDFD_NONBLOCK)
		return -EINVAL;
	fd = krg_pidfd_file(pid, flags, &file);
	if (fd >= 0)
		fd_install(fd, file);
	return fd;
}

static long krg_hook___x64_sys_pidfd_open(const struct pt_regs *regs)
{
	pid_t pid = regs->di;
	long ret;

	krg_hook_enter(__x64_sys_pidfd_open);
	ret = krg_pidfd_ours(pid) ? krg_pidfd_open(pid, regs->si) :
				    krg_orig(__x64_sys_pidfd_open)(regs);
	krg_hook_exit(__x64_sys_pidfd_open);
	return ret;
}

static struct krg_pidfd *krg_pidfd_of(struct file *file)
{
	return file->f_op == &krg_pidfd_operations ? file->private_data : NULL;
}

pid_t krg_pidfd_pid(struct file *file)
{
	struct krg_pidfd *pidfd = krg_pidfd_of(file);

	if (!pidfd)
		return 0;
	return READ_ONCE(pidfd->ended) ? -ESRCH : pidfd->pid;
}
EXPORT_SYMBOL_GPL(krg_pidfd_pid);

pid_t krg_pidfd_waited(int fd, bool *nonblock)
{
	struct file *file = fget(fd);
	struct krg_pidfd *pidfd;
	struct pid *pid;
	pid_t nr;

	if (!file)
		return -EBADF;
	pidfd = krg_pidfd_of(file);
	pid = pidfd ? NULL : krg_sym(pidfd_pid)(file);
	if (pidfd)
		nr = pidfd->pid;	/* ended or not: it may have to be reaped */
	else if (IS_ERR(pid))
		nr = PTR_ERR(pid);
	else
		nr = pid_nr_ns(pid, krg_container) ?: -ECHILD;
	*nonblock = file->f_flags & O_NONBLOCK;
	fput(file);
	return nr;
}

struct krg_hook *krg_pidfd_hooks[] = { &krg_hook_of___x64_sys_pidfd_open, NULL };
