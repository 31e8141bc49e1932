// SPDX-License-Identifier: GPL-2.0-only
/* The way of a task to user mode: task work and signals, and what wakes it for them. */
#include "sim.h"

static void task_work_run(void)
{
	struct callback_head *work;

	while ((work = current->task_works)) {
		current->task_works = work->next;
		work->func(work);
	}
}

static void nothing(void *unused)
{
}

void sim_as(struct task_struct *task, void (*fn)(void *arg), void *arg)
{
	sim_start(task->sim_node, task, fn, arg);
}

static int wake_up_state(struct task_struct *task, unsigned int state)
{
	if (!(task->state & state))
		return 0;
	task->state = TASK_RUNNING;
	if (task->sim_fiber) {
		sim_unpark(task->sim_fiber);
		task->sim_fiber = NULL;
	}
	return 1;
}

/* It has something to do on its way to user mode, where it may be already. */
static void notify(struct task_struct *task)
{
	if (!task->sim_inside && !task->exit_state)
		sim_as(task, nothing, NULL);
	else
		wake_up_state(task, TASK_INTERRUPTIBLE);
}

static int task_work_add(struct task_struct *task, struct callback_head *work,
			 enum task_work_notify_mode mode)
{
	struct callback_head **at = &task->task_works;

	if (task->exit_state)
		return -ESRCH;
	while (*at)
		at = &(*at)->next;
	work->next = NULL;
	*at = work;
	notify(task);
	return 0;
}

void set_current_state(unsigned int state)
{
	current->state = state;
}

void schedule(void)
{
	if (current->state == TASK_RUNNING)
		return;
	current->sim_fiber = sim_self();
	sim_park();
}

/* signals */
static int __send_signal_locked(int sig, struct kernel_siginfo *info, struct task_struct *task,
				enum pid_type type, bool force)
{
	struct sigpending *pending = type == PIDTYPE_PID ? &task->pending :
							   &task->signal->shared_pending;
	struct sigqueue *q;

	if (sig < 32 && sigismember(&pending->signal, sig))
		return 0;
	q = sim_alloc(sizeof(*q));
	q->info = *info;
	q->info.si_signo = sig;
	list_add_tail(&q->list, &pending->list);
	sigaddset(&pending->signal, sig);
	notify(task);
	return 0;
}

static struct sigqueue *take_signal(struct sigpending *pending)
{
	struct sigqueue *q = list_first_entry_or_null(&pending->list, struct sigqueue, list);
	struct sigqueue *other;

	if (!q)
		return NULL;
	list_del(&q->list);
	sigdelset(&pending->signal, q->info.si_signo);
	list_for_each_entry(other, &pending->list, list)
		sigaddset(&pending->signal, other->info.si_signo);
	return q;
}

int dequeue_signal(sigset_t *blocked, kernel_siginfo_t *info, enum pid_type *type)
{
	struct sigqueue *q = take_signal(&current->pending);
	int sig;

	*type = q ? PIDTYPE_PID : PIDTYPE_TGID;
	if (!q)
		q = take_signal(&current->signal->shared_pending);
	if (!q)
		return 0;
	*info = q->info;
	sig = info->si_signo;
	free(q);
	return sig;
}

static void act_on_signals(void)
{
	kernel_siginfo_t info;
	enum pid_type type;
	sigset_t none = {};
	int sig;

	while (!current->real_blocked.sig && !current->task_works &&
	       (sig = dequeue_signal(&none, &info, &type))) {
		sim_signalled(current, sig);
		if (sig == SIGKILL || sig == SIGTERM)
			sim_exit(sig);
	}
}

/* The way to user mode. Called at the end of a fiber of @task, which is current. */
void sim_to_user(struct task_struct *task)
{
	do {
		task_work_run();
		act_on_signals();
	} while (task->task_works);
	task->sim_inside = false;
}

static struct sighand_struct *__lock_task_sighand(struct task_struct *task, unsigned long *flags)
{
	return task->exit_state ? NULL : task->sighand;
}

void sim_send_signal(struct task_struct *task, struct kernel_siginfo *info, int sig)
{
	__send_signal_locked(sig, info, task, PIDTYPE_TGID, false);
}

static void flush_sigqueue(struct sigpending *pending)
{
	struct sigqueue *q;

	while ((q = take_signal(pending)))
		free(q);
}

void sim_drop_signals(struct task_struct *task)
{
	flush_sigqueue(&task->signal->shared_pending);
	flush_sigqueue(&task->pending);
}

static bool do_signal_stop(int sig)
{
	return false;
}

const struct sim_native sim_signal_natives[] = {
	{ "task_work_add", task_work_add }, { "task_work_run", task_work_run },
	{ "wake_up_state", wake_up_state }, { "__send_signal_locked", __send_signal_locked },
	{ "__lock_task_sighand", __lock_task_sighand }, { "do_signal_stop", do_signal_stop },
	{ "flush_sigqueue", flush_sigqueue },
	{}
};
