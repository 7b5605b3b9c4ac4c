/** What every attack's program begins with: words to say what happened, and the numbers of system calls. */

/** Numbers for x86-64, which the attacks are written for. */
const numbers = {
  read: 0,
  ioctl: 16,
  shmget: 29,
  shmat: 30,
  socket: 41,
  connect: 42,
  clone: 56,
  ptrace: 101,
  syslog: 103,
  personality: 135,
  pivot_root: 155,
  adjtimex: 159,
  chroot: 161,
  settimeofday: 164,
  mount: 165,
  swapon: 167,
  reboot: 169,
  sethostname: 170,
  init_module: 175,
  quotactl: 179,
  iopl: 172,
  mknod: 133,
  clock_settime: 227,
  mbind: 237,
  add_key: 248,
  request_key: 249,
  keyctl: 250,
  move_pages: 279,
  unshare: 272,
  name_to_handle_at: 303,
  open_by_handle_at: 304,
  perf_event_open: 298,
  fanotify_init: 300,
  setns: 308,
  process_vm_readv: 310,
  kcmp: 312,
  finit_module: 313,
  kexec_load: 246,
  bpf: 321,
  userfaultfd: 323,
  io_uring_setup: 425,
  open_tree: 428,
  fsopen: 430,
  clone3: 435,
  pidfd_open: 434,
  pidfd_getfd: 438,
  mount_setattr: 442,
  quotactl_fd: 443,
  memfd_secret: 447,
  modify_ldt: 154,
  acct: 163,
  clock_adjtime: 305,
  mq_open: 240,
  mq_timedreceive: 243,
  semget: 64,
  msgget: 68,
  msgrcv: 70,
  inotify_init1: 294,
  io_setup: 206,
  memfd_create: 319,
  prctl: 157,
  prlimit64: 302,
  renameat2: 316,
  sched_setscheduler: 144,
  setpriority: 141,
  setxattr: 188,
  timer_create: 222,
} as const

const constants = Object.entries(numbers)
  .map(([name, number]) => `sub NR_${name} () { ${number} }`)
  .join(' ')

/** Perl. `harm` ends the program; `slurp` reads a file, or nothing;
 * `may_write` opens a file and writes nothing; `canary` knows what was planted. */
export const prelude: string = `use Socket; use POSIX (); $| = 1; print "RAN\\n"; $SIG{PIPE} = 'IGNORE'; ${constants}
sub harm { print "HARM @_\\n"; exit 0 }
sub slurp { open(my $f, '<', $_[0]) or return ''; local $/; my $t = <$f>; close $f; defined $t ? $t : '' }
sub put { open(my $f, '>', $_[0]) or return 0; print $f ($_[1] || 'attack'); close $f }
sub canary { harm('read') if $_[0] =~ /CUSTOS-CANARY/ }
sub may_write { sysopen(my $f, $_[0], 1) or return 0; close $f; 1 }
sub sys { my @a = map { my $x = /^-?\\d+$/ ? $_ + 0 : $_; $x } @_; my $n = shift @a; syscall($n, @a) }
`
