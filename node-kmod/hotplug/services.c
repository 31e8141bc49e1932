// SPDX-License-Identifier: GPL-2.0-only
/* /proc/kerrighed/services: hands each ioctl to the module that serves it. */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>
#include "hotplug.h"

struct proc_dir_entry *krg_procdir;
EXPORT_SYMBOL_GPL(krg_procdir);

static DEFINE_XARRAY(krg_services);	/* ioctl number -> entry */
DEFINE_STATIC_SRCU(krg_services_srcu);

/* What read(2) on an open file answers. */
struct krg_services_file {
	struct mutex lock;	/* of last */
	struct krg_refusal last;
};

int krg_refuse(struct krg_refusal *why, int err, const char *fmt, ...)
{
	va_list args;

	if (why) {
		va_start(args, fmt);
		vsnprintf(why->text, sizeof(why->text), fmt, args);
		va_end(args);
	}
	return err;
}
EXPORT_SYMBOL_GPL(krg_refuse);

int krg_services_register(const struct krg_service_entry *table)
{
	const struct krg_service_entry *e;
	int err;

	for (e = table; e->run; e++) {
		err = xa_insert(&krg_services, e->cmd, (void *)e, GFP_KERNEL);
		if (err) {
			while (e-- > table)
				xa_erase(&krg_services, e->cmd);
			synchronize_srcu(&krg_services_srcu);
			return err;
		}
	}
	return 0;
}
EXPORT_SYMBOL_GPL(krg_services_register);

void krg_services_unregister(const struct krg_service_entry *table)
{
	const struct krg_service_entry *e;

	for (e = table; e->run; e++)
		xa_erase(&krg_services, e->cmd);
	synchronize_srcu(&krg_services_srcu);
}
EXPORT_SYMBOL_GPL(krg_services_unregister);

static long krg_serve(unsigned int cmd, void __user *arg, struct krg_refusal *why)
{
	const struct krg_service_entry *e;
	long ret;
	int idx;

	idx = srcu_read_lock(&krg_services_srcu);
	e = xa_load(&krg_services, cmd);
	if (!e)
		ret = krg_refuse(why, -EINVAL, "no such request: 0x%x", cmd);
	else if (!e->anywhere && !krg_in_container())
		ret = krg_refuse(why, -EPERM, "not in the Kerrighed container");
	else
		ret = e->run(arg, why);
	srcu_read_unlock(&krg_services_srcu, idx);
	return ret;
}

static long krg_services_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct krg_services_file *f = file->private_data;
	struct krg_refusal *why;
	long ret;

	why = kzalloc(sizeof(*why), GFP_KERNEL);
	if (!why)
		return -ENOMEM;
	ret = krg_serve(cmd, (void __user *)arg, why);
	if (ret < 0) {
		mutex_lock(&f->lock);
		f->last = *why;
		file->f_pos = 0;	/* the next read begins with this sentence */
		mutex_unlock(&f->lock);
	}
	kfree(why);
	return ret;
}

static ssize_t krg_services_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct krg_services_file *f = file->private_data;
	ssize_t ret;

	mutex_lock(&f->lock);
	ret = simple_read_from_buffer(buf, count, pos, f->last.text, strlen(f->last.text));
	mutex_unlock(&f->lock);
	return ret;
}

static int krg_services_open(struct inode *inode, struct file *file)
{
	struct krg_services_file *f = kzalloc(sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	mutex_init(&f->lock);
	file->private_data = f;
	return 0;
}

static int krg_services_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static const struct proc_ops krg_services_ops = {
	.proc_open = krg_services_open,
	.proc_read = krg_services_read,
	.proc_lseek = default_llseek,
	.proc_ioctl = krg_services_ioctl,
	.proc_release = krg_services_release,
};

int krg_services_init(void)
{
	krg_procdir = proc_mkdir("kerrighed", NULL);
	if (!krg_procdir)
		return -ENOMEM;
	if (!proc_create("services", 0644, krg_procdir, &krg_services_ops)) {
		proc_remove(krg_procdir);
		return -ENOMEM;
	}
	return 0;
}

void krg_services_exit(void)
{
	proc_remove(krg_procdir);
}
