/** Suggestions on histories made by the kernel's own decisions. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson } from '../../base/canonical-json.ts'
import { sha256Hex } from '../../base/hash.ts'
import type { Instant } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import type { Command, OrderAction } from '../../kernel/command.ts'
import { decide } from '../../kernel/decide.ts'
import type { Event } from '../../kernel/event.ts'
import { evolve } from '../../kernel/evolve.ts'
import { canonDigest, canonVersion } from '../../kernel/canon/first-edition.ts'
import { builtinJudge } from '../../kernel/gate/judge.ts'
import { initialState } from '../../kernel/state.ts'
import { viewOf } from '../ledger-view.ts'
import { findFollowed } from './history.ts'
import { observeCaveats } from './observing.ts'
import { Rehearsal } from './rehearsal.ts'
import type { Suggested } from './suggest.ts'
import { suggest } from './suggest.ts'

type Untimed = Command extends infer C ? (C extends Command ? Omit<C, 'at'> : never) : never

const selectors = ['tools/read', 'tools/send', 'tools/gone'] as const

/** A domain with a driver, an agent that observes, and whatever it is told to do. */
class Observed {
  readonly events: Event[] = []
  readonly payloads: Map<number, Uint8Array> = new Map()
  readonly #state = initialState()
  now = 1_700_000_000_000
  #count = 0

  constructor() {
    const ledger = { canonDigest, canonVersion, policyVersion: builtinJudge.version, ledgerKey: 'l' }
    this.do({ kind: 'domain.create', name: 'main', operatorName: 'ada', operatorKey: 'k', ...ledger })
    const program = { protocol: 'mcp-stdio', command: '/bin/files', args: [], cwd: '/', env: {} } as const
    const pinned = selectors.map((selector) => {
      return {
        selector,
        digest: sha256Hex(selector),
        effect: selector === 'tools/send' ? 'act' : 'observe',
      } as const
    })
    this.order({ do: 'driver.add', name: 'files', manifest: { program, selectors: pinned } })
    this.attach()
    this.order({ do: 'agent.add', name: 'scout', tokenDigest: sha256Hex('t') })
    this.order({ do: 'capability.grant', holder: id(4), object: id(2), caveats: observeCaveats(selectors) })
  }

  attach(): void {
    const definitions = new Map(selectors.map((selector) => [selector, sha256Hex(selector)]))
    this.do({ kind: 'driver.attach', driver: id(2), definitions })
  }

