/**
 * A program that does not want to end. In perl, because it is on every Debian and starts in a few
 * milliseconds. It becomes as many processes as it is told, each bad in its own way, says so on one line of
 * its output and never ends by itself.
 */

/** How a process resists. */
export type Manner =
  | 'ignorer' // ignores every signal that can be ignored
  | 'spinner' // the same, and uses all the processor it gets
  | 'runaway' // has its own session and no living parent
  | 'stopped' // has stopped itself, so that it hears nothing
  | 'bomb' // forks without end, and so do its children

/** All of them, as many times as `count` asks for. */
export function manners(count: number): readonly Manner[] {
  const all: readonly Manner[] = ['ignorer', 'spinner', 'runaway', 'stopped', 'bomb']
  return Array.from({ length: count }, (_, index) => all[index % all.length] ?? 'ignorer')
}

/** The arguments of `perl`. */
export function hostileProgram(what: readonly Manner[]): readonly string[] {
  return ['-e', source, ...what]
}

const source = `
use strict; use POSIX ();
sub deaf { $SIG{$_} = 'IGNORE' for qw(HUP INT QUIT TERM USR1 USR2 PIPE ALRM TSTP TTIN TTOU) }
sub rest { while (1) { sleep 3600 } }
my %manner = (
  ignorer => sub { deaf(); rest() },
  spinner => sub { deaf(); while (1) {} },
  runaway => sub { POSIX::setsid(); exit 0 if fork; POSIX::setsid(); deaf(); rest() },
  stopped => sub { deaf(); while (1) { kill 'STOP', $$ } },
  bomb    => sub { deaf(); while (1) { my $made = fork; select undef, undef, undef, 0.002 unless defined $made } },
);
deaf();
for my $name (@ARGV) {
  my $made = fork;
  die "fork: $!" unless defined $made;
  $manner{$name}->() if $made == 0;
}
$| = 1; print "ready\\n";
rest();
`
