/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of membership: membership.c, agree.c, join.c. */
#ifndef KRG_MEMBERSHIP_H
#define KRG_MEMBERSHIP_H

#include <linux/mutex.h>
#include "hotplug.h"
#include "protocol.h"

/* This node's part in the agreement. */
struct krg_membership {
	struct mutex lock;		/* of the rest; never held during a call */
	enum krg_phase phase;
	u32 parts;			/* KRG_PART_… that are loaded */
	bool yielded;			/* another node may found the cluster */
	struct krg_acceptor acceptor;	/* meaningful when phase is KRG_IN or KRG_LEAVING */
	struct krg_set failed;		/* members an administrator has declared dead */
	struct krg_set broken;		/* members whose connection was lost, if only for a while */
};

extern struct krg_membership krg_me;
void krg_membership_changed(void);	/* wakes krg_membership_wait */

/* membership.c */
/* Members of the view that answer under the incarnation the view knows, and this node. */
struct krg_set krg_reachable_members(const struct krg_view *view);
/* Members whose incarnation has ended for certain. */
struct krg_set krg_gone_members(const struct krg_view *view);
int krg_coordinator(const struct krg_view *view);
/* The committed view. Return: false, this node is in no cluster. */
bool krg_current_view(struct krg_view *view);
/* A decided view: install it and tell everybody here. Return: 0 or -ECANCELED. */
int krg_install(const struct krg_view *view);
void krg_uninstall(void);
void krg_update_quorum(void);

/* agree.c */
int krg_agree_init(void);
void krg_agree_exit(void);
void krg_agree_kick(bool force);	/* look whether the view has to change. Any context. */
/* Ask the coordinator, wherever it is, for a change; @set of nodes. Killable if @killable. */
int krg_agree_request(int service, const void *arg, size_t len, bool killable);

/* join.c */
int krg_join_init(void);
void krg_join_exit(void);

/* container.c */
void krg_container_kill(void);

#endif /* KRG_MEMBERSHIP_H */
