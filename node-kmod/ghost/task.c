// SPDX-License-Identifier: GPL-2.0-only
/* What a process and its threads are apart from memory, files, registers and signals. */
#include <linux/audit.h>
#include <linux/ioprio.h>
#include <linux/iocontext.h>
#include <linux/personality.h>
#include <linux/posix-timers.h>
#include <linux/prctl.h>
#include <linux/sched/rt.h>
#include <linux/securebits.h>
#include <linux/uidgid.h>
#include <uapi/linux/sched/types.h>
#include <kerrighed/ipc.h>
#include "ghost.h"

static_assert(RLIM_NLIMITS == GF_LIMITS_COUNT);

static u64 cap_bits(const kernel_cap_t *cap)
{
	u64 bits;

	memcpy(&bits, cap, sizeof(bits));
	return bits;
}

static kernel_cap_t cap_of(u64 bits)
{
	kernel_cap_t cap;

	bits &= BIT_ULL(CAP_LAST_CAP + 1) - 1;
	memcpy(&cap, &bits, sizeof(cap));
	return cap;
}

static void creds_save(struct gf_creds *c, const struct cred *cred)
{
	struct user_namespace *ns = &init_user_ns;

	*c = (struct gf_creds){
		.uid = from_kuid(ns, cred->uid), .gid = from_kgid(ns, cred->gid),
		.suid = from_kuid(ns, cred->suid), .sgid = from_kgid(ns, cred->sgid),
		.euid = from_kuid(ns, cred->euid), .egid = from_kgid(ns, cred->egid),
		.fsuid = from_kuid(ns, cred->fsuid), .fsgid = from_kgid(ns, cred->fsgid),
		.securebits = cred->securebits,
		.cap_inheritable = cap_bits(&cred->cap_inheritable),
		.cap_permitted = cap_bits(&cred->cap_permitted),
		.cap_effective = cap_bits(&cred->cap_effective),
		.cap_bset = cap_bits(&cred->cap_bset),
		.cap_ambient = cap_bits(&cred->cap_ambient),
	};
}

static int groups_save(struct gf_thread_image *thread, const struct group_info *info)
{
	int i;

	if (!info->ngroups)
		return 0;
	thread->groups = kvcalloc(info->ngroups, sizeof(*thread->groups), GFP_KERNEL);
	if (!thread->groups)
		return -ENOMEM;
	thread->ngroups = info->ngroups;
	for (i = 0; i < info->ngroups; i++)
		thread->groups[i] = from_kgid(&init_user_ns, info->gid[i]);
	return 0;
}

/* All CPUs of this machine are all of the other one too, however many that has. */
static void cpus_save(struct gf_thread *t)
{
	t->bound = !cpumask_subset(cpu_online_mask, &current->cpus_mask);
	if (t->bound)
		bitmap_to_arr64(t->cpus, cpumask_bits(&current->cpus_mask),
				min_t(unsigned int, nr_cpu_ids, GF_CPUS_MAX));
}

static void sched_save(struct gf_thread *t)
{
	t->sched_policy = current->policy;
	t->nice = task_nice(current);
	t->rt_priority = current->rt_priority;
	t->reset_on_fork = current->sched_reset_on_fork;
	if (current->policy == SCHED_DEADLINE) {
		t->dl_runtime = current->dl.dl_runtime;
		t->dl_deadline = current->dl.dl_deadline;
		t->dl_period = current->dl.dl_period;
	}
}

int ghost_task_save(struct gf_thread_image *thread)
{
	struct gf_thread *t = &thread->self;

	t->tid = task_pid_vnr(current);
	get_task_comm(t->comm, current);
	sched_save(t);
	cpus_save(t);
	t->personality = current->personality;
	t->no_new_privs = task_no_new_privs(current);
	t->pdeath_signal = current->pdeath_signal;
	t->timer_slack_ns = current->timer_slack_ns;
	t->default_timer_slack_ns = current->default_timer_slack_ns;
	task_lock(current);
	if (current->io_context)
		t->ioprio = current->io_context->ioprio;
	task_unlock(current);
	ghost_times_save(&t->times);
	creds_save(&thread->creds, current_cred());
	return groups_save(thread, current_cred()->group_info);
}

void ghost_process_save(struct gf_image *image)
{
	struct gf_process *p = &image->process;
	int i;

	p->oom_score_adj = current->signal->oom_score_adj;
	p->oom_score_adj_min = current->signal->oom_score_adj_min;
	p->loginuid = from_kuid(&init_user_ns, audit_get_loginuid(current));
	p->sessionid = audit_get_sessionid(current);
	p->subreaper = current->signal->is_child_subreaper;
	p->next_timer_id = current->signal->next_posix_timer_id;
	p->sem_undo = krg_undo_expected();
	task_lock(current->group_leader);
	for (i = 0; i < RLIM_NLIMITS; i++) {
		image->limits.limit[i].cur = current->signal->rlim[i].rlim_cur;
		image->limits.limit[i].max = current->signal->rlim[i].rlim_max;
	}
	task_unlock(current->group_leader);
	ghost_process_times_save(p);
}

