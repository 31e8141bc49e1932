// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is in the cluster, and this node's way out of it; and sections, because a new view
 * stops everything else.
 */
#define pr_fmt(fmt) "krg_kddm: " fmt

#include <linux/bitmap.h>
#include <linux/hash.h>
#include <linux/module.h>
#include <linux/percpu-rwsem.h>
#include <linux/wait.h>
#include <kerrighed/hotplug.h>
#include "node.h"

#define KRG_KEY_BITS	8
#define KRG_EVACUATION	4096		/* flushes under way at the same time */

static struct percpu_rw_semaphore krg_kddm_all;
static struct mutex krg_key_locks[1 << KRG_KEY_BITS];

bool krg_kddm_leaving;
static struct krg_kddm_place *krg_places;	/* two: of the view, and for the next one */
static bool krg_joined;
static bool krg_has_gone;
static atomic_t krg_dropping;
static bool krg_nowhere;		/* no other node takes anything any more */
static DECLARE_WAIT_QUEUE_HEAD(krg_part_wait);

static struct mutex *krg_key_lock(const struct krg_kddm_key *key)
{
	return &krg_key_locks[hash_64(key->set ^ hash_64(key->index, 64), KRG_KEY_BITS)];
}

void krg_kddm_enter(const struct krg_kddm_key *key)
{
	percpu_down_read(&krg_kddm_all);
	mutex_lock(krg_key_lock(key));
}

void krg_kddm_exit(const struct krg_kddm_key *key)
{
	struct krg_object *o = krg_object_lookup(key);

	if (o)
		krg_object_settle(o);
	mutex_unlock(krg_key_lock(key));
	percpu_up_read(&krg_kddm_all);
}

void krg_kddm_enter_sets(void)
{
	percpu_down_read(&krg_kddm_all);
}

void krg_kddm_exit_sets(void)
{
	percpu_up_read(&krg_kddm_all);
}

void krg_kddm_enter_all(void)
{
	percpu_down_write(&krg_kddm_all);
	krg_link_gather();
}

void krg_kddm_exit_all(void)
{
	if (krg_unsettled)
		krg_objects_settle(false);
	krg_link_flush();
	percpu_up_write(&krg_kddm_all);
}

/* Take over the view that hotplug has now, unless that was done before. */
static void krg_take_view(void)
{
	DECLARE_BITMAP(online, KRG_MAX_NODES);
	struct krg_kddm_place *place, *old = (struct krg_kddm_place *)krg_kddm_node.place;
	bool joins = krg_kddm_node.phase == KRG_KDDM_OUT;
	struct krg_set members, stayed = {};
	u64 epoch = krg_online_nodes(online);
	int node;

	if (!epoch || epoch <= krg_kddm_node.epoch)
		return;
	bitmap_to_arr64(members.w, online, KRG_MAX_NODES);
	place = old == krg_places ? krg_places + 1 : krg_places;
	krg_kddm_place_compute(place, members);
	krg_kddm_enter_all();
	/* who is in this view and stays took part in the one before: nobody misses one */
	if (!joins && epoch == krg_kddm_node.epoch + 1)
		stayed = krg_set_and(members, old->members);
	krg_for_each_node(node, &members)
		if (!krg_set_has(&stayed, node))
			krg_link_came(node, epoch);
	krg_kddm_view(&krg_kddm_node, epoch, place, stayed);
	krg_kddm_exit_all();
	krg_link_view();
}

void krg_members_gone(struct krg_kddm *n)
{
	WRITE_ONCE(krg_has_gone, true);
	wake_up_all(&krg_part_wait);
}

void krg_members_dropped(int err)
{
	if (!krg_kddm_leaving)
		return;
	if (err == -EHOSTDOWN)
		WRITE_ONCE(krg_nowhere, true);
	atomic_dec(&krg_dropping);
	wake_up_all(&krg_part_wait);
}

/* May what this node has still get away? Nothing comes to an end without a majority. */
static bool krg_may_part(void)
{
	return krg_quorate() && READ_ONCE(krg_kddm_node.phase) != KRG_KDDM_OUT;
}

static bool krg_some_left, krg_some_go;	/* sections of all */

