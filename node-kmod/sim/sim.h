/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the simulator show each other. */
#ifndef SIM_H
#define SIM_H

#include "include/kernel.h"
#include <kerrighed/hotplug.h>
#include <kerrighed/proc.h>

#define SIM_NODES	KRG_MAX_NODES	/* ids as the cluster's, 0: nobody's */

/* engine.c: simulated time, and fibers, of which one runs at a time */
struct sim_fiber;
extern int sim_node;			/* whose code runs; 0: the simulator's own */
void sim_seed(u64 seed);
u32 sim_random(u32 limit);
/* @fn runs at @when on @node, unless that has ended or been started anew by then */
void sim_at(s64 when, int node, void (*fn)(void *arg), void *arg);
/* A fiber for @fn as @task, which is then in the kernel; NULL: a kernel thread of @node. */
void sim_start(int node, struct task_struct *task, void (*fn)(void *arg), void *arg);
__noreturn void sim_end(void);		/* of the current fiber */
struct sim_fiber *sim_self(void);
void sim_park(void);			/* until sim_unpark() */
void sim_unpark(struct sim_fiber *fiber);
void sim_kill_fibers(int node);
bool sim_run(s64 until);		/* false: nothing is left to happen */

/* sync.c */
void sim_works_end(int node);

/* node.c: the nodes, each with modules of its own */
struct sim_node {
	bool on;
	unsigned int boots;
	void *modules;
	struct pid_namespace outer, ns;
	struct xarray hooks;		/* struct krg_hook by the number of its function */
	struct task_struct *init, *kthread;
	struct sighand_struct sighand;
	unsigned int tasks;		/* beside init */
};

extern struct sim_node sim_nodes[SIM_NODES];
extern int sim_cluster;			/* nodes are 1 to this */
extern const char *sim_modules;		/* a library's file */
#define SIM_START_MS	100	/* from then on until it asks to come in */
void sim_power_on(int node);
void sim_power_off(int node);		/* at once, as a PC without mains */
void *sim_symbol(int node, const char *name);
/* A function of the modules of the node whose code runs. */
#define sim_call(fn) ((typeof(fn) *)sim_symbol(sim_node, #fn))

/* task.c */
struct task_struct *sim_task_new(int node, struct task_struct *parent);
struct task_struct *sim_task_find(int node, pid_t pid);
__noreturn void sim_exit(int code);

/* signal.c */
void sim_to_user(struct task_struct *task);
/* Runs @fn as @task, which must not be in the kernel. */
void sim_as(struct task_struct *task, void (*fn)(void *arg), void *arg);
void sim_send_signal(struct task_struct *task, struct kernel_siginfo *info, int sig);
void sim_drop_signals(struct task_struct *task);

/* hook.c: functions of the kernel, by name */
struct sim_native { const char *name; void *fn; };
extern const struct sim_native sim_task_natives[], sim_signal_natives[];
/* What a call of @name runs: the function, or its replacement on this node. */
void *sim_hooked(const char *name);

/* truth.c: what must be so, seen from outside */
extern unsigned int sim_live;		/* processes */
extern unsigned int sim_broken;		/* rules, so far */
extern u64 sim_received;		/* signals that acted */
__printf(1, 2) void sim_violated(const char *fmt, ...);
void sim_born(pid_t pid);
void sim_signalled(struct task_struct *task, int sig);
void sim_lost(int node);		/* before it goes off: its processes end */
pid_t sim_any_process(void);
pid_t sim_nobody(void);			/* a number that no process has */
int sim_where(pid_t pid);		/* it runs; costs no message */
void sim_check(void);			/* lets all come to rest, and compares */
/* After it: is each process found where it is, from some node, and some from all nodes? */
void sim_check_lookups(bool all);	/* else those that are away from home, and some more */

/* load.c: what processes do; sim_do_...() are for sim_at(), on the node that asks */
extern u64 sim_sent;			/* signals that were accepted */
extern u64 sim_refused;			/* moves */
bool sim_moving(pid_t pid, int node);
void sim_moves_over(void);
void sim_spawn(int node, int count);
void sim_do_fork(void *unused);
void sim_do_move(void *unused);
void sim_do_signal(void *unused);
void sim_do_signal_moving(void *unused);
void sim_do_end(void *unused);
void sim_do_locate(void *unused);
void sim_do_family(void *unused);
/* Which processes they are about. */
enum sim_pick { SIM_ANY, SIM_AWAY, SIM_HOMELESS, SIM_NOBODY };
extern enum sim_pick sim_pick;

/* tipc.c: links between nodes */
void sim_tipc_on(int node);
void sim_tipc_off(int node);
bool sim_link_up(int a, int b);		/* as @a sees it */
bool sim_wire(int a, int b);		/* does what @a sends arrive at @b? */
void sim_link_used(int a, int b);	/* @a has sent something to @b */
u64 sim_probes(void);			/* messages of supervision so far, of all links */

/* socket.c */
void sim_names_visible(int node, int peer, bool visible);
void sim_connections_end(int node, int peer);
void sim_sockets_end(int node);

/* socket.c: what was sent */
enum sim_kind {
	SIM_CONNECT, SIM_MEMBERSHIP, SIM_HOME, SIM_BODY, SIM_NAME, SIM_MOVE, SIM_KINDS,
};

extern const char *const sim_kind_names[SIM_KINDS];
struct sim_counts {
	u64 messages[SIM_KINDS], bytes;
	u64 sent_by[SIM_NODES];
	unsigned int queue;		/* the longest, of messages that wait at a node */
};

extern struct sim_counts sim_counts;
void sim_view_changed(void);		/* a node has a new one */
s64 sim_latest_view(void);

#endif /* SIM_H */
