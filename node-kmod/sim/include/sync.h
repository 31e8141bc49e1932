/* SPDX-License-Identifier: GPL-2.0-only */
/* Waiting: locks that sleep, wait queues, completions, time, work, kernel threads, notifiers. */
#ifndef SIM_SYNC_H
#define SIM_SYNC_H

/* states of tasks */
#define TASK_RUNNING		0
#define TASK_INTERRUPTIBLE	1
#define TASK_UNINTERRUPTIBLE	2
#define __TASK_STOPPED		4
#define TASK_FREEZABLE		0
#define TASK_IDLE		TASK_UNINTERRUPTIBLE
#define TASK_KILLABLE		TASK_UNINTERRUPTIBLE

/* time: simulated, of no relation to the machine's */
#define HZ 250
#define NSEC_PER_SEC	1000000000LL
#define NSEC_PER_USEC	1000LL
#define NSEC_PER_MSEC	1000000LL
#define MAX_SCHEDULE_TIMEOUT LONG_MAX

s64 sim_now(void);		/* ns */
void sim_sleep(s64 ns);
#define jiffies ((unsigned long)(sim_now() / (NSEC_PER_SEC / HZ)))
#define time_after(a, b) ((long)((b) - (a)) < 0)
#define ktime_get() sim_now()
#define ktime_us_delta(later, earlier) (((later) - (earlier)) / NSEC_PER_USEC)
#define msleep(ms) sim_sleep((ms) * NSEC_PER_MSEC)
#define sim_schedule_timeout(ticks) (sim_sleep((ticks) * (NSEC_PER_SEC / HZ)), 0L)
#define schedule_timeout_uninterruptible(ticks) sim_schedule_timeout(ticks)
#define schedule_timeout_killable(ticks) sim_schedule_timeout(ticks)
#define schedule_timeout_idle(ticks) sim_schedule_timeout(ticks)

/* locks that do not sleep: nothing runs beside who holds one */
typedef struct { u32 unused; } spinlock_t;
typedef struct { u32 unused; } rwlock_t;
typedef struct { u32 unused; } seqlock_t;

#define DEFINE_SPINLOCK(name) spinlock_t name
#define spin_lock_init(lock) do { } while (0)
#define spin_lock(lock) do { } while (0)
#define spin_unlock(lock) do { } while (0)
#define spin_lock_irq(lock) do { } while (0)
#define spin_unlock_irq(lock) do { } while (0)
#define spin_lock_irqsave(lock, flags) ((void)(flags = 0))
#define spin_unlock_irqrestore(lock, flags) ((void)(flags))
#define read_lock(lock) do { } while (0)
#define read_unlock(lock) do { } while (0)
#define write_seqlock(lock) do { } while (0)
#define write_sequnlock(lock) do { } while (0)

/* wait queues */
struct wait_queue_head {
	struct list_head head;
};

struct wait_queue_entry {
	struct list_head entry;
	int (*func)(struct wait_queue_entry *entry, unsigned int mode, int sync, void *key);
};

typedef struct wait_queue_head wait_queue_head_t;
typedef struct wait_queue_entry wait_queue_entry_t;

#define __WAIT_QUEUE_HEAD_INITIALIZER(name) { LIST_HEAD_INIT((name).head) }
#define DECLARE_WAIT_QUEUE_HEAD(name)						\
	wait_queue_head_t name = __WAIT_QUEUE_HEAD_INITIALIZER(name)
#define init_waitqueue_head(wq) INIT_LIST_HEAD(&(wq)->head)
#define init_waitqueue_func_entry(at, fn) ((at)->func = (fn))
#define add_wait_queue(wq, at) list_add(&(at)->entry, &(wq)->head)
#define remove_wait_queue(wq, at) list_del(&(at)->entry)
void wake_up_all(wait_queue_head_t *wq);
/* Sleeps until somebody wakes @wq, or until @deadline. Return: false: it was the deadline. */
bool sim_wait_on(wait_queue_head_t *wq, s64 deadline);
#define SIM_NEVER INT64_MAX

#define wait_event_idle(wq, condition)						\
	do {									\
		while (!(condition))						\
			sim_wait_on(&(wq), SIM_NEVER);				\
	} while (0)
#define wait_event_interruptible(wq, condition) ({ wait_event_idle(wq, condition); 0; })
#define wait_event_idle_timeout(wq, condition, ticks) ({			\
	s64 __end = sim_now() + (ticks) * (NSEC_PER_SEC / HZ);			\
	bool __is;								\
	while (!(__is = (condition)) && sim_wait_on(&(wq), __end))		\
		;								\
	__is || (condition); })

