/** What was never used, on ledgers made by the real fold; and what narrowing by it leaves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import { SignedHistory } from '../../../test/harness/signed-history.ts'
import type { ArgumentTerm, ArgumentTerms, Caveats } from '../../kernel/capability/terms.ts'
import { viewOf } from '../ledger-view.ts'
import { showUnused, unusedJson } from './unused-rendering.ts'
import type { UnusedReport } from './unused.ts'
import { findUnused, narrowingOrders } from './unused.ts'

const open = { '*': { arguments: {}, open: true } } as const
const both: Caveats = { selectors: ['tools/read', 'tools/write'], where: open }

/** Asked about everything since `sinceMs`. */
function unusedIn(history: SignedHistory, sinceMs = history.now, leastCalls = 2): UnusedReport {
  const question = { nowMs: history.now, sinceMs, arguments: true, leastCalls }
  return findUnused(viewOf(history.events), question)
}

/** The findings in short. */
function short({ findings }: UnusedReport): readonly string[] {
  return findings.map(
    ({ level, isWhole, terms }) =>
      `c${level.capability} ${isWhole ? 'whole' : terms.rights.map(({ what, selector }) => `${what} ${selector}`).join(', ')}`,
  )
}

test('a capability that nobody used is found, and what is under it goes with it', () => {
  const history = new SignedHistory()
  history.grant(both)
  history.do({ kind: 'capability.derive', process: id(4), handle: id(1), holder: id(4), caveats: {} })
  const report = unusedIn(history)
  assert.deepEqual(short(report), ['c1 whole'])
  assert.deepEqual(narrowingOrders(report.findings, false), [{ do: 'capability.revoke', capability: 1 }])
})

test('a use counts for every level that it was made under', () => {
  const history = new SignedHistory()
  history.grant({ selectors: ['tools/write'], where: open })
  history.do({
    kind: 'capability.derive',
    process: id(4),
    handle: id(1),
    holder: id(4),
    caveats: { uses: 3 },
  })
  history.do({
    kind: 'call.request',
    process: id(4),
    designation: { handle: id(2) },
    selector: 'tools/write',
    arguments: {},
    payload: { commitment: 'c', length: 2, bytes: Buffer.from('{}') },
    nonce: '00'.repeat(16),
    saltedDigest: () => 'd',
  })
  assert.deepEqual(short(unusedIn(history, 0, 100)), [])
})

test('selectors that were never asked for are found, and narrowed away in one order', () => {
  const history = new SignedHistory()
  history.grant(both)
  history.done({ path: '/a' }, 'tools/read')
  const report = unusedIn(history, 0, 100)
  assert.deepEqual(short(report), ['c1 selector tools/write'])
  const orders = narrowingOrders(report.findings, true)
  assert.deepEqual(orders, [
    {
      do: 'capability.narrow',
      capability: 1,
      caveats: { selectors: ['tools/read'], where: { 'tools/read': { arguments: {}, open: true } } },
    },
  ])
  for (const order of orders) assert.equal(history.order(order).refusal, null)
  assert.deepEqual(short(unusedIn(history, 0, 100)), [])
  assert.equal(history.call({ path: '/a' }).refusal?.code, 'selector-not-granted')
  history.done({ path: '/b' }, 'tools/read')
})

test('ranges and arguments that never occurred are found, and what was used stays allowed', () => {
  const history = new SignedHistory()
  const terms = {
    path: { constraint: { within: '/data' } },
    n: { constraint: { range: { min: 1, max: 100 } } },
    mode: { constraint: { in: ['a', 'b', 'c'] }, optional: true },
    never: { constraint: { any: true }, optional: true },
  } as const
  history.grant({ selectors: ['tools/write'], where: { '*': { arguments: terms } } })
  const used: readonly JsonObject[] = [
    { path: '/data/x/1', n: 3, mode: 'a' },
    { path: '/data/x/2', n: 9, mode: 'b' },
    { path: '/data/x/3', n: 5 },
  ]
  for (const args of used) history.done(args)
  const report = unusedIn(history, 0)
  assert.deepEqual(short(report), [
    'c1 range tools/write, range tools/write, range tools/write, argument tools/write',
  ])
  const text = showUnused(report).join('\n')
  assert.match(text, /path may be within \/data, was only within \/data\/x/u)
  assert.match(text, /n may be range 1\.\.100, was only in \[3,9,5\]/u)
  assert.match(text, /never was never given/u)
  assert.doesNotThrow(() => JSON.stringify(unusedJson(report)))
  for (const order of narrowingOrders(report.findings, true)) assert.equal(history.order(order).refusal, null)
  for (const args of used) history.done(args)
  for (const args of [
    { path: '/data/y', n: 3 },
    { path: '/data/x/1', n: 50 },
    { path: '/data/x/1', n: 3, mode: 'c' },
    { path: '/data/x/1', n: 3, never: 1 },
  ])
    assert.equal(history.call(args).refusal?.code, 'argument-refused')
  assert.deepEqual(short(unusedIn(history, 0)), [], 'narrowing again finds nothing more')
})

