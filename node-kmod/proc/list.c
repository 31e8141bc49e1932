// SPDX-License-Identifier: GPL-2.0-only
/* /proc/kerrighed/processes, see <kerrighed/proc.h> */
#include <linux/cred.h>
#include <linux/proc_fs.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include "proc.h"

static void krg_list_one(struct seq_file *m, struct task_struct *task)
{
	pid_t pid = task_tgid_nr_ns(task, krg_container);
	int node = krg_node_id(), home = krg_home_of(pid);
	struct krg_stub *stub = krg_stub_find(pid);
	struct krg_body *body = krg_body_find(pid);
	char comm[TASK_COMM_LEN];

	if (stub)
		node = READ_ONCE(stub->node);
	if (body && !krg_body_has_home(body))
		home = 0;
	/* one that is still arriving runs elsewhere */
	if (!body || !test_bit(KRG_BODY_SILENT, &body->flags)) {
		strscpy_pad(comm, task->comm, sizeof(comm));
		seq_printf(m, "%d %d %d %u %d %c ", pid, home, node,
			   from_kuid_munged(&init_user_ns, task_euid(task)),
			   get_nr_threads(task), task_state_to_char(task));
		seq_escape(m, comm, "\n\\");
		seq_putc(m, '\n');
	}
	if (stub)
		krg_stub_put(stub);
	krg_body_put(body);
}

static int krg_list_show(struct seq_file *m, void *unused)
{
	struct task_struct *task;

	rcu_read_lock();
	for_each_process(task)
		if (krg_task_in_container(task) && !is_child_reaper(task_pid(task)) &&
		    !task->exit_state)
			krg_list_one(m, task);
	rcu_read_unlock();
	return 0;
}

int krg_list_init(void)
{
	return proc_create_single("processes", 0444, krg_procdir, krg_list_show) ? 0 : -ENOMEM;
}

void krg_list_exit(void)
{
	remove_proc_entry("processes", krg_procdir);
}
