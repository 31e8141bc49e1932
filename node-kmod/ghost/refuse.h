/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KRG_GHOST_REFUSE_H
#define KRG_GHOST_REFUSE_H

enum ghost_reason {
#define R(name, err, text, why, advice) GHOST_##name,
#include "refusals.h"
#undef R
};

#endif /* KRG_GHOST_REFUSE_H */
