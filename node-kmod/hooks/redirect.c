// SPDX-License-Identifier: GPL-2.0-only
/*
 * Redirecting kernel functions by ftrace.
 *
 * The call at a function's entry leads straight to the hook's stub, which goes back
 * into the function or on to the replacement. The replacement gets at the original
 * by calling what follows that call, so it never meets the stub again.
 */
#define pr_fmt(fmt) "krg_hooks: " fmt

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <kerrighed/hooks.h>
#include "compat.h"
#include "hooks.h"

struct pid_namespace *krg_container;
EXPORT_SYMBOL_GPL(krg_container);

static int krg_hook_install(struct krg_hook *hook)
{
	unsigned long addr = krg_lookup(hook->name);
	int err;

	hook->ip = addr ? krg_sym(ftrace_location)(addr) : 0;
	if (!hook->ip) {
		pr_err("%s cannot be redirected: %s\n", hook->name,
		       addr ? "not traceable" : "this kernel does not have it");
		return -ENOENT;
	}
	hook->in_flight = alloc_percpu(long);
	if (!hook->in_flight)
		return -ENOMEM;
	__static_call_update(hook->key, hook->tramp, (void *)(hook->ip + MCOUNT_INSN_SIZE));
	hook->ops = (struct ftrace_ops) {};
	err = ftrace_set_filter_ip(&hook->ops, hook->ip, 0, 0);
	if (!err)
		err = krg_ftrace_connect(&hook->ops, (unsigned long)hook->stub);
	if (err) {
		pr_err("%s cannot be redirected (error %d)%s\n", hook->name, err,
		       err == -EBUSY ? ": another module, a live patch or a BPF program does so" : "");
		ftrace_free_filter(&hook->ops);
		free_percpu(hook->in_flight);
		return err;
	}
	hook->installed = true;
	return 0;
}

static long krg_hook_in_flight(struct krg_hook *hook)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(hook->in_flight, cpu));
	return sum;
}

void krg_hooks_remove(struct krg_hook **hooks)
{
	struct krg_hook **h;

	for (h = hooks; *h; h++)
		if ((*h)->installed)
			krg_ftrace_disconnect(&(*h)->ops, (unsigned long)(*h)->stub);
	/* who was redirected has counted itself now, or is out again */
	synchronize_rcu_tasks();
	for (h = hooks; *h; h++) {
		if (!(*h)->installed)
			continue;
		while (krg_hook_in_flight(*h))
			msleep(20);
	}
	/* who has uncounted itself has also executed the replacement's last instruction */
	synchronize_rcu_tasks();
	for (h = hooks; *h; h++) {
		if (!(*h)->installed)
			continue;
		(*h)->installed = false;
		ftrace_free_filter(&(*h)->ops);
		free_percpu((*h)->in_flight);
	}
}
EXPORT_SYMBOL_GPL(krg_hooks_remove);

int krg_hooks_install(struct krg_hook **hooks)
{
	struct krg_hook **h;
	int err;

	for (h = hooks; *h; h++) {
		err = krg_hook_install(*h);
		if (err) {
			krg_hooks_remove(hooks);
			return err;
		}
	}
	return 0;
}
EXPORT_SYMBOL_GPL(krg_hooks_install);