static void krg_evacuate_object(struct krg_object *o)
{
	if (o->copy.state == KRG_KDDM_INVALID && o->copy.want == KRG_KDDM_NOTHING)
		return;
	krg_some_left = true;
	if (atomic_read(&krg_dropping) < KRG_EVACUATION &&
	    krg_kddm_flush(&krg_kddm_node, &o->copy) == -EINPROGRESS) {
		atomic_inc(&krg_dropping);
		krg_some_go = true;
	}
}

/* Return: is there more to be evacuated? */
static bool krg_evacuate_some(void)
{
	krg_kddm_enter_all();
	krg_some_left = false;
	krg_some_go = false;
	atomic_set(&krg_dropping, 0);
	if (krg_may_part())
		krg_objects_each(krg_evacuate_object);
	krg_kddm_exit_all();
	/* what was held, or on its way, is looked at again soon */
	if (krg_some_left)
		wait_event_idle_timeout(krg_part_wait, krg_some_go &&
					atomic_read(&krg_dropping) <= 0, HZ / 50);
	return krg_some_left;
}

/* Nothing runs here any more: what only this node has goes to others before it leaves. */
static void krg_part(void)
{
	krg_kddm_enter_all();
	krg_kddm_leaving = true;
	krg_has_gone = false;
	krg_nowhere = false;
	krg_kddm_leave(&krg_kddm_node);
	krg_kddm_exit_all();
	while (krg_may_part() && !READ_ONCE(krg_nowhere) && krg_evacuate_some())
		;
	krg_kddm_enter_all();
	krg_kddm_bye(&krg_kddm_node);
	krg_kddm_exit_all();
	while (krg_may_part() && !READ_ONCE(krg_has_gone))
		wait_event_idle_timeout(krg_part_wait, READ_ONCE(krg_has_gone), HZ / 10);
}

static void krg_out(void)
{
	krg_kddm_enter_all();
	krg_kddm_out(&krg_kddm_node);
	krg_kddm_leaving = false;
	krg_kddm_exit_all();
	krg_link_forget();
}

/* What is held keeps its content, which another cluster must not fill meanwhile. */
static void krg_await_puts(void)
{
	bool left;

	for (;;) {
		krg_kddm_enter_all();
		krg_objects_settle(true);
		left = krg_sets_left();
		krg_kddm_exit_all();
		if (!left)
			return;
		schedule_timeout_idle(HZ / 50);
	}
}

static int krg_kddm_view_changed(struct notifier_block *nb, unsigned long event, void *data)
{
	switch (event) {
	case KRG_VIEW_JOINED:
		/* not if it is being unloaded */
		krg_joined = try_module_get(THIS_MODULE);
		if (!krg_joined)
			break;
		fallthrough;
	case KRG_VIEW_ADDED:
	case KRG_VIEW_REMOVED:
	case KRG_VIEW_FAILED:
		if (krg_joined)
			krg_take_view();
		break;
	case KRG_VIEW_PARTING:
		if (krg_joined && krg_may_part())
			krg_part();
		break;
	case KRG_VIEW_EVICTED:
		krg_out();
		break;
	case KRG_VIEW_LEFT:
		krg_out();
		krg_await_puts();
		if (krg_joined)
			module_put(THIS_MODULE);
		krg_joined = false;
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block krg_kddm_notifier = {
	.notifier_call = krg_kddm_view_changed,
	.priority = KRG_PRIO_KDDM,
};

int krg_sections_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(krg_key_locks); i++)
		mutex_init(&krg_key_locks[i]);
	return krg_may_fail(-ENOMEM, percpu_init_rwsem(&krg_kddm_all));
}

/* Also waits for a callback that the semaphore may have under way. */
void krg_sections_exit(void)
{
	percpu_free_rwsem(&krg_kddm_all);
}

int krg_members_init(void)
{
	int err;

	krg_places = kcalloc(2, sizeof(*krg_places), GFP_KERNEL);
	if (!krg_places)
		return -ENOMEM;
	err = krg_view_notify(&krg_kddm_notifier);
	if (err)
		kfree(krg_places);
	return err;
}

void krg_members_exit(void)
{
	krg_view_unnotify(&krg_kddm_notifier);
	krg_kddm_enter_all();
	krg_objects_settle(true);
	krg_kddm_exit_all();
	kfree(krg_places);
}
