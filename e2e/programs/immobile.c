// SPDX-License-Identifier: GPL-2.0-only
/*
 * immobile REASON FILE
 *
 * A process that cannot move, for one of the reasons in node-kmod/ghost/refusals.h.
 * Writes its PID to FILE when it is so, and waits for its end.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/mempolicy.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <asm/ldt.h>

#define PAGE 4096UL
#define HIGH (1UL << 48)

#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#endif
#ifndef __NR_mseal
#define __NR_mseal 462
#endif

/* The last line of a case that failed to become immobile. */
#define MUST(condition)								\
	do {									\
		if (!(condition))						\
			err(1, "line %d: %s", __LINE__, #condition);		\
	} while (0)

static const char *file;

/* Not to be seen half written. */
static void say_ready(pid_t pid)
{
	char name[4096];
	FILE *out;

	snprintf(name, sizeof(name), "%s.new", file);
	out = fopen(name, "w");
	MUST(out && fprintf(out, "%d\n", pid) > 0 && !fclose(out));
	MUST(!rename(name, file));
}

static void wait_for_end(void)
{
	for (;;)
		pause();
}

/* A child that shares what @flags say, and dies with its parent. */
static pid_t child(unsigned long flags)
{
	pid_t pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, 0);

	MUST(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != 1)
			wait_for_end();
		_exit(0);
	}
	return pid;
}

/* With the memory of its parent a child needs its own stack. */
static int memory_sharer(void *arg)
{
	(void)arg;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	wait_for_end();
	return 0;
}

static void share_memory(unsigned long flags)
{
	static char stack[65536] __attribute__((aligned(16)));

	MUST(clone(memory_sharer, stack + sizeof(stack), flags | CLONE_VM | SIGCHLD, NULL) > 0);
}

static void *map(size_t len, int prot, int flags, int fd)
{
	void *at = mmap(NULL, len, prot, flags, fd, 0);

	MUST(at != MAP_FAILED);
	return at;
}

static char *memory(void)
{
	char *at = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	*at = 1;
	return at;
}

/* A file of this node only. */
static int local_file(const char *name, int flags)
{
	int fd = open(name, flags | O_CREAT | O_TRUNC, 0644);

	MUST(fd >= 0);
	return fd;
}

static void shared_mm(void) { share_memory(0); }
static void shared_sighand(void) { share_memory(CLONE_SIGHAND); }
static void shared_files(void) { child(CLONE_FILES); }
static void shared_fs(void) { child(CLONE_FS); }

/* A thread that unshares what @arg says. */
static void *unsharer(void *arg)
{
	MUST(!unshare((intptr_t)arg));
	say_ready(getpid());
	wait_for_end();
	return NULL;
}

static void thread_unshares(intptr_t flags)
{
	pthread_t thread;

	MUST(!pthread_create(&thread, NULL, unsharer, (void *)flags));
	wait_for_end();
}

static void thread_files(void) { thread_unshares(CLONE_FILES); }
static void thread_fs(void) { thread_unshares(CLONE_FS); }

/* Waits until the first thread is a zombie. */
static void *survivor(void *arg)
{
	char name[64], state;
	FILE *stat;

	(void)arg;
	snprintf(name, sizeof(name), "/proc/self/task/%d/stat", getpid());
	do {
		stat = fopen(name, "r");
		MUST(stat && fscanf(stat, "%*d (%*[^)]) %c", &state) == 1 && !fclose(stat));
	} while (state != 'Z');
	say_ready(getpid());
	wait_for_end();
	return NULL;
}

static void leader_ended(void)
{
	pthread_t thread;

	MUST(!pthread_create(&thread, NULL, survivor, NULL));
	syscall(SYS_exit, 0);
}

static void timer_clock(void)
{
	clockid_t others;
	timer_t timer;

	MUST(!clock_getcpuclockid(child(0), &others));
	MUST(!timer_create(others, NULL, &timer));
}

