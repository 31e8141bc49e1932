/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes of one thread, their PIDs and signals; and how modules hook into the kernel. */
#ifndef SIM_TASK_H
#define SIM_TASK_H

#define TASK_COMM_LEN	16
#define PID_MAX_LIMIT	(4 * 1024 * 1024)
#define CAP_KILL	5
#define CAP_SYS_ADMIN	21

/* signals; one that nobody has a handler for is counted, the fatal ones end a process */
#define _NSIG		64
#define SIGKILL		9
#define SIGTERM		15
#define SIGCHLD		17
#define SIGCONT		18
#define SIGSTOP		19
#define SIGTSTP		20
#define SIGTTIN		21
#define SIGTTOU		22
#define SI_USER		0
#define SI_KERNEL	0x80
#define SI_TIMER	-2
#define SI_SIGIO	-5
#define SI_TKILL	-6
#define SA_NOCLDSTOP	1
#define SA_NOCLDWAIT	2
#define SIG_DFL		((void *)0)
#define SIG_IGN		((void *)1)
#define valid_signal(sig) ((unsigned long)(sig) <= _NSIG)
enum { CLD_EXITED = 1, CLD_KILLED, CLD_DUMPED, CLD_TRAPPED, CLD_STOPPED, CLD_CONTINUED };
enum { P_ALL, P_PID, P_PGID, P_PIDFD };

typedef struct { unsigned long sig; } sim_sigset_t;
#define sigset_t sim_sigset_t
#define sig_kernel_stop(sig) ((sig) == SIGSTOP)
#define sigemptyset(set) ((set)->sig = 0)
#define sigfillset(set) ((set)->sig = ~0UL)
#define sigismember(set, number) ((set)->sig >> ((number) - 1) & 1)
#define sigaddset(set, number) ((set)->sig |= 1UL << ((number) - 1))
#define sigdelset(set, number) ((set)->sig &= ~(1UL << ((number) - 1)))
#define sigorsets(to, a, b) ((to)->sig = (a)->sig | (b)->sig)

/* as large as the kernel's */
#define SIM_SIGINFO { int si_signo, si_errno, si_code, si_pid, si_uid, si_status, si_tid, unused[5]; }
typedef struct kernel_siginfo SIM_SIGINFO kernel_siginfo_t;
struct siginfo SIM_SIGINFO;

static_assert(sizeof(kernel_siginfo_t) == 48, "it travels in messages");
#define clear_siginfo(info) memset(info, 0, sizeof(*(info)))

#define SIGQUEUE_PREALLOC 1	/* of a timer: there are none */

struct sigqueue {
	struct list_head list;
	int flags;
	kernel_siginfo_t info;
};

struct sigpending {
	struct list_head list;
	sigset_t signal;
};

#define init_sigpending(p) (sigemptyset(&(p)->signal), INIT_LIST_HEAD(&(p)->list))

/* users: there is only root */
typedef u32 kuid_t;
typedef u32 kgid_t;
typedef struct { u64 val; } kernel_cap_t;

struct user_namespace;
struct sched_attr { u32 size; };	/* nobody sets any */
struct timespec64;
struct rlimit;
struct group_info { int ngroups; kgid_t gid[]; };
struct cred {
	kuid_t uid, suid, euid, fsuid;
	kgid_t gid, sgid, egid, fsgid;
	unsigned int securebits;
	kernel_cap_t cap_inheritable, cap_permitted, cap_effective, cap_bset, cap_ambient;
	struct user_namespace *user_ns;
	struct group_info *group_info;
};

extern struct cred sim_root;
#define current_cred() (&sim_root)
#define current_user_ns() NULL
#define current_uid() 0
#define current_euid() 0
#define get_task_cred(task) (&sim_root)
#define put_cred(cred) do { } while (0)
#define task_cred_xxx(task, member) (sim_root.member)
#define put_user_ns(ns) do { } while (0)
#define prepare_kernel_cred(task) (&sim_root)
#define prepare_creds() (&sim_root)
#define abort_creds(cred) do { } while (0)
#define override_creds(cred) (&sim_root)
#define revert_creds(cred) ((void)(cred))
#define from_kuid(ns, id) (id)
#define from_kuid_munged(ns, id) (id)
#define make_kuid(ns, id) (id)
#define make_kgid(ns, id) (id)
#define uid_eq(a, b) ((a) == (b))
#define uid_valid(id) true
#define gid_valid(id) true
#define capable(cap) true
#define ns_capable(ns, cap) true
#define groups_alloc(n) ((struct group_info *)sim_alloc(sizeof(struct group_info) + 4 * (n)))
#define groups_sort(groups) do { } while (0)
#define set_groups(cred, groups) do { } while (0)
#define put_group_info(groups) free(groups)

