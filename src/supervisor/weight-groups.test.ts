/** Which group shares the processor by weight, and that a domain's processes are in its own, where this machine has them. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../../test/harness/world.ts'
import { childrenOf } from './process-table.ts'
import { WeightGroups } from './weight-groups.ts'
import { weightParent } from './weight-parent.ts'

const here = weightParent()
const noGroups =
  here === null
    ? 'NO GROUP HERE SHARES THE PROCESSOR: domains are weighed by niceness alone on this machine'
    : false

/** A process with a child, both asleep. */
async function pair(): Promise<{ readonly outer: ChildProcess; readonly pids: readonly number[] }> {
  const outer = spawn('sh', ['-c', 'sleep 600; true'], { stdio: 'ignore' })
  const { pid = 0 } = outer
  const inner = await until(() => childrenOf(pid)[0] ?? null, 'the child to be there')
  return { outer, pids: [pid, inner] }
}

const groupsOf = (pids: readonly number[]): readonly string[] =>
  pids.map((pid) => /domain-[a-z]+/u.exec(readFileSync(`/proc/${pid}/cgroup`, 'latin1'))?.[0] ?? '')

/** Groups of this process that are there. */
function groupsLeft(): readonly string[] {
  const mark = `.${process.pid}.`
  return readdirSync(here?.folder ?? '/nowhere').filter((name) => name.includes(mark))
}

test('with a second domain, everything of each is in a group of its weight', { skip: noGroups }, async () => {
  const groups = new WeightGroups()
  const [one, two, late] = await Promise.all([pair(), pair(), pair()])
  try {
    groups.add('main', 100, one.outer.pid)
    groups.add('sovereign', 100, undefined)
    assert.deepEqual(groupsOf(one.pids), ['', ''], 'one domain alone is not weighed')
    groups.add('work', 50, two.outer.pid)
    assert.deepEqual(groupsOf(one.pids), ['domain-main', 'domain-main'])
    assert.deepEqual(groupsOf(two.pids), ['domain-work', 'domain-work'])
    groups.add('main', 100, late.outer.pid)
    assert.deepEqual(groupsOf(late.pids), ['domain-main', 'domain-main'])
    if (here?.version === 1) {
      const path = /:cpu(?:,cpuacct)?:(\S*)/u.exec(readFileSync(`/proc/${two.pids[0]}/cgroup`, 'latin1'))?.[1]
      const folder = join(here.folder, (path ?? '').split('/').at(-1) ?? '')
      assert.equal(readFileSync(join(folder, 'cpu.shares'), 'latin1').trim(), '512')
      groups.weigh('work', 300)
      assert.equal(readFileSync(join(folder, 'cpu.shares'), 'latin1').trim(), '3072')
    }
  } finally {
    for (const { outer, pids } of [one, two, late]) {
      for (const pid of pids) process.kill(pid, 'SIGKILL')
      await until(() => (outer.exitCode ?? outer.signalCode) !== null || null, 'it to end')
    }
    await until(() => {
      groups.remove()
      return groupsLeft().length === 0 || null
    }, 'the groups to be gone')
  }
})

test('where nothing can be made, nothing is moved', async () => {
  const groups = new WeightGroups(null)
  assert.equal(groups.means, 'niceness')
  groups.add('main', 100, process.pid)
  groups.add('work', 50, process.pid)
  groups.weigh('work', 10)
  groups.remove()
  assert.deepEqual(groupsOf([process.pid]), [''])
})

test('version 1 is our own group; version 2 the nearest above it that hands the processor on', () => {
  const folder = mkdtempSync(join(tmpdir(), 'custos-weight-'))
  const group = (path: string, files: { readonly [name: string]: string } = {}): void => {
    mkdirSync(join(folder, path))
    const all = { 'cgroup.procs': '', 'cgroup.subtree_control': '', 'memory.max': 'max\n', ...files }
    for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, path, name), text)
  }
  const mounted = (type: string, options: string): string =>
    `30 20 0:1 / ${folder} rw - ${type} x ${options}\n`
  try {
    group('user', { 'cgroup.subtree_control': 'cpu memory' })
    group('user/shell')
    assert.deepEqual(weightParent(mounted('cgroup', 'rw,cpu,cpuacct'), '3:cpu,cpuacct:/user/shell\n'), {
      version: 1,
      folder: join(folder, 'user', 'shell'),
    })
    const unified = mounted('cgroup2', 'rw')
    assert.deepEqual(weightParent(unified, '0::/user/shell\n'), { version: 2, folder: join(folder, 'user') })
    writeFileSync(join(folder, 'user', 'shell', 'memory.max'), '1000\n')
    assert.equal(weightParent(unified, '0::/user/shell\n'), null, 'nothing is freed of its bounds')
    assert.equal(weightParent(unified, '0::/../user\n'), null)
    assert.equal(weightParent('', ''), null)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
