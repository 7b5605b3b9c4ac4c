/** Questions of authority in a member domain: its operators come with its sovereign's word, and so does the proof. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertFoundAsRead } from '../../../test/harness/stored-view.ts'
import { sha256Hex } from '../../base/hash.ts'
import type { Instant } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { generateSigningKey, publicKeyOf, sign } from '../../base/signature.ts'
import { canonDigest, canonVersion } from '../../kernel/canon/first-edition.ts'
import { decide } from '../../kernel/decide.ts'
import type { Event } from '../../kernel/event.ts'
import { evolve } from '../../kernel/evolve.ts'
import { builtinJudge } from '../../kernel/gate/judge.ts'
import type { Command } from '../../kernel/command.ts'
import { parseStatement, statementBytes } from '../../kernel/sovereign/statement.ts'
import { initialState } from '../../kernel/state.ts'
import { canonicalJson } from '../../base/canonical-json.ts'
import { viewOf } from '../ledger-view.ts'
import { orderRecord, signOrder } from '../order.ts'
import { explain } from '../why.ts'
import { showExplanation } from '../why-rendering.ts'
import { review } from './review.ts'

const start = 1_700_000_000_000
const [sovereignKey, adaKey] = [generateSigningKey(), generateSigningKey()]
const ada = { name: 'ada', level: 'sovereign', publicKey: publicKeyOf(adaKey) } as const

type Untimed = Command extends infer C ? (C extends Command ? Omit<C, 'at'> : never) : never

/** A member that heard one statement and one order. */
function memberHistory(): readonly Event[] {
  const state = initialState()
  const events: Event[] = []
  const submit = (command: Untimed): void => {
    const decision = decide(state, { ...command, at: id<Instant>(start + events.length) }, builtinJudge)
    assert.equal(decision.refusal, null)
    for (const event of decision.events) {
      evolve(state, event)
      events.push(event)
    }
  }
  const policyVersion = builtinJudge.version
  const role = { role: 'member', sovereign: publicKeyOf(sovereignKey) } as const
  submit({
    kind: 'domain.create',
    name: 'lab',
    canonDigest,
    canonVersion,
    policyVersion,
    ledgerKey: 'l',
    ...role,
  })
  submit({ kind: 'kernel.boot', code: 'test', policyVersion, halt: null })
  const text = canonicalJson({
    statement: 1,
    domain: 'lab',
    at: start,
    validUntil: start + 86_400_000,
    status: 'active',
    operators: [{ operator: 1, ...ada, status: 'active' }],
    canon: { version: canonVersion, digest: canonDigest },
    weight: 100,
  })
  const signature = sign(sovereignKey, statementBytes(text))
  const statement = parseStatement(Buffer.from(text))
  submit({ kind: 'statement.accept', text, signature, statement, signatureValid: true })
  const [operator] = state.operators.keys()
  const ground = { domain: 'lab', policyVersion, canonVersion }
  const command = { do: 'agent.add', name: 'scout', tokenDigest: sha256Hex('t') } as const
  const record = orderRecord(command, operator ?? id(0), ground, start)
  const signed = signOrder(record, { name: 'ada', publicKey: ada.publicKey, privateKey: adaKey })
  const order = { record, signed: { record: signed.text, signature: signed.signature }, signatureValid: true }
  submit({ kind: 'order', order, waiting: false, undispatched: new Set() })
  return events
}

test('an order in a member domain is followed to its operator, and from there to the sovereign’s signed word', async () => {
  const events = memberHistory()
  const added = events.find(({ kind }) => kind === 'agent.added')
  const explanation = explain(viewOf(events), added?.seq ?? 0)
  assert.equal(explanation?.sound, true)
  assert.deepEqual([explanation.order?.operatorName, explanation.order?.operatorLevel], ['ada', 'sovereign'])
  const operator = explanation.origins.find(({ kind }) => kind === 'operator')
  assert.equal(operator?.made.kind, 'statement.accepted')
  assert.equal(operator.order?.sound, true)
  assert.match(showExplanation(explanation).join('\n'), /by the sovereign, signed/u)
  await assertFoundAsRead(events)
  const { operators } = review(viewOf(events), { nowMs: start + 100, process: null, dead: false })
  assert.deepEqual(
    operators.map(({ name, level, sinceSeq }) => [name, level, sinceSeq]),
    [['ada', 'sovereign', operator.made.seq]],
  )
})

test('a statement that the sovereign did not sign is not believed', async () => {
  const events = memberHistory()
  const added = events.find(({ kind }) => kind === 'agent.added')
  const forged = events.map((event): Event => {
    if (event.kind !== 'statement.accepted') return event
    const signature = sign(generateSigningKey(), statementBytes(event.body.text))
    return { ...event, body: { ...event.body, signature } }
  })
  assert.equal(explain(viewOf(forged), added?.seq ?? 0)?.sound, false)
  await assertFoundAsRead(forged)
})
