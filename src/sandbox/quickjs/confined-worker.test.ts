/** A worker inside a real boundary, on every rung that this machine has: the same script, the same run. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runScript } from '../../../test/hostile/quickjs/bare-worker.ts'
import { confinerOn, probeLadder } from '../ladder.ts'
import { confinedWorker, plainWorker } from './worker-launch.ts'

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
