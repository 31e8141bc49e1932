// SPDX-License-Identifier: GPL-2.0-only
/*
 * krg_ghost alone, in one machine, without proc, epm and a network. Written to
 * /proc/krg_ghost_test, one request a write:
 *
 *	check PID	may it move?
 *	poke PID	interrupt it, and settle its system call
 *	swap PID	it saves itself, drops everything, and becomes itself again
 *	clone PID	it saves itself and dies; a new process becomes it
 *	save PID	it saves itself and goes on; the bytes stay here
 *	damage OFFSET XOR	changes one byte of what was saved
 *	load		a new process becomes what was saved
 *
 * write(2) fails with the errno of the refusal; reading gives the last sentence,
 * or "ok BYTES", for load and clone "ok BYTES PID".
 */
#define pr_fmt(fmt) "krg_ghost_test: " fmt

#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <kerrighed/ghost.h>
#include <kerrighed/sighand.h>
#include "symbols.h"

KRG_DEFINE_SYMBOLS()

#define ROOM (96UL << 20)

static DEFINE_MUTEX(lock);
static char *saved;		/* ROOM bytes */
static size_t saved_len;
static struct krg_refusal answer;

struct job {
	struct callback_head work;
	struct completion done;
	struct krg_ghost ghost;
	size_t at;		/* in saved */
	bool poke, become, die;
	int err;
	pid_t pid;
};

static int write_saved(struct krg_ghost *ghost, const void *buf, size_t len)
{
	struct job *job = ghost->priv;

	if (job->at + len > ROOM)
		return -ENOSPC;
	memcpy(saved + job->at, buf, len);
	job->at += len;
	return 0;
}

static int read_saved(struct krg_ghost *ghost, void *buf, size_t len)
{
	struct job *job = ghost->priv;

	if (job->at + len > saved_len)
		return -EPIPE;
	memcpy(buf, saved + job->at, len);
	job->at += len;
	return 0;
}

static bool hold_signals(void)
{
	bool alive;

	spin_lock_irq(&krg_sighand()->siglock);
	alive = !(current->flags & PF_EXITING || current->signal->flags & SIGNAL_GROUP_EXIT);
	if (alive)
		sigfillset(&current->real_blocked);
	spin_unlock_irq(&krg_sighand()->siglock);
	return alive;
}

static void release_signals(void)
{
	spin_lock_irq(&krg_sighand()->siglock);
	sigemptyset(&current->real_blocked);
	set_thread_flag(TIF_SIGPENDING);
	spin_unlock_irq(&krg_sighand()->siglock);
}

/* A process of one thread. */
static int become(struct krg_ghost *ghost)
{
	int err = krg_ghost_import(ghost);

	if (!err)
		err = krg_ghost_loaded(ghost, &ghost->why);
	krg_ghost_done(ghost);
	return err;
}

/* In the process's own context. */
static void in_process(struct callback_head *work)
{
	struct job *job = container_of(work, struct job, work);

	job->err = -ESRCH;
	if (!hold_signals())
		goto out;
	job->err = job->poke ? 0 : krg_ghost_export(&job->ghost);
	if (!job->err && !job->poke)
		saved_len = job->at;
	if (!job->err && job->become) {
		krg_ghost_shed();
		job->at = 0;
		job->err = become(&job->ghost);
		if (job->err)
			job->die = true;
	} else if (!job->err && !job->poke && !job->die) {
		krg_ghost_resume(&job->ghost);
	}
	release_signals();
	krg_ghost_settle();
	if (job->die)
		force_sig(SIGKILL);
out:
	complete(&job->done);
}

static void in_new_process(struct callback_head *work)
{
	struct job *job = container_of(work, struct job, work);

	job->err = become(&job->ghost);
	job->pid = task_pid_nr(current);
	if (job->err)
		force_sig(SIGKILL);
	else
		krg_ghost_settle();
	complete(&job->done);
}

static int begin_process(void *arg)
{
	struct job *job = arg;

	job->work.func = in_new_process;
	return krg_sym(task_work_add)(current, &job->work, TWA_SIGNAL);
}

