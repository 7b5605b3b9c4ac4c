/** Attack card, line 25, through MCP: `custos why` says of what a client met exactly what was decided. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import type { JsonObject } from '../../../src/base/json.ts'
import type { Event } from '../../../src/kernel/event.ts'
import { FrontDoorWorld, outcome } from '../../harness/front-door-world.ts'
import { ledgerEvents, ofKind } from '../../harness/ledger-events.ts'

const world = new FrontDoorWorld()
let ann: { readonly token: string; readonly process: number }

before(async () => {
  await world.start()
  ann = await world.operator.addAgent('ann')
  const where = { '*': { arguments: { text: { constraint: { prefix: 'ok' } } } } }
  await world.grant(ann.process, ['tools/echo'], { where })
  await world.grant(ann.process, ['tools/report'], { ask: true })
})
after(() => world.stop())

interface Why {
  readonly seq: number
  readonly event: { readonly kind: string; readonly body: JsonObject }
  readonly arguments: string | null
  readonly call: readonly { readonly kind: string; readonly body: JsonObject }[]
  readonly authority: readonly { readonly capability: number; readonly revoked: boolean }[]
  readonly decision: { readonly kind: string; readonly comment: string } | null
  readonly sound: boolean
}

/** What the command says of an event; in words unless it is asked for a value. */
async function explained(seq: number | null | undefined, ...flags: readonly string[]): Promise<string> {
  const program = new URL('../../../bin/custos.mjs', import.meta.url).pathname
  const words = [program, 'why', String(seq), '--home', world.home.folder, ...flags]
  return text(spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] }).stdout)
}

async function why(seq: number | null | undefined): Promise<Why> {
  return JSON.parse(await explained(seq, '--json')) as Why
}

interface Told {
  readonly seq: number
  readonly code: string
  readonly message: string
  readonly needed: string
}

/** What the gate told the client, beside the result. */
const toldIn = (result: JsonObject): Told =>
  (result['_meta'] as JsonObject)['custos/answer'] as unknown as Told

const call = async (name: string, args: JsonObject): Promise<JsonObject> =>
  outcome(await world.modern(ann.token, 'tools/call', { name, arguments: args }))

const last = (): readonly Event[] => ledgerEvents(world.home.ledger)

test('25: of a refusal, why gives the code, the reason and the arguments of the run-time decision', async () => {
  const result = await call('demo__echo', { text: 'not so' })
  const told = toldIn(result)
  assert.equal(result['isError'], true)
  const value = await why(told.seq)
  const said = await explained(told.seq)
  assert.equal(value.event.kind, 'syscall.refused')
  assert.equal(value.event.body['code'], told.code)
  assert.equal(value.event.body['message'], told.message)
  assert.equal(value.event.body['needed'], told.needed)
  assert.equal(value.arguments, '{"text":"not so"}')
  assert.ok(said.includes(told.code) && said.includes(told.message))
  assert.equal(value.sound, true)
})

test('25: of an allowed call, why gives the authority it was done under and how it ended', async () => {
  assert.notEqual((await call('demo__echo', { text: 'ok' }))['isError'], true)
  const admitted = ofKind(last(), 'call.admitted').at(-1)
  const value = await why(admitted?.seq)
  assert.equal(value.arguments, '{"text":"ok"}')
  assert.equal(value.authority[0]?.capability, admitted?.body.capability)
  assert.deepEqual(
    value.call.map(({ kind }) => kind).filter((kind) => kind !== 'call.dispatched'),
    ['call.admitted', 'call.settled'],
  )
  assert.equal(value.call.at(-1)?.body['outcome'], 'done')
  assert.equal(value.sound, true)
})

test('25: of an approved and of a denied call, why names the decision and the words that the client was told', async () => {
  for (const [decision, kind] of [
    ['call.approve', 'call.approved'],
    ['call.deny', 'call.denied'],
  ] as const) {
    const waiting = call('demo__report', { n: kind })
    const { call: id, digest } = await world.held()
    await world.operator.must({ do: decision, call: id, digest, comment: `words for ${kind}` })
    const result = await waiting
    assert.match(JSON.stringify(result), new RegExp(`words for ${kind}`, 'u'))
    const value = await why(toldIn(result).seq)
    assert.equal(value.decision?.kind, kind)
    assert.equal(value.decision.comment, `words for ${kind}`)
    assert.equal(value.arguments, JSON.stringify({ n: kind }))
    assert.equal(value.sound, true)
  }
})

test('25: of a call under a capability that was revoked since, why still gives the decision of its moment', async () => {
  const capability = await world.grant(ann.process, ['tools/fail'])
  await call('demo__fail', {})
  const admitted = ofKind(last(), 'call.admitted').at(-1)
  const before = await why(admitted?.seq)
  await world.operator.must({ do: 'capability.revoke', capability })
  const wire = await world.kernel.agent(ann.token)
  const refused = await wire.request(
    { op: 'call', object: world.object, selector: 'tools/fail' },
    Buffer.from('{}'),
  )
  wire.close()
  assert.ok(refused.kind === 'refusal')
  const now = await why(admitted?.seq)
  assert.deepEqual(
    now.authority.map(({ capability: each }) => each),
    [capability],
  )
  assert.deepEqual(now.call, before.call)
  assert.equal((await why(refused.refusal.seq)).event.body['code'], refused.refusal.code)
})
