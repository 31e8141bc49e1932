// SPDX-License-Identifier: GPL-2.0-only
/* /sys/kerrighed, as in Kerrighed 3.0. */
#define pr_fmt(fmt) "krg_hotplug: " fmt

#include <linux/kmod.h>
#include <linux/kobject.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include "hotplug.h"

struct kobject *krg_kobj;
EXPORT_SYMBOL_GPL(krg_kobj);

static struct kobject *hotplug_kobj;

/* Number of the view of the cluster, 0 outside one. */
static u64 krg_view_epoch(void)
{
	DECLARE_BITMAP(online, KRG_MAX_NODES);

	return krg_online_nodes(online);
}

#define KRG_SHOW(name, fmt, value)						\
	static ssize_t name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
				   char *buf)					\
	{									\
		return sysfs_emit(buf, fmt "\n", value);			\
	}									\
	static struct kobj_attribute name##_attr = __ATTR_RO(name)

KRG_SHOW(abi, "%s", KERRIGHED_ABI);
KRG_SHOW(node_id, "%d", krg_node_id());
KRG_SHOW(session_id, "%d", krg_session_id());
KRG_SHOW(subsession_id, "%d", krg_self_online() ? 0 : -1);
KRG_SHOW(view_epoch, "%llu", krg_view_epoch());
KRG_SHOW(max_nodes, "%d", KRG_MAX_NODES);
KRG_SHOW(max_subclusters, "%d", KERRIGHED_MAX_CLUSTERS);

static ssize_t net_devices_store(struct kobject *kobj, struct kobj_attribute *attr,
				 const char *buf, size_t count)
{
	char *copy, *rest, *word;
	int err = 0;

	copy = kstrndup(buf, count, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	rest = strim(copy);
	while (!err && (word = strsep(&rest, " ,\n")))
		if (*word)
			err = krg_net_device(word);
	kfree(copy);
	return err ?: count;
}

static struct kobj_attribute net_devices_attr = __ATTR_WO(net_devices);

static ssize_t failure_tolerance_ms_show(struct kobject *kobj, struct kobj_attribute *attr,
					 char *buf)
{
	return sysfs_emit(buf, "%u\n", krg_failure_tolerance());
}

static ssize_t failure_tolerance_ms_store(struct kobject *kobj, struct kobj_attribute *attr,
					  const char *buf, size_t count)
{
	unsigned int ms;
	int err = kstrtouint(buf, 0, &ms);

	return err ?: krg_set_failure_tolerance(ms) ?: count;
}

static struct kobj_attribute failure_tolerance_ms_attr = __ATTR_RW(failure_tolerance_ms);

static ssize_t peers_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return krg_rpc_show_peers(buf);
}

static struct kobj_attribute peers_attr = __ATTR_RO(peers);

static const struct attribute *const krg_attrs[] = {
	&abi_attr.attr, &node_id_attr.attr, &session_id_attr.attr, &subsession_id_attr.attr,
	&view_epoch_attr.attr, &max_nodes_attr.attr, &max_subclusters_attr.attr,
	&net_devices_attr.attr, &failure_tolerance_ms_attr.attr, &peers_attr.attr, NULL
};

/* A number that can be read and written, with its largest value. */
struct krg_number {
	struct kobj_attribute attr;
	unsigned int value, max;
};

static ssize_t krg_number_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", container_of(attr, struct krg_number, attr)->value);
}

static ssize_t krg_number_store(struct kobject *kobj, struct kobj_attribute *attr,
				const char *buf, size_t count)
{
	struct krg_number *n = container_of(attr, struct krg_number, attr);
	unsigned int value;
	int err = kstrtouint(buf, 0, &value);

	if (err)
		return err;
	if (value > n->max)
		return -EINVAL;
	WRITE_ONCE(n->value, value);
	return count;
}

#define KRG_NUMBER(id, access, init, limit)					\
	static struct krg_number id = {						\
		.attr = __ATTR(id, access, krg_number_show, krg_number_store),	\
		.value = init, .max = limit,					\
	}