struct mutex {
	bool held;
	wait_queue_head_t wait;
};

#define __MUTEX_INITIALIZER(name) { .wait = __WAIT_QUEUE_HEAD_INITIALIZER((name).wait) }
#define DEFINE_MUTEX(name) struct mutex name = __MUTEX_INITIALIZER(name)
#define mutex_init(m) (*(m) = (struct mutex) {}, init_waitqueue_head(&(m)->wait))
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);

struct completion {
	bool done;
	wait_queue_head_t wait;
};

#define init_completion(c) ((c)->done = false, init_waitqueue_head(&(c)->wait))
void complete(struct completion *c);
void wait_for_completion(struct completion *c);
#define wait_for_completion_state(c, state) (wait_for_completion(c), 0)
#define wait_for_completion_killable(c) (wait_for_completion(c), 0)
#define wait_for_completion_killable_timeout(c, ticks)				\
	((long)wait_event_idle_timeout((c)->wait, (c)->done, ticks))

/* work */
struct work_struct;
typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	work_func_t func;
	struct list_head entry;
	bool pending, running;
};

struct delayed_work {
	struct work_struct work;
};

struct workqueue_struct {
	bool ordered, busy;
	struct list_head queue;		/* of an ordered one */
};

#define WQ_UNBOUND 0
#define WQ_HIGHPRI 0
#define WQ_UNBOUND_MAX_ACTIVE 0
#define __WORK_INITIALIZER(fn) { .func = (fn) }
#define DECLARE_WORK(name, fn) struct work_struct name = __WORK_INITIALIZER(fn)
#define INIT_WORK(work, fn) (*(work) = (struct work_struct) { .func = (fn) })
#define INIT_DELAYED_WORK(delayed, fn) INIT_WORK(&(delayed)->work, fn)
#define work_busy(work) ((work)->pending || (work)->running)
struct workqueue_struct *sim_workqueue(bool ordered);
#define alloc_workqueue(name, flags, max) sim_workqueue(false)
#define alloc_ordered_workqueue(name, flags) sim_workqueue(true)
#define destroy_workqueue(wq) do { } while (0)
#define flush_workqueue(wq) do { } while (0)
bool queue_work(struct workqueue_struct *wq, struct work_struct *work);
bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *work,
			unsigned long delay);
#define cancel_delayed_work_sync(work) do { } while (0)

/* kernel threads; only krg_arrivals has a worker, its works may run beside each other */
struct task_struct;
struct kthread_worker { int unused; };
struct kthread_work {
	void (*func)(struct kthread_work *work);
	struct completion done;
};

struct task_struct *kthread_create_fn(int (*fn)(void *arg), void *arg);
#define kthread_create(fn, arg, name) kthread_create_fn(fn, arg)
struct task_struct *kthread_run_fn(int (*fn)(void *arg), void *arg);
#define kthread_run(fn, arg, ...) kthread_run_fn(fn, arg)
int wake_up_process(struct task_struct *task);
#define kthread_stop(task) do { } while (0)
#define kthread_should_stop() false
#define MIN_NICE -20
#define set_user_nice(task, nice) ((void)0)
#define kthread_create_worker(flags, name) ((struct kthread_worker *)sim_alloc(1))
#define kthread_destroy_worker(worker) do { } while (0)
#define kthread_init_work(work, fn) ((work)->func = (fn))
#define kthread_queue_work(worker, work) (init_completion(&(work)->done), (work)->func(work))
#define kthread_flush_work(work) do { } while (0)

/* notifiers */
struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long action, void *data);
	struct notifier_block *next;
	int priority;
};

struct blocking_notifier_head {
	struct notifier_block *first;
};

#define NOTIFY_OK 1
#define BLOCKING_NOTIFIER_HEAD(name) struct blocking_notifier_head name
int blocking_notifier_chain_register(struct blocking_notifier_head *head,
				     struct notifier_block *nb);
#define blocking_notifier_chain_unregister(head, nb) do { } while (0)
int blocking_notifier_call_chain(struct blocking_notifier_head *head, unsigned long action,
				 void *data);

/* One fiber runs at a time, so these are the same. */
#define srcu_notifier_head blocking_notifier_head
#define srcu_init_notifier_head(head) ((head)->first = NULL)
#define srcu_cleanup_notifier_head(head) do { } while (0)
#define srcu_notifier_chain_register(head, nb) blocking_notifier_chain_register(head, nb)
#define srcu_notifier_chain_unregister(head, nb) do { } while (0)
#define srcu_notifier_call_chain(head, action, data) \
	blocking_notifier_call_chain(head, action, data)

#endif /* SIM_SYNC_H */
