/**
 * What stands in a warm machine until somebody needs one. It has started one harmless program, so that the machine
 * has met what every program loads, and has split: one half waits for a command and becomes it, the other sees how that
 * ends and says so. It holds none of the standard streams while the command runs, and takes in orphans.
 */

/** Where it hears its command and tells of the end: a descriptor that the command does not get. */
export const controlDescriptor = 3

/** What it says when a command may come. */
export const readyWord = 'ready\n'

/** Longest command with its arguments, in bytes. */
export const mostCommandBytes = 1_048_576

/**
 * For Perl. It reads eight hexadecimal digits and as many bytes of words with zero bytes between them. The last line it
 * writes is the end of the command as a shell says it.
 */
export const waitingProgram: string = String.raw`
use strict;
open(my $control, '+<&=', ${controlDescriptor}) or exit 125;
fcntl($control, 2, 1);
system { '/bin/true' } '/bin/true';
defined(my $command = fork) or exit 125;
if ($command) {
  $SIG{$_} = 'IGNORE' for qw(HUP INT QUIT TERM PIPE ALRM USR1 USR2 TSTP TTIN TTOU);
  open STDIN, '<', '/dev/null'; open STDOUT, '>', '/dev/null'; open STDERR, '>', '/dev/null';
  my $gone;
  do { $gone = wait } until $gone == $command || $gone < 0;
  my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
  syswrite $control, "$status\n";
  exit $status;
}
syswrite($control, '${readyWord.trimEnd()}' . "\n") or exit 125;
sysread($control, my $length, 8) == 8 or exit 125;
$length = hex $length;
my $words = '';
while (length $words < $length) { sysread($control, $words, $length - length $words, length $words) or exit 125 }
my @command = split /\0/, $words, -1;
exec { $command[0] } @command;
my $missing = $! == 2;
print STDERR "custos: cannot run $command[0]: $!\n";
exit($missing ? 127 : 126);
`

/** The command as it is sent, or null when it cannot be said or is too long. */
export function commandMessage(words: readonly string[]): Uint8Array | null {
  const text = Buffer.from(words.join('\0'))
  if (words.some((word) => word.includes('\0')) || text.length > mostCommandBytes) return null
  return Buffer.concat([Buffer.from(text.length.toString(16).padStart(8, '0')), text])
}
