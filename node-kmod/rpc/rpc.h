/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KRG_RPC_PRIVATE_H
#define KRG_RPC_PRIVATE_H

#include <kerrighed/rpc.h>

#define KRG_SYMBOLS(FUNC, VAR)						\
	VAR(char *, saved_command_line)
#include <kerrighed/symbols.h>

int krg_identity_init(void);

#endif /* KRG_RPC_PRIVATE_H */
