/**
 * What a program inside a boundary may not ask of the kernel. Namespaces already take away what these calls would
 * reach; the rules take away the calls, because the kernel's seldom used corners are where it has been broken.
 *
 * The default is to allow what is not named here and is not newer than the list: a compiler, a package manager or
 * a browser uses some three hundred calls, and a list of those ages badly, while what is dangerous is known. What
 * is newer than the list is answered as not implemented, for which every libc has another way.
 */
import type { SeccompRule } from './filter.ts'
import { seccompFilter } from './filter.ts'
import type { Architecture } from './syscalls.ts'

const notPermitted = 1
const notImplemented = 38
const protocolNotSupported = 93
const familyNotSupported = 97

const refused: readonly string[] = [
  // Looking into, or reaching into, another process.
  'ptrace',
  'process_vm_readv',
  'process_vm_writev',
  'process_madvise',
  'kcmp',
  'pidfd_getfd',
  // Namespaces and mounts: the boundary is made of them.
  'unshare',
  'setns',
  'mount',
  'umount2',
  'pivot_root',
  'chroot',
  'open_tree',
  'move_mount',
  'fsopen',
  'fsconfig',
  'fsmount',
  'fspick',
  'mount_setattr',
  'name_to_handle_at',
  'open_by_handle_at',
  // Programs and queues in the kernel, and memory that answers by itself.
  'bpf',
  'perf_event_open',
  'userfaultfd',
  'io_uring_setup',
  'io_uring_enter',
  'io_uring_register',
  'fanotify_init',
  'fanotify_mark',
  'lookup_dcookie',
  'memfd_secret',
  // Keyrings are not in any namespace.
  'add_key',
  'request_key',
  'keyctl',
  // The machine: kernel modules, power, clocks, swap, accounts, ports, names.
  'kexec_load',
  'kexec_file_load',
  'init_module',
  'finit_module',
  'delete_module',
  'create_module',
  'get_kernel_syms',
  'query_module',
  'reboot',
  'swapon',
  'swapoff',
  'syslog',
  'acct',
  'quotactl',
  'quotactl_fd',
  'settimeofday',
  'clock_settime',
  'clock_adjtime',
  'adjtimex',
  'iopl',
  'ioperm',
  'modify_ldt',
  'vhangup',
  'sethostname',
  'setdomainname',
  // Where memory lies.
  'mbind',
  'set_mempolicy',
  'set_mempolicy_home_node',
  'migrate_pages',
  'move_pages',
  // Left from other times.
  'uselib',
  'ustat',
  'sysfs',
  '_sysctl',
  'nfsservctl',
]

const setIdBits = 0o6000
const createBits = 0o100 | 0o20000000
const deviceBit = 0o20000
const newNamespaceBits = 0x7e020000
const unix = 1
const inet = 2
const inet6 = 10
const netlink = 16
const stream = 1
const datagram = 2
const sequenced = 5
const withoutFlags = 0xf
const tcp = 6
const udp = 17

/** Characters put into the terminal, its console and its line discipline. */
const terminalTricks = [0x5412, 0x541c, 0x541d, 0x5423]

/**
 * A set-user-id file made in a folder that is written in place would be one outside as well, where there is no
 * boundary around who starts it. `openat2` takes its mode in memory that a filter cannot read, so it is not there.
 */
