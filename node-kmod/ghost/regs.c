// SPDX-License-Identifier: GPL-2.0-only
/* Registers, floating point and vector state, the interrupted system call. */
#include <linux/elf.h>
#include <linux/hw_breakpoint.h>
#include <linux/regset.h>
#include <linux/sched/task_stack.h>
#include <linux/timekeeping.h>
#include <linux/utsname.h>
#include <asm/fpu/api.h>
#include <asm/fpu/sched.h>
#include <asm/fpu/xcr.h>
#include <asm/fpu/xstate.h>
#include <asm/msr.h>
#include <asm/prctl.h>
#include <asm/segment.h>
#include <asm/user_64.h>
#include "ghost.h"

static const struct user_regset *xstate_regset(void)
{
	const struct user_regset_view *view = krg_sym(task_user_regset_view)(&init_task);
	unsigned int i;

	for (i = 0; i < view->n; i++)
		if (view->regsets[i].core_note_type == NT_X86_XSTATE)
			return &view->regsets[i];
	return NULL;
}

void ghost_header(struct gf_header *h)
{
	const struct user_regset *xstate = xstate_regset();

	*h = (struct gf_header){ .magic = GF_MAGIC, .format = GF_FORMAT, .page_size = PAGE_SIZE };
	strscpy(h->release, init_utsname()->release, sizeof(h->release));
	if (boot_cpu_has(X86_FEATURE_XSAVE))
		h->xfeatures = xgetbv(XCR_XFEATURE_ENABLED_MASK);
	if (xstate)
		h->xstate_size = xstate->n * xstate->size;
	h->mono_ns = ktime_get_ns() + ghost_clock_offset(CLOCK_MONOTONIC);
	h->boot_ns = ktime_get_boottime_ns() + ghost_clock_offset(CLOCK_BOOTTIME);
	h->real_ns = ktime_get_real_ns();
}

int ghost_regs_check(struct task_struct *task, struct krg_refusal *why)
{
	const struct thread_struct *thread = &task->thread;
	int i;

	if (!boot_cpu_has(X86_FEATURE_XSAVE))
		return ghost_refuse(why, GHOST_NO_XSAVE);
	if (test_tsk_thread_flag(task, TIF_ADDR32))
		return ghost_refuse(why, GHOST_COMPAT);
	if (thread->io_bitmap || thread->iopl_emul)
		return ghost_refuse(why, GHOST_IOPORT);
	if (krg_has_shadow_stack(task))
		return ghost_refuse(why, GHOST_SHADOW_STACK);
	if (thread->fpu.fpstate->xfeatures & XFEATURE_MASK_USER_DYNAMIC)
		return ghost_refuse(why, GHOST_AMX);
	for (i = 0; i < HBP_NUM; i++)
		if (thread->ptrace_bps[i])
			return ghost_refuse(why, GHOST_DEBUG_REGISTERS);
	for (i = 0; i < GDT_ENTRY_TLS_ENTRIES; i++)
		if (thread->tls_array[i].p)
			return ghost_refuse(why, GHOST_SEGMENTS);
	if (test_tsk_thread_flag(task, TIF_NOTSC))
		return ghost_refuse(why, GHOST_FORBIDDEN_CALLS, "rdtsc");
	if (test_tsk_thread_flag(task, TIF_NOCPUID))
		return ghost_refuse(why, GHOST_FORBIDDEN_CALLS, "cpuid");
	if (task_spec_ssb_disable(task) || task_spec_ib_disable(task))
		return ghost_refuse(why, GHOST_SPECULATION);
	return 0;
}

static bool restart_is(const struct restart_block *block, const char *address)
{
	return (const char *)block->fn == address;
}

static bool clock_moves(clockid_t clock)
{
	return clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME || clock == CLOCK_REALTIME ||
	       clock == CLOCK_TAI;
}

