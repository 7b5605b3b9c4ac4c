/** Becoming more than the program is: by programs with privileges, by the kernel’s files, by what starts it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AttackFamily } from '../attack.ts'

const r = String.raw

/** Attacks on privileges. */
export const privileges: AttackFamily = {
  family: 'privileges',
  attacks: [
    {
      name: 'run a set-user-id program',
      without: 'plain',
      // They wait for a password on an input that never comes, long enough to be looked at.
      perl: r`
        for my $p (grep { -u $_ } map { "/usr/bin/$_" } qw(su passwd newgrp chsh chfn gpasswd newuidmap)) {
          pipe(my $in, my $hold);
          my $c = fork;
          if (!$c) {
            close $hold; open(STDIN, '<&', $in);
            open(STDOUT, '>', '/dev/null'); open(STDERR, '>', '/dev/null');
            exec $p, 'root'; POSIX::_exit(1);
          }
          for (1 .. 100) {
            my ($real, $effective) = slurp("/proc/$c/status") =~ /Uid:\s*(\d+)\s+(\d+)/;
            if (defined $effective && $effective != $real) { kill 'KILL', $c; harm("$p as $effective") }
            last if waitpid($c, 1) == $c;
            select(undef, undef, undef, 0.002);
          }
          kill 'KILL', $c; waitpid $c, 0;
        }`,
    },
    {
      name: 'give a file capabilities',
      without: ['no capabilities'],
      boundary: (boundary, world) => ({ ...boundary, writable: [world.shared] }),
      perl: r`
        # Of the version that says for whose namespace they are.
        my $caps = pack('V6', 0x03000001, 0x3fffffff, 0, 0, 0, $<);
        my $tool = "$ENV{A_SHARED}/tool"; put($tool);
        harm('they are set') if sys(NR_setxattr, $tool, 'security.capability', $caps, 24, 0) == 0`,
    },
    {
      name: 'change the kernel’s settings',
      without: 'plain as root',
      perl: r`
        for my $f (glob('/proc/sys/kernel/{core_pattern,modprobe,printk,sysrq,panic} /proc/sysrq-trigger'),
          glob('/proc/sys/vm/{drop_caches,overcommit_memory} /proc/sys/fs/{protected_hardlinks,file-max}'),
          glob('/proc/sys/net/core/somaxconn /proc/sys/net/ipv4/ip_forward /proc/irq/default_smp_affinity'))
        { harm($f) if -e $f && may_write($f) }`,
      notOn: { gvisor: 'the files are of the machine’s own kernel, which reaches nothing of the host' },
    },
    {
      name: 'leave its limits through the files of control groups',
      without: 'plain as root',
      perl: r`
        for my $f (glob('/sys/fs/cgroup/{,*/,*/*/}{cgroup.procs,tasks,memory.max,memory.limit_in_bytes,pids.max}'))
        { harm($f) if may_write($f) }`,
      notOn: { gvisor: 'the files are of the machine’s own kernel, which reaches nothing of the host' },
    },
    {
      // The first process inside may be written to, which gains nothing: it is held as tightly.
      name: 'write into the memory of a process that is held less',
      without: 'plain',
      perl: r`
        for my $p (grep { $_ ne $$ } map { m#/proc/(\d+)$# } glob('/proc/[0-9]*')) {
          sysopen(my $f, "/proc/$p/mem", 2) or next;
          my $is = slurp("/proc/$p/status");
          harm($is =~ /Name:\s*(.*)/) if $is !~ /Seccomp:\s*2/ || $is !~ /NoNewPrivs:\s*1/ || $is !~ /CapEff:\s*0+\n/;
        }`,
    },
    {
      name: 'speak on a descriptor that the start left open',
      without: ['closed gate'],
      perl: r`
        for my $n (3 .. 250) { my $what = readlink("/proc/self/fd/$n") // ''; harm($what) if $what =~ /^(socket|pipe|\/(?!dev\/null))/ }`,
    },
    {
      name: 'have the programs of the boundary load a module of its own',
      without: ['variables only inside'],
      boundary: (boundary, world) => ({
        ...boundary,
        readable: ['/', join(world.root, 'module')],
        environment: {
          ...boundary.environment,
          PERL5LIB: join(world.root, 'module'),
          PERL5OPT: '-MPlanted',
          ENV: join(world.root, 'module', 'profile'),
          BASH_ENV: join(world.root, 'module', 'profile'),
          LD_LIBRARY_PATH: join(world.root, 'module'),
        },
      }),
      perl: '',
      harmOutside: ({ root }) => (existsSync(join(root, 'loaded')) ? 'it was loaded outside' : null),
    },
    {
      name: 'leave its memory behind in a crash',
      without: ['no memory of a crash'],
      perl: r`
        my $c = fork;
        if (!$c) { my $all = pack('QQ', ~0, ~0); sys(NR_prlimit64, 0, 4, $all, 0); kill 'SEGV', $$; sleep 1 }
        waitpid $c, 0; harm('a core was written') if $? & 128`,
    },
    {
      name: 'be scheduled before everybody else',
      without: 'plain as root',
      perl: r`
        my $most = pack('i', 1); harm('in real time') if sys(NR_sched_setscheduler, 0, 1, $most) == 0;
        harm('first') if sys(NR_setpriority, 0, 0, -20) == 0`,
      notOn: { gvisor: 'the call is answered by the machine’s own kernel, about threads of the machine' },
    },
    {
      name: 'outlive its end by refusing every way to end',
      without: ['process namespace', 'die with parent'],
      needs: 'user',
      boundary: (boundary) => ({ ...boundary, limits: { ...boundary.limits, wallMs: 1_500 } }),
      perl: r`
        sys(NR_prctl, 1, 0, 0, 0, 0); $SIG{$_} = 'IGNORE' for grep { !/^(KILL|STOP|__|NUM|RT)/ } keys %SIG;
        for (1 .. 3) { if (!fork) { POSIX::setsid(); if (!fork) {
          $0 = "custos-survivor-$ENV{A_SELF}"; kill 'STOP', $$ if $_ == 2; sleep 5 while 1 } exit } }
        sleep 30`,
      harmOutside: (world) => world.survivor(),
    },
  ],
}