/* PIDs */
enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_PGID, PIDTYPE_SID, PIDTYPE_MAX };

struct task_struct;
struct upid { int nr; };

struct pid {
	struct upid numbers[2];
	struct task_struct *task;
};

struct idr {
	struct xarray entries;
	int cursor;
};

struct pid_namespace {
	struct idr idr;
	int level;
	struct pid_namespace *parent;
	struct user_namespace *user_ns;
};

#define idr_get_cursor(idr) ((idr)->cursor)
#define idr_set_cursor(idr, at) ((idr)->cursor = (at))
struct pid *find_pid_ns(int nr, struct pid_namespace *ns);
struct pid *find_get_pid(int nr);
#define put_pid(pid) do { } while (0)
#define pid_task(pid, type) ((pid) ? (pid)->task : NULL)
struct pid_namespace *ns_of_pid(struct pid *pid);
#define is_child_reaper(pid) ((pid)->numbers[1].nr == 1)

/* tasks */
struct callback_head {
	struct callback_head *next;
	void (*func)(struct callback_head *work);
};

struct k_sigaction {
	struct { void *sa_handler; unsigned long sa_flags; } sa;
};

struct sighand_struct {
	struct k_sigaction action[SIGCHLD];
	spinlock_t siglock;
};

#define SIGNAL_STOP_STOPPED	1
#define SIGNAL_GROUP_EXIT	4
#define SIGNAL_CLD_CONTINUED	0x20
#define SIGNAL_CLD_MASK		0x30

struct k_itimer {
	int it_id;
};

/* only timers are kept in such a list */
#define hlist_for_each_entry(entry, head, member) for ((entry) = NULL; (entry); (entry) = NULL)

struct signal_struct {
	unsigned int flags;
	int group_exit_code, group_stop_count;
	struct sigpending shared_pending;
	wait_queue_head_t wait_chldexit;
	seqlock_t stats_lock;
	u64 utime, stime, cutime, cstime, sum_sched_runtime;
	unsigned long min_flt, maj_flt, cmin_flt, cmaj_flt, inblock, oublock, cinblock, coublock;
	unsigned long nvcsw, nivcsw, cnvcsw, cnivcsw, maxrss, cmaxrss;
};

#define PF_EXITING		0x04
#define PF_FORKNOEXEC		0x40
#define PF_DUMPCORE		0x200
#define PF_SIGNALED		0x400
#define PF_NOFREEZE		0x8000
#define PF_KTHREAD		0x200000
#define PF_NO_SETAFFINITY	0x4000000
#define JOBCTL_STOP_DEQUEUED	0x10000
#define JOBCTL_STOP_PENDING	0x20000
#define JOBCTL_TRAP_FREEZE	0x800000
#define JOBCTL_STOPPED		0x4000000

struct path { void *unused; };
struct fs_struct { int unused; };
struct nsproxy { struct pid_namespace *pid_ns_for_children; };
struct pt_regs { unsigned long ax, di, si, dx, r10, r8; };

struct task_struct {
	struct pid *thread_pid;
	struct task_struct *group_leader, *parent;
	struct list_head children, sibling;
	struct sighand_struct *sighand;
	struct signal_struct *signal;
	struct callback_head *task_works;
	struct sigpending pending;
	sigset_t blocked, real_blocked;
	unsigned int state, flags, jobctl;
	int exit_state, exit_code;
	bool frozen, ptrace, in_execve;
	char comm[TASK_COMM_LEN];
	u64 utime, stime;
	struct { u64 sum_exec_runtime; } se;
	unsigned long min_flt, maj_flt, nvcsw, nivcsw;
	const struct cred *cred;
	struct fs_struct *fs;
	struct nsproxy *nsproxy;
	/* the simulator's */
	int sim_node, sim_refs;
	bool sim_inside;		/* a fiber runs as this task: it is in the kernel */
	bool sim_ignores;		/* its children are reaped at once */
	struct sim_fiber *sim_fiber;	/* that sleeps in schedule() */
	struct signal_struct sim_signal;
};

