// SPDX-License-Identifier: GPL-2.0-only
/*
 * Post-copy at the source: what stays here of processes that have gone, until their new nodes
 * have fetched it. /sys/kernel/debug/kerrighed/epm/rests has a line for each: PID NODE PAGES.
 */
#include <linux/debugfs.h>
#include <linux/highmem.h>
#include <linux/kref.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "epm.h"
#include "pull.h"

struct krg_rest {
	struct kref ref;		/* the table's, the move's, and of who hands out pages */
	u32 id;
	pid_t pid;
	int node;			/* that may fetch it */
	unsigned int departures;	/* of .node, when the move began */
	/* under xa_lock */
	bool left;			/* the process is given up */
	bool over;			/* .node needs no page any more; maybe before .left */
	struct krg_remainder *pages;
};

static DEFINE_XARRAY_ALLOC1(krg_rests);
static DECLARE_WAIT_QUEUE_HEAD(krg_rests_wait);

static void krg_rest_release(struct kref *ref)
{
	struct krg_rest *rest = container_of(ref, struct krg_rest, ref);

	krg_remainder_free(rest->pages);
	kfree(rest);
}

static void krg_rest_put(struct krg_rest *rest)
{
	kref_put(&rest->ref, krg_rest_release);
}

static struct krg_rest *krg_rest_get(u32 id)
{
	struct krg_rest *rest;

	xa_lock(&krg_rests);
	rest = xa_load(&krg_rests, id);
	if (rest)
		kref_get(&rest->ref);
	xa_unlock(&krg_rests);
	return rest;
}

u32 krg_rest_id(const struct krg_rest *rest)
{
	return rest->id;
}

struct krg_remainder *krg_rest_pages(const struct krg_rest *rest)
{
	return rest->pages;
}

/* Whoever takes it out of the table drops the table's reference. */
static void krg_rest_drop_id(u32 id)
{
	struct krg_rest *rest = xa_erase(&krg_rests, id);

	if (rest)
		krg_rest_put(rest);
	wake_up_all(&krg_rests_wait);
}

void krg_rest_drop(struct krg_rest *rest)
{
	krg_rest_drop_id(rest->id);
	krg_rest_put(rest);
}

struct krg_rest *krg_rest_new(pid_t pid, int node, unsigned int departures)
{
	static u32 next;
	struct krg_rest *rest = kzalloc(sizeof(*rest), GFP_KERNEL);

	if (!rest)
		return NULL;
	kref_init(&rest->ref);
	kref_get(&rest->ref);
	rest->pid = pid;
	rest->node = node;
	rest->departures = departures;
	rest->pages = krg_remainder_new();
	if (!rest->pages || xa_alloc_cyclic(&krg_rests, &rest->id, rest, xa_limit_32b, &next,
					    GFP_KERNEL) < 0) {
		if (rest->pages)
			krg_remainder_free(rest->pages);
		kfree(rest);
		return NULL;
	}
	/* it is in the table before this: who leaves has seen it there, or is seen here */
	if (krg_self_member())
		return rest;
	krg_rest_drop(rest);
	return NULL;
}

u64 krg_rest_leave(struct krg_rest *rest)
{
	u64 bytes = krg_remainder_pages(rest->pages) * PAGE_SIZE;
	bool over;

	xa_lock(&krg_rests);
	over = rest->over || !bytes;
	rest->left = true;	/* from here on others may drop it */
	xa_unlock(&krg_rests);
	/* who looked for what the dead have left before may have passed this one over */
	if (over || krg_departures(rest->node) != rest->departures)
		krg_rest_drop_id(rest->id);
	krg_rest_put(rest);
	return bytes;
}

/* @node needs nothing of @id any more. While the process is not given up its source drops it. */
static void krg_rest_is_over(u32 id, int node)
{
	struct krg_rest *rest;
	bool left = false;

	xa_lock(&krg_rests);
	rest = xa_load(&krg_rests, id);
	if (rest && rest->node == node) {
		rest->over = true;
		left = rest->left;
	}
	xa_unlock(&krg_rests);
	if (left)
		krg_rest_drop_id(id);
}

/* Is it @node that fetches @id, of a process that is given up? */
static bool krg_rest_left_for(u32 id, int node)
{
	struct krg_rest *rest;
	bool left;

	xa_lock(&krg_rests);
	rest = xa_load(&krg_rests, id);
	left = rest && rest->node == node && rest->left;
	xa_unlock(&krg_rests);
	return left;
}

void krg_rests_of_dead(int node)
{
	struct krg_rest *rest;
	unsigned long id;

	xa_for_each(&krg_rests, id, rest)
		if (krg_rest_left_for(id, node))
			krg_rest_drop_id(id);
}

/*
 * Does a node that can be reached still fetch from here? Who is put out is not asked any more:
 * the others have killed these processes, or do when they hear of it.
 */
static bool krg_rests_wanted(void)
{
	struct krg_rest *rest;
	unsigned long id;
	bool wanted = false;

	xa_lock(&krg_rests);
	xa_for_each(&krg_rests, id, rest)
		wanted |= krg_rpc_reachable(rest->node);
	xa_unlock(&krg_rests);
	return wanted && krg_quorate();
}

void krg_rests_wait_all(void)
{
	while (krg_rests_wanted())
		wait_event_idle_timeout(krg_rests_wait, !krg_rests_wanted(), HZ);
}

void krg_rests_drop_all(void)
{
	struct krg_rest *rest;
	unsigned long id;

	xa_for_each(&krg_rests, id, rest)
		krg_rest_drop_id(id);
}

static int krg_hand_out(struct krg_rest *rest, const struct krg_pull *pull, void *to)
{
	int err = 0;
	u32 i;

	for (i = 0; i < pull->came; i++)
		krg_remainder_drop(rest->pages, pull->came_addr[i]);
	for (i = 0; i < pull->count && !err; i++)
		err = krg_remainder_copy(rest->pages, pull->addr[i], to + i * PAGE_SIZE);
	return err;
}

int krg_serve_pull(struct krg_rpc_request *req)
{
	const struct krg_pull *pull = req->arg;
	struct krg_rest *rest;
	int err = -ENOENT;

	if (req->len != sizeof(*pull) || !krg_pull_valid(pull) ||
	    req->reply_max < pull->count * PAGE_SIZE)
		return -EPROTO;
	if (!pull->count) {
		krg_rest_is_over(pull->id, req->from);
		return 0;
	}
	rest = krg_rest_get(pull->id);
	if (!rest)
		return -ENOENT;
	if (rest->node == req->from)
		err = krg_hand_out(rest, pull, req->reply);
	krg_rest_put(rest);
	req->reply_len = pull->count * PAGE_SIZE;
	return err;
}

static int krg_rests_show(struct seq_file *m, void *unused)
{
	struct krg_rest *rest;
	unsigned long id;

	xa_lock(&krg_rests);
	xa_for_each(&krg_rests, id, rest)
		seq_printf(m, "%d %d %lu\n", rest->pid, rest->node,
			   krg_remainder_pages(rest->pages));
	xa_unlock(&krg_rests);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(krg_rests);

void krg_rests_init(struct dentry *dir)
{
	debugfs_create_file("rests", 0444, dir, NULL, &krg_rests_fops);
}