KRG_NUMBER(isolate_uts, 0644, 0, 1);
KRG_NUMBER(isolate_mnt, 0644, 1, 1);
KRG_NUMBER(isolate_net, 0644, 0, 1);
KRG_NUMBER(isolate_user, 0644, 0, 1);
KRG_NUMBER(isolate_ipc, 0444, 1, 1);
KRG_NUMBER(isolate_pid, 0444, 1, 1);
KRG_NUMBER(join_only, 0644, 0, 1);
KRG_NUMBER(join_timeout, 0644, 60, 86400);

static char init_helper[PATH_MAX] = "/usr/sbin/krginit_helper";
static DEFINE_MUTEX(init_helper_lock);

static ssize_t cluster_init_helper_show(struct kobject *kobj, struct kobj_attribute *attr,
					char *buf)
{
	ssize_t ret;

	mutex_lock(&init_helper_lock);
	ret = sysfs_emit(buf, "%s\n", init_helper);
	mutex_unlock(&init_helper_lock);
	return ret;
}

static ssize_t cluster_init_helper_store(struct kobject *kobj, struct kobj_attribute *attr,
					 const char *buf, size_t count)
{
	size_t len = count && buf[count - 1] == '\n' ? count - 1 : count;

	if (!len || len >= sizeof(init_helper) || buf[0] != '/')
		return -EINVAL;
	mutex_lock(&init_helper_lock);
	memcpy(init_helper, buf, len);
	init_helper[len] = 0;
	mutex_unlock(&init_helper_lock);
	return count;
}

static struct kobj_attribute cluster_init_helper_attr = __ATTR_RW(cluster_init_helper);

static const struct attribute *const hotplug_attrs[] = {
	&isolate_uts.attr.attr, &isolate_mnt.attr.attr, &isolate_net.attr.attr,
	&isolate_user.attr.attr, &isolate_ipc.attr.attr, &isolate_pid.attr.attr,
	&join_only.attr.attr, &join_timeout.attr.attr, &cluster_init_helper_attr.attr, NULL
};

bool krg_join_only(void)
{
	return READ_ONCE(join_only.value);
}

unsigned int krg_join_timeout(void)
{
	return READ_ONCE(join_timeout.value);
}

int krg_run_init_helper(void)
{
	static char * const env[] = { "HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", NULL };
	char *argv[8], *path;
	int n = 0, status;

	mutex_lock(&init_helper_lock);
	path = kstrdup(init_helper, GFP_KERNEL);
	mutex_unlock(&init_helper_lock);
	if (!path)
		return -ENOMEM;
	argv[n++] = path;
	if (READ_ONCE(isolate_uts.value))
		argv[n++] = "-u";
	if (READ_ONCE(isolate_mnt.value))
		argv[n++] = "-m";
	if (READ_ONCE(isolate_net.value))
		argv[n++] = "-n";
	if (READ_ONCE(isolate_user.value))
		argv[n++] = "-U";
	argv[n] = NULL;
	status = call_usermodehelper(path, argv, (char **)env, UMH_WAIT_PROC);
	if (status)
		pr_err("%s failed (status %d)\n", path, status);
	kfree(path);
	return status > 0 ? -EIO : status;
}

int krg_sysfs_init(void)
{
	int err = -ENOMEM;

	krg_kobj = kobject_create_and_add("kerrighed", NULL);
	if (!krg_kobj)
		return err;
	hotplug_kobj = kobject_create_and_add("hotplug", krg_kobj);
	if (hotplug_kobj)
		err = sysfs_create_files(krg_kobj, krg_attrs);
	if (!err)
		err = sysfs_create_files(hotplug_kobj, hotplug_attrs);
	if (err)
		krg_sysfs_exit();
	return err;
}

void krg_sysfs_exit(void)
{
	kobject_put(hotplug_kobj);
	kobject_put(krg_kobj);
}