/* A kernel thread, because its child begins without memory. */
static int spawn(void *arg)
{
	struct job *job = arg;
	pid_t pid = krg_sym(user_mode_thread)(begin_process, job, SIGCHLD);

	if (pid < 0) {
		job->err = pid;
		complete(&job->done);
	}
	return 0;
}

static struct task_struct *task_of(int pid)
{
	struct task_struct *task;

	rcu_read_lock();
	task = pid_task(find_vpid(pid), PIDTYPE_TGID);
	if (task)
		get_task_struct(task);
	rcu_read_unlock();
	return task;
}

static void job_init(struct job *job)
{
	*job = (struct job){ .work.func = in_process };
	init_completion(&job->done);
	job->ghost.write = write_saved;
	job->ghost.read = read_saved;
	job->ghost.priv = job;
}

static int run_in(struct job *job, struct task_struct *task)
{
	int err = krg_ghost_check(task, &answer);

	if (!err || job->poke)
		err = krg_sym(task_work_add)(task, &job->work, TWA_SIGNAL);
	if (err)
		return err;
	wait_for_completion(&job->done);
	answer = job->ghost.why;
	return job->err;
}

static int load(struct job *job)
{
	struct task_struct *thread;

	job_init(job);
	thread = kthread_run(spawn, job, "krg_ghost_test");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	wait_for_completion(&job->done);
	answer = job->ghost.why;
	return job->err;
}

static int serve(const char *request, struct job *job)
{
	unsigned int offset, change;
	struct task_struct *task;
	char verb[8];
	int err, pid;

	answer.text[0] = '\0';
	if (sscanf(request, "damage %u %u", &offset, &change) == 2) {
		if (offset >= saved_len)
			return -ERANGE;
		saved[offset] ^= change;
		return 0;
	}
	if (!strncmp(request, "load", 4))
		return load(job);
	if (sscanf(request, "%7s %d", verb, &pid) != 2)
		return -EINVAL;
	task = task_of(pid);
	if (!task)
		return -ESRCH;
	job->poke = !strcmp(verb, "poke");
	job->become = !strcmp(verb, "swap");
	job->die = !strcmp(verb, "clone");
	if (!strcmp(verb, "check"))
		err = krg_ghost_check(task, &answer);
	else if (job->poke || job->become || job->die || !strcmp(verb, "save"))
		err = run_in(job, task);
	else
		err = -EINVAL;
	put_task_struct(task);
	if (!err && job->die)
		err = load(job);
	return err;
}

static ssize_t test_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct job *job;
	char request[64];
	int err;

	if (count >= sizeof(request))
		return -EINVAL;
	if (copy_from_user(request, buf, count))
		return -EFAULT;
	request[count] = '\0';
	job = kzalloc(sizeof(*job), GFP_KERNEL);
	if (!job)
		return -ENOMEM;
	job_init(job);
	mutex_lock(&lock);
	err = serve(request, job);
	if (!err && job->pid)
		scnprintf(answer.text, sizeof(answer.text), "ok %llu %d", job->ghost.bytes,
			  job->pid);
	else if (!err)
		scnprintf(answer.text, sizeof(answer.text), "ok %llu", job->ghost.bytes);
	mutex_unlock(&lock);
	kfree(job);
	return err ?: count;
}

static ssize_t test_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	ssize_t len;

	mutex_lock(&lock);
	len = simple_read_from_buffer(buf, count, pos, answer.text, strlen(answer.text));
	mutex_unlock(&lock);
	return len;
}

static const struct proc_ops test_ops = {
	.proc_write = test_write,
	.proc_read = test_read,
	.proc_lseek = default_llseek,
};

static int __init ghost_test_init(void)
{
	int err = krg_resolve_symbols();

	if (err)
		return err;
	saved = vmalloc(ROOM);
	if (!saved)
		return -ENOMEM;
	if (!proc_create("krg_ghost_test", 0600, NULL, &test_ops)) {
		vfree(saved);
		return -ENOMEM;
	}
	return 0;
}

static void __exit ghost_test_exit(void)
{
	remove_proc_entry("krg_ghost_test", NULL);
	vfree(saved);
}

module_init(ghost_test_init);
module_exit(ghost_test_exit);
MODULE_DESCRIPTION("Test of krg_ghost alone");
MODULE_LICENSE("GPL");
