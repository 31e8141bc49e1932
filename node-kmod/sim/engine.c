// SPDX-License-Identifier: GPL-2.0-only
/* Simulated time: events in the order in which they happen, and fibers. */
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <ucontext.h>
#include "sim.h"

#define STACK	(32 * 1024)	/* of address space; memory only as far as it is used */

struct sim_event {
	s64 at;
	u64 order;
	int node;
	unsigned int boot;
	void (*fn)(void *arg);
	void *arg;
};

struct sim_fiber {
	struct list_head list;		/* of its node, or of the spare ones */
	char *stack;
	jmp_buf env;			/* where it waits */
	jmp_buf top;			/* where it begins again */
	enum { FRESH, READY, BEGUN } state;	/* FRESH: there is nothing on its stack */
	int node;
	struct task_struct *task;
	void (*fn)(void *arg);
	void *arg;
};

int sim_node;
struct task_struct *sim_current;
bool sim_verbose;
static s64 now;
static u64 order;
static struct sim_event *heap;
static size_t heap_len, heap_room;
static struct sim_fiber *self;
static jmp_buf scheduler;
static struct list_head fibers[SIM_NODES];
static LIST_HEAD(spare);
static u64 state;

s64 sim_now(void)
{
	return now;
}

void sim_seed(u64 seed)
{
	int i;

	state = seed;
	for (i = 0; i < SIM_NODES; i++)
		INIT_LIST_HEAD(&fibers[i]);
}

/* splitmix64 */
u64 get_random_u64(void)
{
	u64 z = (state += 0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

u32 sim_random(u32 limit)
{
	return (get_random_u64() >> 32) * limit >> 32;
}

void *sim_alloc(size_t size)
{
	void *at = calloc(1, size ?: 1);

	if (!at) {
		fprintf(stderr, "sim: no memory\n");
		exit(2);
	}
	return at;
}

void sim_log(const char *fmt, ...)
{
	va_list args;

	printf("%12.6f node %d: ", now / 1e9, sim_node);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
}

static bool before(const struct sim_event *a, const struct sim_event *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

void sim_at(s64 when, int node, void (*fn)(void *arg), void *arg)
{
	struct sim_event e = {
		.at = max(when, now), .order = order++, .node = node,
		.boot = sim_nodes[node].boots, .fn = fn, .arg = arg,
	};
	size_t i, up;

	if (heap_len == heap_room) {
		heap_room = heap_room * 2 ?: 4096;
		heap = realloc(heap, heap_room * sizeof(*heap));
	}
	for (i = heap_len++; i; i = up) {
		up = (i - 1) / 2;
		if (!before(&e, &heap[up]))
			break;
		heap[i] = heap[up];
	}
	heap[i] = e;
}

static struct sim_event take(void)
{
	struct sim_event first = heap[0], last = heap[--heap_len];
	size_t i = 0, down;

	for (;;) {
		down = 2 * i + 1;
		if (down >= heap_len)
			break;
		if (down + 1 < heap_len && before(&heap[down + 1], &heap[down]))
			down++;
		if (!before(&heap[down], &last))
			break;
		heap[i] = heap[down];
		i = down;
	}
	heap[i] = last;
	return first;
}

bool sim_run(s64 until)
{
	struct sim_event e;

	while (heap_len && heap[0].at <= until) {
		e = take();
		now = e.at;
		if (e.node && (!sim_nodes[e.node].on || e.boot != sim_nodes[e.node].boots))
			continue;
		sim_node = e.node;
		sim_current = sim_nodes[e.node].kthread;
		e.fn(e.arg);
	}
	sim_node = 0;
	if (until != SIM_NEVER)
		now = max(now, until);
	return heap_len;
}

static void trampoline(void)
{
	_setjmp(self->top);
	self->fn(self->arg);
	if (self->task)
		sim_to_user(self->task);
	sim_end();
}

static void begin(struct sim_fiber *fiber)
{
	static ucontext_t first;

	getcontext(&first);
	first.uc_stack.ss_sp = fiber->stack;
	first.uc_stack.ss_size = STACK;
	makecontext(&first, trampoline, 0);
	setcontext(&first);
}

static void resume(void *arg)
{
	struct sim_fiber *fiber = arg;
	int was = fiber->state;

	self = fiber;
	sim_current = fiber->task ?: sim_nodes[fiber->node].kthread;
	fiber->state = BEGUN;
	if (!_setjmp(scheduler)) {
		if (was == BEGUN)
			_longjmp(fiber->env, 1);
		if (was == READY)
			_longjmp(fiber->top, 1);
		begin(fiber);
	}
	self = NULL;
}

void sim_start(int node, struct task_struct *task, void (*fn)(void *arg), void *arg)
{
	struct sim_fiber *fiber = list_first_entry_or_null(&spare, struct sim_fiber, list);

	if (fiber) {
		list_del(&fiber->list);
	} else {
		fiber = sim_alloc(sizeof(*fiber));
		fiber->stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (fiber->stack == MAP_FAILED) {
			fprintf(stderr, "sim: no memory for a stack\n");
			exit(2);
		}
	}
	fiber->node = node;
	fiber->task = task;
	fiber->fn = fn;
	fiber->arg = arg;
	if (task)
		task->sim_inside = true;
	list_add_tail(&fiber->list, &fibers[node]);
	sim_at(now, node, resume, fiber);
}

static void spare_fiber(struct sim_fiber *fiber, int state)
{
	fiber->state = state;
	list_del(&fiber->list);
	list_add(&fiber->list, &spare);
}

void sim_end(void)
{
	spare_fiber(self, READY);
	_longjmp(scheduler, 1);
}

struct sim_fiber *sim_self(void)
{
	return self;
}

void sim_park(void)
{
	if (!_setjmp(self->env))
		_longjmp(scheduler, 1);
}

void sim_unpark(struct sim_fiber *fiber)
{
	sim_at(now, fiber->node, resume, fiber);
}

void sim_kill_fibers(int node)
{
	struct sim_fiber *fiber, *next;

	list_for_each_entry_safe(fiber, next, &fibers[node], list)
		spare_fiber(fiber, FRESH);
}
