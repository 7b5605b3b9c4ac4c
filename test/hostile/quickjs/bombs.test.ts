/** Scripts that want more than there is end, the same way every time, and the machine says why. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allBombs, unaskedLoops } from './bombs.ts'
import { runScript } from './bare-worker.ts'

for (const { name, source, ends } of allBombs) {
  test(`a bomb is spent: ${name}`, async () => {
    const settings = { fuel: 300, memoryMiB: 16 }
    const first = await runScript(source, settings)
    assert.ok(ends.includes(first.end.how), JSON.stringify(first.end))
    // Another worker, and the very same end: text, fuel and all.
    assert.deepEqual(await runScript(source, settings), first)
  })
}

for (const source of unaskedLoops) {
  test(`what the engine does not interrupt, the clock kills: ${source}`, async () => {
    const { end } = await runScript(source, { turnMs: 1_000 })
    assert.ok(end.how === 'killed' && end.text.includes('1000 ms'), JSON.stringify(end))
  })
}

test('a flood of syscalls stops at what may be outstanding, and the script hears it', async () => {
  const source = `let no = 0; for (let i = 0; i < 1000; i++) custos.call('notes', 'tools/echo', { i }).catch(() => no++)
    await null; custos.log(no); await custos.capabilities().catch((e) => custos.log(String(e))); throw 1`
  const { asks, logs } = await runScript(source, { answer: () => null })
  assert.equal(asks.length, 64)
  assert.deepEqual(logs, ['936', 'Error: limit: too many or too large syscalls wait for an answer'])
})

test('a script that makes more syscalls than it may is over', async () => {
  const source = "for (;;) await custos.call('notes', 'tools/echo')"
  const { end, asks } = await runScript(source, { syscalls: 100 })
  assert.equal(end.how, 'syscalls')
  assert.equal(asks.length, 100)
})

test('arguments too large for a frame, or too many large ones, are refused inside', async () => {
  const source = `await custos.call('notes', 'tools/echo', { x: 'x'.repeat(1_100_000) }).catch((e) => custos.log(String(e)))
    const large = 'x'.repeat(1_000_000); let no = 0
    await Promise.allSettled([1, 2, 3, 4, 5, 6].map(() => custos.call('notes', 'tools/echo', { large }).catch(() => no++)))
    custos.log(no)`
  const { end, logs } = await runScript(source, { memoryMiB: 64 })
  assert.equal(end.how, 'finished')
  assert.deepEqual(logs, ['Error: limit: too many or too large syscalls wait for an answer', '2'])
})

test('log lines end at what a run may say, and the run goes on', async () => {
  const source = "for (let i = 0; i < 1000; i++) custos.log('x'.repeat(100_000)); export default 1"
  const { end, logs } = await runScript(source)
  assert.equal(end.how === 'finished' && end.text, '1')
  assert.equal(logs.join('').length, 1_048_576)
})

test('a result that is too long is an error', async () => {
  const { end } = await runScript("export default 'x'.repeat(300_000)")
  assert.deepEqual([end.how, end.text], ['threw', 'the result is too long'])
})

test('words that are empty, too long or no text are no words, and halves of characters are replaced', async () => {
  const source = `for (const [d, s] of [['', 'x'], ['notes', 'x'.repeat(2000)], [1, 'x'], ['notes', undefined], ['\\ud800', 'x']])
    await custos.call(d, s).catch((e) => custos.log(e.name)) ; custos.log('\\ud800' + 'y')`
  const { asks, logs } = await runScript(source)
  assert.deepEqual(
    asks.map((ask) => ask.kind === 'call' && ask.driver),
    ['\ufffd\ufffd\ufffd'],
  )
  assert.deepEqual(logs, ['TypeError', 'Error', 'TypeError', 'TypeError', '\ufffd\ufffd\ufffdy'])
})
