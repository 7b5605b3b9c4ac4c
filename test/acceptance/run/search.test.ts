/**
 * A program that goes through everything it can see, in search of what would give it more than it was given: the
 * operator's key, other agents' tokens, the ledger and its master key, the sockets of the supervisor and of
 * operators. It reads every file where such things could be, and every environment and process there is.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runHome } from './run-world.ts'

// A person with few tools and a key: what is shown of a home with many takes minutes to go through.
const person = realpathSync(mkdtempSync(join(tmpdir(), 'ccl-')))
mkdirSync(join(person, '.ssh'))
writeFileSync(join(person, '.ssh', 'id_ed25519'), 'the key of a person', { mode: 0o600 })
process.env['HOME'] = person
process.env['PATH'] = '/usr/local/bin:/usr/bin:/bin'
const home = await runHome()
after(async () => {
  await home.remove()
  rmSync(person, { recursive: true })
})

/** Walks the whole of what it sees, bounded by what a boundary holds, and prints one line a finding. */
const search = String.raw`
use Socket; use File::Find; my @needles = @ARGV; my ($files, $sockets) = (0, 0);
sub look { my ($where, $text) = @_; for my $n (@needles) { print "FOUND $where\n" if index($text, $n) >= 0 } }
find({ no_chdir => 1, follow => 0, wanted => sub {
  my $p = $File::Find::name;
  if ($p =~ m#^/(usr/(share|lib|include)|proc/\d+/task|sys)(/|$)#) { $File::Find::prune = 1; return }
  if (-S $p) { $sockets++; print "SOCKET $p\n"; return }
  return unless -f $p && -r _ && -s _ < 8 << 20;
  open(my $f, '<', $p) or return; local $/; my $t = <$f>; $files++; look($p, defined $t ? $t : '');
} }, grep { -e } qw(/etc /home /root /run /tmp /var /srv /mnt /media /dev /boot), $ENV{HOME});
look('environment', join "\0", %ENV);
for my $p (glob '/proc/[0-9]*') { for my $n ('environ', 'cmdline') { open(my $f, '<', "$p/$n") or next; local $/; my $t = <$f>; look("$p/$n", $t) if defined $t } }
print "SEARCHED $files files\n";
`

test('a program that searches everything finds no key, no token but its own, no ledger and no socket of ours', async () => {
  const tokenFile = join(home.folder, 'other.token')
  await home.must('agent', 'add', 'other', '--token-file', tokenFile)
  const program = home.write('search.pl', search)
  const ledger = join(home.home, 'domains', 'main', 'ledger')
  const segment = readdirSync(ledger).find((name) => name.endsWith('.seg')) ?? ''
  const keys = join(home.folder, 'keys')
  const needles = [
    readFileSync(tokenFile, 'utf8').trim(),
    ...readdirSync(keys).map((name) => readFileSync(join(keys, name), 'latin1').slice(0, 60)),
    readFileSync(join(ledger, segment), 'latin1').slice(8, 40).replaceAll('\0', ''),
    'a test passphrase',
    'the key of a person',
  ].filter((needle) => needle.length >= 8)
  assert.ok(needles.length >= 3)
  mkdirSync(join(home.work, 'sub'), { recursive: true })
  writeFileSync(join(home.work, 'sub', 'mine.txt'), 'what is mine')
  const ran = await home.must('run', '--', 'perl', program, ...needles)
  assert.match(ran.stdout, /SEARCHED \d{2,} files/)
  // The arguments of its own process are the needles themselves.
  const found = ran.stdout
    .split('\n')
    .filter((line) => line.startsWith('FOUND') && !/^FOUND \/proc\/\d+\/cmdline/.test(line))
  assert.deepEqual(found, [])
  const sockets = ran.stdout.split('\n').filter((line) => line.startsWith('SOCKET'))
  for (const line of sockets) assert.match(line, /^SOCKET (\/run\/custos\/|\/dev\/std)/)
})

test('the same search finds them where there is no boundary', () => {
  const tokenFile = join(home.folder, 'other.token')
  const token = readFileSync(tokenFile, 'utf8').trim()
  const narrowed = search.replace(/\}, grep .*\);\n/, `}, '${home.folder}');\n`)
  const ran = spawnSync('perl', ['-e', narrowed, token], { encoding: 'utf8' })
  assert.match(ran.stdout, /FOUND .*other\.token/)
  assert.match(ran.stdout, /SOCKET .*supervisor\.sock/)
})
