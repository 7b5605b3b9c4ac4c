/**
 * The guardian: a short perl program that holds what it starts by Landlock and seccomp, where no namespace can
 * be had. It is perl because that is on every Debian, starts in a few milliseconds and makes raw system calls.
 * Three processes: the outermost, whose death ends everything; the warden, which adopts every orphan, so that
 * nothing leaves the tree, and answers what the filter hands to it; and the program.
 *
 * The filter hands over `connect` and the calls that change a file's mode and times. They are never let through:
 * the warden does them itself, with what it has looked at, so that nothing can be exchanged in between. A
 * `connect` to the proxy or the agent socket puts a socket of the warden's in place of the program's.
 */
import { constants } from 'node:fs'

/**
 * Numbers that differ between machines, in the order in which the program takes them: the calls prctl, seccomp,
 * setresuid, setsid, connect, chmod, fchmod, fchmodat, fchmodat2, utimensat and prlimit64, and the flag for following
 * no link.
 */
export const guardianNumbers: { readonly [arch: string]: readonly number[] } = {
  x64: [157, 317, 117, 112, 42, 90, 91, 268, 452, 280, 302, constants.O_NOFOLLOW],
  arm64: [167, 277, 147, 157, 203, -1, 52, 53, 452, 88, 261, constants.O_NOFOLLOW],
}

