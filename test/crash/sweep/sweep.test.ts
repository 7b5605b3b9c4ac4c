/**
 * A part of the fault sweep on every `npm test`, and the proof that it finds what it is for. All of it is
 * `node test/crash/sweep/main.ts`.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { foundBy, fitsItsSource, plantedNames } from './planted.ts'
import { scenarios } from './scenarios.ts'
import { sweep } from './sweep.ts'

const campaigns = {
  sweep: [fileURLToPath(new URL('main.ts', import.meta.url))],
  rot: [fileURLToPath(new URL('../../rot/main.ts', import.meta.url)), '--step', '1999', '--chunks', '100'],
}

test('whatever operation fails, tears or is the last one, nothing acknowledged is lost', async (t) => {
  let cases = 0
  for (const scenario of scenarios) {
    // oxlint-disable-next-line no-await-in-loop -- one life after another
    const report = await sweep(scenario, ['fail-once', 'torn-holes'])
    assert.deepEqual(report.violations, [])
    cases += report.cases
  }
  t.diagnostic(`${cases} cases`)
  assert.ok(scenarios.length >= 20 && cases >= 500, 'the faults took place')
})

test('every planted fault fits its source', () => {
  assert.deepEqual(
    plantedNames.filter((name) => !fitsItsSource(name)),
    [],
  )
})

for (const name of plantedNames) {
  test(`the planted fault ${name} is found by the ${foundBy(name)}`, async () => {
    const args = [...campaigns[foundBy(name)], '--planted', name]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    const [code] = (await once(child, 'exit')) as [number | null]
    assert.equal(code, 1, said.slice(-2_000))
    assert.match(said, /VIOLATION/)
  })
}
