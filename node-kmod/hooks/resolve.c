// SPDX-License-Identifier: GPL-2.0-only
/* Addresses of kernel symbols that are not exported. */
#define pr_fmt(fmt) "krg_hooks: " fmt

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/static_call.h>
#include <kerrighed/symbols.h>
#include "hooks.h"

unsigned long krg_proto_kallsyms_lookup_name(const char *name);
DEFINE_STATIC_CALL_NULL(krg_sc_kallsyms_lookup_name, krg_proto_kallsyms_lookup_name);

unsigned long krg_lookup(const char *name)
{
	return krg_sym(kallsyms_lookup_name)(name);
}

/*
 * A kprobe is the one way to an address that modules still have. Where functions
 * begin with ENDBR the probe sits behind it, which a direct call does not mind.
 */
int krg_resolve_init(void)
{
	struct kprobe probe = { .symbol_name = "kallsyms_lookup_name" };
	int err = register_kprobe(&probe);

	if (err) {
		pr_err("no kprobe on kallsyms_lookup_name (error %d): kprobes are needed\n", err);
		return err;
	}
	static_call_update(krg_sc_kallsyms_lookup_name, (void *)probe.addr);
	unregister_kprobe(&probe);
	return 0;
}

int krg_resolve(const char *module, const struct krg_symbol *table)
{
	const struct krg_symbol *s;
	int missing = 0;

	for (s = table; s->name; s++) {
		if (krg_lookup(s->name))
			continue;
		pr_err("%s needs %s, which this kernel does not have\n", module, s->name);
		missing++;
	}
	if (missing)
		return -ENOENT;
	for (s = table; s->name; s++) {
		void *addr = (void *)krg_lookup(s->name);

		if (s->key)
			__static_call_update(s->key, s->tramp, addr);
		else
			*s->var = addr;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(krg_resolve);
