/**
 * What the kernel's overlay wrote beside the files of a store, which Node.js cannot read: extended attributes.
 * Started in the store's upper folder with paths on standard input, each ended by NUL. For every path it answers
 * one letter: `-` nothing, `o` a folder that hides what lies under it, `u` something that a plain copy of the
 * file would lose (a redirect, contents kept elsewhere), `!` could not be read.
 */

/** Perl. The two numbers are those of llistxattr and lgetxattr. */
export const overlayMarksProgram: string = String.raw`use strict;
use warnings;
use POSIX ();
my ($list, $get) = (POSIX::uname())[4] eq 'aarch64' ? (12, 9) : (195, 192);    # llistxattr, lgetxattr
binmode STDIN;
binmode STDOUT;
local $/ = "\0";
my $names = "\0" x 65536;
my $value = "\0" x 16;
while (my $path = <STDIN>) {
  chomp $path;
  my $c = "$path\0";
  my $length = syscall($list, $c, $names, 65536);
  if ($length < 0) {
    # A filesystem without extended attributes has no marks; a path that is gone has none any more.
    print STDOUT $!{EOPNOTSUPP} || $!{ENOENT} || $!{ENOTDIR} ? '-' : '!';
    next;
  }
  my $mark = '-';
  for my $name (split /\0/, substr($names, 0, $length)) {
    next unless $name =~ /^(?:user|trusted)\.overlay\.(\w+)$/;
    if ($1 eq 'opaque') {
      my $key = "$name\0";
      my $size = syscall($get, $c, $key, $value, 16);
      my $set = $size > 0 ? substr($value, 0, $size) : '';
      $mark = $set eq 'y' ? 'o' : 'u' unless $mark eq 'u';
    }
    $mark = 'u' if $1 eq 'redirect' || $1 eq 'metacopy' || $1 eq 'whiteout';
  }
  print STDOUT $mark;
}`
