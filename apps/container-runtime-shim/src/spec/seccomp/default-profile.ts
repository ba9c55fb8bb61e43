import type { OciSeccomp } from '../oci-spec.ts'

/**
 * The profile behind `seccompProfile: {type: RuntimeDefault}`: a list of what programs need, everything else fails with
 * EPERM. It allows what the defaults of the other runtimes allow, so that an image which runs there runs here. Names that
 * libseccomp does not know on this machine are left out by runc.
 */

/** Always allowed, by what they deal with. */
const allowed: Readonly<Record<string, string>> = {
  files:
    'access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 ' +
    'fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync flock fstat ' +
    'fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64 lchown lchown32 ' +
    'link linkat _llseek lseek lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat openat2 ' +
    'pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv rename renameat renameat2 ' +
    'rmdir sendfile sendfile64 splice stat stat64 statfs statfs64 statx symlink symlinkat sync sync_file_range syncfs tee ' +
    'truncate truncate64 umask unlink unlinkat utime utimensat utimensat_time64 utimes vmsplice write writev cachestat',
  attributes:
    'fgetxattr flistxattr fremovexattr fsetxattr getxattr lgetxattr listxattr llistxattr lremovexattr lsetxattr removexattr ' +
    'setxattr getxattrat listxattrat removexattrat setxattrat',
  events:
    'epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 ' +
    'fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents ' +
    'io_pgetevents io_pgetevents_time64 io_setup io_submit ioprio_get ioprio_set poll ppoll ppoll_time64 pselect6 ' +
    'pselect6_time64 select _newselect signalfd signalfd4',
  memory:
    'brk get_mempolicy madvise map_shadow_stack memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2 mprotect ' +
    'mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_mrelease remap_file_pages',
  processes:
    'arch_prctl capget capset execve execveat exit exit_group fork getegid getegid32 geteuid geteuid32 getgid getgid32 ' +
    'getgroups getgroups32 getpgid getpgrp getpid getppid getpriority getresgid getresgid32 getresuid getresuid32 getrlimit ' +
    'get_robust_list getrusage getsid gettid getuid getuid32 get_thread_area kill landlock_add_rule landlock_create_ruleset ' +
    'landlock_restrict_self membarrier modify_ldt pause pidfd_open pidfd_send_signal prctl prlimit64 ptrace ' +
    'process_vm_readv process_vm_writev rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn ' +
    'rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_getaffinity sched_getattr ' +
    'sched_getparam sched_get_priority_max sched_get_priority_min sched_getscheduler sched_rr_get_interval ' +
    'sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp ' +
    'setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setpgid setpriority setregid setregid32 ' +
    'setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setrlimit set_robust_list setsid set_thread_area ' +
    'set_tid_address setuid setuid32 sigaltstack sigprocmask sigreturn tgkill tkill ugetrlimit vfork wait4 waitid waitpid ' +
    'lsm_get_self_attr lsm_list_modules',
  locks:
    'futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake ipc mq_getsetattr mq_notify mq_open ' +
    'mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl ' +
    'semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget',
  network:
    'accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg ' +
    'send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair pipe pipe2 ioctl',
  time:
    'adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 ' +
    'clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete ' +
    'timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime ' +
    'timerfd_gettime64 timerfd_settime timerfd_settime64 times',
  system: 'getcpu getrandom restart_syscall sysinfo uname',
}

/** Allowed with a capability, and pointless without. */
const withCapability: Readonly<Record<string, string>> = {
  CAP_DAC_READ_SEARCH: 'open_by_handle_at',
  CAP_SYS_ADMIN:
    'bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr move_mount open_tree ' +
    'perf_event_open quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare',
  CAP_SYS_BOOT: 'reboot',
  CAP_SYS_CHROOT: 'chroot',
  CAP_SYS_MODULE: 'delete_module init_module finit_module',
  CAP_SYS_PACCT: 'acct',
  CAP_SYS_PTRACE: 'kcmp pidfd_getfd process_madvise',
  CAP_SYS_RAWIO: 'iopl ioperm',
  CAP_SYS_TIME: 'settimeofday stime clock_settime clock_settime64',
  CAP_SYS_TTY_CONFIG: 'vhangup',
  CAP_SYS_NICE: 'mbind set_mempolicy set_mempolicy_home_node',
  CAP_SYSLOG: 'syslog',
  CAP_BPF: 'bpf',
  CAP_PERFMON: 'perf_event_open',
}

/** Flags of clone(2) that make namespaces (mount, cgroup, uts, ipc, user, pid, net). */
const cloneNamespaces = 0x7e020000
const [eperm, enosys] = [1, 38]
const vsock = 40

export function defaultSeccompProfile(capabilities: readonly string[]): OciSeccomp {
  const allow = (names: string[], args?: NonNullable<OciSeccomp['syscalls']>[number]['args']) => ({
    names,
    action: 'SCMP_ACT_ALLOW',
    ...(args ? { args } : {}),
  })
  const admin = capabilities.includes('CAP_SYS_ADMIN')
  // Linux, the two that run old binaries, and 'tell me' (0xffffffff)
  const personalities = [0, 0x8, 0x20000, 0x20008, 0xffffffff]
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: eperm,
    architectures: architectures[process.arch] ?? [],
    syscalls: [
      allow(Object.values(allowed).flatMap(names => names.split(' '))),
      ...personalities.map(value => allow(['personality'], [{ index: 0, value, op: 'SCMP_CMP_EQ' }])),
      // a socket to the hypervisor leads out of the container
      allow(['socket'], [{ index: 0, value: vsock, op: 'SCMP_CMP_NE' }]),
      ...Object.entries(withCapability).flatMap(([name, calls]) =>
        capabilities.includes(name) ? [allow(calls.split(' '))] : [],
      ),
      ...(admin
        ? []
        : [
            allow(['clone'], [{ index: 0, value: cloneNamespaces, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }]),
            // its flags lie in memory, which a filter cannot read: ENOSYS makes the C library fall back to clone
            { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: enosys },
          ]),
    ],
  }
}

const architectures: Record<string, string[]> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
}