test('open terms are narrowed to the arguments that were given', () => {
  const history = new SignedHistory()
  history.grant({ selectors: ['tools/write'], where: open })
  history.done({ a: 1 })
  history.done({ a: 1, b: 'x' })
  for (const order of narrowingOrders(unusedIn(history, 0).findings, true))
    assert.equal(history.order(order).refusal, null)
  history.done({ a: 1 })
  history.done({ a: 1, b: 'x' })
  assert.equal(history.call({ a: 1, c: 2 }).refusal?.code, 'argument-refused')
})

test('what is younger than the time asked about is listed and left alone', () => {
  const history = new SignedHistory()
  history.grant(both)
  const report = unusedIn(history, history.now - 10_000)
  assert.equal(report.findings[0]?.isYoung, true)
  assert.deepEqual(narrowingOrders(report.findings, false), [])
  assert.equal(narrowingOrders(report.findings, true).length, 1)
})

test('an old use does not count for a recent question, and is told of', () => {
  const history = new SignedHistory()
  history.grant({ selectors: ['tools/write'], where: open })
  history.done({ a: 1 })
  history.now += 100_000
  const [found] = unusedIn(history, history.now - 50_000).findings
  assert.equal(found?.isWhole, true)
  assert.equal(found.usesEver, 1)
})

test('arguments that cannot be opened, or that are too few, are not judged, and that is said', () => {
  const history = new SignedHistory()
  history.grant({ selectors: ['tools/read', 'tools/write'], where: open })
  history.done({ a: 1 })
  const sealed = history.events.map((event) =>
    event.payload === null ? event : { ...event, payload: { ...event.payload, bytes: null } },
  )
  const question = { nowMs: history.now, sinceMs: 0, arguments: true, leastCalls: 1 }
  for (const [report, why] of [
    [findUnused(viewOf(sealed), question), /cannot be opened/u],
    [unusedIn(history, 0, 5), /too few/u],
  ] as const) {
    assert.deepEqual(short(report), ['c1 selector tools/read'])
    assert.match(report.findings[0]?.terms.unknown[0]?.why ?? '', why)
    assert.match(showUnused(report).join('\n'), /unknown: arguments of tools\/write/u)
  }
})

test('on random histories, narrowing keeps every call that was made and never widens', () => {
  let seed = 11
  const draw = (bound: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * bound)
  }
  for (let round = 0; round < 60; round += 1) {
    const history = new SignedHistory()
    const path: ArgumentTerm = { constraint: draw(2) === 0 ? { within: '/d' } : { prefix: '/' } }
    const n: ArgumentTerm = {
      constraint: draw(2) === 0 ? { range: { min: 0 } } : { any: true },
      optional: true,
    }
    const terms: ArgumentTerms =
      draw(3) === 0 ? { arguments: { path }, open: true } : { arguments: { path, n } }
    history.grant({ ...both, where: { '*': terms } })
    const used: (readonly [JsonObject, string])[] = []
    for (let count = draw(8); count >= 0; count -= 1) {
      const args = { path: `/d/${draw(3)}/${draw(4)}`, ...(draw(2) === 0 ? { n: draw(50) } : {}) }
      used.push([args, draw(3) === 0 ? 'tools/read' : 'tools/write'])
    }
    for (const [args, selector] of used) history.done(args, selector)
    for (const order of narrowingOrders(unusedIn(history, 0, 1 + draw(3)).findings, true))
      assert.equal(history.order(order).refusal, null, 'the kernel takes it as a narrowing')
    for (const [args, selector] of used) history.done(args, selector)
  }
})
