/** Explanations, on a ledger made by the real fold with real signatures. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson } from '../base/canonical-json.ts'
import { sha256Hex } from '../base/hash.ts'
import type { Instant } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import { generateSigningKey, publicKeyOf } from '../base/signature.ts'
import type { Command, OrderAction } from '../kernel/command.ts'
import { decide } from '../kernel/decide.ts'
import type { Event, EventKind, EventOf } from '../kernel/event.ts'
import { evolve } from '../kernel/evolve.ts'
import { canonDigest, canonVersion } from '../kernel/gate/canon.ts'
import { builtinJudge } from '../kernel/gate/judge.ts'
import { initialState } from '../kernel/state.ts'
import { viewOf } from './ledger-view.ts'
import { orderRecord, signOrder } from './order.ts'
import { explain } from './why.ts'
import { explanationJson, showExplanation } from './why-rendering.ts'

type Untimed = Command extends infer C ? (C extends Command ? Omit<C, 'at'> : never) : never

const start = 1_700_000_000_000
const key = generateSigningKey()
const operator = { name: 'ada', publicKey: publicKeyOf(key), privateKey: key }

/** A domain with one driver and one agent, and every event so far. */
class History {
  readonly events: Event[] = []
  readonly #state = initialState()
  #now = start

  constructor() {
    this.do({
      kind: 'domain.create',
      name: 'main',
      operatorName: 'ada',
      operatorKey: operator.publicKey,
      canonDigest,
      canonVersion,
      policyVersion: builtinJudge.version,
      ledgerKey: 'l',
    })
    this.do({ kind: 'kernel.boot', code: 'test', policyVersion: builtinJudge.version, halt: null })
    const pinned = { selector: 'tools/write', digest: sha256Hex('w'), effect: 'act' } as const
    const program = { protocol: 'mcp-stdio', command: '/bin/files', args: [], cwd: '/', env: {} } as const
    this.order({ do: 'driver.add', name: 'files', manifest: { program, selectors: [pinned] } })
    this.do({ kind: 'driver.attach', driver: id(2), definitions: new Map([['tools/write', sha256Hex('w')]]) })
    this.order({ do: 'agent.add', name: 'scout', tokenDigest: sha256Hex('t') })
  }

