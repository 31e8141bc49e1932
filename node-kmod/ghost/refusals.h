/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a process cannot move: name, errno, sentence; then, for docs/refusals.md,
 * which tools/refusal-table makes from this file, why that is, and what to do.
 */
REFUSAL(NOT_A_PROCESS, EPERM, "%d is not a user process",
	"a kernel thread belongs to its node",
	"")
REFUSAL(INIT, EPERM, "%d is the init of its container",
	"each node has its own container with its own init",
	"")
REFUSAL(EXITING, EPERM, "%d is exiting",
	"there is nothing left to move",
	"")
REFUSAL(LEADER_ENDED, EPERM, "its first thread has ended, and others go on",
	"the PID of a process is that of its first thread",
	"let the first thread wait for the others")
REFUSAL(THREAD_FILES, EPERM, "its thread %d has a descriptor table of its own",
	"one table is moved, not several",
	"do not unshare(CLONE_FILES) in a thread")
REFUSAL(THREAD_FS, EPERM, "its thread %d has a working directory and umask of its own",
	"one working directory is moved, not several",
	"do not unshare(CLONE_FS) in a thread")
REFUSAL(SHARED_MM, EPERM, "its memory is shared with process %d",
	"both would have to move at the same moment",
	"wait until a vfork() child has called exec; use threads instead of clone(CLONE_VM)")
REFUSAL(SHARED_FILES, EPERM, "its descriptor table is shared with another process",
	"both would have to move at the same moment",
	"use threads, or fork() without CLONE_FILES")
REFUSAL(SHARED_FS, EPERM, "its working directory and umask are shared with another process",
	"both would have to move at the same moment",
	"use threads, or fork() without CLONE_FS")
REFUSAL(SHARED_SIGHAND, EPERM, "its signal handlers are shared with another process",
	"both would have to move at the same moment",
	"use threads, or fork() without CLONE_SIGHAND")
REFUSAL(TRACED, EBUSY, "it is traced by process %d",
	"a debugger works on the node where it is",
	"detach the debugger")
REFUSAL(TRACING, EBUSY, "it traces process %d",
	"what it traces would stay behind",
	"let it detach")
REFUSAL(TIMER_CLOCK, EBUSY, "its timer %d is on a clock that cannot move",
	"that clock is of this PC, or of another process",
	"use the clocks of its own CPU time, or CLOCK_MONOTONIC")
REFUSAL(TIMER_THREAD, EBUSY, "its timer %d is of a thread that has ended",
	"there is nobody whom it could be given",
	"delete the timer at the end of the thread")
REFUSAL(IO_URING, ENOSYS, "it uses io_uring",
	"requests in flight belong to this kernel",
	"turn io_uring off in the program")
REFUSAL(SECCOMP, EPERM, "it runs under a seccomp filter",
	"a filter would be lost on the way, and with it the confinement",
	"start it without a filter")
REFUSAL(KEYRING, EPERM, "it has its own %s keyring",
	"keys stay in the kernel that holds them",
	"start it without pam_keyinit")
REFUSAL(CONFINED, EPERM, "it is confined by the security profile %s",
	"the profile may differ there, and with it the confinement",
	"let it run unconfined")
REFUSAL(IOPORT, EBUSY, "it has access to I/O ports",
	"the ports are those of this PC",
	"")
REFUSAL(DEBUG_REGISTERS, EBUSY, "it has hardware breakpoints",
	"hardware breakpoints are not carried",
	"remove the breakpoints")
REFUSAL(SHADOW_STACK, EPERM, "it runs with a shadow stack",
	"shadow stacks are not carried yet",
	"run it with GLIBC_TUNABLES=glibc.cpu.hwcaps=-SHSTK")
REFUSAL(AMX, EPERM, "it uses AMX tile registers",
	"tile registers are not carried yet",
	"")
REFUSAL(NO_XSAVE, ENOSYS, "this processor has no XSAVE",
	"there is no format for the registers",
	"")
REFUSAL(COMPAT, EPERM, "it is a 32-bit program",
	"only 64-bit programs are supported",
	"use a 64-bit build")
REFUSAL(SEGMENTS, EPERM, "it has its own memory segments (modify_ldt, set_thread_area)",
	"segments of its own are not carried",
	"")
