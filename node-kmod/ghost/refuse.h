/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KRG_GHOST_REFUSE_H
#define KRG_GHOST_REFUSE_H

enum ghost_reason {
#define REFUSAL(name, err, text, why, advice) GHOST_##name,
#include "refusals.h"
#undef REFUSAL
};

#endif /* KRG_GHOST_REFUSE_H */
