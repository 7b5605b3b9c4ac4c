/**
 * Limits on real programs, with control groups where this machine lets us make them and without.
 */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import test from 'node:test'
import type { Limits } from '../boundary.ts'
import type { LimitGroup } from './limit-group.ts'
import { makeLimitGroup, prepareLimits } from './limits.ts'

const limits: Limits = {
  memoryMiB: 96,
  processes: 24,
  openFiles: 48,
  cpuPercent: null,
  cpuSeconds: null,
  diskMiB: 100,
  fileMiB: 1,
  wallMs: null,
}

const memoryBomb = 'my @all; push @all, "x" x (1 << 22) while 1;'
const forkBomb =
  '$| = 1; my ($ok, $no) = (0, 0); for (1..200) { my $p = fork; if (!defined $p) { $no++ } elsif ($p == 0) { sleep 60; exit } else { $ok++ } } print "$ok $no\\n"; sleep 60'

const withGroups = await prepareLimits(limits, 'probe')
await withGroups.remove()
/** Root can make groups wherever the system shows them writable, so there is no excuse for it. */
const noGroups =
  withGroups.means !== 'rlimit'
    ? false
    : process.getuid?.() === 0 && /cgroup2? rw/.test(readFileSync('/proc/self/mounts', 'utf8'))
      ? false
      : 'THIS MACHINE LETS US MAKE NO CONTROL GROUPS: limits of whole programs are not tested'

function none(wanted: Limits = limits): LimitGroup {
  const makeFolder = (): never => {
    throw new Error('there are none')
  }
  return makeLimitGroup({ unified: null, legacy: new Map(), makeFolder }, wanted, 'none')
}

