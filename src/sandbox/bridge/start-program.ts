/**
 * The program that stands inside a boundary directly before the one that was asked for. It listens on a loopback
 * port, so that programs which know only HTTP proxies find the egress socket; it puts the signals of the terminal
 * back to what they usually do; and then it becomes the program.
 *
 * The bridge is one process for all connections, in a process group of its own, so that ^C does not reach it. The
 * program may kill it and hurts only itself: the bridge has no authority, it carries bytes to a socket that the
 * program could open as well.
 */

/** The port of the proxy, in the boundary's own network namespace. */
export const bridgePort = 3128

/**
 * Arguments: the port and the socket, both `-` for no bridge; the descriptor where to say that the boundary stands
 * and to wait for an answer, or `-`; limits of the process as `NUMBER=VALUE,…`, or `-`; the processor as Node names
 * it; then the command to become. What cannot be run ends with 127 when it is not there and 126 otherwise, as in a
 * shell.
 */
export const startProgram: string = String.raw`
use strict;
my ($port, $egress, $gate, $limits, $processor) = (shift, shift, shift, shift, shift);

# Both ends are read as long as the other takes what was read.
sub carry {
  my ($listener) = @_;
  my (%peer, %buffer, %isDone, %handle);
  my ($most, $chunk) = (262144, 65536);
  my $drop = sub {
    my @ends = ($_[0], $peer{$_[0]});
    for my $end (@ends) {
      my $gone = delete $handle{$end};
      delete $buffer{$end};
      delete $isDone{$end};
      delete $peer{$end};
      close $gone if $gone;
    }
  };
  while (1) {
    my ($reading, $writing) = ('', '');
    vec($reading, fileno $listener, 1) = 1 if keys %handle < 900;
    for my $end (keys %handle) {
      vec($writing, $end, 1) = 1 if length $buffer{$end};
      vec($reading, $end, 1) = 1 if !$isDone{$end} && length $buffer{$peer{$end}} < $most;
    }
    next if select($reading, $writing, undef, undef) < 0;
    if (vec($reading, fileno $listener, 1) && accept(my $client, $listener)) {
      socket(my $server, 1, 1, 0);
      if (connect($server, pack('S a*', 1, "$egress\0"))) {
        my ($one, $other) = (fileno $client, fileno $server);
        fcntl($_, 4, 04002) for $client, $server;
        # What is carried is sent at once: a program that answers late would be waited for.
        setsockopt($client, 6, 1, 1);
        @handle{$one, $other} = ($client, $server);
        @peer{$one, $other} = ($other, $one);
        @buffer{$one, $other} = ('', '');
      }
    }
    for my $end (keys %handle) {
      next if !$handle{$end};
      if (vec($writing, $end, 1)) {
        my $wrote = syswrite $handle{$end}, $buffer{$end}, $chunk;
        if (defined $wrote) { substr($buffer{$end}, 0, $wrote, '') } elsif ($! != 11) { $drop->($end); next }
      }
      if (vec($reading, $end, 1)) {
        my $other = $peer{$end};
        my $read = sysread $handle{$end}, $buffer{$other}, $chunk, length $buffer{$other};
        if ($read) { my $wrote = syswrite $handle{$other}, $buffer{$other}, $chunk; substr($buffer{$other}, 0, $wrote, '') if $wrote }
        elsif (defined $read) { $isDone{$end} = 1 } elsif ($! != 11) { $drop->($end); next }
      }
      for my $source ($end, $peer{$end}) {
        my $sink = $peer{$source};
        next if !$isDone{$source} || length $buffer{$sink} || $isDone{$source} == 2;
        shutdown $handle{$sink}, 1;
        $isDone{$source} = 2;
      }
      $drop->($end) if ($isDone{$end} // 0) == 2 && ($isDone{$peer{$end}} // 0) == 2;
    }
  }
}

if ($port ne '-') {
  my $listener;
  socket($listener, 2, 1, 0) && setsockopt($listener, 1, 2, 1)
    && bind($listener, pack('S n C4 x8', 2, $port, 127, 0, 0, 1)) && listen($listener, 128)
    or do { print STDERR "custos: no way to the network: $!\n"; exit 70 };
  # Twice, so that the program does not find a child that it never made.
  defined(my $first = fork) or do { print STDERR "custos: no way to the network: $!\n"; exit 70 };
  if (!$first) {
    my $second = fork;
    exit(defined $second ? 0 : 70) if $second || !defined $second;
    setpgrp 0, 0;
    $SIG{$_} = 'IGNORE' for qw(INT QUIT HUP TERM TSTP TTIN TTOU PIPE USR1 USR2);
    # The program's own descriptors end when the program ends them, not when the bridge ends.
    syscall(436, 3, fileno($listener) - 1, 0) if fileno $listener > 3;
    syscall(436, fileno($listener) + 1, 0xffffffff, 0);
    open STDIN, '<', '/dev/null'; open STDOUT, '>', '/dev/null'; open STDERR, '>', '/dev/null';
    $0 = 'custos-bridge';
    fcntl($listener, 4, 04002);
    carry($listener);
  }
  waitpid $first, 0;
  if ($?) { print STDERR "custos: no way to the network\n"; exit 70 }
}
if ($gate ne '-') {
  # Here the boundary stands. Whoever started this says when to go on; if they die instead, nothing begins.
  open(my $word, '+<&=', $gate) or exit 70;
  syswrite($word, "\n") or exit 70;
  sysread($word, my $go, 16) or exit 70;
  close $word;
}
for (split /,/, $limits eq '-' ? '' : $limits) {
  my ($limit, $value) = /^(\d+)=(\d+)$/ or exit 71;
  my $both = pack 'QQ', $value, $value;
  syscall($processor eq 'x64' ? 302 : 261, 0, $limit + 0, $both, 0) == 0
    or do { print STDERR "custos: cannot set a limit: $!\n"; exit 71 };
}
$SIG{$_} = 'DEFAULT' for qw(INT QUIT TSTP TTIN TTOU PIPE);
exec { $ARGV[0] } @ARGV;
my $missing = $! == 2;
print STDERR "custos: cannot run $ARGV[0]: $!\n";
exit($missing ? 127 : 126);
`
