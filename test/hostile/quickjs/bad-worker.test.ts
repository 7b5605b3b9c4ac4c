/** What a worker can do to its parent: nothing but end. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ok } from '../../../src/base/result.ts'
import type { LaunchWorker } from '../../../src/sandbox/quickjs/worker-launch.ts'
import { runScript } from './bare-worker.ts'
import { deeds } from './bad-worker.ts'

const program = fileURLToPath(new URL('bad-worker.ts', import.meta.url))
let last = 0

const launching =
  (deed: string): LaunchWorker =>
  () => {
    const child = spawn(process.execPath, [program, deed], { stdio: ['pipe', 'pipe', 'pipe'] })
    last = child.pid ?? 0
    return Promise.resolve(ok({ child, kill: () => void child.kill('SIGKILL') }))
  }

for (const deed of [...Object.keys(deeds), 'no greeting']) {
  test(`a worker that was taken over is killed: ${deed}`, async () => {
    const { end, logs, asks } = await runScript('1', {
      launch: launching(deed),
      turnMs: 1_500,
      answer: () => null,
    })
    assert.equal(end.how, 'killed', JSON.stringify(end))
    assert.ok(logs.join('').length <= 2 * 1_048_576)
    assert.ok(asks.length <= 64)
    assert.throws(() => process.kill(last, 0), 'the process is gone')
  })
}

test('a worker that cannot be started is an error, and a program too long is not started', async () => {
  const launch: LaunchWorker = () => Promise.resolve({ ok: false, error: 'no room' })
  await assert.rejects(runScript('1', { launch }), /no room/u)
  await assert.rejects(runScript('/'.repeat(600_000)), /too long/u)
})
