/* SPDX-License-Identifier: GPL-2.0-only */
/* Nothing is made to fail in a simulation, but nodes. */
#ifndef KRG_FAULT_H
#define KRG_FAULT_H

#define krg_fails(what) false
#define krg_may_crash() do { } while (0)
#define krg_may_fail(failed, call) (call)
#define krg_freed(p) do { } while (0)

#endif /* KRG_FAULT_H */
