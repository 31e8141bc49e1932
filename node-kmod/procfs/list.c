// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of all processes of the cluster, by PID.
 *
 * The kernel's own listing goes on; before each of its entries come those of other
 * nodes that have a smaller PID. A home lists its processes that have moved away
 * and the node that runs them does, so none is missing while it moves; equal
 * ones are emitted once.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include "procfs.h"

struct krg_listing {
	struct dir_context ctx;		/* of the kernel's own listing */
	struct dir_context *outer;
	bool local;			/* nothing of other nodes */
	bool full;			/* the user's buffer is */
	bool last;			/* there are none behind the window */
	unsigned int count, next;
	s32 pids[2 * KRG_PROCFS_WINDOW];	/* the window: what other nodes have */
};

static int krg_pid_order(const void *a, const void *b)
{
	return *(const s32 *)a - *(const s32 *)b;
}

/* Leaves the smallest ones, each once. */
static void krg_window_trim(struct krg_listing *listing)
{
	unsigned int i, kept = 0;

	sort(listing->pids, listing->count, sizeof(s32), krg_pid_order, NULL);
	for (i = 0; i < listing->count && kept < KRG_PROCFS_WINDOW; i++)
		if (!kept || listing->pids[kept - 1] != listing->pids[i])
			listing->pids[kept++] = listing->pids[i];
	listing->count = kept;
}

/* Fills the window from @from on: one call a node. A node that does not answer has none. */
static int krg_window_fill(struct krg_listing *listing, s32 from)
{
	DECLARE_BITMAP(nodes, KRG_MAX_NODES);
	struct krg_procfs_ask *ask;
	ssize_t ret;
	size_t len;
	int node;

	listing->next = 0;
	listing->count = 0;
	ask = krg_ask_new(KRG_PROCFS_PIDS, 0, &len);
	if (!ask)
		return -ENOMEM;
	ask->pos = from;
	krg_online_nodes(nodes);
	for_each_set_bit(node, nodes, KRG_MAX_NODES) {
		if (node == krg_node_id())
			continue;
		ret = krg_rpc_call_killable(node, KRG_RPC_PROCFS_ASK, ask, len,
					    listing->pids + listing->count,
					    KRG_PROCFS_WINDOW * sizeof(s32));
		if (ret > 0)
			listing->count += ret / sizeof(s32);
		krg_window_trim(listing);
	}
	listing->last = listing->count < KRG_PROCFS_WINDOW;
	kvfree(ask);
	return 0;
}

static bool krg_emit_remote(struct krg_listing *listing, s32 pid)
{
	char name[12];
	int len = snprintf(name, sizeof(name), "%d", pid);

	listing->outer->pos = (loff_t)pid + KRG_TGID_OFFSET;
	return dir_emit(listing->outer, name, len, pid, DT_DIR);
}

/* The others' processes below @end. Return: false: no room for more. May sleep. */
static bool krg_emit_below(struct krg_listing *listing, s32 end)
{
	s32 pid;

	while (!listing->full) {
		if (listing->next == listing->count) {
			if (listing->last ||
			    krg_window_fill(listing, listing->pids[listing->count - 1] + 1))
				break;
			continue;
		}
		pid = listing->pids[listing->next];
		if (pid >= end)
			break;
		if (krg_emit_remote(listing, pid))
			listing->next++;
		else
			listing->full = true;
	}
	return !listing->full;
}

/* The kernel's listing has come to an entry. */
static bool krg_list_native(struct dir_context *ctx, const char *name, int len, loff_t pos, u64 ino,
			    unsigned int type)
{
	struct krg_listing *listing = container_of(ctx, struct krg_listing, ctx);
	s32 pid = pos - KRG_TGID_OFFSET;
	int node;

	if (pid >= (s32)KRG_PID_FIRST) {
		if (!krg_emit_below(listing, pid))
			return false;
		if (listing->next < listing->count && listing->pids[listing->next] == pid)
			listing->next++;
		node = krg_place_of(pid);
		/* about to arrive: the others list it until it is here */
		if (node < 0 || (listing->local && node != krg_node_id()))
			return true;
	}
	listing->outer->pos = pos;
	listing->full = !dir_emit(listing->outer, name, len, ino, type);
	return !listing->full;
}

/**
 * krg_list_cluster() - what proc_pid_readdir() does, for the whole cluster
 * @native: the kernel's own
 */
int krg_list_cluster(struct file *file, struct dir_context *ctx,
		     int (*native)(struct file *file, struct dir_context *ctx))
{
	struct krg_listing *listing;
	int err = 0;

	if (ctx->pos >= PID_MAX_LIMIT + KRG_TGID_OFFSET)
		return 0;
	listing = kvzalloc(sizeof(*listing), GFP_KERNEL);
	if (!listing)
		return -ENOMEM;
	*(filldir_t *)&listing->ctx.actor = krg_list_native;
	listing->ctx.pos = ctx->pos;
	listing->outer = ctx;
	listing->local = krg_sees_local();
	listing->last = listing->local;
	if (!listing->local)
		err = krg_window_fill(listing, max_t(s64, ctx->pos - KRG_TGID_OFFSET,
						     KRG_PID_FIRST));
	if (!err)
		err = native(file, &listing->ctx);
	if (!err && krg_emit_below(listing, INT_MAX))
		ctx->pos = PID_MAX_LIMIT + KRG_TGID_OFFSET;
	kvfree(listing);
	return err;
}