  do(command: Untimed): void {
    this.#now += 1_000
    const decision = decide(this.#state, { ...command, at: id<Instant>(this.#now) }, builtinJudge)
    for (const event of decision.events) {
      evolve(this.#state, event)
      this.events.push(event)
    }
  }

  order(command: OrderAction): void {
    const ground = { domain: 'main', policyVersion: builtinJudge.version, canonVersion }
    const { record, text, signature } = signOrder(orderRecord(command, id(1), ground, this.#now), operator)
    const signed = { record: text, signature }
    this.do({
      kind: 'order',
      order: { record, signed, signatureValid: true },
      waiting: true,
      undispatched: new Set(),
    })
  }

  call(args: JsonObject): void {
    const bytes = Buffer.from(JSON.stringify(args))
    const commitment = sha256Hex(bytes)
    this.do({
      kind: 'call.request',
      process: id(4),
      designation: { object: id(2) },
      selector: 'tools/write',
      arguments: args,
      payload: { commitment, length: bytes.length, bytes },
      nonce: '00'.repeat(16),
      saltedDigest: () => commitment,
    })
  }

  last<K extends EventKind>(kind: K): EventOf<K> {
    const found = this.events.findLast((event): event is EventOf<K> => event.kind === kind)
    assert.ok(found !== undefined, `${kind} happened`)
    return found
  }
}

/** A write that was held, approved and done under a grant with two uses. */
function approvedWrite(): History {
  const history = new History()
  history.order({
    do: 'capability.grant',
    holder: id(4),
    object: id(2),
    caveats: {
      selectors: ['tools/write'],
      where: { '*': { arguments: { path: { constraint: { within: '/data' } } } } },
      uses: 2,
      ask: true,
    },
  })
  history.call({ path: '/data/\u202ex' })
  const { call, approvalDigest } = history.last('call.held').body
  history.order({ do: 'call.approve', call, digest: approvalDigest, comment: 'looks right' })
  history.do({
    kind: 'call.settle',
    call,
    outcome: 'done',
    reason: '',
    released: false,
    payload: { commitment: sha256Hex('r'), length: 1, bytes: Buffer.from('r') },
  })
  return history
}

test('an approved call is explained up to the signed grant, with the terms of that moment', () => {
  const history = approvedWrite()
  const explanation = explain(viewOf(history.events), history.last('call.settled').seq)
  assert.ok(explanation !== null)
  assert.equal(explanation.sound, true)
  assert.deepEqual(
    explanation.authority.map(({ how }) => how),
    ['approved', 'granted'],
  )
  assert.equal(explanation.authority[1]?.usesLeft, 1)
  assert.equal(explanation.decision?.event.body.comment, 'looks right')
  assert.deepEqual(
    explanation.call.map(({ kind }) => kind),
    ['call.held', 'call.approved', 'call.admitted', 'call.settled'],
  )
  const text = showExplanation(explanation).join('\n')
  assert.match(text, /path within \/data; no others/u)
  assert.match(text, /granted by operator ada/u)
  assert.match(text, /“looks right”/u)
  assert.match(text, /"path":"\/data\/\\u\{202e\}x"/u)
  assert.match(text, /every signature cited here verifies/u)
  assert.doesNotThrow(() => JSON.stringify(explanationJson(explanation)))
})

test('what happened later does not change what the terms were', () => {
  const history = approvedWrite()
  const { seq } = history.last('call.settled')
  const { capability } = history.last('capability.granted').body
  history.order({ do: 'capability.revoke', capability })
  const explanation = explain(viewOf(history.events), seq)
  assert.equal(explanation?.authority.at(-1)?.revoked, false)
  const revoked = explain(viewOf(history.events), history.last('capability.revoked').seq)
  assert.equal(revoked?.order?.sound, true)
})

test('a refusal is explained with what would be needed', () => {
  const history = new History()
  history.call({ path: '/data/x' })
  const { seq } = history.last('syscall.refused')
  const explanation = explain(viewOf(history.events), seq)
  assert.ok(explanation !== null)
  assert.match(showExplanation(explanation).join('\n'), /needed {4}\S/u)
})

test('a cited signature that does not hold is never called sound', () => {
  const history = approvedWrite()
  const { seq } = history.last('call.settled')
  const lies: readonly ((event: Event) => Event)[] = [
    // Signed by somebody else.
    (event) =>
      event.kind === 'operator.enrolled'
        ? { ...event, body: { ...event.body, publicKey: publicKeyOf(generateSigningKey()) } }
        : event,
    // The event grants more than the operator signed.
    (event) =>
      event.kind === 'capability.granted'
        ? { ...event, body: { ...event.body, caveats: { ...event.body.caveats, uses: 100 } } }
        : event,
    // The approval was signed for another call's digest.
    (event) =>
      event.kind === 'call.held'
        ? { ...event, body: { ...event.body, approvalDigest: '00'.repeat(32) } }
        : event,
    // The record was rewritten.
    (event) =>
      event.kind === 'call.approved'
        ? { ...event, body: { ...event.body, signed: { ...event.body.signed, record: canonicalJson({}) } } }
        : event,
  ]
  for (const [index, lie] of lies.entries()) {
    const explanation = explain(viewOf(history.events.map(lie)), seq)
    assert.equal(explanation?.sound, false, `lie ${index}`)
    assert.match(showExplanation(explanation).join('\n'), /DOES NOT HOLD/u)
  }
})

test('every event of a history can be explained, and what is not there cannot', () => {
  const { events } = approvedWrite()
  for (const { seq } of events) assert.ok(explain(viewOf(events), seq) !== null)
  assert.equal(explain(viewOf(events), events.length + 1), null)
})