  do(command: Untimed): readonly Event[] {
    this.now += 100
    const { events } = decide(this.#state, { ...command, at: id<Instant>(this.now) }, builtinJudge)
    for (const event of events) {
      evolve(this.#state, event)
      if (event.payload?.bytes instanceof Uint8Array) this.payloads.set(event.seq, event.payload.bytes)
      this.events.push(event)
    }
    return events
  }

  order(command: OrderAction): readonly Event[] {
    const nonce = (this.#count += 1).toString(16).padStart(32, '0')
    const ground = {
      domain: 'main',
      policyVersion: builtinJudge.version,
      canonVersion,
      operator: id<never>(1),
    }
    const record = { command, nonce, time: id<Instant>(this.now), ...ground }
    const signed = { record: canonicalJson(record as unknown as Json), signature: '' }
    const order = { record, signed, signatureValid: true }
    return this.do({ kind: 'order', order, waiting: true, undispatched: new Set() })
  }

  call(selector: string, values: JsonObject): Event | undefined {
    const bytes = Buffer.from(JSON.stringify(values))
    const commitment = sha256Hex(`${(this.#count += 1)} ${bytes.toString()}`)
    const [event] = this.do({
      kind: 'call.request',
      process: id(4),
      designation: { object: id(2) },
      selector,
      arguments: values,
      payload: { commitment, length: bytes.length, bytes },
      nonce: '00'.repeat(16),
      saltedDigest: () => commitment,
    })
    if (event?.kind === 'call.admitted') this.settle(event.body.call)
    return event
  }

  settle(call: number): void {
    const over = { outcome: 'done', reason: '', released: false, payload: null } as const
    this.do({ kind: 'call.settle', call: id(call), ...over })
  }

  suggestion(
    options: { readonly sealed?: true; readonly ask?: false; readonly sinceMs?: number } = {},
  ): Suggested {
    const bare = this.events.map((event) =>
      event.payload === null ? event : { ...event, payload: { ...event.payload, bytes: null } },
    )
    const view = viewOf(bare, options.sealed === true ? new Map() : this.payloads)
    const { followed, state } = findFollowed(view, 'scout')
    assert.ok(followed !== null)
    const { sinceMs = 0, ask = true } = options
    const suggested = suggest({ view, followed, state, sinceMs, ask })
    assert.ok(suggested.ok, suggested.ok ? '' : suggested.error)
    return suggested.value
  }
}

test('what was used is covered with its evidence, and nothing else is suggested', () => {
  const observed = new Observed()
  const first = observed.call('tools/read', { path: '/srv/data/a' })
  observed.call('tools/read', { path: '/srv/data/b', head: 3 })
  const { suggestion, rehearsal } = observed.suggestion()
  assert.deepEqual(rehearsal, { through: 2, asked: 0, refused: [] })
  assert.equal(suggestion.grants.length, 1)
  const [grant] = suggestion.grants
  assert.deepEqual(Object.keys(grant?.selectors ?? {}), ['tools/read'])
  const line = grant?.selectors['tools/read']
  assert.equal(line?.evidence.seqs[0], first?.seq)
  assert.deepEqual(line?.arguments['path']?.constraint, { within: '/srv/data' })
  assert.equal(line?.arguments['head']?.optional, true)
})

test('what acts outside is asked about, unless that is not wanted', () => {
  const observed = new Observed()
  observed.call('tools/read', {})
  observed.call('tools/send', { to: 'x' })
  const asking = observed.suggestion()
  assert.deepEqual(
    asking.suggestion.grants.map(({ ask, selectors: lines }) => [ask ?? false, ...Object.keys(lines)]),
    [
      [false, 'tools/read'],
      [true, 'tools/send'],
    ],
  )
  assert.deepEqual(asking.rehearsal, { through: 1, asked: 1, refused: [] })
  assert.equal(observed.suggestion({ ask: false }).suggestion.grants.length, 1)
})

test('a busy minute never runs into the rate that is suggested', () => {
  const observed = new Observed()
  for (let burst = 0; burst < 3; burst++) {
    for (let index = 0; index < 100; index++) observed.call('tools/read', { index })
    observed.now += 45_000
  }
  const { suggestion, rehearsal } = observed.suggestion()
  assert.deepEqual(rehearsal, { through: 300, asked: 0, refused: [] })
  assert.ok((suggestion.grants[0]?.rate?.count ?? 0) >= 200)
})

test('refusals are told and not suggested, and so is what was declined', () => {
  const observed = new Observed()
  observed.call('tools/other', {})
  observed.order({
    do: 'capability.revoke',
    capability: id(1),
  })
  observed.call('tools/read', {})
  const caveats = { ...observeCaveats(['tools/send']), ask: true, badge: 'x' } as const
  observed.order({ do: 'capability.grant', holder: id(4), object: id(2), caveats })
  const held = observed.call('tools/send', { to: 'x' })
  assert.ok(held?.kind === 'call.held')
  const { call, approvalDigest } = held.body
  observed.order({ do: 'call.deny', call, digest: approvalDigest, comment: 'no' })
  const { suggestion } = observed.suggestion()
  assert.deepEqual(suggestion.grants, [])
  assert.deepEqual(
    suggestion.refused.map(({ selector, count }) => [selector, count]),
    [
      ['tools/other', 1],
      ['tools/read', 1],
    ],
  )
})

test('a call that was approved counts with the arguments it was held with', () => {
  const observed = new Observed()
  observed.order({ do: 'capability.revoke', capability: id(1) })
  const caveats = { ...observeCaveats(['tools/send']), ask: true } as const
  observed.order({ do: 'capability.grant', holder: id(4), object: id(2), caveats })
  const held = observed.call('tools/send', { to: 'x' })
  assert.ok(held?.kind === 'call.held')
  const { call, approvalDigest } = held.body
  observed.order({ do: 'call.approve', call, digest: approvalDigest, comment: '' })
  observed.settle(call)
  const { suggestion, rehearsal } = observed.suggestion()
  assert.deepEqual(suggestion.grants[0]?.selectors['tools/send']?.arguments['to']?.constraint, { eq: 'x' })
  assert.equal(rehearsal.asked, 1)
})

test('without the key of the payloads the suggestion is on selectors alone and says so', () => {
  const observed = new Observed()
  observed.call('tools/read', { path: '/srv/data/a' })
  const { suggestion } = observed.suggestion({ sealed: true })
  assert.equal(suggestion.sealed, 1)
  const line = suggestion.grants[0]?.selectors['tools/read']
  assert.deepEqual([line?.open, line?.arguments], [true, {}])
  assert.match(line?.why ?? '', /wide/u)
})

test('what the driver offers no more is left out, and a halt does not hinder suggesting', () => {
  const observed = new Observed()
  observed.call('tools/gone', {})
  observed.call('tools/read', {})
  const program = { protocol: 'mcp-stdio', command: '/bin/files', args: [], cwd: '/', env: {} } as const
  const kept = { selector: 'tools/read', digest: sha256Hex('tools/read'), effect: 'observe' } as const
  observed.order({ do: 'driver.update', driver: id(2), manifest: { program, selectors: [kept] } })
  const halt = { requestedAt: id<Instant>(observed.now), requestedBy: 'ada', reason: '' }
  observed.do({ kind: 'kernel.boot', code: 't', policyVersion: builtinJudge.version, halt })
  const { suggestion, rehearsal } = observed.suggestion()
  assert.deepEqual(suggestion.leftOut, [
    { driver: 'files', selector: 'tools/gone', calls: 1, why: 'the driver offers it no more' },
  ])
  assert.deepEqual(rehearsal, { through: 1, asked: 0, refused: [] })
})

test('only calls since the given instant count, and the same history gives the same suggestion', () => {
  const observed = new Observed()
  observed.call('tools/read', { path: '/srv/old/a' })
  const sinceMs = observed.now + 1
  observed.call('tools/read', { path: '/srv/new/a' })
  const { suggestion } = observed.suggestion({ sinceMs })
  assert.equal(suggestion.calls, 1)
  assert.equal(JSON.stringify(suggestion), JSON.stringify(observed.suggestion({ sinceMs }).suggestion))
})

test('a rehearsal notices what a suggestion does not cover', () => {
  const observed = new Observed()
  observed.call('tools/read', { path: '/srv/data/a' })
  const { state } = findFollowed(viewOf(observed.events), 'scout')
  const where = { '*': { arguments: { path: { constraint: { within: '/srv/other' } } } } } as const
  const begun = Rehearsal.begin(state, [{ object: 2, caveats: { selectors: ['tools/read'], where } }])
  assert.ok(begun.ok)
  const repeated = { seq: 9, at: observed.now, object: 2, arguments: {} }
  const outside = begun.value.repeat({ ...repeated, selector: 'tools/read' }, { path: '/srv/data/a' })
  assert.ok(outside.let === 'refused' && outside.refusal.code === 'argument-refused')
  const unlisted = begun.value.repeat({ ...repeated, selector: 'tools/send' }, {})
  assert.ok(unlisted.let === 'refused' && unlisted.refusal.code === 'selector-not-granted')
  const inside = begun.value.repeat({ ...repeated, selector: 'tools/read' }, { path: '/srv/other/a' })
  assert.equal(inside.let, 'through')
})
