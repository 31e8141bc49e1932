// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include "sync.h"

KRG_DEFINE_SYMBOLS()
