// SPDX-License-Identifier: GPL-2.0-only
/* Waiting, as the kernel has it: see include/sync.h. */
#include "sim.h"

struct sim_waiter {
	wait_queue_entry_t entry;
	struct sim_fiber *fiber;
	struct sim_timer *timer;
	bool woken;
};

struct sim_timer {
	struct sim_waiter *waiter;	/* NULL: it has been woken */
};

static int wake_waiter(wait_queue_entry_t *entry, unsigned int mode, int sync, void *key)
{
	struct sim_waiter *waiter = container_of(entry, struct sim_waiter, entry);

	list_del(&entry->entry);
	if (waiter->timer)
		waiter->timer->waiter = NULL;
	waiter->woken = true;
	sim_unpark(waiter->fiber);
	return 0;
}

static void timer_ends(void *arg)
{
	struct sim_timer *timer = arg;
	struct sim_waiter *waiter = timer->waiter;

	free(timer);
	if (!waiter)
		return;
	list_del(&waiter->entry.entry);
	sim_unpark(waiter->fiber);
}

bool sim_wait_on(wait_queue_head_t *wq, s64 deadline)
{
	struct sim_waiter waiter = { .entry.func = wake_waiter, .fiber = sim_self() };

	if (deadline <= sim_now())
		return false;
	list_add_tail(&waiter.entry.entry, &wq->head);
	if (deadline != SIM_NEVER) {
		waiter.timer = sim_alloc(sizeof(*waiter.timer));
		waiter.timer->waiter = &waiter;
		sim_at(deadline, sim_node, timer_ends, waiter.timer);
	}
	sim_park();
	return waiter.woken;
}

void wake_up_all(wait_queue_head_t *wq)
{
	wait_queue_entry_t *entry, *next;

	list_for_each_entry_safe(entry, next, &wq->head, entry)
		entry->func(entry, 0, 0, NULL);
}

void sim_sleep(s64 ns)
{
	wait_queue_head_t nobody;

	init_waitqueue_head(&nobody);
	sim_wait_on(&nobody, sim_now() + ns);
}

void mutex_lock(struct mutex *m)
{
	while (m->held)
		sim_wait_on(&m->wait, SIM_NEVER);
	m->held = true;
}

void mutex_unlock(struct mutex *m)
{
	m->held = false;
	wake_up_all(&m->wait);
}

void complete(struct completion *c)
{
	c->done = true;
	wake_up_all(&c->wait);
}

void wait_for_completion(struct completion *c)
{
	wait_event_idle(c->wait, c->done);
}

/* Works that run. One that is queued again meanwhile runs again behind itself, never beside. */
struct running {
	struct running *next;
	struct work_struct *work;	/* may be gone already: only to compare */
	work_func_t func;
	int node;
	bool again;
};

#define BUCKETS 1024
static struct running *table[BUCKETS];

static struct running **find_running(struct work_struct *work, work_func_t func)
{
	struct running **at = &table[((unsigned long)work / 16 + sim_node) % BUCKETS];

	while (*at && ((*at)->work != work || (*at)->func != func || (*at)->node != sim_node))
		at = &(*at)->next;
	return at;
}

/* The stacks of its fibers are given to others. */
void sim_works_end(int node)
{
	struct running **at;
	int i;

	for (i = 0; i < BUCKETS; i++) {
		at = &table[i];
		while (*at) {
			if ((*at)->node == node)
				*at = (*at)->next;
			else
				at = &(*at)->next;
		}
	}
}

static void run_work(struct work_struct *work)
{
	struct running me = { .work = work, .func = work->func, .node = sim_node };
	struct running **at = find_running(work, work->func);

	if (*at) {
		(*at)->again = true;
		return;
	}
	*at = &me;
	do {
		me.again = false;
		work->pending = false;
		me.func(work);
	} while (me.again);
	at = find_running(work, me.func);
	*at = me.next;
}

static void work_fiber(void *arg)
{
	run_work(arg);
}

/* One after the other. */
static void ordered_fiber(void *arg)
{
	struct workqueue_struct *wq = arg;
	struct work_struct *work;

	while ((work = list_first_entry_or_null(&wq->queue, struct work_struct, entry))) {
		list_del(&work->entry);
		run_work(work);
	}
	wq->busy = false;
}

struct workqueue_struct *sim_workqueue(bool ordered)
{
	struct workqueue_struct *wq = sim_alloc(sizeof(*wq));

	wq->ordered = ordered;
	INIT_LIST_HEAD(&wq->queue);
	return wq;
}

bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	if (work->pending)
		return false;
	work->pending = true;
	if (!wq->ordered) {
		sim_start(sim_node, NULL, work_fiber, work);
		return true;
	}
	list_add_tail(&work->entry, &wq->queue);
	if (!wq->busy) {
		wq->busy = true;
		sim_start(sim_node, NULL, ordered_fiber, wq);
	}
	return true;
}

static void delayed_work(void *arg)
{
	sim_start(sim_node, NULL, work_fiber, arg);
}

bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *work,
			unsigned long delay)
{
	if (work->work.pending)
		return false;
	work->work.pending = true;
	sim_at(sim_now() + delay * (NSEC_PER_SEC / HZ), sim_node, delayed_work, &work->work);
	return true;
}

struct sim_kthread {
	struct task_struct task;	/* first: its address is the task's */
	int (*fn)(void *arg);
	void *arg;
};

static void kthread_fiber(void *arg)
{
	struct sim_kthread *thread = arg;

	thread->fn(thread->arg);
}

struct task_struct *kthread_create_fn(int (*fn)(void *arg), void *arg)
{
	struct sim_kthread *thread = sim_alloc(sizeof(*thread));

	thread->fn = fn;
	thread->arg = arg;
	thread->task.sim_node = sim_node;
	thread->task.sim_refs = 1;
	return &thread->task;
}

int wake_up_process(struct task_struct *task)
{
	sim_start(sim_node, NULL, kthread_fiber, task);
	return 1;
}

struct task_struct *kthread_run_fn(int (*fn)(void *arg), void *arg)
{
	struct task_struct *task = kthread_create_fn(fn, arg);

	wake_up_process(task);
	return task;
}

int blocking_notifier_chain_register(struct blocking_notifier_head *head,
				     struct notifier_block *nb)
{
	struct notifier_block **at = &head->first;

	while (*at && (*at)->priority >= nb->priority)
		at = &(*at)->next;
	nb->next = *at;
	*at = nb;
	return 0;
}

int blocking_notifier_call_chain(struct blocking_notifier_head *head, unsigned long action,
				 void *data)
{
	struct notifier_block *nb;

	for (nb = head->first; nb; nb = nb->next)
		nb->notifier_call(nb, action, data);
	return NOTIFY_OK;
}
