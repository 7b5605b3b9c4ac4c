/** The terminal of whoever started it, and using up what others need. */
import type { Boundary, Limits } from '../../../../src/sandbox/boundary.ts'
import type { AttackFamily } from '../attack.ts'

const r = String.raw
const looser =
  (limits: Partial<Limits>) =>
  (boundary: Boundary): Boundary => ({ ...boundary, limits: { ...boundary.limits, ...limits } })

/** Attacks on the terminal. */
export const terminal: AttackFamily = {
  family: 'terminal',
  attacks: [
    {
      name: 'type into the terminal',
      without: ['terminal tricks refused'],
      perl: r`
        if (fork) { wait; exit } POSIX::setsid(); open(M, '+<', '/dev/ptmx') or exit;
        my $z = pack('i', 0); ioctl(M, 0x40045431, $z); my $n = pack('i', 0);
        ioctl(M, 0x80045430, $n); open(S, '+<', '/dev/pts/' . unpack('i', $n)) or exit; my $x = 'x';
        $! = 0; my $w = ioctl(S, 0x5412, $x);
        harm('typed, or not for want of a rule: ' . ($! + 0)) if defined $w || $! + 0 != 1`,
      notOn: { gvisor: 'the terminal is the machine’s own, and nothing outside reads it' },
    },
  ],
}

