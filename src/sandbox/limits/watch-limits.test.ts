import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type { Limits } from '../boundary.ts'
import { deletedUse, diskUse, diskUseOfAll } from './disk-use.ts'
import type { LimitGroup } from './limit-group.ts'
import { makeLimitGroup } from './limits.ts'
import { watchLimits } from './watch-limits.ts'

const limits: Limits = {
  memoryMiB: 64,
  processes: 24,
  openFiles: 48,
  cpuPercent: null,
  cpuSeconds: null,
  diskMiB: 4,
  fileMiB: 100,
  wallMs: null,
}

/** On a disk where there is one: what is in memory is not counted once it is deleted. */
function scratch(t: test.TestContext): string {
  const folder = mkdtempSync('/var/tmp/custos-watch-')
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function ungrouped(wanted: Limits): LimitGroup {
  const makeFolder = (): never => {
    throw new Error('there are none')
  }
  return makeLimitGroup({ unified: null, legacy: new Map(), makeFolder }, wanted, 'none')
}

/** Runs `program` in perl and resolves with the limit that it exceeded; then it is killed. */
async function exceeds(
  t: test.TestContext,
  given: Partial<Limits>,
  program: string,
  folder?: string,
): Promise<string> {
  const wanted = { ...limits, ...given }
  const group = ungrouped(wanted)
  // Without the limits of each process, which would end it first.
  const child = spawn('perl', ['-e', program], { stdio: 'ignore', cwd: folder ?? '/' })
  t.after(async () => {
    group.killAll()
    await group.remove()
  })
  await once(child, 'spawn')
  group.enrol([child.pid ?? 0])
  const { promise, resolve } = Promise.withResolvers<string>()
  const folders = folder === undefined ? [] : [folder]
  const watch = watchLimits({ group, limits: wanted, folders, onExceeded: resolve })
  const keptAlive = setInterval(() => {}, 1_000)
  const found = await promise
  clearInterval(keptAlive)
  watch.stop()
  group.killAll()
  if (child.signalCode === null) await once(child, 'exit')
  return found
}

test('memory of all processes together is watched where no group counts it', async (t) => {
  const program = 'for (1..2) { fork } my $x = "x" x (40 << 20); sleep 60'
  assert.equal(await exceeds(t, {}, program), 'memory')
})

test('processor time is counted over all processes', async (t) => {
  assert.equal(await exceeds(t, { cpuSeconds: 1 }, 'fork for 1..2; 1 while 1'), 'processor time')
})

test('a program that waits is over when its time is', async (t) => {
  assert.equal(await exceeds(t, { wallMs: 50 }, 'sleep 60'), 'wall time')
})

test('a folder that grows beyond its bound is noticed', async (t) => {
  const program =
    'my $n = 0; while (1) { open my $f, ">", "f" . $n++; print $f "x" x (1 << 20); close $f; select undef, undef, undef, 0.05 }'
  assert.equal(await exceeds(t, {}, program, scratch(t)), 'disk')
})

test('what is deleted and still open is noticed too', async (t) => {
  const program =
    'open my $f, ">", "gone"; unlink "gone"; while (1) { syswrite $f, "x" x (1 << 20); select undef, undef, undef, 0.05 }'
  assert.equal(await exceeds(t, {}, program, scratch(t)), 'disk')
})

test('what lies deeper than a path can say is noticed too', async (t) => {
  const program =
    'for (1 .. 25) { mkdir "d" x 200; chdir "d" x 200 } my $n = 0; while (1) { open my $f, ">", "f" . $n++; print $f "x" x (1 << 20); close $f; select undef, undef, undef, 0.05 }'
  assert.equal(await exceeds(t, {}, program, scratch(t)), 'disk')
})

test('a count that something was in the way of says so, and du counts all of it', async (t) => {
  const folder = scratch(t)
  const deep = 'for (1 .. 25) { mkdir "d" x 200; chdir "d" x 200 } open F, ">", "f"; print F "x" x (1 << 20)'
  execFileSync('perl', ['-e', deep], { cwd: folder })
  const { bytes, isWhole } = await diskUse([folder], Infinity)
  assert.ok(!isWhole && bytes < 1_048_576, `${bytes}`)
  assert.ok(((await diskUseOfAll([folder])) ?? 0) >= 1_048_576)
})

test('a file with several names takes its room once, and counting stops when it is enough', async (t) => {
  const folder = scratch(t)
  mkdirSync(join(folder, 'deep'))
  writeFileSync(join(folder, 'deep/one'), Buffer.alloc(1_048_576, 1))
  linkSync(join(folder, 'deep/one'), join(folder, 'two'))
  const { bytes } = await diskUse([folder], Infinity)
  assert.ok(bytes >= 1_048_576 && bytes < 2_000_000, String(bytes))
  assert.ok((await diskUse([folder], 1)).bytes > 1)
  assert.deepEqual(await diskUse([join(folder, 'missing')], 1), { bytes: 0, isWhole: true })
  assert.equal(deletedUse([1 << 30]), 0)
  for (let number = 0; number < 100; number++) writeFileSync(join(folder, `empty-${number}`), '')
  assert.ok((await diskUse([folder], Infinity)).bytes >= bytes + 100 * 1_024, 'empty files count')
})

test('a watch that was stopped says nothing more', async () => {
  const group = ungrouped(limits)
  const said: string[] = []
  const watch = watchLimits({
    group,
    limits: { ...limits, wallMs: 5 },
    folders: [],
    onExceeded: (limit) => said.push(limit),
  })
  watch.stop()
  watch.stop()
  await new Promise((resolve) => {
    setTimeout(resolve, 30)
  })
  assert.deepEqual(said, [])
  assert.equal(watch.usage().diskBytes, null)
})
