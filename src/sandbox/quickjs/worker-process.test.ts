/** What a script can do in there, what it cannot tell apart from one run to the next, and how it ends. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runScript } from '../../../test/hostile/quickjs/bare-worker.ts'
import { plainWorker } from './worker-launch.ts'
import { refusedAnswer } from './worker-messages.ts'

const launch = plainWorker()

test('a script calls, hears the result, logs, and hands back what it exports', async () => {
  const source = `const answer = await custos.call('notes', 'tools/echo', { x: 1 })
    custos.log(answer.result.x); console.log('and', { so: 'on' }); export default answer`
  const { end, asks, logs } = await runScript(source, { launch })
  assert.deepEqual(logs, ['1', 'and {"so":"on"}'])
  assert.equal(end.how, 'finished')
  assert.deepEqual(JSON.parse(end.text), {
    ok: true,
    outcome: 'done',
    reason: '',
    comment: '',
    result: { x: 1 },
  })
  const [ask] = asks
  assert.ok(ask?.kind === 'call')
  assert.deepEqual(
    [ask.n, ask.driver, ask.selector, Buffer.from(ask.arguments).toString()],
    [1, 'notes', 'tools/echo', '{"x":1}'],
  )
})

test('a refusal is an answer', async () => {
  const answer = () => refusedAnswer({ code: 'not-held', message: 'No.', needed: 'A grant.' })
  const source = "export default (await custos.call('notes', 'tools/echo')).refusal.code"
  const { end } = await runScript(source, { launch, answer })
  assert.equal(end.text, '"not-held"')
})

test('time stands still until an answer comes, and everything that tells it agrees', async () => {
  const source = `const told = () => [custos.now(), Date.now(), new Date().getTime(), +new Date(), Date.parse(Date())]
    const first = told(); for (let i = 0; i < 1e5; i++); const second = told()
    await custos.call('notes', 'tools/echo'); export default [first, second, told(), new Date(0).getTimezoneOffset()]`
  const { end } = await runScript(source, { launch })
  const [first, second, third, zone] = JSON.parse(end.text) as readonly [number[], number[], number[], number]
  assert.deepEqual(first, Array<number>(5).fill(1_700_000_000_000))
  assert.deepEqual(second, first)
  assert.deepEqual(third, Array<number>(5).fill(1_700_000_001_000))
  assert.equal(zone, 0)
})

test('chance is a function of the seed, and of nothing else', async () => {
  const source =
    'export default Array.from({ length: 4 }, (_, i) => (i % 2 ? Math.random() : custos.random()))'
  const [one, same, other] = await Promise.all([
    runScript(source, { launch }),
    runScript(source, { launch }),
    runScript(source, { launch, seed: 'ffffffffffffffffffffffffffffffff' }),
  ])
  assert.deepEqual(one, same)
  assert.notEqual(one?.end.text, other?.end.text)
  const drawn = JSON.parse(one?.end.text ?? '') as readonly number[]
  // The first output of xoshiro128** for the state 0x00010203 0x04050607 0x08090a0b 0x0c0d0e0f, worked out by hand.
  const word = Math.imul(rotate(Math.imul(0x04050607, 5), 7), 9) >>> 0
  assert.equal(Math.trunc((drawn[0] ?? 0) * 2 ** 27), word >>> 5)
  assert.ok(drawn.every((value) => value >= 0 && value < 1))
})

test('what would show the machine, its memory or its language is not there', async () => {
  const names = [
    'WeakRef',
    'FinalizationRegistry',
    'SharedArrayBuffer',
    'Atomics',
    'performance',
    'Intl',
    'process',
  ]
  const more = [
    'require',
    'setTimeout',
    'fetch',
    'WebAssembly',
    'queueMicrotask',
    'structuredClone',
    'os',
    'std',
  ]
  const source = `export default ${JSON.stringify([...names, ...more])}.filter((name) => name in globalThis)`
  assert.equal((await runScript(source, { launch })).end.text, '[]')
  const sorted =
    "export default ['ä', 'z', 'a', 'Z'].sort((a, b) => a.localeCompare(b)).join('') + (1234.5).toLocaleString()"
  assert.equal((await runScript(sorted, { launch })).end.text, '"Zazä1234.5"')
})

test('answers reach the script in the order in which they are given', async () => {
  const source = `const order = []
    await Promise.all([1, 2, 3].map((i) => custos.call('notes', 'tools/echo', { i }).then(() => order.push(i))))
    export default order`
  const { end } = await runScript(source, { launch })
  assert.equal(end.text, '[1,2,3]')
})

test('a script that throws, waits for nothing, or cannot be read says so', async () => {
  const ends = await Promise.all(
    [
      "throw new TypeError('no')",
      'await new Promise(() => 0)',
      'this is no script',
      "import fs from 'fs'",
    ].map((source) => runScript(source, { launch })),
  )
  assert.deepEqual(
    ends.map(({ end }) => [end.how, end.text.split('\n')[0]]),
    [
      ['threw', 'TypeError: no'],
      ['stalled', ''],
      ['threw', "SyntaxError: expecting ';'"],
      ['threw', "ReferenceError: could not load module 'fs'"],
    ],
  )
})

test('calls that nobody awaits are still made, and the run waits for them', async () => {
  const source = "custos.call('notes', 'tools/echo').then(() => custos.log('late')); export default 1"
  const { end, logs } = await runScript(source, { launch })
  assert.deepEqual([end.text, logs], ['1', ['late']])
})

test('fuel is spent alike in every run, and a run without any left is over', async () => {
  const source = 'let n = 0; for (let i = 0; i < 3e6; i++) n += i; export default n'
  const [one, same] = await Promise.all([runScript(source, { launch }), runScript(source, { launch })])
  assert.ok(one?.end.how === 'finished' && one.end.fuel > 100)
  assert.deepEqual(one, same)
  assert.equal((await runScript(source, { launch, fuel: 100 })).end.how, 'fuel')
})

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
