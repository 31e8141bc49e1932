// SPDX-License-Identifier: GPL-2.0-only
/* What hooks/ does in the kernel: finds functions for the modules, and redirects them. */
#include "sim.h"
#include <kerrighed/symbols.h>

static rwlock_t tasklist_lock;
static int pid_max = PID_MAX_LIMIT;
static char *saved_command_line = "";
static struct nsproxy init_nsproxy;

static const struct { const char *name; void *at; } variables[] = {
	{ "tasklist_lock", &tasklist_lock }, { "pid_max", &pid_max },
	{ "saved_command_line", &saved_command_line }, { "init_nsproxy", &init_nsproxy },
	{}
};

/* Stands for all that no part of a run comes to. */
static void missing(void)
{
	fprintf(stderr, "sim: a function of the kernel was called that is not simulated\n");
	abort();
}

static const struct sim_native *find_native(const char *name)
{
	const struct sim_native *const tables[] = { sim_task_natives, sim_signal_natives }, *at;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		for (at = tables[i]; at->name; at++)
			if (!strcmp(at->name, name))
				return at;
	return NULL;
}

static void *native(const char *name)
{
	const struct sim_native *found = find_native(name);

	return found ? found->fn : missing;
}

int krg_resolve(const char *module, const struct krg_symbol *table)
{
	int i;

	for (; table->name; table++) {
		if (table->key)
			table->key->func = native(table->name);
		for (i = 0; table->var && variables[i].name; i++)
			if (!strcmp(variables[i].name, table->name))
				*table->var = variables[i].at;
	}
	return 0;
}

int krg_hooks_install(struct krg_hook **hooks)
{
	const struct sim_native *function;

	for (; *hooks; hooks++) {
		function = find_native((*hooks)->name);
		(*hooks)->key->func = function ? function->fn : missing;
		if (function)
			sim_xa_store(&sim_nodes[sim_node].hooks, (unsigned long)function, *hooks);
	}
	return 0;
}

void *sim_redirected;

void *sim_hooked(const char *name)
{
	const struct sim_native *function = find_native(name);
	struct krg_hook *hook = xa_load(&sim_nodes[sim_node].hooks, (unsigned long)function);

	sim_redirected = NULL;
	if (hook)
		hook->stub();
	return sim_redirected ?: function->fn;
}