bool ghost_wants_restart(s64 ax)
{
	return ax <= -ERESTARTSYS && ax >= -ERESTART_RESTARTBLOCK;
}

static int restart_save(struct gf_regs *r, struct krg_refusal *why)
{
	const struct restart_block *block = &current->restart_block;

	if (restart_is(block, &krg_var(hrtimer_nanosleep_restart)) &&
	    clock_moves(block->nanosleep.clockid)) {
		r->restart = GF_RESTART_NANOSLEEP;
		r->clock = block->nanosleep.clockid;
		r->rem_type = block->nanosleep.type;
		if (r->rem_type != TT_NONE)
			r->uaddr = (__force u64)block->nanosleep.rmtp;
		r->expires_ns = block->nanosleep.expires + ghost_clock_offset(r->clock);
	} else if (restart_is(block, &krg_var(do_restart_poll))) {
		r->restart = GF_RESTART_POLL;
		r->uaddr = (__force u64)block->poll.ufds;
		r->count = block->poll.nfds;
		r->has_timeout = !!block->poll.has_timeout;
		if (r->has_timeout)
			r->expires_ns = block->poll.tv_sec * NSEC_PER_SEC + block->poll.tv_nsec +
					ghost_clock_offset(CLOCK_MONOTONIC);
	} else if (restart_is(block, &krg_var(futex_wait_restart))) {
		r->restart = GF_RESTART_FUTEX;
		r->uaddr = (__force u64)block->futex.uaddr;
		r->futex_val = block->futex.val;
		r->futex_flags = block->futex.flags;
		r->futex_bitset = block->futex.bitset;
		r->expires_ns = block->futex.time;
		if (!(r->futex_flags & KRG_FUTEX_CLOCK_REALTIME))
			r->expires_ns += ghost_clock_offset(CLOCK_MONOTONIC);
	} else if (r->ax == -ERESTART_RESTARTBLOCK ||
		   (r->orig_ax == __NR_restart_syscall && ghost_wants_restart(r->ax))) {
		return ghost_refuse(why, GHOST_INTERRUPTED);
	}
	return 0;
}

int ghost_regs_save(struct gf_thread_image *thread, struct krg_refusal *why)
{
	const struct user_regset *xstate = xstate_regset();
	const struct pt_regs *regs = task_pt_regs(current);
	struct gf_regs *r = &thread->regs;
	struct membuf to;

	*r = (struct gf_regs){
		.r15 = regs->r15, .r14 = regs->r14, .r13 = regs->r13, .r12 = regs->r12,
		.bp = regs->bp, .bx = regs->bx, .r11 = regs->r11, .r10 = regs->r10,
		.r9 = regs->r9, .r8 = regs->r8, .ax = regs->ax, .cx = regs->cx,
		.dx = regs->dx, .si = regs->si, .di = regs->di, .orig_ax = regs->orig_ax,
		.ip = regs->ip, .flags = regs->flags, .sp = regs->sp,
	};
	/* a program may write the bases itself: only the registers know */
	rdmsrl(MSR_FS_BASE, r->fs_base);
	rdmsrl(MSR_KERNEL_GS_BASE, r->gs_base);

	thread->xstate_len = xstate->n * xstate->size;
	thread->xstate = kvzalloc(thread->xstate_len, GFP_KERNEL);
	if (!thread->xstate)
		return -ENOMEM;
	to = (struct membuf){ .p = thread->xstate, .left = thread->xstate_len };
	xstate->regset_get(current, xstate, to);
	return restart_save(r, why);
}