REFUSAL(SPECULATION, EPERM, "it has changed the processor's speculation settings",
	"the settings may not exist on the other processor",
	"start it without them")
REFUSAL(FORBIDDEN_CALLS, EPERM, "it has forbidden itself the instructions %s",
	"the prohibition would be lost on the way",
	"")
REFUSAL(PI_MUTEX, EBUSY, "it holds or waits for a priority-inheritance mutex",
	"the kernel here keeps the priorities",
	"move it when it has let the mutex go")
REFUSAL(MEMPOLICY, EBUSY, "it has a NUMA memory policy",
	"memory nodes differ from PC to PC",
	"start it without numactl")
REFUSAL(CGROUP, EBUSY, "it is in the control group %s",
	"the limits of the group would be lost on the way",
	"let it run in the group of the container")
REFUSAL(NAMESPACE, EPERM, "its %s namespace is not the container's",
	"a namespace exists on one node",
	"start it without unshare")
REFUSAL(USER_NAMESPACE, EPERM, "it is in a user namespace",
	"its user ids mean something else outside",
	"start it outside of the user namespace")
REFUSAL(NESTED_CONTAINER, EPERM, "it is in a PID namespace of its own",
	"a container in the container exists on one node",
	"start it outside of that container")
REFUSAL(ROOT, EPERM, "its root directory is not the container's",
	"only the root of the container is the same everywhere",
	"start it without chroot")
REFUSAL(CWD, EPERM, "its working directory %s",
	"the other node could not enter it",
	"change to a directory that all nodes have")
REFUSAL(BINARY_FORMAT, EPERM, "its program is not an ELF program",
	"only ELF programs are supported",
	"")
REFUSAL(EXE, EPERM, "its program %s",
	"the other node could not open it",
	"start it again from a file that all nodes have")
REFUSAL(MAP_LOCKED, EPERM, "its memory at %lx is locked (mlock)",
	"the promise of mlock would be broken during the move",
	"start it without mlock")
REFUSAL(MAP_HUGETLB, EPERM, "its memory at %lx is of hugetlbfs",
	"the other node may have no pages of that size",
	"use transparent huge pages")
REFUSAL(MAP_DEVICE, EPERM, "it maps the device %s",
	"the device is that of this PC",
	"")
REFUSAL(MAP_SPECIAL, EPERM, "it has a special mapping of the kernel at %lx",
	"only a driver of this kernel knows what it is",
	"")
REFUSAL(MAP_AIO, EBUSY, "it has asynchronous I/O (io_setup)",
	"requests in flight belong to this kernel",
	"use threads for input and output")
REFUSAL(MAP_SHARED_ANON, EPERM, "its memory at %lx is shared (MAP_SHARED)",
	"memory shared by several nodes is not supported yet",
	"use files on a shared mount")
REFUSAL(MAP_SHARED_WRITE, EPERM, "it maps %s shared and may write to it",
	"memory shared by several nodes is not supported yet",
	"use write(2)")
REFUSAL(MAP_FILE, EPERM, "it maps a file that %s",
	"the other node could not open it",
	"keep the files that it maps")
REFUSAL(MAP_OTHER, EPERM, "it maps %s, which is no file",
	"it belongs to this kernel",
	"")
REFUSAL(MAP_USERFAULTFD, EPERM, "its memory at %lx is registered with userfaultfd",
	"who fills the memory would stay behind",
	"")
REFUSAL(MAP_SEALED, EPERM, "its memory at %lx is sealed (mseal)",
	"the seal would have to be broken to move it",
	"start it without mseal")
REFUSAL(MAP_PKEY, EPERM, "its memory at %lx has a protection key",
	"protection keys are not carried yet",
	"start it without protection keys")
REFUSAL(MAP_HIGH, EPERM, "it has memory above 128 TiB",
	"not every processor has that address space",
	"do not ask mmap for high addresses")
REFUSAL(MAP_MEMPOLICY, EBUSY, "its memory at %lx has a NUMA policy",
	"memory nodes differ from PC to PC",
	"start it without mbind")
REFUSAL(MM_TAGGED, EPERM, "it uses tagged addresses",
	"not every processor ignores the tags",
	"")
