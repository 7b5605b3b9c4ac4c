/**
 * The unified hierarchy with controllers, against ordinary folders with a group's files in them: this shows
 * which files are written and read, and where; what the system then does is shown by `limits.test.ts` where
 * the machine has it.
 */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import type { Limits } from '../boundary.ts'
import type { GroupParents } from './group-folders.ts'
import { makeLimitGroup } from './limits.ts'
import { unifiedParent } from './unified-parent.ts'

const limits: Limits = {
  memoryMiB: 64,
  processes: 20,
  openFiles: 64,
  cpuPercent: 150,
  cpuSeconds: 10,
  diskMiB: 100,
  fileMiB: 10,
  wallMs: null,
}

const fresh = {
  'cgroup.procs': '',
  'cgroup.controllers': 'cpu memory pids\n',
  'cgroup.subtree_control': '',
  'cgroup.events': 'populated 0\nfrozen 0\n',
  'cgroup.freeze': '0\n',
  'cgroup.kill': '',
  'memory.max': 'max\n',
  'memory.swap.max': 'max\n',
  'memory.oom.group': '0\n',
  'memory.current': '1048576\n',
  'memory.stat': 'anon 5\ninactive_file 48576\n',
  'memory.events': 'low 0\noom 0\noom_kill 0\n',
  'pids.max': '\n',
  'pids.current': '3\n',
  'cpu.max': 'max 100000\n',
  'cpu.stat': 'usage_usec 1234\nuser_usec 1000\n',
}

function makeGroup(folder: string, files: { readonly [name: string]: string } = fresh): void {
  mkdirSync(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
}

function scratch(t: test.TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'custos-unified-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const groupOf = (folder: string): string =>
  join(folder, readdirSync(folder).find((name) => name.startsWith('custos.')) ?? 'none')

test('limits are written into one group of the unified hierarchy, and use is read from it', (t) => {
  const folder = scratch(t)
  const unified = { folder, controllers: ['cpu', 'memory', 'pids'] }
  const where: GroupParents = { unified, legacy: new Map(), makeFolder: (path) => makeGroup(path) }
  const group = makeLimitGroup(where, limits, 'a b/c')
  const made = groupOf(folder)
  const read = (name: string): string => readFileSync(join(made, name), 'utf8').split('\n')[0] ?? ''
  assert.equal(group.means, 'cgroup-v2')
  assert.match(made, /\.a-b-c$/)
  assert.equal(read('memory.max'), String(64 * 1_048_576))
  assert.equal(read('memory.oom.group'), '1')
  assert.equal(read('pids.max'), '28')
  assert.equal(read('cpu.max'), '150000 100000')
  assert.deepEqual(group.usage(), {
    memoryBytes: 1_000_000,
    cpuMicros: 1_234,
    processes: 3,
    diskBytes: null,
  })
  assert.deepEqual(group.inside, [])
  assert.ok(group.kept.every(({ scope }) => scope !== 'none'))
  assert.equal(group.oomKilled(), false)
  writeFileSync(join(made, 'memory.events'), 'oom 1\noom_kill 1\n')
  assert.equal(group.oomKilled(), true)
  group.killAll()
  assert.equal(read('cgroup.kill'), '1')
  writeFileSync(join(made, 'cgroup.events'), 'populated 1\nfrozen 1\n')
  assert.equal(group.freeze(), true)
  assert.equal(read('cgroup.freeze'), '1')
})

test('a controller that is not handed on leaves its limit to other means, and says so', (t) => {
  const folder = scratch(t)
  const unified = { folder, controllers: ['memory', 'pids'] }
  const group = makeLimitGroup(
    { unified, legacy: new Map(), makeFolder: (path) => makeGroup(path) },
    limits,
    'x',
  )
  assert.equal(group.kept.find(({ limit }) => limit === 'cpuPercent')?.scope, 'none')
  assert.equal(group.kept.find(({ limit }) => limit === 'memoryMiB')?.scope, 'tree')
})

test('what cannot be made, or is no control group, is not had', (t) => {
  const folder = scratch(t)
  const unified = { folder, controllers: ['memory', 'pids'] }
  const ordinary = makeLimitGroup(
    { unified, legacy: new Map(), makeFolder: (path) => mkdirSync(path) },
    limits,
    'x',
  )
  const refused = makeLimitGroup(
    {
      unified,
      legacy: new Map(),
      makeFolder: () => {
        throw new Error('read-only')
      },
    },
    limits,
    'x',
  )
  for (const group of [ordinary, refused]) {
    assert.equal(group.means, 'rlimit')
    assert.deepEqual(group.enter, [])
    assert.equal(group.kept.find(({ limit }) => limit === 'memoryMiB')?.scope, 'watched')
  }
  assert.deepEqual(readdirSync(folder), [])
})

const closed = { ...fresh, 'cgroup.controllers': 'memory pids\n', 'pids.max': 'max\n' }
const open = { ...closed, 'cgroup.subtree_control': 'memory pids\n' }

test('groups are made in the nearest group above us that hands controllers on', (t) => {
  const mount = join(scratch(t), 'mount')
  makeGroup(mount, open)
  makeGroup(join(mount, 'app'), open)
  makeGroup(join(mount, 'app/ours'), { ...closed, 'cgroup.controllers': '' })
  const found = unifiedParent({ version: 2, controllers: [], mount, own: join(mount, 'app/ours') })
  assert.deepEqual(found, { folder: join(mount, 'app'), controllers: ['memory', 'pids'] })
})

test('a group that bounds us is not left for one that does not', (t) => {
  const mount = join(scratch(t), 'mount')
  makeGroup(mount, open)
  makeGroup(join(mount, 'ours'), { ...fresh, 'cgroup.controllers': '', 'memory.max': '1000000\n' })
  const found = unifiedParent({ version: 2, controllers: [], mount, own: join(mount, 'ours') })
  assert.equal(found?.folder, join(mount, 'ours'))
  assert.ok(!found.controllers.includes('memory'))
})

test('the way up ends at the mount', (t) => {
  const mount = join(scratch(t), 'mount')
  makeGroup(mount, { ...fresh, 'cgroup.controllers': '' })
  const found = unifiedParent({ version: 2, controllers: [], mount, own: mount })
  assert.equal(found?.folder, mount)
  assert.ok(existsSync(mount))
})
