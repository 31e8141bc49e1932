// SPDX-License-Identifier: GPL-2.0-only
/* From a reason to errno and sentence. */
#include <linux/kernel.h>
#include "ghost.h"

static const struct {
	int err;
	const char *text;
} reasons[] = {		/* in the order of enum ghost_reason: both come from the list */
#define REFUSAL(name, err, text, why, advice) { err, text },
#include "refusals.h"
#undef REFUSAL
};

int ghost_refuse(struct krg_refusal *why, enum ghost_reason reason, ...)
{
	va_list args;

	if (why) {
		va_start(args, reason);
		vscnprintf(why->text, sizeof(why->text), reasons[reason].text, args);
		va_end(args);
	}
	return -reasons[reason].err;
}

int ghost_failed(struct krg_refusal *why, int err, const char *what)
{
	if (why && !why->text[0])
		scnprintf(why->text, sizeof(why->text), "%s: error %d", what, err);
	return err;
}
