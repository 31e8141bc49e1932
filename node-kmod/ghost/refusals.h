/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a process cannot move: name, errno, sentence; then, for docs/refusals.md,
 * which tools/refusal-table makes from this file, why that is, and what to do.
 */
R(NOT_A_PROCESS, EPERM, "%d is not a user process",
	"a kernel thread belongs to its node",
	"")
R(INIT, EPERM, "%d is the init of its container",
	"each node has its own container with its own init",
	"")
R(EXITING, EPERM, "%d is exiting",
	"there is nothing left to move",
	"")
R(LEADER_ENDED, EPERM, "its first thread has ended, and others go on",
	"the PID of a process is that of its first thread",
	"let the first thread wait for the others")
R(THREAD_FILES, EPERM, "its thread %d has a descriptor table of its own",
	"one table is moved, not several",
	"do not unshare(CLONE_FILES) in a thread")
R(THREAD_FS, EPERM, "its thread %d has a working directory and umask of its own",
	"one working directory is moved, not several",
	"do not unshare(CLONE_FS) in a thread")
R(SHARED_MM, EPERM, "its memory is shared with process %d",
	"both would have to move at the same moment",
	"wait until a vfork() child has called exec; use threads instead of clone(CLONE_VM)")
R(SHARED_FILES, EPERM, "its descriptor table is shared with another process",
	"both would have to move at the same moment",
	"use threads, or fork() without CLONE_FILES")
R(SHARED_FS, EPERM, "its working directory and umask are shared with another process",
	"both would have to move at the same moment",
	"use threads, or fork() without CLONE_FS")
R(SHARED_SIGHAND, EPERM, "its signal handlers are shared with another process",
	"both would have to move at the same moment",
	"use threads, or fork() without CLONE_SIGHAND")
R(TRACED, EBUSY, "it is traced by process %d",
	"a debugger works on the node where it is",
	"detach the debugger")
R(TRACING, EBUSY, "it traces process %d",
	"what it traces would stay behind",
	"let it detach")
R(POSIX_TIMERS, EBUSY, "it has timers made by timer_create",
	"timers of timer_create are not carried yet",
	"use setitimer")
R(IO_URING, ENOSYS, "it uses io_uring",
	"requests in flight belong to this kernel",
	"turn io_uring off in the program")
R(SECCOMP, EPERM, "it runs under a seccomp filter",
	"a filter would be lost on the way, and with it the confinement",
	"start it without a filter")
R(KEYRING, EPERM, "it has its own %s keyring",
	"keys stay in the kernel that holds them",
	"start it without pam_keyinit")
R(CONFINED, EPERM, "it is confined by the security profile %s",
	"the profile may differ there, and with it the confinement",
	"let it run unconfined")
R(IOPORT, EBUSY, "it has access to I/O ports",
	"the ports are those of this PC",
	"")
R(DEBUG_REGISTERS, EBUSY, "it has hardware breakpoints",
	"hardware breakpoints are not carried",
	"remove the breakpoints")
R(SHADOW_STACK, EPERM, "it runs with a shadow stack",
	"shadow stacks are not carried yet",
	"run it with GLIBC_TUNABLES=glibc.cpu.hwcaps=-SHSTK")
R(AMX, EPERM, "it uses AMX tile registers",
	"tile registers are not carried yet",
	"")
R(NO_XSAVE, ENOSYS, "this processor has no XSAVE",
	"there is no format for the registers",
	"")
R(COMPAT, EPERM, "it is a 32-bit program",
	"only 64-bit programs are supported",
	"use a 64-bit build")
R(SEGMENTS, EPERM, "it has its own memory segments (modify_ldt, set_thread_area)",
	"segments of its own are not carried",
	"")
R(SPECULATION, EPERM, "it has changed the processor's speculation settings",
	"the settings may not exist on the other processor",
	"start it without them")
R(FORBIDDEN_CALLS, EPERM, "it has forbidden itself the instructions %s",
	"the prohibition would be lost on the way",
	"")
