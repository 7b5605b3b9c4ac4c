/** The kernel’s corners: calls that no program inside needs, and that have broken boundaries before. */
import type { AttackFamily } from '../attack.ts'

const r = String.raw
const gvisor = (reason: string): { readonly gvisor: string } => ({ gvisor: reason })
const emulated = gvisor('the call is answered by the machine’s own kernel, which reaches nothing of the host')

/** Attacks on the kernel. */
export const kernel: AttackFamily = {
  family: 'kernel',
  attacks: [
    {
      name: 'make a user namespace',
      without: ['namespaces refused'],
      perl: r`harm('userns') if sys(NR_unshare, 0x10000000) == 0`,
      notOn: emulated,
    },
    {
      name: 'make a user namespace by clone',
      without: ['namespaces refused'],
      perl: r`
        my $p = sys(NR_clone, 0x10000011, 0, 0, 0, 0); if (defined $p && $p == 0) {
        POSIX::_exit(0) } harm('userns') if $p > 0`,
      notOn: emulated,
    },
    {
      name: 'make a user namespace by clone3',
      without: ['namespaces refused'],
      perl: r`
        my $a = pack('Q8', 0x10000000, 0, 0, 0, 17, 0, 0, 0); my $p = sys(NR_clone3, $a, 64);
        if (defined $p && $p == 0) { POSIX::_exit(0) } harm('userns') if $p > 0`,
      notOn: emulated,
    },
    {
      name: 'mount something over the system',
      without: ['mount refused'],
      perl: r`
        sys(NR_unshare, 0x10020000);
        harm('mounted') if sys(NR_mount, 'tmpfs', '/usr', 'tmpfs', 0, 0) == 0`,
      notOn: emulated,
    },
    {
      name: 'make a file system',
      without: ['fsopen refused'],
      perl: r`sys(NR_unshare, 0x10020000); harm('fsopen') if sys(NR_fsopen, 'tmpfs', 0) >= 0`,
      notOn: emulated,
    },
    {
      name: 'change the root',
      without: ['chroot refused'],
      perl: r`sys(NR_unshare, 0x10000000); harm('chroot') if sys(NR_chroot, '/tmp') == 0`,
      notOn: emulated,
    },
    {
      name: 'set up an io_uring',
      without: ['io_uring refused'],
      perl: r`my $p = "\0" x 120; harm('ring') if sys(NR_io_uring_setup, 1, $p) >= 0`,
    },
    {
      name: 'count the processor’s events',
      without: ['perf refused'],
      perl: r`
        my $a = pack('IIQ', 1, 112, 0) . ("\0" x 96); substr($a, 40, 8) = pack('Q', 0x63);
        my $n = sys(NR_perf_event_open, $a, 0, -1, -1, 0); harm('perf') if $n >= 0`,
      notOn: emulated,
    },
    {
      name: 'load a program into the kernel',
      without: 'plain as root',
      perl: r`
        my $a = pack('IIIII', 2, 4, 4, 1, 0) . ("\0" x 100); $! = 0;
        my $n = sys(NR_bpf, 0, $a, 120);
        harm('bpf reached: ' . ($! + 0)) if $n >= 0 || ($! != 38 && $! + 0 != 1)`,
      notOn: emulated,
    },
    {
      name: 'answer page faults',
      without: ['userfaultfd refused'],
      perl: r`harm('userfaultfd') if sys(NR_userfaultfd, 1) >= 0`,
    },
    {
      name: 'make memory that nobody can look into',
      without: ['memfd_secret refused'],
      perl: r`$! = 0; my $n = sys(NR_memfd_secret, 0); harm('secret') if $n >= 0`,
    },
    {
      name: 'read how the clock is kept',
      without: ['adjtimex refused'],
      perl: r`my $b = "\0" x 256; harm('clock') if sys(NR_adjtimex, $b) >= 0`,
      notOn: emulated,
    },
    {
      name: 'set the clock',
      without: 'plain',
      perl: r`
        my $t = pack('qq', 0, 0); harm('set') if sys(NR_clock_settime, 0, $t) == 0;
        my $b = pack('Ix4q', 0) . ("\0" x 250); $! = 0; sys(NR_clock_adjtime, 0, $b);
        harm('reached') if $! == 0`,
      notOn: emulated,
    },
    {
      name: 'name the machine',
      without: 'plain as root',
      perl: r`harm('named') if do { my $h = $ENV{A_HOSTNAME}; sys(NR_sethostname, $h, length $h) == 0 }`,
      notOn: emulated,
    },
    {
      name: 'change where memory lies',
      without: ['mbind refused'],
      perl: r`$! = 0; my $n = sys(NR_mbind, 0, 0, 0, 0, 0, 0); harm('mbind') if $n == 0 || $! == 22`,
      notOn: emulated,
    },
    {
      name: 'make a segment of one’s own',
      without: ['modify_ldt refused'],
      perl: r`my $b = "\0" x 64; $! = 0; harm('ldt') if sys(NR_modify_ldt, 0, $b, 64) >= 0`,
      notOn: emulated,
    },
    {
      name: 'take on another personality',
      without: ['personality refused'],
      perl: r`harm('personality') if sys(NR_personality, 0x0040000) >= 0`,
      notOn: emulated,
    },
    {
      name: 'call through the other numbering of system calls',
      without: ['system call filter'],
      perl: r`
        my $c = fork; if (!$c) { sys(0x40000000 + 39); POSIX::_exit(0) }
        waitpid $c, 0; harm('x32 was answered') if ($? & 127) == 0`,
      notOn: emulated,
    },
    {
      name: 'read the kernel’s messages',
      without: 'plain as root',
      perl: r`
        my $b = "\0" x 4096; harm('log') if sys(NR_syslog, 3, $b, 4096) > 0;
        harm('kmsg') if open(my $f, '<', '/dev/kmsg')`,
      notOn: emulated,
    },
    {
      name: 'have a capability',
      without: ['no capabilities'],
      perl: r`
        my ($caps) = slurp('/proc/self/status') =~ /CapEff:\s*([0-9a-f]+)/;
        harm($caps) if hex($caps) != 0`,
      notOn: emulated,
    },
    {
      name: 'keep the way open to gain a privilege',
      without: 'plain',
      perl: r`
        my ($n) = slurp('/proc/self/status') =~ /NoNewPrivs:\s*(\d)/;
        harm('programs may still gain some') if !$n`,
      notOn: emulated,
    },
    {
      name: 'make a device',
      without: 'plain as root',
      perl: r`
        harm('device') if sys(NR_mknod, 'null', 0020666, 0x103) == 0 && open(my $f, '<', 'null')`,
      notOn: emulated,
      needs: 'user',
    },
  ],
}
