// SPDX-License-Identifier: GPL-2.0-only
/* Questions to the node that runs a process. */
#include <linux/dcache.h>
#include <linux/delay.h>
#include <linux/string.h>
#include <linux/threads.h>
#include "procfs.h"

/* While a process moves there are moments when neither node shows it. */
#define KRG_MOVING_TRIES	100
#define KRG_MOVING_MS		20

pid_t krg_leading_pid(const char *path)
{
	int pid = 0;

	for (; *path >= '0' && *path <= '9' && pid <= PID_MAX_LIMIT; path++)
		pid = pid * 10 + *path - '0';
	return pid <= PID_MAX_LIMIT && (!*path || *path == '/') ? pid : 0;
}

/* Return: 0, -ENAMETOOLONG, or -ENOENT: not in a process's directory. */
int krg_ask_path(struct krg_procfs_ask *ask, struct dentry *dentry)
{
	char buf[KRG_PROCFS_PATH + 1], *path = dentry_path_raw(dentry, buf, sizeof(buf));

	if (IS_ERR(path))
		return PTR_ERR(path);
	strscpy(ask->path, path + 1, sizeof(ask->path));
	ask->pid = krg_leading_pid(ask->path);
	return ask->pid > 0 ? 0 : -ENOENT;
}

/* Who to try first: it costs nothing to be wrong but the message. */
static int krg_guess(pid_t pid, int node)
{
	if (node > 0)
		return node;
	node = krg_place_of(pid);
	return node > 0 && node != krg_node_id() ? node : krg_home_of(pid);
}

/* After @node did not have @pid. Return: the node to try next, or -ESRCH. May sleep. */
static int krg_guess_again(pid_t pid, int node, int *tries)
{
	int found = krg_locate(pid);

	if (found < 0 || ++*tries > KRG_MOVING_TRIES)
		return -ESRCH;
	if (found == node)
		msleep(KRG_MOVING_MS);
	return found;
}

static bool krg_is_elsewhere(ssize_t ret)
{
	return ret == -EREMCHG || ret == -EHOSTDOWN;
}

/**
 * krg_ask() - put a question about a process to the node that runs it
 * @node: who is thought to run it, or <= 0; who answered
 * @here: this node may answer, too
 *
 * May sleep. Return: bytes of the answer, or -errno; -ESRCH: nobody runs it, -EREMCHG:
 * this node does, and may not answer.
 */
ssize_t krg_ask(struct krg_procfs_ask *ask, size_t len, int *node, void *reply, size_t max,
		bool here)
{
	int tries = 0;
	ssize_t ret;

	*node = krg_guess(ask->pid, *node);
	for (;;) {
		ret = -EREMCHG;
		if (here || *node != krg_node_id())
			ret = krg_rpc_call_killable(*node, KRG_RPC_PROCFS_ASK, ask, len, reply,
						    max);
		if (!krg_is_elsewhere(ret))
			return ret;
		*node = krg_guess_again(ask->pid, *node, &tries);
		if (*node < 0)
			return *node;
		if (*node == krg_node_id() && !here)
			return -EREMCHG;
	}
}

/* The same for a stream; the node's first word has been read, it was a good one. */
struct krg_rpc_stream *krg_ask_stream(struct krg_procfs_ask *ask, size_t len, int *node)
{
	struct krg_rpc_stream *stream;
	int tries = 0, err;
	s32 word;

	*node = krg_guess(ask->pid, *node);
	for (;;) {
		stream = krg_rpc_open(*node, KRG_RPC_PROCFS_READ, ask, len);
		err = PTR_ERR_OR_ZERO(stream);
		if (!err) {
			err = krg_rpc_read(stream, &word, sizeof(word));
			if (!err && word <= 0)
				err = word ?: -EPROTO;
			if (!err)
				return stream;
			krg_rpc_close(stream);
		}
		if (!krg_is_elsewhere(err))
			return ERR_PTR(err);
		*node = krg_guess_again(ask->pid, *node, &tries);
		if (*node < 0)
			return ERR_PTR(*node);
	}
}
