// SPDX-License-Identifier: GPL-2.0-only
/* No kernel calls in here: see core.h. A node leaves in good order. */
#include "internal.h"

void krg_kddm_leave_again(struct krg_kddm *n)
{
	if (n->leaver) {
		krg_set_add(&n->leaving, n->self);
		krg_kddm_post_all(n, KRG_KDDM_LEAVE);
	}
	if (n->bye)
		krg_kddm_bye(n);
}

void krg_kddm_leave(struct krg_kddm *n)
{
	n->leaver = true;
	if (n->phase == KRG_KDDM_SERVING)
		krg_kddm_leave_again(n);
}

static void krg_kddm_heard(struct krg_kddm *n, int from)
{
	struct krg_set missing;

	krg_set_add(&n->byes, from);
	missing = krg_set_minus(n->place->members, n->byes);
	if (n->bye && krg_set_empty(&missing)) {
		n->bye = false;
		n->ops->gone(n);
	}
}

void krg_kddm_bye(struct krg_kddm *n)
{
	n->bye = true;
	if (n->phase != KRG_KDDM_SERVING)
		return;
	krg_kddm_post_all(n, KRG_KDDM_BYE);
	krg_kddm_heard(n, n->self);
}

int krg_kddm_leave_receive(struct krg_kddm *n, int from, const struct krg_kddm_msg *msg)
{
	struct krg_kddm_msg ack = { .type = KRG_KDDM_BYE_ACK };

	if (msg->type == KRG_KDDM_LEAVE)
		krg_set_add(&n->leaving, from);
	else if (msg->type == KRG_KDDM_BYE)
		krg_kddm_post(n, from, &ack, NULL);
	else
		krg_kddm_heard(n, from);
	return 0;
}
