/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has the process after each event of a migration: see PROTOCOL.md.
 * Pure logic, also built in user space, where a test crashes everybody at every step.
 */
#ifndef KRG_EPM_DECIDE_H
#define KRG_EPM_DECIDE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#endif

/* What an end of the migration has heard from the other one last. */
enum krg_heard {
	KRG_HEARD_READY,	/* source: the destination has built it all */
	KRG_HEARD_REFUSED,	/* source: it could not; destination: the source called it off */
	KRG_HEARD_GO,		/* destination: the source has given it up */
	KRG_HEARD_DEATH,	/* the connection is lost: it is dead, or somebody is cut off */
};

enum krg_verdict {
	KRG_KEEP,		/* source: the process goes on here */
	KRG_GIVE_UP,		/* source: it is the destination's, say GO */
	KRG_RUN,		/* destination: it runs here from now on */
	KRG_DISCARD,		/* destination: it never was here; source: it is not ours to run */
	KRG_WAIT,		/* neither may be said yet */
};

/* What the cluster has agreed on: of two nodes that lost each other, one is put out. */
struct krg_standing {
	bool outlived;		/* the other node is out, or has been since the move began */
	bool member;		/* still in the cluster; who is put out has nothing */
};

/*
 * The source's answer.
 * @sent: the whole process was sent, so the destination may have said READY
 */
enum krg_verdict krg_source_decides(enum krg_heard heard, bool sent, struct krg_standing here);

/*
 * The destination's answer.
 * @ready: READY was sent, so the source may have given the process up
 */
enum krg_verdict krg_destination_decides(enum krg_heard heard, bool ready,
					 struct krg_standing here);

#endif /* KRG_EPM_DECIDE_H */