extern struct task_struct *sim_current;
extern struct task_struct init_task;
#define current sim_current
#define get_task_struct(task) ({ (task)->sim_refs++; (task); })
void put_task_struct(struct task_struct *task);
#define task_pid(task) ((task)->thread_pid)
#define task_lock(task) do { } while (0)
#define task_unlock(task) do { } while (0)
#define thread_group_leader(task) true
#define pid_alive(task) ((task)->thread_pid != NULL)
#define same_thread_group(a, b) ((a) == (b))
#define get_nr_threads(task) 1
#define get_task_comm(to, task) memcpy(to, (task)->comm, TASK_COMM_LEN)
int task_pid_nr_ns(struct task_struct *task, struct pid_namespace *ns);
#define task_tgid_nr_ns(task, ns) task_pid_nr_ns(task, ns)
#define task_session_nr_ns(task, ns) 0
int task_pid_vnr(struct task_struct *task);
#define task_tgid_vnr(task) task_pid_vnr(task)
#define get_task_pid(task, type) ((task)->thread_pid)
#define task_io_get_inblock(task) 0
#define task_io_get_oublock(task) 0
struct pt_regs *task_pt_regs(struct task_struct *task);

/* by number, as long as nobody sleeps in between */
struct task_struct *sim_next_task(int from);
#define for_each_process(task)							\
	for (task = sim_next_task(0); task; task = sim_next_task(task_pid_vnr(task) + 1))
#define for_each_process_thread(task, thread)					\
	for_each_process(task)							\
		for (thread = task; thread; thread = NULL)
#define for_each_thread(task, thread) for (thread = task; thread; thread = NULL)
/* there are no groups of processes */
#define do_each_pid_task(pid, type, task) do { for (task = NULL, (void)(pid); task; task = NULL)
#define while_each_pid_task(pid, type, task) } while (0)

void set_current_state(unsigned int state);
#define __set_current_state(state) set_current_state(state)
void schedule(void);
#define signal_pending(task) false
#define fatal_signal_pending(task) false
#define allow_signal(sig) do { } while (0)
#define send_sig(sig, task, unused) do { } while (0)
#define recalc_sigpending() do { } while (0)
#define set_thread_flag(flag) do { } while (0)
#define clear_thread_flag(flag) do { } while (0)
#define clear_notify_signal() do { } while (0)
#define try_to_freeze() do { } while (0)
#define unlock_task_sighand(task, flags) do { } while (0)
#define task_work_pending(task) ((task)->task_works)
#define init_task_work(work, fn) ((work)->func = (fn))
enum task_work_notify_mode { TWA_NONE, TWA_RESUME, TWA_SIGNAL };
int dequeue_signal(sigset_t *blocked, kernel_siginfo_t *info, enum pid_type *type);

struct linux_binprm;
struct kernel_clone_args {
	u64 flags;
	int exit_signal;
	int *set_tid;
	size_t set_tid_size;
	int (*fn)(void *arg);
	void *fn_arg;
};

#define CLONE_VM	0x100
#define CLONE_FS	0x200
#define CLONE_FILES	0x400
#define CLONE_SIGHAND	0x800
#define CLONE_PARENT	0x8000
#define CLONE_THREAD	0x10000
#define CLONE_SYSVSEM	0x40000
#define CLONE_UNTRACED	0x800000
#define CLONE_NEWPID	0x20000000

#define get_nsproxy(ns) do { } while (0)
#define get_fs_root(fs, root) memset(root, 0, sizeof(*(root)))
#define path_put(path) do { } while (0)
#define unshare_fs_struct() 0

/* static calls, and the tables of hooks with them */
struct static_call_key { void *func; };
struct ftrace_ops { int unused; };
int register_ftrace_direct(struct ftrace_ops *ops, unsigned long addr);
int unregister_ftrace_direct(struct ftrace_ops *ops, unsigned long addr, bool free_filters);
#define STATIC_CALL_KEY(name) sim_key_##name
#define STATIC_CALL_TRAMP_ADDR(name) NULL
#define DECLARE_STATIC_CALL(name, proto)					\
	extern struct static_call_key STATIC_CALL_KEY(name);			\
	typedef typeof(proto) *sim_type_##name
/* weak: in the kernel each module has its own */
#define DEFINE_STATIC_CALL_NULL(name, proto)					\
	typedef typeof(proto) *sim_type_##name;					\
	__attribute__((weak)) struct static_call_key STATIC_CALL_KEY(name)
#define static_call(name) ((sim_type_##name)STATIC_CALL_KEY(name).func)
#define this_cpu_inc(x) ((void)(x))
#define this_cpu_dec(x) ((void)(x))

/* what only headers mention */
struct file;
struct mm_struct;
struct vm_area_struct;
struct inode;
struct kobject;
struct proc_dir_entry;
struct cpumask;
struct sched_param;
const struct path *file_user_path(struct file *file);

/* hello.c */
struct new_utsname { char release[65], version[65]; };
struct uts_namespace { struct new_utsname name; };
extern struct uts_namespace init_uts_ns;
#define boot_cpu_has(feature) true
#define xgetbv(index) 0xe7
#define KRG_BUILD "simulation"

#endif /* SIM_TASK_H */
