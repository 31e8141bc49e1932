// SPDX-License-Identifier: GPL-2.0-only
/* The requests that read and change capabilities: of oneself, of a process, of the parent. */
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/uaccess.h>
#include <kerrighed/hooks.h>
#include <kerrighed/hotplug.h>
#include <kerrighed/rpc.h>
#include "capability.h"

/* Permitted only shrinks, and bounds the others. */
static int shrink(krg_cap_t *caps, const krg_cap_t *wanted)
{
	if (!(caps->effective & 1 << CAP_CHANGE_KERRIGHED_CAP))
		return -EPERM;
	caps->permitted &= wanted->permitted;
	caps->effective = wanted->effective & caps->permitted;
	caps->inheritable_permitted = wanted->inheritable_permitted & caps->permitted;
	caps->inheritable_effective = wanted->inheritable_effective & caps->permitted;
	return 0;
}

/* @euid asks. The order of the checks is part of the contract. */
static int set_caps(struct task_struct *task, const krg_cap_t *wanted, kuid_t euid,
		    struct krg_refusal *why)
{
	const struct cred *cred;
	bool same;
	int err;

	if (!krg_task_in_container(task))
		return krg_refuse(why, -EPERM, "the process is not in the Kerrighed container");
	if (!krg_cap_consistent(wanted))
		return krg_refuse(why, -EINVAL, "effective and inheritable permitted have to be in permitted, inheritable effective in inheritable permitted");
	if (wanted->permitted & ~KRG_CAP_SUPPORTED)
		return krg_refuse(why, -ENOSYS, "capabilities 0x%x are not supported",
				  wanted->permitted & ~(u32)KRG_CAP_SUPPORTED);
	rcu_read_lock();
	cred = __task_cred(task);
	same = uid_eq(euid, GLOBAL_ROOT_UID) || uid_eq(euid, cred->uid) ||
	       uid_eq(euid, cred->euid);
	rcu_read_unlock();
	if (!same)
		return krg_refuse(why, -EPERM, "the process is another user's");
	err = krg_cap_update(task, wanted, shrink);
	if (err == -EPERM)
		krg_refuse(why, err, "CHANGE_KERRIGHED_CAP is not effective in the process");
	return err;
}

static int get_caps(struct task_struct *task, krg_cap_t *caps, struct krg_refusal *why)
{
	if (krg_cap_read(task, caps))
		return krg_refuse(why, -EPERM, "the process is not in the Kerrighed container");
	return 0;
}

static int set_from(struct task_struct *task, void __user *arg, struct krg_refusal *why)
{
	krg_cap_t wanted;

	if (copy_from_user(&wanted, arg, sizeof(wanted)))
		return -EFAULT;
	return set_caps(task, &wanted, current_euid(), why);
}

static int get_to(struct task_struct *task, void __user *arg, struct krg_refusal *why)
{
	krg_cap_t caps;
	int err = get_caps(task, &caps, why);

	return err ?: copy_to_user(arg, &caps, sizeof(caps)) ? -EFAULT : 0;
}

static long set_own(void __user *arg, struct krg_refusal *why)
{
	return set_from(current, arg, why);
}

static long get_own(void __user *arg, struct krg_refusal *why)
{
	return get_to(current, arg, why);
}

static struct task_struct *parent_of_current(void)
{
	struct task_struct *parent;

	rcu_read_lock();
	parent = get_task_struct(rcu_dereference(current->real_parent));
	rcu_read_unlock();
	return parent;
}

static long set_father(void __user *arg, struct krg_refusal *why)
{
	struct task_struct *parent = parent_of_current();
	int err;

	if (is_child_reaper(task_tgid(parent)))
		err = krg_refuse(why, -EPERM, "the parent is the container's init");
	else
		err = set_from(parent, arg, why);
	put_task_struct(parent);
	return err;
}

static long get_father(void __user *arg, struct krg_refusal *why)
{
	struct task_struct *parent = parent_of_current();
	int err = get_to(parent, arg, why);

	put_task_struct(parent);
	return err;
}

static struct task_struct *task_by_pid(pid_t pid)
{
	struct task_struct *task;

	rcu_read_lock();
	task = pid_task(find_pid_ns(pid, task_active_pid_ns(current)), PIDTYPE_TGID);
	if (task)
		get_task_struct(task);
	rcu_read_unlock();
	return task;
}

static long with_pid(void __user *arg, struct krg_refusal *why,
		     int (*act)(struct task_struct *task, void __user *caps,
				struct krg_refusal *why))
{
	struct task_struct *task;
	krg_cap_pid_t desc;
	int err;

	if (copy_from_user(&desc, arg, sizeof(desc)))
		return -EFAULT;
	task = task_by_pid(desc.pid);
	if (!task)
		return krg_refuse(why, -ESRCH, "there is no process %d", desc.pid);
	err = act(task, (void __user *)desc.caps, why);
	put_task_struct(task);
	return err;
}

static long set_pid(void __user *arg, struct krg_refusal *why)
{
	return with_pid(arg, why, set_from);
}

static long get_pid_caps(void __user *arg, struct krg_refusal *why)
{
	return with_pid(arg, why, get_to);
}

static long get_supported(void __user *arg, struct krg_refusal *why)
{
	return put_user(KRG_CAP_SUPPORTED, (int __user *)arg);
}

static const struct krg_service_entry services[] = {
	{ KSYS_SET_CAP, set_own },
	{ KSYS_GET_CAP, get_own },
	{ KSYS_SET_PID_CAP, set_pid },
	{ KSYS_GET_PID_CAP, get_pid_caps },
	{ KSYS_SET_FATHER_CAP, set_father },
	{ KSYS_GET_FATHER_CAP, get_father },
	{ KSYS_GET_SUPPORTED_CAP, get_supported },
	{}
};

int krg_cap_services_init(void)
{
	return krg_services_register(services);
}

void krg_cap_services_exit(void)
{
	krg_services_unregister(services);
}
