// SPDX-License-Identifier: GPL-2.0-only
/* A question about /proc, with the credentials of who asks. */
#include <linux/cred.h>
#include <linux/mm.h>
#include "procfs.h"

struct krg_procfs_ask *krg_ask_new(u32 op, pid_t pid, size_t *len)
{
	u32 ngroups = min_t(u32, current_cred()->group_info->ngroups, KRG_GROUPS_MAX);
	struct krg_procfs_ask *ask;

	*len = struct_size(ask, creds.groups, ngroups);
	ask = kvzalloc(*len, GFP_KERNEL);
	if (!ask)
		return NULL;
	ask->op = op;
	ask->pid = pid;
	krg_creds_fill(&ask->creds, ngroups);
	return ask;
}

bool krg_ask_valid(const struct krg_procfs_ask *ask, size_t len)
{
	return len >= sizeof(*ask) && ask->creds.ngroups <= KRG_GROUPS_MAX &&
	       len >= struct_size(ask, creds.groups, ask->creds.ngroups) &&
	       strnlen(ask->path, sizeof(ask->path)) < sizeof(ask->path) &&
	       ask->path[0] != '/' && !strstr(ask->path, "..");
}