R(SEM_UNDO, EBUSY, "it has System V semaphore operations to undo at its exit",
	"the semaphores are those of this node",
	"do not use SEM_UNDO")
R(PI_MUTEX, EBUSY, "it holds or waits for a priority-inheritance mutex",
	"the kernel here keeps the priorities",
	"move it when it has let the mutex go")
R(MEMPOLICY, EBUSY, "it has a NUMA memory policy",
	"memory nodes differ from PC to PC",
	"start it without numactl")
R(CGROUP, EBUSY, "it is in the control group %s",
	"the limits of the group would be lost on the way",
	"let it run in the group of the container")
R(NAMESPACE, EPERM, "its %s namespace is not the container's",
	"a namespace exists on one node",
	"start it without unshare")
R(USER_NAMESPACE, EPERM, "it is in a user namespace",
	"its user ids mean something else outside",
	"start it outside of the user namespace")
R(NESTED_CONTAINER, EPERM, "it is in a PID namespace of its own",
	"a container in the container exists on one node",
	"start it outside of that container")
R(ROOT, EPERM, "its root directory is not the container's",
	"only the root of the container is the same everywhere",
	"start it without chroot")
R(CWD, EPERM, "its working directory %s",
	"the other node could not enter it",
	"change to a directory that all nodes have")
R(BINARY_FORMAT, EPERM, "its program is not an ELF program",
	"only ELF programs are supported",
	"")
R(EXE, EPERM, "its program %s",
	"the other node could not open it",
	"start it again from a file that all nodes have")
R(MAP_LOCKED, EPERM, "its memory at %lx is locked (mlock)",
	"the promise of mlock would be broken during the move",
	"start it without mlock")
R(MAP_HUGETLB, EPERM, "its memory at %lx is of hugetlbfs",
	"the other node may have no pages of that size",
	"use transparent huge pages")
R(MAP_DEVICE, EPERM, "it maps the device %s",
	"the device is that of this PC",
	"")
R(MAP_SPECIAL, EPERM, "it has a special mapping of the kernel at %lx",
	"only a driver of this kernel knows what it is",
	"")
R(MAP_AIO, EBUSY, "it has asynchronous I/O (io_setup)",
	"requests in flight belong to this kernel",
	"use threads for input and output")
R(MAP_SHM, EPERM, "it has attached shared memory (%s)",
	"memory shared by several nodes is not supported yet",
	"use files on a shared mount")
R(MAP_SHARED_ANON, EPERM, "its memory at %lx is shared (MAP_SHARED)",
	"memory shared by several nodes is not supported yet",
	"use files on a shared mount")
R(MAP_SHARED_WRITE, EPERM, "it maps %s shared and may write to it",
	"memory shared by several nodes is not supported yet",
	"use write(2)")
R(MAP_FILE, EPERM, "it maps a file that %s",
	"the other node could not open it",
	"keep the files that it maps")
R(MAP_OTHER, EPERM, "it maps %s, which is no file",
	"it belongs to this kernel",
	"")
R(MAP_USERFAULTFD, EPERM, "its memory at %lx is registered with userfaultfd",
	"who fills the memory would stay behind",
	"")
R(MAP_SEALED, EPERM, "its memory at %lx is sealed (mseal)",
	"the seal would have to be broken to move it",
	"start it without mseal")
R(MAP_PKEY, EPERM, "its memory at %lx has a protection key",
	"protection keys are not carried yet",
	"start it without protection keys")
R(MAP_HIGH, EPERM, "it has memory above 128 TiB",
	"not every processor has that address space",
	"do not ask mmap for high addresses")
R(MAP_MEMPOLICY, EBUSY, "its memory at %lx has a NUMA policy",
	"memory nodes differ from PC to PC",
	"start it without mbind")
R(MM_TAGGED, EPERM, "it uses tagged addresses",
	"not every processor ignores the tags",
	"")
