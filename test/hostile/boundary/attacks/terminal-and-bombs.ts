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
      perl: r`if (fork) { wait; exit } POSIX::setsid(); open(M, '+<', '/dev/ptmx') or exit; my $z = pack('i', 0); ioctl(M, 0x40045431, $z); my $n = pack('i', 0); ioctl(M, 0x80045430, $n); open(S, '+<', '/dev/pts/' . unpack('i', $n)) or exit; my $x = 'x'; $! = 0; my $w = ioctl(S, 0x5412, $x); harm('typed, or not for want of a rule: ' . ($! + 0)) if defined $w || $! + 0 != 1`,
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
      perl: r`my $n = 0; my @c; for (1 .. 250) { my $p = fork; if (!defined $p) { last } if (!$p) { sleep 20; exit } push @c, $p; $n++ } kill 'KILL', @c; harm($n) if $n >= 200`,
    },
    {
      name: 'fork children that fork',
      without: [],
      loosened: looser({ processes: 2_000, memoryMiB: 8_192 }),
      perl: r`open(F, '>>', '/tmp/count'); for (1 .. 8) { my $p = fork; last if !defined $p; syswrite(F, 'x') if !$p } sleep 2; my $n = -s '/tmp/count'; print "HARM $n\n" if $n >= 200`,
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
      perl: r`my @p; for (1 .. 6) { pipe(my $a, my $b); if (!fork) { my $m = 'x' x (128 << 20); syswrite $b, 'k'; sleep 3; exit } close $b; push @p, $a } my $n = 0; for my $a (@p) { my $c; $n++ if sysread $a, $c, 1 } harm($n) if $n == 6`,
    },
    {
      name: 'fill the temporary folder',
      without: [],
      loosened: looser({ diskMiB: 512, memoryMiB: 4_096, fileMiB: 512 }),
      perl: r`open(my $f, '>', '/tmp/big'); my $m = 'x' x (1 << 20); for (1 .. 128) { (syswrite($f, $m) || 0) == length $m or exit } harm('128 MiB')`,
    },
    {
      name: 'fill shared memory',
      without: [],
      loosened: looser({ diskMiB: 512, memoryMiB: 4_096, fileMiB: 512 }),
      perl: r`open(my $f, '>', '/dev/shm/big'); my $m = 'x' x (1 << 20); for (1 .. 128) { (syswrite($f, $m) || 0) == length $m or exit } harm('128 MiB')`,
    },
    {
      name: 'fill the disk through the view',
      notOn: { landlock: 'there are no views' },
      without: [],
      loosened: looser({ diskMiB: 512, memoryMiB: 4_096, fileMiB: 512 }),
      perl: r`for my $k (1 .. 32) { open(my $f, '>', "big$k") or exit; my $m = 'x' x (1 << 20); for (1 .. 4) { (syswrite($f, $m) || 0) == length $m or exit } close $f; select(undef, undef, undef, 0.15) } harm('128 MiB')`,
    },
    {
      name: 'write one enormous file',
      without: [],
      loosened: looser({ fileMiB: 512, diskMiB: 512 }),
      perl: r`$SIG{XFSZ} = 'IGNORE'; open(my $f, '>', 'sparse') or exit; seek($f, 200 << 20, 0); (syswrite($f, 'x') || 0) == 1 and harm('200 MiB')`,
    },
    {
      name: 'open descriptors without end',
      without: [],
      loosened: looser({ openFiles: 4_096 }),
      perl: r`my @f; for (1 .. 1000) { open(my $f, '<', '/dev/null') or last; push @f, $f } harm(scalar @f) if @f >= 1000`,
    },
    {
      name: 'burn the processor without end',
      without: [],
      loosened: looser({ cpuSeconds: null, wallMs: 20_000 }),
      boundary: looser({ cpuSeconds: 1, wallMs: 20_000 }),
      perl: r`1 while (times)[0] < 3; harm('three seconds')`,
    },
    {
      name: 'burn the processor in turns',
      without: [],
      loosened: looser({ cpuSeconds: null, wallMs: 20_000 }),
      boundary: looser({ cpuSeconds: 1, wallMs: 20_000 }),
      perl: r`for (1 .. 6) { my $p = fork; if (!$p) { my $s = (times)[0]; 1 while (times)[0] - $s < 0.6; exit } waitpid $p, 0 } harm('turns')`,
    },
    {
      name: 'stay for ever',
      without: [],
      loosened: looser({ wallMs: 20_000 }),
      boundary: looser({ wallMs: 1_500 }),
      perl: r`$SIG{TERM} = $SIG{INT} = $SIG{HUP} = 'IGNORE'; sleep 4; harm('four seconds')`,
    },
    {
      name: 'clone without end',
      without: [],
      loosened: looser({ processes: 2_000 }),
      perl: r`my $n = 0; my @c; for (1 .. 250) { my $p = sys(NR_clone, 17, 0, 0, 0, 0); last if !defined $p || $p < 0; if ($p == 0) { sleep 20; POSIX::_exit(0) } push @c, $p; $n++ } kill 'KILL', @c; harm($n) if $n >= 200`,
    },
  ],
}