/** The text for `perl -e`; its arguments are the numbers above, and its instructions come on descriptor 3. */
export const guardianProgram: string = String.raw`
use strict;
my ($nrPrctl, $nrSeccomp, $nrSetresuid, $nrSetsid, $nrConnect, $nrChmod, $nrFchmod, $nrFchmodat, $nrFchmodat2, $nrUtimensat, $nrLimit, $noFollow) = @ARGV;
my ($nrPidfdOpen, $nrPidfdGetfd, $nrRuleset, $nrAddRule, $nrRestrict, $killed) = (434, 438, 444, 445, 446, 0);
open(my $control, '+<&=', 3) or exit 125;
fcntl($control, 2, 1);
# Nothing else that we may have been given goes any further.
syscall(436, 4, 0xffffffff, 0);
$^F = 2; $| = 1;
sub fail { syswrite($control, "error $_[0]\n"); exit 125 }
sub call { my $n = shift; return syscall($n, @_) }
sub exact { my ($n, $b) = (shift, ''); while (length $b < $n) { sysread($control, $b, $n - length $b, length $b) or exit 125 } $b }

# What is to be done: records of name and value, each ended by a zero byte.
my %do = map { $_ => [] } qw(rule argument environment socket readable writable);
my @records = split /\0/, exact(hex exact(8)), -1;
while (@records > 1) { my ($k, $v) = splice @records, 0, 2; ref $do{$k} ? push @{$do{$k}}, $v : ($do{$k} = $v) }
my %target = map { split /=/, $_, 2 } @{$do{socket}};  # hexadecimal socket address => path of the socket to connect to

sub parentDies { call($nrPrctl, 1, $_[0], 0, 0, 0) == 0 or fail("prctl: $!"); getppid() == $_[1] or exit 125 }
sub like { my $s = shift; exit($s & 127 ? 128 + ($s & 127) : $s >> 8) }

# The outermost process: its death ends everything, and it ends as the program did.
my $own = getppid();
my $outermost = $$;
$SIG{INT} = $SIG{QUIT} = 'IGNORE' if $do{terminal} eq 'inherit';
my $warden = fork() // fail("fork: $!");
if ($warden) {
  parentDies(9, $own);
  $SIG{$_} = sub { kill 'USR1', $warden } for qw(TERM HUP), $do{terminal} eq 'inherit' ? () : 'INT';
  close STDIN; close STDOUT; close $control;
  while (waitpid($warden, 0) != $warden) { exit 125 unless $!{EINTR} }
  like($?);
}

# The warden: adopts orphans, answers, and kills what is left.
$SIG{USR2} = sub { $killed = 1 };
parentDies(12, $outermost);
call($nrPrctl, 36, 1, 0, 0, 0) == 0 or fail("subreaper: $!");
pipe(my $fromProgram, my $toWarden) or fail("pipe: $!");
pipe(my $toProgram, my $fromWarden) or fail("pipe: $!");
my $me = $$;
my $program = fork() // fail("fork: $!");
program() unless $program;
$SIG{USR1} = sub { kill 'TERM', $program };
$SIG{CHLD} = sub { };
$SIG{PIPE} = 'IGNORE';
close STDIN; close STDOUT; close $toWarden; close $toProgram;
my $listener;
if (defined(my $number = <$fromProgram>)) {
  my $pidfd = call($nrPidfdOpen, $program, 0);
  my $fd = $pidfd < 0 ? -1 : call($nrPidfdGetfd, $pidfd, $number + 0, 0);
  $fd >= 0 or fail("the warden may not look after the program (ptrace is restricted): $!");
  open($listener, '+<&=', $fd) or fail("listener: $!");
  fcntl($listener, 2, 1);
}
# The control stays open until nothing is left, so that its end says that nothing is left.
syswrite($fromWarden, '.'); close $fromWarden;

my $status;
until (defined $status) {
  slay() if $killed;
  my $ready = '';
  vec($ready, fileno $listener, 1) = 1 if $listener;
  my $n = select($ready, undef, undef, $listener ? 0.2 : 1);
  answer() if $listener && $n > 0 && vec($ready, fileno $listener, 1);
  while ((my $pid = waitpid(-1, 1)) > 0) { $status = $? if $pid == $program }
}
close $listener if $listener;
slay();
like($status);

# Stops everything that descends from here until nothing new appears, then kills it: what stands still does not fork.
sub descendants {
  my (%children, @found);
  opendir(my $d, '/proc') or return;
  for my $pid (grep { /^\d+$/ } readdir $d) {
    open(my $f, '<', "/proc/$pid/stat") or next;
    my ($state, $parent) = (<$f> // '') =~ /^.*\) (\S) (\d+)/s or next;
    push @{$children{$parent}}, [$pid, $state];
  }
  my @queue = ($$);
  while (defined(my $pid = shift @queue)) {
    for (@{$children{$pid} // []}) { push @queue, $_->[0]; push @found, $_->[0] unless $_->[1] =~ /[ZX]/ }
  }
  return @found;
}
sub slay {
  my %stopped;
  for (1 .. 50) {
    my @new = grep { !$stopped{$_}++ } descendants() or last;
    kill 'STOP', @new;
  }
  for (1 .. 500) {
    my @left = descendants();
    kill 'KILL', @left;
    while ((my $pid = waitpid(-1, 1)) > 0) { $status //= $? if $pid == $program }
    last unless @left;
    select undef, undef, undef, 0.002;
  }
}

# One call that the filter handed over: number and arguments in, an error number or the answer out.
sub answer {
  my $n = "\0" x 80;
  ioctl($listener, 0xc0502100, $n) or return;
  my ($id, $pid, undef, $nr, undef, undef, @arg) = unpack('a8LLlLQQ6', $n);
  my $error = $nr == $nrConnect ? dial($id, $pid, @arg) : change($id, $pid, $nr, @arg);
  ioctl($listener, 0xc0182101, my $reply = pack('a8qlL', $id, 0, -$error, 0));
}
sub still { my $id = shift; return ioctl($listener, 0x40082102, $id) }
sub peek {
  my ($pid, $address, $length) = @_;
  open(my $mem, '<:raw', "/proc/$pid/mem") or return '';
  sysseek($mem, $address, 0) or return '';
  sysread($mem, my $bytes, $length);
  return $bytes // '';
}
sub dial {
  my ($id, $pid, $fd, $address, $length) = @_;
  my $name = peek($pid, $address, $length > 110 ? 110 : $length);
  return 14 if length $name < 2;
  my $family = unpack('S', $name);
  if ($family == 1) { $name =~ s/\0.*//s if substr($name, 2, 1) ne "\0" && ($name = 'u' . substr($name, 2)) }
  else { $name = 'i' . unpack('H*', substr($name, 2, 6)) }
  my $path = $target{$name} // return $family == 1 ? 13 : 101;
  my ($flags) = do { open(my $f, '<', "/proc/$pid/fdinfo/$fd") or return 9; join('', <$f>) =~ /^flags:\s*([0-7]+)/m };
  $flags = oct($flags // 0);
  (readlink("/proc/$pid/fd/$fd") // '') =~ /^socket:/ or return 88;
  socket(my $s, 1, 1, 0) or return 105;
  fcntl($s, 4, 2048);
  connect($s, pack('Sa*', 1, $path)) or return 111;
  fcntl($s, 4, $flags & 2048);
  still($id) or return 4;
  defined ioctl($listener, 0x40182103, my $add = pack('a8LLLL', $id, 1, fileno $s, $fd, $flags & 02000000)) or return 105;
  return 0;
}
# Changes mode or times of what lies in a writable folder; the path is resolved once, and what it led to is judged.
sub within { my $real = shift; for (@{$do{writable}}) { return 1 if $real eq $_ || index($real, "$_/") == 0 } return 0 }
sub change {
  my ($id, $pid, $nr, @arg) = @_;
  my ($base, $address, $mode, $flags, $times) = ("/proc/$pid/cwd", undef, undef, 0, undef);
  if ($nr == $nrChmod) { ($address, $mode) = @arg }
  elsif ($nr == $nrFchmod) { ($base, $mode) = ("/proc/$pid/fd/$arg[0]", $arg[1]) }
  else {
    $base = "/proc/$pid/fd/" . ($arg[0] & 0xffffffff) if ($arg[0] & 0xffffffff) != 0xffffff9c;
    $address = $arg[1];
    $nr == $nrUtimensat ? (($times, $flags) = @arg[2, 3]) : ($mode = $arg[2]);
    $flags = $arg[3] if $nr == $nrFchmodat2;
  }
  my $path = $base;
  if ($address) {
    ($path) = peek($pid, $address, 4096) =~ /^([^\0]+)\0/ or return 2;
    $path = "$base/$path" if $path !~ m{^/};
  }
  sysopen(my $file, $path, 02000000 | 010000000 | ($flags & 0x100 ? $noFollow : 0)) or return $! + 0;
  my $here = '/proc/self/fd/' . fileno $file;
  my $real = readlink($here) // return 1;
  my @stat = stat $here;
  still($id) or return 4;
  within($real) && @stat && -e _ && ($stat[4] == $do{uid}) or return 1;
  -l $real and return 95;
  return chmod($mode & 01777, $here) ? 0 : $! + 0 if defined $mode;
  my @when = (time, time);
  if ($times) {
    my @t = unpack('q4', peek($pid, $times, 32)) or return 14;
    @when = map { $t[2 * $_ + 1] == 0x3ffffffe ? $stat[8 + $_] : $t[2 * $_ + 1] == 0x3fffffff ? time : $t[2 * $_] + $t[2 * $_ + 1] / 1e9 } 0, 1;
  }
  return utime($when[0], $when[1], $here) ? 0 : $! + 0;
}

# The program: takes everything from itself, says that it stands, waits, and becomes what it is to be.
sub program {
  close $fromProgram; close $fromWarden;
  $SIG{$_} = 'DEFAULT' for qw(TERM HUP INT QUIT USR1 USR2 CHLD PIPE);
  if ($do{terminal} ne 'inherit') { call($nrSetsid) }
  my $ruleset = call($nrRuleset, pack('QQQ', 0xffff, 3, 3), 24, 0);
  $ruleset >= 0 or fail("landlock: $!");
  for (@{$do{rule}}) {
    my ($access, $path) = split / /, $_, 2;
    $path =~ s{^/proc/self(?=/|$)}{/proc/$$};
    sysopen(my $file, $path, 02000000 | 010000000 | $noFollow) or fail("$path: $!");
    call($nrAddRule, $ruleset, 1, my $rule = pack('QL', hex $access, fileno $file), 0) == 0 or fail("landlock $path: $!");
  }
  if ($> == 0) {
    my ($uid, $gid) = ($do{uid} + 0, $do{gid} + 0);
    $) = "$gid $gid"; $( = $gid;
    $uid > 0 && $gid > 0 && call($nrSetresuid, $uid, $uid, $uid) == 0 && $> == $uid && $( == $gid or fail("user $uid: $!");
  }
  -r $_ or fail("user $> cannot read $_") for @{$do{readable}};
  -r $_ && -w _ or fail("user $> cannot write $_") for @{$do{writable}};
  chdir $do{cwd} or fail("user $> cannot enter $do{cwd}: $!");
  parentDies(9, $me);
  call($nrPrctl, 38, 1, 0, 0, 0) == 0 && call($nrRestrict, $ruleset, 0) == 0 or fail("landlock: $!");
  my $filter = pack('H*', $do{filter});
  my $number = call($nrSeccomp, 1, 8, my $set = pack('Sx6P', length($filter) / 8, $filter));
  $number >= 0 or fail("seccomp: $!");
  syswrite($toWarden, "$number\n");
  sysread($toProgram, my $dot, 1) or exit 125;
  syswrite($control, "standing\n");
  exact(1) eq 'G' or exit 125;
  %ENV = map { split /=/, $_, 2 } @{$do{environment}};
  if (defined(my $most = $do{processes})) {
    call($nrLimit, 0, 6, pack('QQ', $most, $most), 0) == 0 or do { print STDERR "custos: cannot set a limit: $!\n"; exit 71 };
  }
  my @command = @{$do{argument}};
  exec { $command[0] } @command;
  my $missing = $! == 2;
  print STDERR "custos: cannot run $command[0]: $!\n";
  exit($missing ? 127 : 126);
}
`
