/* SPDX-License-Identifier: GPL-2.0-only */
/* All of libkerrighed. */
#ifndef KERRIGHED_KERRIGHED_H
#define KERRIGHED_KERRIGHED_H

#include <kerrighed/capability.h>
#include <kerrighed/hotplug.h>
#include <kerrighed/proc.h>
#include <kerrighed/services.h>

#endif /* KERRIGHED_KERRIGHED_H */
