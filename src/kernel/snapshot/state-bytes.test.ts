/** A state that was written and read is the state that was not, whatever happens next. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain } from '../../../test/harness/small-domain.ts'
import { liveThrough } from '../../../test/model/histories.ts'
import type { Counts } from '../../../test/model/histories.ts'
import { CapabilityTable } from '../capability/table.ts'
import { stateRoot } from '../root.ts'
import { fromPlain, toPlain } from './plain-value.ts'
import { stateBytes, stateOfBytes } from './state-bytes.ts'

test('a value comes back as what it was, with its order and its prototype', () => {
  const bare = Object.assign(Object.create(null) as object, {
    constructor: 1,
    ['__proto__']: [new Set(['b', 'a'])],
  })
  const value = {
    map: new Map<unknown, unknown>([
      [2, bare],
      [1, ['map', 'x']],
    ]),
    list: [[], {}],
    none: null,
  }
  const again = fromPlain(JSON.parse(JSON.stringify(toPlain(value))))
  assert.deepStrictEqual(again, value)
  assert.equal(JSON.stringify(toPlain(again)), JSON.stringify(toPlain(value)))
})

test('a value of no known sort is not read', () => {
  assert.throws(() => fromPlain(['list', 1]), /unknown sort/)
  assert.throws(() => fromPlain(['map', 1]), /pairs/)
})

test('whatever happened, a state that was written and read goes on like the one that was not', () => {
  const counts: Counts = {}
  for (let seed = 1; seed <= 60; seed++) liveThrough(seed, 120, counts, { rereadEvery: 1 + (seed % 7) })
  for (const kind of [
    'capability.moved',
    'capability.narrowed',
    'process.killed',
    'call.approved',
    'exhausted',
  ])
    assert.ok((counts[kind] ?? 0) > 0, `some history had ${kind}`)
})

test('tables of handles, calls and everything else are equal, and so are the bytes', () => {
  const domain = new SmallDomain()
  const caveats = {
    where: { '*': { arguments: {}, open: true } },
    rate: { count: 3, perMs: 9 },
    uses: 9,
  } as const
  domain.grant({ selectors: ['tools/read'], ...caveats })
  domain.grant({ selectors: ['tools/write'], ...caveats, ask: true })
  domain.call('tools/read', { path: '/a' })
  domain.call('tools/write', { path: '/b' })
  const bytes = stateBytes(domain.state)
  const again = stateOfBytes(bytes)
  assert.ok(domain.state.calls.size === 2 && again.capabilities instanceof CapabilityTable)
  assert.equal(stateRoot(again), stateRoot(domain.state))
  assert.deepStrictEqual(again.processes, domain.state.processes)
  assert.deepStrictEqual([...again.capabilities], [...domain.state.capabilities])
  assert.deepStrictEqual({ ...again, capabilities: null }, { ...domain.state, capabilities: null })
  assert.deepStrictEqual(stateBytes(again), bytes)
})

test('bytes that are not a state are a fault', () => {
  const bytes = stateBytes(new SmallDomain().state)
  assert.throws(() => stateOfBytes(bytes.subarray(0, 3)))
  assert.throws(() => stateOfBytes(bytes.subarray(0, bytes.length - 1)))
  assert.throws(() => stateOfBytes(new Uint8Array([...bytes, 1, 2, 3])))
})
