/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions that each node has beside its modules: inside/. */
#ifndef SIM_INSIDE_H
#define SIM_INSIDE_H

struct pid_namespace;
struct task_struct;
struct krg_refusal;
struct krg_view;

/* made by module_param() and module_init() */
extern int *const sim_param_node_id, *const sim_param_session_id;
int sim_load_krg_rpc(void);
int sim_load_krg_proc(void);
int sim_load_krg_epm(void);

int sim_load(int node);
int sim_join(struct pid_namespace *ns, struct task_struct *reaper, bool found);
/* as the ioctl: 0 or -errno with a reason */
int sim_migrate(pid_t pid, int destination, struct krg_refusal *why);
bool sim_view(struct krg_view *view);
void sim_view_changed(void);		/* the simulator's */
void sim_holds(unsigned int *stubs, unsigned int *bodies);

#endif /* SIM_INSIDE_H */
