/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel functions and variables that are not exported to modules.
 *
 * A module lists what it needs in its own symbols.h:
 *
 *	#define KRG_SYMBOLS(FUNC, VAR)						\
 *		FUNC(int, dup_task, (struct task_struct *tsk, int flags))	\
 *		VAR(rwlock_t, tasklist_lock)
 *	#include <kerrighed/symbols.h>
 *
 * has one .c file with KRG_DEFINE_SYMBOLS(), and calls krg_resolve_symbols()
 * first thing in its init. The build compares every FUNC prototype with the
 * kernel's BTF (tools/btfcheck.py), so a wrong one never gets to a machine.
 *
 * Functions are called through static calls only: on a kernel with IBT their
 * ENDBR has been overwritten at boot, and an indirect call to them is fatal.
 */
#ifndef KRG_SYMBOLS_H
#define KRG_SYMBOLS_H

#include <linux/static_call.h>
#include <linux/types.h>

struct krg_symbol {
	const char *name;
	struct static_call_key *key;	/* functions */
	void *tramp;
	void **var;			/* variables */
};

/**
 * krg_resolve() - find every symbol of a table and set its static call or pointer
 * @module: name for messages
 * @table:  the symbols; ends with an entry whose name is NULL
 *
 * Logs the names of all missing symbols, not only the first. May sleep.
 * Return: 0, or -ENOENT if one or more are missing (nothing may be called then).
 */
int krg_resolve(const char *module, const struct krg_symbol *table);

/* krg_sym(name)(args...): a direct call of the kernel's function @name */
#define krg_sym(name) static_call(krg_sc_##name)
/* krg_var(name): the kernel's variable @name, as an lvalue */
#define krg_var(name) (*krg_ptr_##name)

#endif /* KRG_SYMBOLS_H */

#ifdef KRG_SYMBOLS
#define KRG_DECLARE_FUNC(ret, name, args)		\
	extern ret krg_proto_##name args;		\
	DECLARE_STATIC_CALL(krg_sc_##name, krg_proto_##name);
#define KRG_DECLARE_VAR(type, name) extern type * krg_ptr_##name;
KRG_SYMBOLS(KRG_DECLARE_FUNC, KRG_DECLARE_VAR)
#undef KRG_DECLARE_FUNC
#undef KRG_DECLARE_VAR

#define KRG_DEFINE_FUNC(ret, name, args) \
	DEFINE_STATIC_CALL_NULL(krg_sc_##name, krg_proto_##name);
#define KRG_DEFINE_VAR(type, name) type * krg_ptr_##name;
#define KRG_FUNC_ENTRY(ret, fn, args)			\
	{									\
		.name = #fn, .key = &STATIC_CALL_KEY(krg_sc_##fn),		\
		.tramp = STATIC_CALL_TRAMP_ADDR(krg_sc_##fn),			\
	},
#define KRG_VAR_ENTRY(type, variable) { .name = #variable, .var = (void **)&krg_ptr_##variable },
#define KRG_FUNC_MEMBER(ret, fn, args) typeof(krg_proto_##fn) *fn;
#define KRG_VAR_MEMBER(type, variable)
/* defines what this module's KRG_SYMBOLS declares, and krg_resolve_symbols() */
#define KRG_DEFINE_SYMBOLS()							\
	KRG_SYMBOLS(KRG_DEFINE_FUNC, KRG_DEFINE_VAR)				\
	/* brings the prototypes into the debug information, for btfcheck.py */	\
	struct krg_prototypes { KRG_SYMBOLS(KRG_FUNC_MEMBER, KRG_VAR_MEMBER) };	\
	static struct krg_prototypes *krg_prototypes __used;			\
	int krg_resolve_symbols(void)						\
	{									\
		static const struct krg_symbol table[] = {			\
			KRG_SYMBOLS(KRG_FUNC_ENTRY, KRG_VAR_ENTRY) {}		\
		};								\
		return krg_resolve(KBUILD_MODNAME, table);			\
	}
int krg_resolve_symbols(void);
#endif
