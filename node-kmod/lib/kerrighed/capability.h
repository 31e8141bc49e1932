/* SPDX-License-Identifier: GPL-2.0-only */
/* Kerrighed capabilities of this process, its parent, or any process. */
#ifndef KERRIGHED_CAPABILITY_H
#define KERRIGHED_CAPABILITY_H

#include <sys/types.h>
#include <uapi/kerrighed/capability.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CAP_TO_MASK(cap) (1 << (cap))
#define cap_raise(set, cap) ((set) |= CAP_TO_MASK(cap))
#define cap_lower(set, cap) ((set) &= ~CAP_TO_MASK(cap))
#define cap_raised(set, cap) ((set) & CAP_TO_MASK(cap))

/* All: 0, or -1 with errno; krg_refusal() has the reason. */
int krg_capset(krg_cap_t *caps);
int krg_capget(krg_cap_t *caps);
int krg_father_capset(krg_cap_t *caps);
int krg_father_capget(krg_cap_t *caps);
int krg_pid_capset(pid_t pid, krg_cap_t *caps);
int krg_pid_capget(pid_t pid, krg_cap_t *caps);
int krg_cap_get_supported(int *set);

int krg_cap_geteffective(const krg_cap_t *caps);
int krg_cap_getpermitted(const krg_cap_t *caps);
int krg_cap_getinheritable_permitted(const krg_cap_t *caps);
int krg_cap_getinheritable_effective(const krg_cap_t *caps);

/* Name of a capability, without CAP_; NULL: there is none with this number. */
const char *krg_cap_name(int cap);

#ifdef __cplusplus
}
#endif

#endif /* KERRIGHED_CAPABILITY_H */