function start(prefix: readonly string[], ...command: readonly string[]): ChildProcess {
  const [first = '', ...rest] = [...prefix, ...command]
  return spawn(first, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = ''
  for await (const chunk of child.stdout as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString()
    if (text.includes('\n')) break
  }
  return text
}

async function ended(t: test.TestContext, group: LimitGroup, child: ChildProcess): Promise<void> {
  t.after(async () => {
    group.killAll()
    child.kill('SIGKILL')
    await group.remove()
  })
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

test('a program that takes more memory than it may is ended by the system', { skip: noGroups }, async (t) => {
  const group = await prepareLimits(limits, 'memory')
  const child = start(group.prefix, 'perl', '-e', memoryBomb)
  await ended(t, group, child)
  assert.equal(child.signalCode, 'SIGKILL')
  assert.ok(group.oomKilled())
})

test('a fork bomb stops at its limit, is frozen and is killed whole', { skip: noGroups }, async (t) => {
  const group = await prepareLimits(limits, 'forks')
  const child = start(group.prefix, 'perl', '-e', forkBomb)
  const over = ended(t, group, child)
  const [made, refused] = (await firstLine(child)).split(' ').map(Number)
  assert.ok((made ?? 0) <= limits.processes + 8, `${made} made`)
  assert.ok((refused ?? 0) > 100, `${refused} refused`)
  assert.equal(group.members().length, (made ?? 0) + 1)
  assert.equal(group.usage().processes, (made ?? 0) + 1)
  assert.ok(group.freeze())
  group.killAll()
  await over
  await group.remove()
  assert.deepEqual(group.members(), [])
  assert.deepEqual(groupsNamed('forks'), [])
})

test('what enters the groups may change its user afterwards', { skip: noGroups }, async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root can change its user')
  const group = await prepareLimits(limits, 'user')
  const change = ['setpriv', '--reuid=54321', '--regid=54321', '--clear-groups']
  const child = start(group.prefix, ...change, 'sh', '-c', 'id -u; exec sleep 60')
  const over = ended(t, group, child)
  assert.equal(await firstLine(child), '54321\n')
  // What told the number may still be ending.
  assert.ok(group.members().includes(child.pid ?? 0))
  group.killAll()
  await over
})

test('a processor share is kept for all of it together', { skip: noGroups }, async (t) => {
  const group = await prepareLimits({ ...limits, cpuPercent: 20 }, 'share')
  if (group.kept.some(({ scope }) => scope === 'none')) {
    await group.remove()
    return t.skip('THE PROCESSOR CONTROLLER IS NOT HANDED ON HERE')
  }
  const child = start(
    group.prefix,
    'perl',
    '-e',
    '$SIG{PIPE} = "IGNORE"; fork for 1..3; $| = 1; print "on\n"; 1 while 1',
  )
  const over = ended(t, group, child)
  await firstLine(child)
  const before = group.usage().cpuMicros ?? 0
  const from = performance.now()
  await setTimeout(1_000)
  const share = ((group.usage().cpuMicros ?? 0) - before) / 1_000 / (performance.now() - from)
  group.killAll()
  await over
  assert.ok(share < 0.5, `eight spinning processes got ${share} of a processor`)
})

test('when a group is gone, nothing is started outside it', { skip: noGroups }, async () => {
  const group = await prepareLimits(limits, 'gone')
  await group.remove()
  const [first = '', ...rest] = group.prefix
  const { status, stdout } = spawnSync(first, [...rest, 'echo', 'it ran'], { encoding: 'utf8' })
  assert.equal(status, 71)
  assert.equal(stdout, '')
})

test('groups of an owner that died are killed and swept by the next one', { skip: noGroups }, async () => {
  const limitsModule = JSON.stringify(new URL('./limits.ts', import.meta.url).href)
  const owner = `
    import { spawn } from 'node:child_process'
    const { prepareLimits } = await import(${limitsModule})
    const { prefix: [first, ...rest] } = await prepareLimits(${JSON.stringify(limits)}, 'owner')
    const child = spawn(first, [...rest, 'sleep', '600'], { stdio: 'ignore', detached: true })
    setTimeout(() => { console.log(child.pid); process.kill(process.pid, 'SIGKILL') }, 100)`
  const dead = spawnSync(process.execPath, ['--input-type=module', '-e', owner], { encoding: 'utf8' })
  const left = Number(dead.stdout)
  assert.ok(left > 0, dead.stderr)
  assert.ok(isAlive(left))
  const next = `const { prepareLimits } = await import(${limitsModule}); await (await prepareLimits(${JSON.stringify(limits)}, 'next')).remove()`
  for (let round = 0; isAlive(left) && round < 100; round++) {
    spawnSync(process.execPath, ['--input-type=module', '-e', next])
  }
  assert.equal(isAlive(left), false)
  assert.deepEqual(groupsNamed('owner'), [])
})

test('limits of each process hold without any group', () => {
  const { prefix } = none()
  const [first = '', ...rest] = prefix
  const run = (...command: readonly string[]): ReturnType<typeof spawnSync> =>
    spawnSync(first, [...rest, ...command], { encoding: 'utf8' })
  assert.equal(run('sh', '-c', 'ulimit -n; ulimit -c').stdout, '48\n0\n')
  assert.notEqual(run(...asOrdinary(), 'sh', '-c', 'ulimit -n 49').status, 0)
  const large = run(
    'perl',
    '-e',
    '$SIG{XFSZ} = "IGNORE"; open my $f, ">", "/tmp/custos-large-$$"; unlink "/tmp/custos-large-$$"; my $n = 0; while (my $w = syswrite $f, "x" x 65536) { $n += $w } print $n',
  )
  assert.equal(large.stdout, String(1_048_576))
  assert.notEqual(run('perl', '-e', memoryBomb).status, 0)
})

test('processor time of each process holds without any group', () => {
  const [first = '', ...rest] = none({ ...limits, cpuSeconds: 1 }).prefix
  const { signal } = spawnSync(first, [...rest, 'perl', '-e', '1 while 1'], { timeout: 120_000 })
  assert.ok(signal === 'SIGKILL' || signal === 'SIGXCPU', String(signal))
})

test('without groups a fork bomb in a user namespace is counted there alone', () => {
  const group = none()
  assert.deepEqual(group.inside, ['prlimit', '--nproc=24'])
  const quick = forkBomb.replaceAll('sleep 60', 'sleep 2')
  const [first = '', ...rest] = [...group.prefix, ...asOrdinary(), 'unshare', '--user', ...group.inside]
  const { stdout } = spawnSync(first, [...rest, 'perl', '-e', quick], { encoding: 'utf8' })
  const [made, refused] = stdout.split(' ').map(Number)
  assert.ok((made ?? 99) < 24, stdout)
  assert.ok((refused ?? 0) > 100, stdout)
})

test('without groups a tree is found by descent, stopped and killed', async (t) => {
  const group = none()
  const child = start(
    group.prefix,
    'perl',
    '-e',
    '$SIG{$_} = "IGNORE" for qw(TERM PIPE); fork for 1..4; $| = 1; print "on\n"; 1 while 1',
  )
  const over = ended(t, group, child)
  await firstLine(child)
  group.enrol([child.pid ?? 0])
  for (const deadline = Date.now() + 60_000; group.members().length < 16 && Date.now() < deadline;) {
    await setTimeout(5)
  }
  const members = group.members()
  assert.equal(members.length, 16)
  assert.equal(group.usage().processes, 16)
  assert.ok(group.freeze())
  group.killAll()
  await over
  for (const deadline = Date.now() + 60_000; members.some(isAlive) && Date.now() < deadline;)
    await setTimeout(5)
  assert.deepEqual(members.filter(isAlive), [])
})

test('nothing more is set than we have ourselves', () => {
  const given = { ...limits, openFiles: 2_000_000_000, fileMiB: 2_000_000_000 }
  const [first = '', ...rest] = none(given).prefix
  const { status } = spawnSync(first, [...rest, 'true'])
  assert.equal(status, 0)
})

function asOrdinary(): readonly string[] {
  return process.getuid?.() === 0 ? ['setpriv', '--reuid=54322', '--regid=54322', '--clear-groups'] : []
}

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

/** Groups whose name ends so. */
function groupsNamed(name: string): readonly string[] {
  const wanted = ['/sys/fs/cgroup', '-maxdepth', '4', '-name', `custos.*.${name}`]
  return spawnSync('find', wanted, { encoding: 'utf8' }).stdout.split('\n').filter(Boolean)
}