static void *timer_maker(void *arg)
{
	timer_t timer;

	MUST(!timer_create(CLOCK_THREAD_CPUTIME_ID, NULL, &timer));
	return arg;
}

static void timer_thread(void)
{
	pthread_t thread;

	MUST(!pthread_create(&thread, NULL, timer_maker, NULL));
	MUST(!pthread_join(thread, NULL));
}

static void io_uring(void)
{
	struct io_uring_params params = { 0 };

	MUST(syscall(SYS_io_uring_setup, 4, &params) >= 0);
}

static void seccomp(void)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { 1, &all };

	MUST(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	MUST(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

static void keyring(void)
{
	MUST(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1) > 0);
}

static void ioport(void)
{
	MUST(!ioperm(0x80, 1, 1));
}

/* A debugger sets a breakpoint and goes. */
static void debug_registers(void)
{
	pid_t parent = getpid(), debugger = fork();
	static int watched;
	int status;

	MUST(debugger >= 0);
	if (!debugger) {
		MUST(!ptrace(PTRACE_SEIZE, parent, 0, 0) && !ptrace(PTRACE_INTERRUPT, parent, 0, 0));
		MUST(waitpid(parent, &status, __WALL) == parent);
		MUST(!ptrace(PTRACE_POKEUSER, parent, offsetof(struct user, u_debugreg[0]), &watched));
		MUST(!ptrace(PTRACE_POKEUSER, parent, offsetof(struct user, u_debugreg[7]), 0xd0001));
		MUST(!ptrace(PTRACE_DETACH, parent, 0, 0));
		_exit(0);
	}
	while (waitpid(debugger, &status, 0) < 0)
		MUST(errno == EINTR);
	MUST(!status);
}

static void segments(void)
{
	struct user_desc segment = { .entry_number = 0, .base_addr = 0, .limit = 1, .seg_32bit = 1 };

	MUST(!syscall(SYS_modify_ldt, 1, &segment, sizeof(segment)));
}

static void forbidden_calls(void)
{
	MUST(!prctl(PR_SET_TSC, PR_TSC_SIGSEGV));
}

/* The kernel knows of the mutex as soon as somebody else waits for it. */
static void pi_mutex(void)
{
	unsigned int *mutex = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
	pid_t waiter;

	*mutex = getpid();
	waiter = fork();
	MUST(waiter >= 0);
	if (!waiter) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		syscall(SYS_futex, mutex, FUTEX_LOCK_PI, 0, NULL, NULL, 0);
		_exit(1);
	}
	while (!(__atomic_load_n(mutex, __ATOMIC_SEQ_CST) & FUTEX_WAITERS))
		sched_yield();
}

static void mempolicy(void)
{
	unsigned long nodes = 1;

	MUST(!syscall(SYS_set_mempolicy, MPOL_BIND, &nodes, 8));
}

static void cgroup(void)
{
	static const char mount_point[] = "/tmp/immobile.cgroup";
	int fd;

	MUST(!mkdir(mount_point, 0700) || errno == EEXIST);
	MUST(!mount("none", mount_point, "cgroup2", 0, NULL));
	MUST(!chdir(mount_point) && (!mkdir("immobile", 0700) || errno == EEXIST));
	fd = open("immobile/cgroup.procs", O_WRONLY);
	MUST(fd >= 0 && write(fd, "0", 1) == 1 && !close(fd));
	MUST(!chdir("/") && !umount(mount_point));
}

static void namespace(void) { MUST(!unshare(CLONE_NEWUTS)); }
static void user_namespace(void) { MUST(!unshare(CLONE_NEWUSER)); }

