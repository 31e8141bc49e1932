/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KRG_HOOKS_PRIVATE_H
#define KRG_HOOKS_PRIVATE_H

#define KRG_SYMBOLS(FUNC, VAR)						\
	FUNC(unsigned long, ftrace_location, (unsigned long ip))
#include <kerrighed/symbols.h>

int krg_resolve_init(void);
unsigned long krg_lookup(const char *name);	/* address of a symbol, or 0 */
void krg_fault_init(void);			/* krg_debugfs is there */

#endif /* KRG_HOOKS_PRIVATE_H */
