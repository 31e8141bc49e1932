/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Redirecting kernel functions, and the question "is it in the container?".
 *
 *	KRG_HOOK(struct pid *, alloc_pid,
 *		 (struct pid_namespace *ns, pid_t *set_tid, size_t set_tid_size));
 *	static struct pid *krg_hook_alloc_pid(struct pid_namespace *ns, ...)
 *	{
 *		...
 *		return krg_orig(alloc_pid)(ns, set_tid, set_tid_size);
 *	}
 *	static struct krg_hook *hooks[] = { &krg_hook_of_alloc_pid, NULL };
 *	err = krg_hooks_install(hooks);
 *
 * A kernel function has at most one hook in the whole project: ftrace refuses
 * a second direct caller, so what two modules want to know about goes through
 * one dispatcher (or a tracepoint, which any number of modules can have).
 */
#ifndef KRG_HOOKS_H
#define KRG_HOOKS_H

#include <linux/ftrace.h>
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/static_call.h>

struct krg_hook {
	const char *name;		/* of the kernel function */
	struct static_call_key *key;	/* krg_orig(name) */
	void *tramp;
	void (*stub)(void);		/* what the kernel function calls at its entry */
	/* private to hooks/ */
	unsigned long ip;
	struct ftrace_ops ops;
	long __percpu *in_flight;
	bool installed;
};

/*
 * Every call of a redirected function on this node comes through here, the container's or not:
 * so the question comes before anything is saved for the answer. The gate keeps all registers
 * but the one of its result. At 1 the stack is that of the function's caller.
 */
#ifndef KRG_STUB	/* sim/ has its own */
#define KRG_STUB(fn)								\
	void krg_stub_##fn(void);						\
	STACK_FRAME_NON_STANDARD(krg_stub_##fn);				\
	asm(".pushsection .text\n"						\
	    ".type krg_stub_" #fn ", @function\n"				\
	    "krg_stub_" #fn ":\n\t"						\
	    ASM_ENDBR								\
	    "call krg_gate_" #fn "\n\t"					\
	    "testb %al, %al\n\t"						\
	    "jnz 1f\n\t"							\
	    ASM_RET								\
	    "1: addq $8, %rsp\n\t"						\
	    "jmp krg_hook_" #fn "\n"						\
	    ".size krg_stub_" #fn ", . - krg_stub_" #fn "\n"			\
	    ".popsection")
#endif

/*
 * @test: bool (void), decides whether a call is redirected. Any context, no locks. A function
 * that sleeps must not be redirected for the host's processes: they would sleep inside our
 * module for ever.
 */
#define KRG_HOOK_IF(ret, fn, args, test)					\
	static ret __used krg_hook_##fn args;					\
	extern ret krg_proto_##fn args;						\
	DEFINE_STATIC_CALL_NULL(krg_orig_##fn, krg_proto_##fn);			\
	static bool __used notrace __no_caller_saved_registers			\
	krg_gate_##fn(void)							\
	{									\
		return test();							\
	}									\
	KRG_STUB(fn);								\
	static struct krg_hook krg_hook_of_##fn = {				\
		.name = #fn, .stub = krg_stub_##fn,				\
		.key = &STATIC_CALL_KEY(krg_orig_##fn),				\
		.tramp = STATIC_CALL_TRAMP_ADDR(krg_orig_##fn),			\
	}
/* Only when current is in the container. */
#define KRG_HOOK(ret, fn, args) KRG_HOOK_IF(ret, fn, args, krg_in_container)
/* the kernel's own function behind a hook, never redirected again */
#define krg_orig(fn) static_call(krg_orig_##fn)

/* First and last thing in every replacement; they pair. Any context. */
#define krg_hook_enter(fn) this_cpu_inc(*krg_hook_of_##fn.in_flight)
#define krg_hook_exit(fn) this_cpu_dec(*krg_hook_of_##fn.in_flight)

/**
 * krg_hooks_install() - redirect functions, all or none
 * @hooks: NULL-terminated
 *
 * May sleep. Return: 0; -ENOENT: no such function, or nothing calls it;
 * -EBUSY: somebody else (a live patch) has redirected it.
 */
int krg_hooks_install(struct krg_hook **hooks);

/**
 * krg_hooks_remove() - undo krg_hooks_install() and wait until nobody is inside
 * @hooks: NULL-terminated; hooks that are not installed are skipped
 *
 * May sleep; waits for tasks that sleep in a replacement, so the caller makes
 * sure first that the container is gone.
 */
void krg_hooks_remove(struct krg_hook **hooks);

/**
 * krg_probe() - have @probe called at the kernel's tracepoint @name
 * @probe: void (void *unused, …): then the tracepoint's arguments; may not sleep
 *
 * May sleep. Return: 0; -ENOENT: this kernel has no such tracepoint; -ENOMEM.
 */
int krg_probe(const char *name, void *probe);
/* Undoes krg_probe() and waits until nobody is inside. May sleep. */
void krg_unprobe(const char *name, void *probe);

/*
 * The Kerrighed container of this node: a PID namespace (and an IPC namespace
 * with it). Set when its init says READY, cleared when that init has exited.
 */
extern struct pid_namespace *krg_container;

/*
 * Is @task in the container (in its own PID namespace, not a nested one)? Any
 * context; for another task than current under rcu_read_lock(), as its struct
 * pid goes away when it is reaped.
 */
static inline bool krg_task_in_container(struct task_struct *task)
{
	struct pid_namespace *ns = READ_ONCE(krg_container);

	return unlikely(ns) && ns_of_pid(READ_ONCE(task->thread_pid)) == ns;
}

static inline bool krg_in_container(void)
{
	return krg_task_in_container(current);
}

extern struct dentry *krg_debugfs;	/* /sys/kernel/debug/kerrighed */

#endif /* KRG_HOOKS_H */
