/** Limits as programs in a real boundary meet them, and what is left of groups afterwards: nothing. */
import assert from 'node:assert/strict'
import { globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import test from 'node:test'
import type { Boundary, End, Limits } from '../boundary.ts'
import { bubblewrapConfiner } from '../bubblewrap/confiner.ts'
import { prepareLimits } from './limits.ts'

const limits: Limits = {
  memoryMiB: 96,
  processes: 16,
  openFiles: 128,
  cpuPercent: null,
  cpuSeconds: null,
  diskMiB: 6,
  fileMiB: 64,
  wallMs: null,
}

/** Runs perl in a folder of its own, seen copy-on-write, and says how it ended and what it printed. */
async function run(
  t: test.TestContext,
  program: string,
  given: Partial<Limits> = {},
): Promise<{ readonly end: End; readonly said: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'custos-limited-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'work')
  mkdirSync(path)
  const boundary: Boundary = {
    readable: [],
    writable: [],
    views: [{ path, store: join(folder, 'store') }],
    hidden: [],
    environment: { PATH: '/usr/bin:/bin' },
    cwd: path,
    sockets: {},
    limits: { ...limits, ...given },
    terminal: 'none',
  }
  const started = await bubblewrapConfiner().start(boundary, {
    command: '/usr/bin/perl',
    args: ['-e', `$| = 1; ${program}`],
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  assert.ok(started.ok, started.ok ? '' : started.error)
  const { child, ended } = started.value
  const [end, said] = await Promise.all([ended, child.stdout === null ? '' : text(child.stdout)])
  assert.deepEqual(globSync(`/sys/fs/cgroup/{,*/,*/*/,*/*/*/}custos.*.${process.pid}.*.sandbox-*`), [])
  return { end, said }
}

const slowly = 'select undef, undef, undef, 0.02'

test('a store that grows beyond its bound ends the program', async (t) => {
  const program = `for my $n (1 .. 600) { open my $f, '>', "f$n"; print $f 'x' x (1 << 20); close $f; ${slowly} }`
  assert.equal((await run(t, program)).end.limit, 'disk')
})

test('what a program deletes and keeps open in its store counts too', async (t) => {
  const program = `open my $f, '>', 'gone'; unlink 'gone'; for (1 .. 600) { syswrite $f, 'x' x (1 << 16); ${slowly} }`
  assert.equal((await run(t, program)).end.limit, 'disk')
})

test('a memory bomb ends the program, and is named where the system counts memory of all of it', async (t) => {
  const group = await prepareLimits(limits, 'probe')
  await group.remove()
  const { end } = await run(t, `my @all; push @all, 'x' x (1 << 22) while 1;`)
  assert.notEqual(end.status, 0)
  // Elsewhere it is told that there is no more, and ends by itself.
  assert.equal(end.limit, group.means === 'rlimit' ? '' : 'memory')
})

test('processor time, wall time and processes are bounded inside', async (t) => {
  assert.equal((await run(t, '1 while 1', { cpuSeconds: 1 })).end.limit, 'processor time')
  assert.equal((await run(t, 'sleep 60', { wallMs: 200 })).end.limit, 'wall time')
  const forks = `my $n = 0; for (1 .. 200) { my $p = fork; last unless defined $p; if (!$p) { sleep 60; exit } $n++ } print $n`
  const { said } = await run(t, forks)
  assert.ok(Number(said) >= 4 && Number(said) <= 24, said)
})

test('open files and the size of a file are bounded inside', async (t) => {
  const files = `my @f; for (1 .. 500) { open my $f, '<', '/dev/null' or last; push @f, $f } print scalar @f`
  const opened = Number((await run(t, files)).said)
  assert.ok(opened > 90 && opened <= 128, String(opened))
  const large = `$SIG{XFSZ} = 'IGNORE'; my $n = 0; open my $f, '>', 'large'; while (my $w = syswrite $f, 'x' x 65536) { $n += $w } print $n`
  assert.equal((await run(t, large, { fileMiB: 1 })).said, String(1_048_576))
})