/* Somebody else has to write to the file, which has no name below the new root. */
static void root(void)
{
	int ends[2];
	pid_t writer;

	MUST(!pipe(ends));
	writer = fork();
	MUST(writer >= 0);
	if (!writer) {
		close(ends[1]);
		MUST(!read(ends[0], &writer, 1));
		say_ready(getppid());
		_exit(0);
	}
	MUST(!chroot("/tmp") && !chdir("/") && !close(ends[0]) && !close(ends[1]));
	MUST(waitpid(writer, NULL, 0) == writer);
	wait_for_end();
}

static void cwd(void)
{
	MUST(!mkdir("/tmp/immobile.cwd", 0700) || errno == EEXIST);
	MUST(!chdir("/tmp/immobile.cwd") && !rmdir("/tmp/immobile.cwd"));
}

/* A copy of itself, which is gone when it runs. */
static void exe(void)
{
	static const char copy[] = "/tmp/immobile.copy";
	char command[8192];

	if (!access(copy, F_OK)) {
		MUST(!unlink(copy));
		return;
	}
	snprintf(command, sizeof(command), "cp /proc/%d/exe %s", getpid(), copy);
	MUST(!system(command) && execl(copy, copy, "exe", file, NULL));
}

static void map_locked(void) { MUST(!mlock(memory(), PAGE)); }

static void map_hugetlb(void)
{
	int fd = open("/proc/sys/vm/nr_hugepages", O_WRONLY);

	MUST(fd >= 0 && write(fd, "1", 1) == 1);
	*(char *)map(2 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1) = 1;
	MUST(write(fd, "0", 1) == 1 && !close(fd));
}

static void map_device(void)
{
	int fd = open("/dev/mem", O_RDONLY);

	MUST(fd >= 0 && mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0xf0000) != MAP_FAILED);
	close(fd);
}

static void map_aio(void)
{
	aio_context_t context = 0;

	MUST(!syscall(SYS_io_setup, 1, &context));
}

static void map_shared_anon(void) { map(PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1); }

static void map_shared_write(void)
{
	int fd = local_file("/tmp/immobile.shared", O_RDWR);

	MUST(!ftruncate(fd, PAGE));
	map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	close(fd);
}

static void map_file(void)
{
	int fd = local_file("/tmp/immobile.gone", O_RDWR);

	MUST(!ftruncate(fd, PAGE));
	map(PAGE, PROT_READ, MAP_PRIVATE, fd);
	MUST(!close(fd) && !unlink("/tmp/immobile.gone"));
}

static void map_other(void)
{
	struct perf_event_attr clock = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(clock), .config = PERF_COUNT_SW_CPU_CLOCK,
	};
	int fd = syscall(SYS_perf_event_open, &clock, 0, -1, -1, 0);

	MUST(fd >= 0);
	map(2 * PAGE, PROT_READ, MAP_SHARED, fd);
}

static void map_userfaultfd(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	area.range.start = (uintptr_t)memory();
	area.range.len = PAGE;
	MUST(fd >= 0 && !ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &area));
}

static void map_sealed(void) { MUST(!syscall(__NR_mseal, memory(), PAGE, 0)); }

static void map_pkey(void)
{
	int key = pkey_alloc(0, 0);

	MUST(key > 0 && !pkey_mprotect(memory(), PAGE, PROT_READ, key));
}

static void map_high(void)
{
	char *at = mmap((void *)HIGH, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST((uintptr_t)at == HIGH);
}

static void map_mempolicy(void)
{
	unsigned long nodes = 1;

	MUST(!syscall(SYS_mbind, memory(), PAGE, MPOL_BIND, &nodes, 8, 0));
}

static void mm_merge_any(void) { MUST(!prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0)); }

static void fd_pipe(void)
{
	int ends[2];

	MUST(!pipe(ends));
}

static void fd_socket(void) { MUST(socket(AF_UNIX, SOCK_STREAM, 0) >= 0); }
static void fd_tty(void) { MUST(open("/dev/ttyS0", O_RDWR | O_NOCTTY) >= 0); }
static void fd_anon(void) { MUST(eventfd(0, 0) >= 0); }
static void fd_device(void) { MUST(open("/dev/kmsg", O_RDONLY) >= 0); }
static void fd_pseudo(void) { MUST(open("/proc/self/status", O_RDONLY) >= 0); }