static void restart_load(const struct gf_regs *r)
{
	struct restart_block *block = &current->restart_block;
	struct timespec64 until;

	*block = (struct restart_block){ .fn = (void *)&krg_var(do_no_restart_syscall) };
	switch (r->restart) {
	case GF_RESTART_NANOSLEEP:
		block->fn = (void *)&krg_var(hrtimer_nanosleep_restart);
		block->nanosleep.clockid = r->clock;
		block->nanosleep.type = r->uaddr ? r->rem_type : TT_NONE;
		block->nanosleep.rmtp = (void __user *)r->uaddr;
		block->nanosleep.expires = r->expires_ns - ghost_clock_offset(r->clock);
		break;
	case GF_RESTART_POLL:
		block->fn = (void *)&krg_var(do_restart_poll);
		block->poll.ufds = (void __user *)r->uaddr;
		block->poll.nfds = r->count;
		block->poll.has_timeout = r->has_timeout;
		until = ns_to_timespec64(r->expires_ns - ghost_clock_offset(CLOCK_MONOTONIC));
		block->poll.tv_sec = until.tv_sec;
		block->poll.tv_nsec = until.tv_nsec;
		break;
	case GF_RESTART_FUTEX:
		block->fn = (void *)&krg_var(futex_wait_restart);
		block->futex.uaddr = (void __user *)r->uaddr;
		block->futex.val = r->futex_val;
		block->futex.flags = r->futex_flags;
		block->futex.bitset = r->futex_bitset;
		block->futex.time = r->expires_ns;
		if (!(r->futex_flags & KRG_FUTEX_CLOCK_REALTIME))
			block->futex.time -= ghost_clock_offset(CLOCK_MONOTONIC);
		break;
	}
}

int ghost_xstate_load(const struct gf_thread_image *thread, struct krg_refusal *why)
{
	struct fpu *fpu = &current->thread.fpu;
	int err;

	/* the regset's own set function is for other tasks than current */
	fpregs_lock();
	if (!test_thread_flag(TIF_NEED_FPU_LOAD))
		krg_sym(save_fpregs_to_fpstate)(fpu);
	set_thread_flag(TIF_NEED_FPU_LOAD);
	fpu->last_cpu = -1;
	err = krg_sym(copy_uabi_from_kernel_to_xstate)(fpu->fpstate, thread->xstate,
						       &current->thread.pkru);
	fpregs_unlock();
	return err ? ghost_refuse(why, GHOST_ARRIVE_XSTATE, -err) : 0;
}

/* Last of all. What user mode may not have in its flags is not taken over. */
void ghost_regs_load(const struct gf_regs *r)
{
	const unsigned long user_flags = X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF |
		X86_EFLAGS_ZF | X86_EFLAGS_SF | X86_EFLAGS_TF | X86_EFLAGS_DF | X86_EFLAGS_OF |
		X86_EFLAGS_RF | X86_EFLAGS_NT | X86_EFLAGS_AC | X86_EFLAGS_ID;
	struct pt_regs *regs = task_pt_regs(current);

	*regs = (struct pt_regs){
		.r15 = r->r15, .r14 = r->r14, .r13 = r->r13, .r12 = r->r12,
		.bp = r->bp, .bx = r->bx, .r11 = r->r11, .r10 = r->r10,
		.r9 = r->r9, .r8 = r->r8, .ax = r->ax, .cx = r->cx,
		.dx = r->dx, .si = r->si, .di = r->di, .orig_ax = r->orig_ax,
		.ip = r->ip, .sp = r->sp, .cs = __USER_CS, .ss = __USER_DS,
		.flags = (r->flags & user_flags) | X86_EFLAGS_FIXED | X86_EFLAGS_IF,
	};
	loadsegment(ds, 0);
	loadsegment(es, 0);
	krg_sym(do_arch_prctl_64)(current, ARCH_SET_FS, r->fs_base);
	krg_sym(do_arch_prctl_64)(current, ARCH_SET_GS, r->gs_base);
	restart_load(r);
	/*
	 * The way back to user mode applies the kernel's own restart rule to ax and
	 * orig_ax. Not TIF_SIGPENDING: a file system that looks at pending signals (9p
	 * and OCFS2 do, in a delayed fput too) takes that back when there are none.
	 */
	set_thread_flag(TIF_NOTIFY_SIGNAL);
}
