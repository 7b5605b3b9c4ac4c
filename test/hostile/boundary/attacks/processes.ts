/** Other processes: their memory, environment, signals and descriptors; and outliving one’s own end. */
import type { AttackFamily } from '../attack.ts'
import { lives } from '../attack-world.ts'

const r = String.raw

/** Attacks on processes. */
export const processes: AttackFamily = {
  family: 'processes',
  attacks: [
    {
      name: 'read the environment of a process of the host',
      without: 'plain',
      needs: 'user',
      perl: r`
        for my $p ($ENV{A_VICTIM}, glob('/proc/[0-9]*')) { $p =~ s#/proc/##;
        canary(slurp("/proc/$p/environ")) }`,
    },
    {
      name: 'list the host’s processes',
      without: ['process namespace'],
      perl: r`my @p = glob('/proc/[0-9]*'); harm(scalar @p) if @p > 8`,
    },
    {
      name: 'end a process of the host',
      without: ['process namespace'],
      needs: 'user',
      perl: r`kill 'KILL', $ENV{A_VICTIM}; sleep 1`,
      harmOutside: (world) => (world.victimLives ? null : 'the victim is dead'),
    },
    {
      name: 'end everything that may be signalled',
      without: ['process namespace'],
      needs: 'user',
      perl: r`$SIG{TERM} = 'IGNORE'; kill 'TERM', $ENV{A_VICTIM}; sleep 1`,
      harmOutside: (world) => (world.victimLives ? null : 'the victim is dead'),
    },
    {
      name: 'kill the bridges of its neighbours to the network',
      without: ['process namespace'],
      needs: 'user',
      boundary: (boundary, world) => ({ ...boundary, sockets: { egress: world.places['egress'] ?? '' } }),
      perl: r`
        for my $p (map { m#/proc/(\d+)$# } glob('/proc/[0-9]*')) {
          kill 'KILL', $p if slurp("/proc/$p/cmdline") =~ /^custos-bridge/ }
        kill 'KILL', $ENV{A_BRIDGE}; sleep 1`,
      harmOutside: ({ bridge }) => (lives(bridge) ? null : 'the bridge of a neighbour is dead'),
    },
    {
      name: 'stop a process of the host',
      without: ['process namespace'],
      needs: 'user',
      perl: r`harm('stopped') if kill 'STOP', $ENV{A_VICTIM}`,
    },
    {
      name: 'trace a process of the host',
      without: 'plain',
      needs: 'user',
      perl: r`harm('seized') if sys(NR_ptrace, 0x4206, $ENV{A_VICTIM}, 0, 0) == 0`,
    },
    {
      name: 'trace a process of one’s own',
      notOn: { gvisor: 'the call is answered by the machine’s own kernel, about processes of the machine' },
      without: ['ptrace refused'],
      perl: r`
        my $c = fork; if (!$c) { sleep 5; exit } my $ok = sys(NR_ptrace, 0x4206, $c, 0, 0) == 0;
        kill 'KILL', $c; harm('seized') if $ok`,
    },
    {
      name: 'read the memory of a process',
      notOn: { gvisor: 'the call is answered by the machine’s own kernel, about processes of the machine' },
      without: ['process_vm_readv refused'],
      perl: r`
        my $t = "CUSTOS-X" . ("y" x 8); my $b = "\0" x 16; my $a = unpack('J', pack('p', $t));
        my $l = pack('JJ', unpack('J', pack('P', $b)), 16); my $m = pack('JJ', $a, 16);
        harm('memory') if sys(NR_process_vm_readv, $$, $l, 1, $m, 1, 0) == 16`,
    },
    {
      name: 'take a descriptor out of a process',
      without: ['pidfd_getfd refused'],
      perl: r`
        my $p = sys(NR_pidfd_open, $$, 0);
        harm('descriptor') if $p >= 0 && sys(NR_pidfd_getfd, $p, 0, 0) >= 0`,
    },
    {
      name: 'compare kernel objects of processes',
      without: ['kcmp refused'],
      perl: r`harm('compared') if sys(NR_kcmp, $$, $$, 0, 0, 0) >= 0`,
    },
    {
      name: 'hold a process of the host by descriptor',
      notOn: { landlock: 'processes are seen there, and cannot be signalled' },
      without: ['process namespace'],
      perl: r`harm('pidfd') if sys(NR_pidfd_open, $ENV{A_VICTIM} + 0, 0) >= 0`,
    },
    {
      name: 'read a secret from the starter’s environment',
      without: ['clean environment'],
      perl: r`canary(join ' ', values %ENV)`,
    },
    {
      name: 'read from a descriptor that was left open',
      without: ['closed descriptors'],
      perl: r`
        for my $n (3 .. 250) { open(my $f, '<&=', $n) or next; seek($f, 0, 0); local $/;
        my $t = <$f>; canary($t) }`,
    },
    {
      name: 'outlive the end as a daemon',
      without: ['process namespace', 'die with parent'],
      needs: 'user',
      perl: r`
        pipe(my $in, my $out);
        if (!fork) { POSIX::setsid(); if (!fork) { $0 = "custos-survivor-$ENV{A_SELF}";
        syswrite($out, 'x'); sleep 30 } exit } sysread($in, my $x, 1); exit 0`,
      harmOutside: (world) => world.survivor(),
    },
    {
      name: 'share memory with the host',
      without: ['ipc namespace'],
      perl: r`my $m = sys(NR_shmget, $ENV{A_SHMKEY} + 0, 0, 0); harm('segment') if $m >= 0`,
      needs: 'user',
    },
    {
      name: 'reach into the keyring of the user',
      without: ['keyctl refused'],
      perl: r`harm('key') if sys(NR_add_key, 'user', 'custos', 'x', 1, -5) >= 0`,
    },
    {
      name: 'ask for a key of the user',
      notOn: { gvisor: 'the call is answered by the machine’s own kernel, about processes of the machine' },
      without: ['request_key refused'],
      perl: r`
        $! = 0; sys(NR_request_key, 'user', 'custos-attack', 0, 0);
        harm('asked') if $! != POSIX::EPERM && $! != 38`,
    },
    {
      name: 'be named like the host',
      without: ['uts namespace'],
      perl: r`my $h = slurp('/proc/sys/kernel/hostname'); chomp $h; harm($h) if $h eq $ENV{A_HOSTNAME}`,
    },
  ],
}
