/**
 * What the filter of the Landlock rung refuses over and above what every rung refuses. Nothing here is in a
 * namespace of its own, so whatever Landlock does not speak of has to be taken away by system call: sockets that
 * lead to anybody but us, queues and memory that are found by number, other processes' priorities and limits, and
 * modes, owners and times of files, which Landlock leaves to whoever owns them.
 */
import type { SeccompRule } from '../seccomp/filter.ts'
import { handOver } from '../seccomp/filter.ts'
import { coreRules } from '../seccomp/program-rules.ts'

const notPermitted = 1
const accessDenied = 13
const noSuchOption = 92
const notSupported = 95
const protocolNotSupported = 93
const familyNotSupported = 97
const unix = 1
const inet = 2
const stream = 1
const sequenced = 5
const withoutFlags = 0xf
const tcp = 6
/** Connects and sends in one call, which no rule about `connect` sees. */
const fastOpen = 0x20000000

/** Answered by the warden, which makes the connection or the change itself or refuses it. */
const handedOver: readonly string[] = ['connect', 'chmod', 'fchmod', 'fchmodat', 'fchmodat2', 'utimensat']

/** A socket that is bound or listens can be reached from outside, and no rule of Landlock sees every way to it. */
const noServers: readonly string[] = ['bind', 'listen', 'accept', 'accept4']

/** Found by number and not by path, and shared with everything that runs as the same user. */
const sharedByNumber: readonly string[] = [
  'shmget',
  'shmat',
  'shmctl',
  'semget',
  'semop',
  'semtimedop',
  'semctl',
  'msgget',
  'msgsnd',
  'msgrcv',
  'msgctl',
  'mq_open',
  'mq_unlink',
]

/** Owners and attributes of files that only have to be seen; and news of them. */
const metadata: readonly string[] = [
  'chown',
  'fchown',
  'lchown',
  'fchownat',
  'utime',
  'utimes',
  'futimesat',
  'inotify_add_watch',
]
const attributes: readonly string[] = [
  'setxattr',
  'lsetxattr',
  'fsetxattr',
  'removexattr',
  'lremovexattr',
  'fremovexattr',
]

/** The process that is changed is the first argument, and 0 is the caller. */
const ofProcess: readonly string[] = [
  'prlimit64',
  'sched_setaffinity',
  'sched_setscheduler',
  'sched_setparam',
  'sched_setattr',
]

const refuse = (syscalls: readonly string[], errno: number): readonly SeccompRule[] =>
  syscalls.map((syscall) => ({ syscall, errno }))

const sockets: readonly SeccompRule[] = [
  { syscall: 'socket', errno: familyNotSupported, when: [{ argument: 0, noneOf: [unix, inet] }] },
  {
    syscall: 'socket',
    errno: notPermitted,
    when: [{ argument: 1, noneOf: [stream], mask: withoutFlags }],
  },
  { syscall: 'socket', errno: protocolNotSupported, when: [{ argument: 2, noneOf: [0, tcp] }] },
  { syscall: 'socketpair', errno: familyNotSupported, when: [{ argument: 0, noneOf: [unix] }] },
  // One of datagrams could send to any socket that has a path.
  {
    syscall: 'socketpair',
    errno: protocolNotSupported,
    when: [{ argument: 1, noneOf: [stream, sequenced], mask: withoutFlags }],
  },
  // What is connected is a local socket in the end; libraries live with an option that is not there.
  { syscall: 'setsockopt', errno: noSuchOption, when: [{ argument: 1, oneOf: [tcp] }] },
  { syscall: 'sendto', errno: notPermitted, when: [{ argument: 3, anyBitOf: fastOpen }] },
  { syscall: 'sendmsg', errno: notPermitted, when: [{ argument: 2, anyBitOf: fastOpen }] },
  { syscall: 'sendmmsg', errno: notPermitted, when: [{ argument: 3, anyBitOf: fastOpen }] },
]

/** Not of another process, and not of all processes of a user. */
const priorities: readonly SeccompRule[] = (['setpriority', 'ioprio_set'] as const).flatMap((syscall) => [
  { syscall, errno: notPermitted, when: [{ argument: 1, noneOf: [0] }] },
  { syscall, errno: notPermitted, when: [{ argument: 0, oneOf: [syscall === 'setpriority' ? 2 : 3] }] },
])

/** Rules about what is handed over: what every rung refuses of `chmod` is refused by the warden here. */
const coreWithoutHandedOver = coreRules.filter(({ syscall }) => !handedOver.includes(syscall))

/** The rules of a program that has no namespace of its own. */
export const landlockFilterRules: readonly SeccompRule[] = [
  ...coreWithoutHandedOver,
  ...refuse(handedOver, handOver),
  ...refuse(noServers, accessDenied),
  ...refuse(sharedByNumber, notPermitted),
  ...refuse(metadata, notPermitted),
  ...refuse(attributes, notSupported),
  ...ofProcess.map((syscall): SeccompRule => ({
    syscall,
    errno: notPermitted,
    when: [{ argument: 0, noneOf: [0] }],
  })),
  ...sockets,
  ...priorities,
]