static int groups_load(struct cred *cred, const struct gf_thread_image *thread)
{
	struct group_info *info = groups_alloc(thread->ngroups);
	u32 i;

	if (!info)
		return -ENOMEM;
	for (i = 0; i < thread->ngroups; i++)
		info->gid[i] = make_kgid(&init_user_ns, thread->groups[i]);
	groups_sort(info);
	set_groups(cred, info);
	put_group_info(info);
	return 0;
}

/* New credentials as they came; the caller commits or puts them. */
struct cred *ghost_creds_load(const struct gf_thread_image *thread, struct krg_refusal *why)
{
	struct user_namespace *ns = &init_user_ns;
	const struct gf_creds *c = &thread->creds;
	struct cred *cred = prepare_kernel_cred(&init_task);
	struct user_struct *user;
	int err = -ENOMEM;

	if (!cred)
		goto out;
	cred->uid = make_kuid(ns, c->uid);
	cred->gid = make_kgid(ns, c->gid);
	cred->suid = make_kuid(ns, c->suid);
	cred->sgid = make_kgid(ns, c->sgid);
	cred->euid = make_kuid(ns, c->euid);
	cred->egid = make_kgid(ns, c->egid);
	cred->fsuid = make_kuid(ns, c->fsuid);
	cred->fsgid = make_kgid(ns, c->fsgid);
	cred->securebits = c->securebits & (SECURE_ALL_BITS | SECURE_ALL_LOCKS);
	cred->cap_inheritable = cap_of(c->cap_inheritable);
	cred->cap_permitted = cap_of(c->cap_permitted);
	cred->cap_effective = cap_of(c->cap_effective);
	cred->cap_bset = cap_of(c->cap_bset);
	cred->cap_ambient = cap_of(c->cap_ambient);
	err = groups_load(cred, thread);
	if (err)
		goto out_cred;
	err = -ENOMEM;
	user = krg_may_fail(NULL, krg_sym(alloc_uid)(cred->uid));
	if (!user)
		goto out_cred;
	free_uid(cred->user);
	cred->user = user;
	err = krg_may_fail(-EAGAIN, krg_sym(set_cred_ucounts)(cred));
	if (!err)
		return cred;
out_cred:
	put_cred(cred);
out:
	return ERR_PTR(ghost_failed(why, err, "credentials"));
}

/* CPUs that this machine does not have are left out; if none is left, any will do. */
static int cpus_load(const struct gf_thread *t)
{
	cpumask_var_t cpus;
	int err;

	if (!zalloc_cpumask_var(&cpus, GFP_KERNEL))
		return -ENOMEM;
	if (t->bound)
		bitmap_from_arr64(cpumask_bits(cpus), t->cpus,
				  min_t(unsigned int, nr_cpu_ids, GF_CPUS_MAX));
	if (!cpumask_intersects(cpus, cpu_active_mask))
		cpumask_copy(cpus, cpu_possible_mask);
	err = set_cpus_allowed_ptr(current, cpus);
	free_cpumask_var(cpus);
	return err;
}

int ghost_sched_load(const struct gf_thread *t, struct krg_refusal *why)
{
	struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = t->sched_policy,
		.sched_flags = t->reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0,
		.sched_nice = t->nice,
		.sched_priority = t->rt_priority,
		.sched_runtime = t->dl_runtime,
		.sched_deadline = t->dl_deadline,
		.sched_period = t->dl_period,
	};
	int err = cpus_load(t);

	/* on its own, for real-time policies do not set it, and give it back when they end */
	set_user_nice(current, t->nice);
	if (!err)
		err = sched_setattr_nocheck(current, &attr);
	return err ? ghost_refuse(why, GHOST_ARRIVE_SCHED, -err) : 0;
}

void ghost_limits_load(const struct gf_limits *limits)
{
	int i;

	task_lock(current->group_leader);
	for (i = 0; i < RLIM_NLIMITS; i++) {
		current->signal->rlim[i].rlim_cur = limits->limit[i].cur;
		current->signal->rlim[i].rlim_max = limits->limit[i].max;
	}
	task_unlock(current->group_leader);
	if (limits->limit[RLIMIT_CPU].cur != RLIM_INFINITY)
		krg_sym(update_rlimit_cpu)(current, limits->limit[RLIMIT_CPU].cur);
}

/* After the credentials: their change clears pdeath_signal. Cannot fail. */
void ghost_task_load(const struct gf_thread *t)
{
	krg_sym(__set_task_comm)(current, t->comm, false);
	current->personality = t->personality;
	if (t->no_new_privs)
		task_set_no_new_privs(current);
	current->pdeath_signal = t->pdeath_signal;
	current->timer_slack_ns = t->timer_slack_ns;
	current->default_timer_slack_ns = t->default_timer_slack_ns;
	ghost_times_load(&t->times);
	/* a thread has its leader's so far */
	if (t->ioprio || current->io_context)
		set_task_ioprio(current, t->ioprio);
}

void ghost_process_load(const struct gf_process *p)
{
	current->signal->oom_score_adj = p->oom_score_adj;
	current->signal->oom_score_adj_min = p->oom_score_adj_min;
	current->loginuid = make_kuid(&init_user_ns, p->loginuid);
	current->sessionid = p->sessionid;
	current->signal->is_child_subreaper = p->subreaper;
	ghost_process_times_load(p);
}