R(MM_MERGE_ANY, EPERM, "it lets all its memory be merged (PR_SET_MEMORY_MERGE)",
	"the other node may not merge pages",
	"start it without the setting")
R(FD_PIPE, ENOSYS, "descriptor %d is a pipe",
	"streams between nodes are not supported yet",
	"use a file on a shared mount, or /dev/null")
R(FD_SOCKET, ENOSYS, "descriptor %d is a socket",
	"streams between nodes are not supported yet",
	"close it")
R(FD_TTY, ENOSYS, "descriptor %d is the terminal %s",
	"the terminal is on this node",
	"redirect input and output to files")
R(FD_ANON, ENOSYS, "descriptor %d is %s",
	"it belongs to this kernel",
	"close it")
R(FD_DEVICE, ENOSYS, "descriptor %d is the device %s",
	"the device is that of this PC",
	"close it")
R(FD_PSEUDO, ENOSYS, "descriptor %d is %s, a file of the kernel",
	"its contents are those of this kernel",
	"close it after reading")
R(FD_GONE, ENOSYS, "descriptor %d is a file that %s",
	"the other node could not open it",
	"keep the files that it has open")
R(FD_LOCAL_DIRECTORY, ENOSYS, "descriptor %d is the directory %s, which is not on a shared mount",
	"the other node may have another one there",
	"use a shared mount")
R(FD_LOCAL_WRITE, ENOSYS, "descriptor %d is %s, open for writing and not on a shared mount",
	"what it writes would end up in another file",
	"keep the file on a shared mount")
R(FD_SHARED_POSITION, ENOSYS, "descriptor %d (%s) shares its position with another process",
	"the position would no longer be one",
	"let each process open the file itself")
R(FD_LOCK, EBUSY, "descriptor %d (%s) holds a file lock or a lease",
	"the lock is kept by this kernel",
	"let it release the lock")
R(INTERRUPTED, EBUSY, "it is in a timed wait on a clock that cannot move",
	"that clock counts what this node has done",
	"sleep on CLOCK_MONOTONIC")
R(SCHED_POLICY, EPERM, "its scheduling policy %d cannot move",
	"the policy is unknown there",
	"choose another policy with chrt")
/* found on the other node */
R(ARRIVE_OPEN, ENOENT, "%s cannot be opened there (error %d)",
	"the nodes differ",
	"install the same file there")
R(ARRIVE_KIND, ENOENT, "%s is something else there",
	"the nodes differ",
	"install the same file there")
R(ARRIVE_NOT_SHARED, ENOENT, "%s is not on a shared mount there",
	"the nodes differ",
	"mount it there too")
R(ARRIVE_CHANGED, ESTALE, "%s differs there (size or time of last change)",
	"the program would read something else",
	"install the same version there")
R(ARRIVE_CWD, ENOENT, "its working directory %s cannot be used there (error %d)",
	"the nodes differ",
	"make the directory there")
R(ARRIVE_MAP, ENOMEM, "its memory at %llx cannot be mapped there (error %d)",
	"memory is short there, or its limits are lower",
	"choose another node")
R(ARRIVE_PAGE, ENOMEM, "no memory there for its page at %llx",
	"memory is short there",
	"choose another node")
R(ARRIVE_FD, EMFILE, "its descriptor %d cannot be used there (error %d)",
	"memory is short there, or its limits are lower",
	"choose another node")
R(ARRIVE_XSTATE, EINVAL, "its processor state was refused there (error %d)",
	"its registers do not fit the processor there",
	"choose another node")
R(ARRIVE_SCHED, EPERM, "its scheduling policy was refused there (error %d)",
	"no bandwidth for deadlines is left there",
	"choose another node")
R(ARRIVE_STREAM, EINVAL, "the stream is wrong: %s: %s (%llu)",
	"the stream was damaged, or not written by Kerrighed",
	"look into the kernel log of both nodes")