const noSetIdFiles: readonly SeccompRule[] = [
  { syscall: 'chmod', errno: notPermitted, when: [{ argument: 1, anyBitOf: setIdBits }] },
  { syscall: 'fchmod', errno: notPermitted, when: [{ argument: 1, anyBitOf: setIdBits }] },
  { syscall: 'fchmodat', errno: notPermitted, when: [{ argument: 2, anyBitOf: setIdBits }] },
  { syscall: 'fchmodat2', errno: notPermitted, when: [{ argument: 2, anyBitOf: setIdBits }] },
  { syscall: 'creat', errno: notPermitted, when: [{ argument: 1, anyBitOf: setIdBits }] },
  {
    syscall: 'open',
    errno: notPermitted,
    when: [
      { argument: 1, anyBitOf: createBits },
      { argument: 2, anyBitOf: setIdBits },
    ],
  },
  {
    syscall: 'openat',
    errno: notPermitted,
    when: [
      { argument: 2, anyBitOf: createBits },
      { argument: 3, anyBitOf: setIdBits },
    ],
  },
  { syscall: 'openat2', errno: notImplemented },
  { syscall: 'mknod', errno: notPermitted, when: [{ argument: 1, anyBitOf: setIdBits | deviceBit }] },
  { syscall: 'mknodat', errno: notPermitted, when: [{ argument: 2, anyBitOf: setIdBits | deviceBit }] },
]

/** Of a processor's personalities, asking and the plain one. */
const noPersonality: SeccompRule = {
  syscall: 'personality',
  errno: notPermitted,
  when: [{ argument: 0, noneOf: [0xffffffff, 0] }],
}

/** `clone3` has its flags in memory; libc takes `clone` when it is not there. */
const noNamespaces: readonly SeccompRule[] = [
  { syscall: 'clone3', errno: notImplemented },
  { syscall: 'clone', errno: notPermitted, when: [{ argument: 0, anyBitOf: newNamespaceBits }] },
]

/** The machine has so many slots for such queues in all, and whoever takes them takes them from everybody's databases. */
const noQueuesOfAll: readonly SeccompRule[] = [{ syscall: 'io_setup', errno: notImplemented }]

/** What a boundary with a network namespace of its own allows: local sockets, and addresses that lead nowhere. */
export const namespacedSockets: readonly SeccompRule[] = [
  {
    syscall: 'socket',
    errno: familyNotSupported,
    when: [{ argument: 0, noneOf: [unix, inet, inet6, netlink] }],
  },
  {
    syscall: 'socket',
    errno: protocolNotSupported,
    when: [
      { argument: 0, oneOf: [inet, inet6] },
      { argument: 2, noneOf: [0, tcp, udp] },
    ],
  },
  {
    syscall: 'socket',
    errno: notPermitted,
    when: [
      { argument: 0, oneOf: [unix, inet, inet6] },
      { argument: 1, noneOf: [stream, datagram, sequenced], mask: withoutFlags },
    ],
  },
  // Of netlink, only the questions about addresses that libc asks: routing is protocol 0.
  {
    syscall: 'socket',
    errno: protocolNotSupported,
    when: [
      { argument: 0, oneOf: [netlink] },
      { argument: 2, noneOf: [0] },
    ],
  },
  { syscall: 'socketpair', errno: familyNotSupported, when: [{ argument: 0, noneOf: [unix] }] },
]

/** Everything but the sockets, which depend on the rung. */
export const coreRules: readonly SeccompRule[] = [
  ...refused.map((syscall): SeccompRule => ({ syscall, errno: notPermitted })),
  ...noSetIdFiles,
  noPersonality,
  ...noNamespaces,
  ...noQueuesOfAll,
  { syscall: 'ioctl', errno: notPermitted, when: [{ argument: 1, oneOf: terminalTricks }] },
]

/** The rules of a program in namespaces of its own. */
export const programRules: readonly SeccompRule[] = [...coreRules, ...namespacedSockets]

/**
 * The rules of a machine, whose own kernel answers its programs: of what it does for them on the host, only what
 * would outlast it there.
 */
export const machineRules: readonly SeccompRule[] = noSetIdFiles

const compiled = new Map<readonly SeccompRule[], Buffer>()

/** The filter for a program, or for a machine, on the architecture that we run on. Made once. */
export function programFilter(architecture: Architecture, isMachine: boolean = false): Buffer {
  const rules = isMachine ? machineRules : programRules
  const found = compiled.get(rules) ?? seccompFilter(rules, architecture)
  compiled.set(rules, found)
  return found
}
