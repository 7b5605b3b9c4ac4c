import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, describe, test } from 'node:test'
import { starters, Trial } from '../../../test/sandbox/trial.ts'
import { programRules } from './program-rules.ts'
import { syscallNumber } from './syscalls.ts'

const { arch } = process
assert.ok(arch === 'x64' || arch === 'arm64')
const numberOf = (name: string): number => syscallNumber(name, arch) ?? -1

/** Prints the error number of each call, 0 for none. A word that is not a number is passed as text. */
const caller = `
for my $line (@ARGV) {
  my ($name, @words) = split / /, $line;
  my @given = map { /^-?\\d+$/ ? $_ + 0 : "$_" } @words;
  $! = 0;
  my $number = shift @given;
  my $result = syscall($number, @given);
  print "$name ", $result == -1 ? $! + 0 : 0, "\\n";
}`

interface Attempt {
  readonly name: string
  readonly call: string
  readonly args: readonly (number | string)[]
  readonly inside: number
  /** Without the filter an ordinary user gets another answer, which shows that the filter is what refuses. */
  readonly differs: boolean
}

const attempt = (
  call: string,
  args: readonly (number | string)[],
  inside: number,
  differs: boolean = true,
  name: string = call,
): Attempt => ({ name, call, args, inside, differs })

/** Calls with arguments that do no harm where they are allowed. */
const harmless = new Map<string, readonly number[]>([['ptrace', [1, 0]]])

/** What an ordinary user of this kernel is not refused anyway. */
const openToAll = [
  'ptrace',
  'process_vm_readv',
  'process_vm_writev',
  'kcmp',
  'pidfd_getfd',
  'unshare',
  'name_to_handle_at',
  'perf_event_open',
  'io_uring_setup',
  'io_uring_enter',
  'io_uring_register',
  'add_key',
  'request_key',
  'keyctl',
  'set_mempolicy',
  'mbind',
  'process_madvise',
]

const attempts: readonly Attempt[] = [
  ...programRules
    .filter(({ syscall, when }) => when === undefined && numberOf(syscall) >= 0)
    .map(({ syscall, errno }) =>
      attempt(syscall, harmless.get(syscall) ?? [0, 0, 0, 0, 0, 0], errno, openToAll.includes(syscall)),
    ),
  attempt('clone', [0x10000000 | 17, 0, 0, 0, 0], 1, false, 'a new user namespace'),
  attempt('ioctl', [0, 0x5412, 'x'], 1, true, 'characters into the terminal'),
  attempt('ioctl', [0, 0x541c, 'x'], 1, true, 'a paste from the console'),
  attempt('personality', [0x40000], 1, true, 'addresses that are not random'),
  attempt('socket', [40, 1, 0], 97, false, 'a socket to the hypervisor'),
  attempt('socket', [38, 5, 0], 97, false, 'a socket to the kernel’s ciphers'),
  attempt('socket', [17, 3, 0], 97, true, 'a packet socket'),
  attempt('socket', [31, 3, 0], 97, false, 'a bluetooth socket'),
  attempt('socket', [29, 3, 1], 97, false, 'a bus socket'),
  attempt('socket', [2, 3, 1], 93, true, 'a raw socket'),
  attempt('socket', [2, 2, 1], 93, true, 'a ping socket'),
  attempt('socket', [2, 5, 132], 93, false, 'another transport'),
  attempt('socket', [16, 3, 9], 93, true, 'the audit socket'),
  attempt('socket', [16, 3, 12], 93, false, 'the packet filter’s socket'),
  attempt('openat2', [0, 0, 0, 0], 38, true, 'modes that no filter can read'),
  attempt('clone3', [0, 0], 38, true, 'flags that no filter can read'),
  attempt('fchmod', [0, 0o4755], 1, false, 'a set-user-id mark'),
]

function linesOf(some: readonly Attempt[]): readonly string[] {
  return some.map(({ call, args }, index) => [index, numberOf(call), ...args].join(' '))
}

function answers(text: string): readonly number[] {
  return text
    .trim()
    .split('\n')
    .map((line) => Number(line.split(' ')[1]))
}

for (const starter of starters) {
  describe(`system calls in a boundary that ${starter} starts`, () => {
    const trial = new Trial(starter)
    after(() => trial.remove())

    test('every refused call is refused by the kernel, with the error of its rule', async () => {
      const inside = answers(await trial.output({}, ['perl', '-e', caller, ...linesOf(attempts)]))
      for (const [index, { name, inside: errno }] of attempts.entries())
        assert.equal(inside[index], errno, name)
      assert.ok(attempts.length > 60)
    })

    test('sockets and terminals of programs still work', async () => {
      const script = `
use Socket; use POSIX;
socket(my $unix, AF_UNIX, SOCK_STREAM, 0) or die "unix $!";
socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0) or die "pair $!";
socket(my $tcp, AF_INET, SOCK_STREAM, 0) or die "tcp $!";
bind($tcp, sockaddr_in(0, INADDR_LOOPBACK)) or die "bind $!"; listen($tcp, 1) or die "listen $!";
socket(my $client, AF_INET, SOCK_STREAM, 0); connect($client, getsockname $tcp) or die "connect $!";
open(my $pty, '+<', '/dev/ptmx') or die "pty $!";
print "well\\n";`
      assert.equal(await trial.output({}, ['perl', '-e', script]), 'well\n')
    })

    test('calls of another architecture end the program', async () => {
      const { end } = await trial.run({}, ['perl', '-e', 'syscall(0x40000000 | 39); print "alive"'])
      assert.equal(end.status, 128 + 31)
    })
  })
}

test('without the filter an ordinary user gets other answers', () => {
  const uid = process.getuid?.() === 0 ? ['setpriv', '--reuid=60100', '--regid=60100', '--clear-groups'] : []
  const some = attempts.filter(({ differs }) => differs)
  const [command = '', ...args] = [...uid, 'perl', '-e', caller, ...linesOf(some)]
  const outside = answers(
    execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
  )
  for (const [index, { name, inside }] of some.entries()) assert.notEqual(outside[index], inside, name)
})