/** Attacks on what is shared. The loosened boundary has no such limit. */
export const bombs: AttackFamily = {
  family: 'bombs',
  attacks: [
    {
      name: 'fork without end',
      without: [],
      loosened: looser({ processes: 2_000 }),
      perl: r`
        my $n = 0; my @c; for (1 .. 150) { my $p = fork; if (!defined $p) { last } if (!$p) {
        sleep 20; exit } push @c, $p; $n++ } kill 'KILL', @c; harm($n) if $n >= 120`,
    },
    {
      name: 'fork children that fork',
      without: [],
      loosened: looser({ processes: 2_000, memoryMiB: 8_192 }),
      perl: r`
        open(F, '>>', '/tmp/count'); for (1 .. 8) { my $p = fork; last if !defined $p;
        syswrite(F, 'x') if !$p } sleep 2; my $n = -s '/tmp/count'; print "HARM $n\n" if $n >= 120`,
    },
    {
      name: 'fill the memory',
      without: [],
      loosened: looser({ memoryMiB: 4_096 }),
      perl: r`my @m; for (1 .. 24) { push @m, 'x' x (32 << 20) } harm('768 MiB')`,
    },
    {
      name: 'fill the memory in several processes',
      without: [],
      loosened: looser({ memoryMiB: 4_096 }),
      perl: r`
        my @p; for (1 .. 6) { pipe(my $a, my $b); if (!fork) { my $m = 'x' x (128 << 20);
        syswrite $b, 'k'; sleep 3; exit } close $b; push @p, $a } my $n = 0; for my $a (@p) { my $c;
        $n++ if sysread $a, $c, 1 } harm($n) if $n == 6`,
    },
    {
      name: 'fill the temporary folder',
      without: [],
      loosened: looser({ diskMiB: 512, memoryMiB: 4_096, fileMiB: 512 }),
      perl: r`
        open(my $f, '>', '/tmp/big'); my $m = 'x' x (1 << 20); for (1 .. 128) {
        (syswrite($f, $m) || 0) == length $m or exit } harm('128 MiB')`,
    },
    {
      name: 'fill shared memory',
      without: [],
      loosened: looser({ diskMiB: 512, memoryMiB: 4_096, fileMiB: 512 }),
      perl: r`
        open(my $f, '>', '/dev/shm/big'); my $m = 'x' x (1 << 20); for (1 .. 128) {
        (syswrite($f, $m) || 0) == length $m or exit } harm('128 MiB')`,
    },
    {
      name: 'fill the disk through the view',
      notOn: { landlock: 'there are no views' },
      without: [],
      loosened: looser({ diskMiB: 512, memoryMiB: 4_096, fileMiB: 512 }),
      perl: r`
        for my $k (1 .. 32) { open(my $f, '>', "big$k") or exit; my $m = 'x' x (1 << 20);
        for (1 .. 4) { (syswrite($f, $m) || 0) == length $m or exit } close $f;
        select(undef, undef, undef, 0.3) } harm('128 MiB')`,
    },
    {
      name: 'write one enormous file',
      without: [],
      loosened: looser({ fileMiB: 512, diskMiB: 512 }),
      perl: r`
        $SIG{XFSZ} = 'IGNORE'; open(my $f, '>', 'sparse') or exit; seek($f, 200 << 20, 0);
        (syswrite($f, 'x') || 0) == 1 and harm('200 MiB')`,
    },
    {
      name: 'open descriptors without end',
      without: [],
      loosened: looser({ openFiles: 4_096 }),
      perl: r`
        my @f; for (1 .. 1000) { open(my $f, '<', '/dev/null') or last;
        push @f, $f } harm(scalar @f) if @f >= 1000`,
    },
    {
      name: 'burn the processor without end',
      without: [],
      loosened: looser({ cpuSeconds: null, wallMs: 280_000 }),
      boundary: looser({ cpuSeconds: 1, wallMs: 60_000 }),
      // A machine of gVisor's counts the time that it waits for a busy processor as well.
      perl: r`my $most = $ENV{A_RUNG} eq 'gvisor' ? 40 : 8; 1 while (times)[0] < $most; harm("$most seconds")`,
    },
    {
      name: 'burn the processor in turns',
      without: [],
      loosened: looser({ cpuSeconds: null, wallMs: 280_000 }),
      boundary: looser({ cpuSeconds: 1, wallMs: 60_000 }),
      perl: r`
        for (1 .. ($ENV{A_RUNG} eq 'gvisor' ? 60 : 12)) { my $p = fork; if (!$p) { my $s = (times)[0]; 1 while (times)[0] - $s < 0.6;
        exit } waitpid $p, 0 } harm('turns')`,
    },
    {
      name: 'burn the processor by a flood of timers',
      notOn: {
        gvisor: 'the timers are those of the machine’s own kernel, which counts what they wait as well',
      },
      without: [],
      loosened: looser({ cpuSeconds: null, wallMs: 60_000 }),
      boundary: looser({ cpuSeconds: 1, wallMs: 60_000 }),
      perl: r`
        use Time::HiRes qw(setitimer ITIMER_REAL); my $n = 0; $SIG{ALRM} = sub { $n++ };
        setitimer(ITIMER_REAL, 0.00005, 0.00005);
        while (1) { my @t = times; harm("$n timers") if $t[0] + $t[1] > 4 }`,
    },
    {
      name: 'write into the log of whoever started it without end',
      without: [],
      isLogged: true,
      loosened: looser({ fileMiB: 512 }),
      perl: r`
        $SIG{XFSZ} = 'IGNORE'; my $m = 'x' x (1 << 20);
        for (1 .. 128) { (syswrite(STDERR, $m) || 0) == length $m or exit } harm('128 MiB')`,
    },
    {
      name: 'stay for ever',
      without: [],
      loosened: looser({ wallMs: 60_000 }),
      boundary: looser({ wallMs: 10_000 }),
      perl: r`$SIG{TERM} = $SIG{INT} = $SIG{HUP} = 'IGNORE'; sleep 24; harm('twenty-four seconds')`,
    },
    {
      name: 'clone without end',
      without: [],
      loosened: looser({ processes: 2_000, wallMs: 60_000 }),
      perl: r`
        my $n = 0; my @c; for (1 .. 150) { my $p = sys(NR_clone, 17, 0, 0, 0, 0);
        last if !defined $p || $p < 0; if ($p == 0) { sleep 60; POSIX::_exit(0) } push @c, $p;
        $n++ } kill 'KILL', @c; harm($n) if $n >= 120`,
    },
    {
      name: 'leave the dead without end',
      notOn: { gvisor: 'the dead are the machine’s own, and take its memory only' },
      without: [],
      loosened: looser({ processes: 2_000 }),
      perl: r`
        my $n = 0; for (1 .. 150) { my $p = fork; last if !defined $p; POSIX::_exit(0) if !$p; $n++ }
        harm($n) if $n >= 120`,
    },
    {
      name: 'make empty files in the view without end',
      notOn: { landlock: 'there are no views' },
      without: [],
      boundary: looser({ diskMiB: 4 }),
      loosened: looser({ diskMiB: 512 }),
      perl: r`
        for my $d (1 .. 10) {
          mkdir "d$d"; for my $n (1 .. 2_000) { open(my $f, '>', "d$d/$n") or exit; close $f }
          select(undef, undef, undef, 0.2);
        }
        sleep 8; harm('20,000 files')`,
    },
    {
      name: 'make empty files in the temporary folder without end',
      without: [],
      needs: 'groups',
      boundary: looser({ memoryMiB: 64 }),
      loosened: looser({ memoryMiB: 4_096 }),
      perl: r`
        for my $d (1 .. 60) {
          mkdir "/tmp/d$d"; for my $n (1 .. 2_000) { open(my $f, '>', "/tmp/d$d/$n") or exit; close $f }
        }
        harm('120,000 files')`,
    },
    {
      name: 'fill the memory with files that have no name',
      without: [],
      needs: 'groups',
      loosened: looser({ memoryMiB: 4_096 }),
      perl: r`
        my $m = 'x' x (1 << 20); my @kept;
        for my $n (1 .. 24) {
          my $d = sys(NR_memfd_create, 'n', 0); $d >= 0 or exit; open(my $f, '>&=', $d); push @kept, $f;
          for (1 .. 32) { (syswrite($f, $m) || 0) == length $m or exit }
          select(undef, undef, undef, 0.1);
        }
        harm('768 MiB')`,
    },
    {
      name: 'fill the memory with segments',
      without: [],
      needs: 'groups',
      loosened: looser({ memoryMiB: 4_096 }),
      perl: r`
        my $m = 'x' x (32 << 20);
        for my $n (1 .. 24) {
          my $s = shmget(0, 32 << 20, 0600 | 01000) // exit; shmwrite($s, $m, 0, 32 << 20) or exit;
          select(undef, undef, undef, 0.1);
        }
        harm('768 MiB')`,
    },
    {
      name: 'take every queue of the disk that the machine has',
      without: ['io_setup refused'],
      notOn: { gvisor: 'the call is answered by the machine’s own kernel, which has queues of its own' },
      perl: r`my $c = pack('Q', 0); harm('60,000') if sys(NR_io_setup, 30_000, $c) == 0`,
    },
  ],
}