static void fd_gone(void)
{
	local_file("/tmp/immobile.gone", O_RDONLY);
	MUST(!unlink("/tmp/immobile.gone"));
}

static void fd_local_directory(void) { MUST(open("/tmp", O_RDONLY | O_DIRECTORY) >= 0); }
static void fd_local_write(void) { local_file("/tmp/immobile.written", O_WRONLY); }

static void fd_shared_position(void)
{
	MUST(open("/etc/passwd", O_RDONLY) >= 0);
	child(0);
}

static void fd_lock(void)
{
	int fd = open("/etc/passwd", O_RDONLY);

	MUST(fd >= 0 && !flock(fd, LOCK_SH));
}

/* Never ends: this process uses no time. */
static void interrupted(void)
{
	struct timespec day = { 86400, 0 };

	say_ready(getpid());
	clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &day, NULL);
}

static void arrive_open(void) { local_file("/tmp/immobile.here", O_RDONLY); }

/* Another size than on the other nodes, where nobody has written to it. */
static void arrive_changed(void)
{
	int fd = open("/etc/issue.net", O_WRONLY | O_APPEND);

	MUST(fd >= 0 && write(fd, "\n", 1) == 1 && !close(fd));
	MUST(open("/etc/issue.net", O_RDONLY) >= 0);
}

static void arrive_cwd(void)
{
	MUST(!mkdir("/tmp/immobile.only-here", 0755) || errno == EEXIST);
	MUST(!chdir("/tmp/immobile.only-here"));
}

#define CASE(name) { #name, name }
static const struct {
	const char *reason;
	void (*become)(void);
} cases[] = {
	CASE(shared_mm), CASE(shared_sighand), CASE(shared_files), CASE(shared_fs),
	CASE(leader_ended), CASE(thread_files), CASE(thread_fs),
	CASE(timer_clock), CASE(timer_thread), CASE(io_uring), CASE(seccomp), CASE(keyring), CASE(ioport),
	CASE(debug_registers), CASE(segments), CASE(forbidden_calls),
	CASE(pi_mutex), CASE(mempolicy), CASE(cgroup), CASE(namespace), CASE(user_namespace),
	CASE(root), CASE(cwd), CASE(exe), CASE(map_locked),
	CASE(map_hugetlb), CASE(map_device), CASE(map_aio), CASE(map_shared_anon),
	CASE(map_shared_write), CASE(map_file), CASE(map_other), CASE(map_userfaultfd),
	CASE(map_sealed), CASE(map_pkey), CASE(map_high), CASE(map_mempolicy), CASE(mm_merge_any), CASE(fd_pipe),
	CASE(fd_socket), CASE(fd_tty), CASE(fd_anon), CASE(fd_device), CASE(fd_pseudo),
	CASE(fd_gone), CASE(fd_local_directory), CASE(fd_local_write), CASE(fd_shared_position),
	CASE(fd_lock), CASE(interrupted), CASE(arrive_open), CASE(arrive_changed),
	CASE(arrive_cwd),
};

int main(int argc, char **argv)
{
	size_t i, count = sizeof(cases) / sizeof(cases[0]);

	if (argc == 2 && !strcmp(argv[1], "list")) {
		for (i = 0; i < count; i++)
			puts(cases[i].reason);
		return 0;
	}
	if (argc != 3)
		errx(2, "usage: immobile REASON FILE, or: immobile list");
	file = argv[2];
	for (i = 0; i < count; i++) {
		if (strcmp(cases[i].reason, argv[1]))
			continue;
		cases[i].become();
		say_ready(getpid());
		wait_for_end();
	}
	errx(2, "'%s' is no reason that is known here", argv[1]);
}
