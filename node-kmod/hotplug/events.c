// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/kerrighed: what happens on this node, a line an event, for the agent.
 * Every reader gets the events from its open() on; one who is too slow is told
 * how many it missed.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include "hotplug.h"

#define KRG_EVENTS	256	/* kept */
#define KRG_EVENT_LEN	600	/* holds the ids of all nodes */

static char (*ring)[KRG_EVENT_LEN];
static u64 next_event;			/* number of the next one; protected by lock */
static DEFINE_SPINLOCK(lock);
static DECLARE_WAIT_QUEUE_HEAD(waiters);

struct krg_event_reader {
	struct mutex lock;	/* of line, and so of the order of reads */
	u64 cursor;
	char line[KRG_EVENT_LEN];
};

void krg_event(const char *fmt, ...)
{
	va_list args;
	char *line;

	va_start(args, fmt);
	spin_lock(&lock);
	line = ring[next_event % KRG_EVENTS];
	vscnprintf(line, KRG_EVENT_LEN - 1, fmt, args);
	strlcat(line, "\n", KRG_EVENT_LEN);
	next_event++;
	spin_unlock(&lock);
	va_end(args);
	wake_up_interruptible(&waiters);
}

/* Fetch the next line of @r. Return: its length; 0: there is none. */
static size_t krg_next_line(struct krg_event_reader *r)
{
	size_t len = 0;

	spin_lock(&lock);
	if (next_event - r->cursor > KRG_EVENTS) {
		len = scnprintf(r->line, sizeof(r->line), "overrun lost=%llu\n",
				next_event - r->cursor - KRG_EVENTS);
		r->cursor = next_event - KRG_EVENTS;
	} else if (r->cursor < next_event) {
		len = strscpy(r->line, ring[r->cursor++ % KRG_EVENTS], sizeof(r->line));
	}
	spin_unlock(&lock);
	return len;
}

static bool krg_events_pending(struct krg_event_reader *r)
{
	return READ_ONCE(next_event) != READ_ONCE(r->cursor);
}

static ssize_t krg_events_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct krg_event_reader *r = file->private_data;
	ssize_t ret;
	size_t len;

	do {
		if (!krg_events_pending(r) && (file->f_flags & O_NONBLOCK))
			return -EAGAIN;
		ret = wait_event_interruptible(waiters, krg_events_pending(r));
		if (ret)
			return ret;
		mutex_lock(&r->lock);
		len = krg_next_line(r);
		if (len > count)
			ret = -EMSGSIZE;
		else if (copy_to_user(buf, r->line, len))
			ret = -EFAULT;
		else
			ret = len;
		mutex_unlock(&r->lock);
	} while (!ret);
	return ret;
}

static __poll_t krg_events_poll(struct file *file, poll_table *wait)
{
	poll_wait(file, &waiters, wait);
	return krg_events_pending(file->private_data) ? EPOLLIN | EPOLLRDNORM : 0;
}

static int krg_events_open(struct inode *inode, struct file *file)
{
	struct krg_event_reader *r = kzalloc(sizeof(*r), GFP_KERNEL);

	if (!r)
		return -ENOMEM;
	mutex_init(&r->lock);
	r->cursor = READ_ONCE(next_event);
	file->private_data = r;
	return nonseekable_open(inode, file);
}

static int krg_events_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static const struct file_operations krg_events_ops = {
	.owner = THIS_MODULE,
	.open = krg_events_open,
	.read = krg_events_read,
	.poll = krg_events_poll,
	.release = krg_events_release,
};

static struct miscdevice krg_events_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kerrighed",
	.mode = 0440,
	.fops = &krg_events_ops,
};

int krg_events_init(void)
{
	int err;

	ring = kvcalloc(KRG_EVENTS, KRG_EVENT_LEN, GFP_KERNEL);
	if (!ring)
		return -ENOMEM;
	err = misc_register(&krg_events_device);
	if (err)
		kvfree(ring);
	return err;
}

void krg_events_exit(void)
{
	misc_deregister(&krg_events_device);
	kvfree(ring);
}
