// SPDX-License-Identifier: GPL-2.0-only
/*
 * The four sets of each task. Only tasks whose sets differ from those of a new
 * container are remembered, by the address of their task_struct, until it is freed.
 */
#define pr_fmt(fmt) "krg_capability: " fmt

#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <kerrighed/hooks.h>
#include "capability.h"

struct state {
	struct rhash_head node;
	struct task_struct *task;	/* key; not a reference */
	krg_cap_t caps;			/* never changed: replaced as a whole */
	struct rcu_head rcu;
};

static const struct rhashtable_params params = {
	.head_offset = offsetof(struct state, node),
	.key_offset = offsetof(struct state, task),
	.key_len = sizeof(struct task_struct *),
	.automatic_shrinking = true,
};

static struct rhashtable states;
static DEFINE_SPINLOCK(update_lock);	/* between updates of one task */

/* What the container's init begins with, and by the rules of fork all its children. */
static const krg_cap_t initial = {
	.effective = 1 << CAP_CHANGE_KERRIGHED_CAP,
	.permitted = KRG_CAP_SUPPORTED,
	.inheritable_permitted = KRG_CAP_SUPPORTED,
	.inheritable_effective = 1 << CAP_CHANGE_KERRIGHED_CAP,
};

bool krg_cap_consistent(const krg_cap_t *caps)
{
	return !(caps->effective & ~caps->permitted) &&
	       !(caps->inheritable_permitted & ~caps->permitted) &&
	       !(caps->inheritable_effective & ~caps->inheritable_permitted);
}

/* Under rcu_read_lock(). */
static struct state *lookup(struct task_struct *task)
{
	return rhashtable_lookup(&states, &task, params);
}

int krg_cap_read(struct task_struct *task, krg_cap_t *caps)
{
	struct state *state;

	if (!krg_task_in_container(task))
		return -ESRCH;
	rcu_read_lock();
	state = lookup(task);
	*caps = state ? state->caps : initial;
	rcu_read_unlock();
	return 0;
}
EXPORT_SYMBOL_GPL(krg_cap_read);

/* Who is traced or traces depends on its node. */
static bool disabled(struct task_struct *task, int cap)
{
	if (cap != CAP_CAN_MIGRATE && cap != CAP_CHECKPOINTABLE)
		return false;
	return task->ptrace || !list_empty(&task->ptraced);
}

bool krg_cap_usable(struct task_struct *task, int cap)
{
	krg_cap_t caps;

	return !krg_cap_read(task, &caps) && caps.effective >> cap & 1 && !disabled(task, cap);
}
EXPORT_SYMBOL_GPL(krg_cap_usable);

static struct state *new_state(struct task_struct *task, const krg_cap_t *caps)
{
	struct state *state = kmalloc(sizeof(*state), GFP_ATOMIC);

	if (state) {
		state->task = task;
		state->caps = *caps;
	}
	return state;
}

int krg_cap_update(struct task_struct *task, const krg_cap_t *caps,
		   int (*change)(krg_cap_t *caps, const krg_cap_t *wanted))
{
	struct state *old, *new = new_state(task, caps);
	unsigned long flags;
	int err = 0;

	if (!new)
		return -ENOMEM;
	rcu_read_lock();
	spin_lock_irqsave(&update_lock, flags);
	old = lookup(task);
	if (change) {
		new->caps = old ? old->caps : initial;
		err = change(&new->caps, caps);
	}
	if (!err && old)
		err = rhashtable_replace_fast(&states, &old->node, &new->node, params);
	else if (!err)
		err = rhashtable_insert_fast(&states, &new->node, params);
	spin_unlock_irqrestore(&update_lock, flags);
	rcu_read_unlock();
	if (err)
		kfree(new);
	else if (old)
		kfree_rcu(old, rcu);
	else
		__module_get(THIS_MODULE);	/* until forget() */
	return err;
}

int krg_cap_restore(struct task_struct *task, const krg_cap_t *caps)
{
	if (!krg_cap_consistent(caps) || caps->permitted & ~KRG_CAP_SUPPORTED)
		return -EINVAL;
	return krg_cap_update(task, caps, NULL);
}
EXPORT_SYMBOL_GPL(krg_cap_restore);

/* Before the child's first instruction. */
static void forked(void *data, struct task_struct *parent, struct task_struct *child)
{
	struct state *state;
	krg_cap_t caps;

	rcu_read_lock();
	state = lookup(parent);
	if (state)
		caps = state->caps;
	rcu_read_unlock();
	if (!state)
		return;		/* the initial sets give initial sets */
	caps.permitted = caps.inheritable_permitted;
	caps.effective = caps.inheritable_effective & caps.inheritable_permitted;
	if (krg_cap_update(child, &caps, NULL))
		pr_warn_ratelimited("no memory for the capabilities of process %d\n",
				    task_pid_nr(child));
}

static void forget(void *data, struct task_struct *task)
{
	struct state *state;
	unsigned long flags;

	rcu_read_lock();
	state = lookup(task);
	if (state) {
		spin_lock_irqsave(&update_lock, flags);
		rhashtable_remove_fast(&states, &state->node, params);
		spin_unlock_irqrestore(&update_lock, flags);
	}
	rcu_read_unlock();
	if (state) {
		kfree_rcu(state, rcu);
		module_put(THIS_MODULE);
	}
}

int krg_state_init(void)
{
	int err = rhashtable_init(&states, &params);

	if (err)
		return err;
	err = krg_probe("sched_process_free", forget);
	if (err)
		goto out_table;
	err = krg_probe("sched_process_fork", forked);
	if (!err)
		return 0;
	krg_unprobe("sched_process_free", forget);
out_table:
	rhashtable_destroy(&states);
	return err;
}

void krg_state_exit(void)
{
	krg_unprobe("sched_process_fork", forked);
	krg_unprobe("sched_process_free", forget);
	rhashtable_destroy(&states);	/* empty: each state holds the module */
	rcu_barrier();
}
