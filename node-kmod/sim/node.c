// SPDX-License-Identifier: GPL-2.0-only
/* Nodes. Each start of one loads a copy of the modules, which has its own variables. */
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sim.h"
#include "inside.h"

#define INIT_PID 1

struct sim_node sim_nodes[SIM_NODES];
int sim_cluster;
const char *sim_modules;

static void die(const char *what)
{
	fprintf(stderr, "sim: %s: %s\n", what, dlerror() ?: strerror(errno));
	exit(2);
}

/* The loader takes the same file for the same library: each node gets a file of its own. */
static void *load_modules(void)
{
	char copy[32];
	struct stat st;
	void *loaded;
	int from, to;

	from = open(sim_modules, O_RDONLY | O_CLOEXEC);
	to = memfd_create("modules", MFD_CLOEXEC);
	if (from < 0 || to < 0 || fstat(from, &st) || sendfile(to, from, NULL, st.st_size) < 0)
		die(sim_modules);
	close(from);
	snprintf(copy, sizeof(copy), "/proc/self/fd/%d", to);
	loaded = dlopen(copy, RTLD_NOW | RTLD_LOCAL);
	if (!loaded)
		die(sim_modules);
	return loaded;	/* the file stays open: its name must not come again */
}

/* Names are literals: the same address is the same name. */
void *sim_symbol(int node, const char *name)
{
	static struct { const char *name; void *modules, *at; } cache[4096], *slot;
	void *modules = sim_nodes[node].modules;

	slot = &cache[((unsigned long)name * 128 + node) % ARRAY_SIZE(cache)];
	if (slot->name == name && slot->modules == modules)
		return slot->at;
	slot->name = name;
	slot->modules = modules;
	slot->at = dlsym(modules, name);
	if (!slot->at)
		die(name);
	return slot->at;
}

/* The container is started when the links are there, as the agent does. */
static void boot(void *first)
{
	struct sim_node *n = &sim_nodes[sim_node];
	int err = sim_call(sim_load)(sim_node);

	msleep(SIM_START_MS);
	if (!err)
		err = sim_call(sim_join)(&n->ns, n->init, first);
	if (err) {
		fprintf(stderr, "sim: node %d does not come in (error %d)\n", sim_node, err);
		exit(1);
	}
}

static s64 latest_view;

void sim_view_changed(void)
{
	latest_view = sim_now();
}

s64 sim_latest_view(void)
{
	return latest_view;
}

void sim_power_on(int node)
{
	struct sim_node *n = &sim_nodes[node];
	struct pid *pid = sim_alloc(sizeof(*pid));
	static bool first = true;

	n->on = true;
	n->boots++;
	n->modules = load_modules();
	n->ns = (struct pid_namespace) { .level = 1, .parent = &n->outer };
	n->kthread = sim_task_new(node, NULL);
	n->kthread->sim_ignores = true;
	n->init = sim_task_new(node, NULL);
	n->init->sim_ignores = true;
	n->init->thread_pid = pid;
	pid->task = n->init;
	pid->numbers[n->ns.level].nr = INIT_PID;
	sim_xa_store(&n->ns.idr.entries, INIT_PID, pid);
	sim_tipc_on(node);
	sim_start(node, NULL, boot, first ? n : NULL);
	first = false;
}

void sim_power_off(int node)
{
	struct sim_node *n = &sim_nodes[node];
	unsigned long nr = 0;
	struct pid *pid;

	sim_lost(node);
	n->on = false;
	sim_kill_fibers(node);
	sim_works_end(node);
	sim_sockets_end(node);
	sim_tipc_off(node);
	xa_for_each(&n->ns.idr.entries, nr, pid) {
		free(pid->task);
		free(pid);
	}
	xa_destroy(&n->ns.idr.entries);
	xa_destroy(&n->hooks);
	n->tasks = 0;
}
