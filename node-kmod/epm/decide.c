// SPDX-License-Identifier: GPL-2.0-only
#include "decide.h"

enum krg_verdict krg_source_decides(enum krg_heard heard, bool sent, struct krg_standing here)
{
	/* its READY may have waited here longer than it has been a member */
	if (heard == KRG_HEARD_READY)
		return here.outlived ? KRG_KEEP : KRG_GIVE_UP;
	if (heard == KRG_HEARD_DEATH && sent && !here.outlived)
		return here.member ? KRG_WAIT : KRG_DISCARD;
	return KRG_KEEP;
}

enum krg_verdict krg_destination_decides(enum krg_heard heard, bool ready,
					 struct krg_standing here)
{
	if (!ready || !here.member || heard == KRG_HEARD_REFUSED)
		return KRG_DISCARD;
	if (heard == KRG_HEARD_GO)
		return KRG_RUN;
	return here.outlived ? KRG_RUN : KRG_WAIT;
}
