/** A worker inside a real boundary, on every rung that this machine has: the same script, the same run. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runScript } from '../../../test/hostile/quickjs/bare-worker.ts'
import { confinerOn, probeLadder } from '../ladder.ts'
import type { Confiner } from '../boundary.ts'
import { confinedWorker, plainWorker } from './worker-launch.ts'
import { startWorker } from './worker-process.ts'

const source = `const answer = await custos.call('notes', 'tools/echo', { x: Math.random() })
  const deep = (() => { let n = 0; try { (function f() { n++; f() })() } catch {} return n })()
  custos.log(JSON.stringify(answer)); export default [deep, String(new Date()), Math.random()]`

const plain = await runScript(source, { launch: plainWorker() })
const { ladder } = await probeLadder()

for (const { rung, available, detail } of ladder) {
  test(`a worker on the rung ${rung} runs as one without`, async () => {
    assert.ok(available, `${rung} is not to be had here: ${detail}`)
    assert.deepEqual(await runScript(source, { launch: confinedWorker(confinerOn(rung)) }), plain)
  })
}

test('a worker that its boundary ended is told of with the limit, not with a signal', async () => {
  const rung = confinerOn('bubblewrap')
  const tight: Confiner = {
    rung: rung.rung,
    start: (boundary, what) =>
      rung.start({ ...boundary, limits: { ...boundary.limits, memoryMiB: 16 } }, what),
  }
  const task = { seed: '0'.repeat(32), startedAt: 1, fuel: 1e6, memoryMiB: 16, syscalls: 10 }
  const run = { task, source: new Uint8Array(), turnMs: 30_000, launch: confinedWorker(tight) }
  const started = await startWorker(run, { onAsk: () => undefined, onLog: () => undefined })
  assert.ok(started.ok)
  assert.deepEqual(await started.value.ended, {
    how: 'killed',
    text: 'it was ended by its limit of memory',
    isLimit: true,
  })
})
