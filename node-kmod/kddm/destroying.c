// SPDX-License-Identifier: GPL-2.0-only
/* Sets that are being destroyed, and who waits for that. All in sections of all. */
#include <linux/completion.h>
#include <linux/export.h>
#include <linux/workqueue.h>
#include "node.h"

struct krg_destroyer {
	struct list_head list;
	u64 set;
	int err;
	struct completion ended;
};

static LIST_HEAD(krg_destroyers);

struct krg_kddm_ending *krg_new_ending(struct krg_kddm *n, u64 set)
{
	struct krg_kddm_ending *e = kzalloc(sizeof(*e), GFP_KERNEL | __GFP_NOFAIL);

	e->set = set;
	return e;
}

void krg_free_ending(struct krg_kddm *n, struct krg_kddm_ending *e)
{
	kfree(e);
}

static void krg_release_work(struct work_struct *work)
{
	krg_kddm_enter_all();
	krg_kddm_destroy_again(&krg_kddm_node);
	krg_kddm_exit_all();
}

static DECLARE_WORK(krg_released_work, krg_release_work);

/* Holds end in the section of a key. */
void krg_released(struct krg_kddm *n)
{
	schedule_work(&krg_released_work);
}

void krg_destroyed(struct krg_kddm *n, u64 set, int err)
{
	struct krg_destroyer *d;

	list_for_each_entry(d, &krg_destroyers, list) {
		if (d->set == set) {
			d->err = err;
			complete(&d->ended);
		}
	}
}

/* Return: as krg_kddm_destroy(), when it is over */
static int krg_destroy_once(struct krg_destroyer *d)
{
	int err, killed;

	init_completion(&d->ended);
	d->err = 0;
	krg_kddm_enter_all();
	err = krg_kddm_destroy(&krg_kddm_node, d->set);
	if (err == -EINPROGRESS || err == -EBUSY)
		list_add(&d->list, &krg_destroyers);
	krg_kddm_exit_all();
	if (err != -EINPROGRESS && err != -EBUSY)
		return err;
	killed = wait_for_completion_killable(&d->ended);
	krg_kddm_enter_all();
	list_del(&d->list);
	krg_kddm_exit_all();
	if (killed)
		return -EINTR;
	return d->err ?: err == -EBUSY ? -EBUSY : 0;
}

int krg_objects_destroy(u64 set)
{
	struct krg_destroyer d = { .set = set };
	int err;

	krg_count(KRG_STAT_DESTROY);
	if (!krg_kddm_set_valid(set))
		return -EINVAL;
	do
		err = krg_destroy_once(&d);
	while (err == -EBUSY);
	return err;
}
EXPORT_SYMBOL_GPL(krg_objects_destroy);

/* The node is in no cluster: nobody holds anything. */
void krg_destroy_exit(void)
{
	cancel_work_sync(&krg_released_work);
}