REFUSAL(MM_MERGE_ANY, EPERM, "it lets all its memory be merged (PR_SET_MEMORY_MERGE)",
	"the other node may not merge pages",
	"start it without the setting")
REFUSAL(FD_PIPE, ENOSYS, "descriptor %d is a pipe",
	"streams between nodes are not supported yet",
	"use a file on a shared mount, or /dev/null")
REFUSAL(FD_SOCKET, ENOSYS, "descriptor %d is a socket",
	"streams between nodes are not supported yet",
	"close it")
REFUSAL(FD_TTY, ENOSYS, "descriptor %d is the terminal %s",
	"the terminal is on this node",
	"redirect input and output to files")
REFUSAL(FD_ANON, ENOSYS, "descriptor %d is %s",
	"it belongs to this kernel",
	"close it")
REFUSAL(FD_DEVICE, ENOSYS, "descriptor %d is the device %s",
	"the device is that of this PC",
	"close it")
REFUSAL(FD_PSEUDO, ENOSYS, "descriptor %d is %s, a file of the kernel",
	"its contents are those of this kernel",
	"close it after reading")
REFUSAL(FD_GONE, ENOSYS, "descriptor %d is a file that %s",
	"the other node could not open it",
	"keep the files that it has open")
REFUSAL(FD_LOCAL_DIRECTORY, ENOSYS, "descriptor %d is the directory %s, which is not on a shared mount",
	"the other node may have another one there",
	"use a shared mount")
REFUSAL(FD_LOCAL_WRITE, ENOSYS, "descriptor %d is %s, open for writing and not on a shared mount",
	"what it writes would end up in another file",
	"keep the file on a shared mount")
REFUSAL(FD_SHARED_POSITION, ENOSYS, "descriptor %d (%s) shares its position with another process",
	"the position would no longer be one",
	"let each process open the file itself")
REFUSAL(FD_LOCK, EBUSY, "descriptor %d (%s) holds a file lock or a lease",
	"the lock is kept by this kernel",
	"let it release the lock")
REFUSAL(INTERRUPTED, EBUSY, "it is in a timed wait on a clock that cannot move",
	"that clock counts what this node has done",
	"sleep on CLOCK_MONOTONIC")
REFUSAL(SCHED_POLICY, EPERM, "its scheduling policy %d cannot move",
	"the policy is unknown there",
	"choose another policy with chrt")
/* found on the other node */
REFUSAL(ARRIVE_OPEN, ENOENT, "%s cannot be opened there (error %d)",
	"the nodes differ",
	"install the same file there")
REFUSAL(ARRIVE_KIND, ENOENT, "%s is something else there",
	"the nodes differ",
	"install the same file there")
REFUSAL(ARRIVE_NOT_SHARED, ENOENT, "%s is not on a shared mount there",
	"the nodes differ",
	"mount it there too")
REFUSAL(ARRIVE_CHANGED, ESTALE, "%s differs there (size or time of last change)",
	"the program would read something else",
	"install the same version there")
REFUSAL(ARRIVE_CWD, ENOENT, "its working directory %s cannot be used there (error %d)",
	"the nodes differ",
	"make the directory there")
REFUSAL(ARRIVE_MAP, ENOMEM, "its memory at %llx cannot be mapped there (error %d)",
	"memory is short there, or its limits are lower",
	"choose another node")
REFUSAL(ARRIVE_PAGE, ENOMEM, "no memory there for its page at %llx",
	"memory is short there",
	"choose another node")
REFUSAL(ARRIVE_FD, EMFILE, "its descriptor %d cannot be used there (error %d)",
	"memory is short there, or its limits are lower",
	"choose another node")
REFUSAL(ARRIVE_XSTATE, EINVAL, "its processor state was refused there (error %d)",
	"its registers do not fit the processor there",
	"choose another node")
REFUSAL(ARRIVE_SCHED, EPERM, "its scheduling policy was refused there (error %d)",
	"no bandwidth for deadlines is left there",
	"choose another node")
REFUSAL(ARRIVE_TIMER, ENOMEM, "its timer %d cannot be made there (error %d)",
	"memory is short there",
	"choose another node")
REFUSAL(ARRIVE_STREAM, EINVAL, "the stream is wrong: %s: %s (%llu)",
	"the stream was damaged, or not written by Kerrighed",
	"look into the kernel log of both nodes")
