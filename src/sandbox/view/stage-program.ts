/**
 * The program that stands before bubblewrap and prepares, in a mount namespace that nobody else sees, what
 * bubblewrap cannot: copy-on-write views, and for a starter who is root, folders whose owner inside is the
 * sandbox's own unprivileged user. Then it gives up every privilege it had and becomes bubblewrap.
 *
 * It is Perl because Node cannot make these system calls, and because Perl is in every Debian and starts in a
 * millisecond. What it makes vanishes with the namespace, whatever ends it: nothing is left mounted.
 */
import type { Architecture } from '../seccomp/syscalls.ts'

/** Where prepared folders appear, to bubblewrap only: by number, below a folder that no program ever gets. */
export const stageFolder = '/sys'

/** mount, unshare, prctl, setresuid, setresgid, setgroups, faccessat. */
const callNumbers: { readonly [A in Architecture]: string } = {
  x64: '165,272,157,117,119,116,269',
  arm64: '40,97,167,147,149,159,48',
}

/** First argument of the program. */
export function stageCalls(architecture: Architecture): string {
  return callNumbers[architecture]
}

/**
 * Arguments: call numbers; the pid that must be the parent; `user` or `root`; uid and gid to run as (as root) or
 * that we are (as user); then any number of
 *   `enter FILE`                  the control group of FILE holds this and everything after it
 *   `keep`                        ^C at the terminal does not end what stands around the program
 *   `bind N SOURCE UID GID`       N is SOURCE; as root, what UID and GID own in it belongs to the sandbox's user
 *   `view N LOWER STORE`          N is LOWER, with changes going to STORE; both are numbers of binds
 *   `passing N LOWER STORE`       the same, for changes that nobody wants after a crash: nothing is forced to the disk
 * then `--` and the command to become.
 */
export const stageProgram: string = String.raw`
use strict;
my ($mount, $unshare, $prctl, $setresuid, $setresgid, $setgroups, $faccessat) = split /,/, shift;
my ($open_tree, $move_mount, $mount_setattr) = (428, 429, 442);
my ($parent, $mode, $uid, $gid) = (shift, shift, shift() + 0, shift() + 0);
my $stage = '${stageFolder}';
sub fail { print STDERR "custos: cannot prepare the boundary: $_[0]: $!\n"; exit 70 }
sub attempt { my @arguments = @_; syscall($arguments[0], @arguments[1 .. $#arguments]) }
sub call { my ($what, @arguments) = @_; my $result = attempt(@arguments); fail($what) if $result == -1; $result }
sub put { my ($path, $text) = @_; open(my $file, '>', $path) or fail($path); syswrite($file, $text) == length $text or fail($path); close $file or fail($path) }

# First of all, so that nothing is ever outside. Groups may not be writable any more further down.
while (@ARGV && $ARGV[0] eq 'enter') { shift; put(shift, '0') }

# A private mount namespace; for whoever is not root in a user namespace, where mounting is allowed.
sub private {
  my ($flags) = @_;
  call('unshare', $unshare, $flags);
  if ($flags & 0x10000000) {
    put('/proc/self/setgroups', 'deny');
    put('/proc/self/uid_map', "$uid $uid 1");
    put('/proc/self/gid_map', "$gid $gid 1");
  }
  call('mount slave', $mount, 'none', '/', 'none', 0x4000 | 0x80000, 0);
}
private($mode eq 'user' ? 0x10020000 : 0x20000) if grep { $_ eq 'bind' } @ARGV;

# Another owner: a user namespace that says whose files become whose. It needs a process for a moment.
my %owners;
sub owner {
  my ($from, $group) = @_;
  return fileno $owners{"$from $group"} if $owners{"$from $group"};
  pipe(my $ready, my $say) && pipe(my $stay, my $leave) or fail('pipe');
  defined(my $child = fork) or fail('fork');
  if (!$child) {
    close $leave;
    syscall($unshare, 0x10000000) == 0 and syswrite $say, 'x';
    sysread $stay, my $end, 1;
    kill 9, $$;
  }
  close $say; close $stay;
  sysread($ready, my $made, 1) or fail('user namespace');
  put("/proc/$child/uid_map", "$from $uid 1");
  put("/proc/$child/gid_map", "$group $gid 1");
  open(my $namespace, '<', "/proc/$child/ns/user") or fail('user namespace');
  close $leave;
  waitpid $child, 0;
  return fileno($owners{"$from $group"} = $namespace);
}

# Everything is opened before anything is covered.
my ($keep, %trees, %isFolder, @views, @order) = (0);
while (@ARGV) {
  my $word = shift;
  last if $word eq '--';
  if ($word eq 'keep') { $keep = 1; next }
  my ($number, $source, @rest) = $word eq 'bind' ? splice(@ARGV, 0, 4) : splice(@ARGV, 0, 3);
  if ($word ne 'bind') { push @views, [$number, $source, $rest[0], $word eq 'passing']; next }
  my $tree = call("open $source", $open_tree, -100, $source, 0x88001);
  $isFolder{$number} = -d $source;
  if ($mode eq 'root') {
    my $attributes = pack('QQQQ', 0x100000, 0, 0, owner(@rest));
    call("give $source another owner (its file system may not support that; start Custos as an ordinary user)", $mount_setattr, $tree, '', 0x1000, $attributes, 32);
  }
  $trees{$number} = $tree;
  push @order, $number;
}
call("mount $stage", $mount, 'tmpfs', $stage, 'tmpfs', 6, 'mode=0755,size=1m') if @order;
for my $number (@order) {
  my $path = "$stage/$number";
  if ($isFolder{$number}) { mkdir $path, 0755 or fail($path) } else { put($path, '') }
  call("move $number", $move_mount, $trees{$number}, '', -100, $path, 4);
}
for my $view (@views) { mkdir "$stage/$view->[0]", 0755 or fail($view->[0]) }

if ($mode eq 'root') {
  call('groups', $setgroups, 0, 0);
  call('gid', $setresgid, $gid, $gid, $gid);
  call('uid', $setresuid, $uid, $uid, $uid);
  # Who changes the id may not be looked at, not even by itself; the maps below are written through /proc.
  call('dumpable', $prctl, 4, 1, 0, 0, 0);
  private(0x10020000) if @views;
}
# A view is mounted by who uses it, so that what it writes belongs to whom the folder belongs to.
for my $view (@views) {
  my ($number, $lower, $store, $isPassing) = @$view;
  my $options = "lowerdir=$stage/$lower,upperdir=$stage/$store/upper,workdir=$stage/$store/work,userxattr";
  my @mount = ($mount, 'overlay', "$stage/$number", 'overlay', 6);
  # A system that does not know the word, before Linux 5.10, mounts it as any other.
  $isPassing && attempt(@mount, "$options,volatile") == 0 or call('mount a copy-on-write view', @mount, $options);
  # A store that cannot be written to makes a view that cannot be: that is not what was asked for.
  syscall($faccessat, -100, my $path = "$stage/$number", 2) == -1 && $! == 30 and fail('copy-on-write view');
}
call('death with the parent', $prctl, 1, 9, 0, 0, 0);
exit 70 if getppid != $parent;
$SIG{INT} = $SIG{QUIT} = 'IGNORE' if $keep;
%ENV = (PATH => '/usr/bin:/bin');
exec { $ARGV[0] } @ARGV or fail($ARGV[0]);
`
