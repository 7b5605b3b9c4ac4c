/**
 * A gateway in the hands of an attacker: it has the tokens that its clients brought, every socket of the home
 * and whatever orders it carried before. It can do what the agents attached through it can, and nothing that
 * an operator can: no grant, no approval, no other agent, no driver.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { canonicalJson } from '../../src/base/canonical-json.ts'
import { sha256Hex } from '../../src/base/hash.ts'
import type { Json, JsonObject } from '../../src/base/json.ts'
import { generateSigningKey, sign } from '../../src/base/signature.ts'
import type { Answer } from '../../src/wire/answer.ts'
import type { WireClient } from '../../src/wire/client.ts'
import { connectWire } from '../../src/wire/client.ts'
import { TestHome } from '../harness/kernel-process.ts'
import type { Actor } from '../harness/world.ts'
import { World, anyArguments } from '../harness/world.ts'

let world: World
/** Attached through the gateway when it was taken over. */
let ann: Actor
/** Another agent, which has more. */
let bob: Actor
/** The hijacked gateway's own connections. */
let asAnn: WireClient
let toOperators: WireClient

before(async () => {
  world = new World(new TestHome(), {})
  await world.start()
  ann = await world.agent('ann')
  bob = await world.agent('bob')
  const where = { '*': { arguments: { n: { constraint: { range: { min: 0, max: 9 } } } } } }
  await world.grant(ann, { selectors: ['tools/read'], where })
  await world.grant(ann, { selectors: ['tools/send'], where: anyArguments, ask: true })
  await world.grant(bob, { selectors: ['tools/write'], where: anyArguments })
  asAnn = await world.wire(ann)
  const opened = await connectWire(world.home.socket('operator'), {})
  assert.ok(opened.ok)
  toOperators = opened.value
})

after(async () => {
  asAnn.close()
  toOperators.close()
  await world.kernel.kill()
  world.home.remove()
})

function code(answer: Answer): string {
  return answer.kind === 'refusal' ? answer.refusal.code : answer.kind
}

function call(selector: string, args: Json): Promise<Answer> {
  const header = { op: 'call', object: world.object, selector }
  return asAnn.request(header, Buffer.from(JSON.stringify(args)))
}

function orderRecord(command: JsonObject): Uint8Array {
  const head = { domain: 'main', operator: 1, policyVersion: 'builtin-1', canonVersion: 1, time: Date.now() }
  return Buffer.from(canonicalJson({ ...head, command, nonce: randomBytes(16).toString('hex') }))
}

function send(record: Uint8Array, signature: string): Promise<Answer> {
  return toOperators.request({ op: 'order', signature }, record)
}

test('it can do what its attached agent can, within the agent’s terms', async () => {
  assert.equal(code(await call('tools/read', { n: 1 })), 'reply')
  assert.equal(code(await call('tools/read', { n: 10 })), 'argument-refused')
  assert.equal(code(await call('tools/write', {})), 'selector-not-granted')
})

test('it cannot give itself authority: no order without an operator’s key is carried out', async () => {
  const caveats = { selectors: ['tools/write'], where: anyArguments }
  const grant = { do: 'capability.grant', holder: ann.process, object: world.object, caveats }
  const own = generateSigningKey()
  for (const command of [
    grant,
    { do: 'agent.add', name: 'mallory', tokenDigest: sha256Hex('mallory') },
    { do: 'process.kill', process: bob.process, reason: 'mine' },
    { do: 'driver.remove', driver: world.object },
    { do: 'domain.resume' },
  ]) {
    const record = orderRecord(command)
    assert.equal(code(await send(record, sign(own, record))), 'signature-invalid', command.do)
    assert.equal(code(await send(record, '')), 'signature-invalid', command.do)
  }
  assert.equal(code(await call('tools/write', {})), 'selector-not-granted')
})

test('an order that it carried cannot be used again, nor for anything else', async () => {
  const genuine = orderRecord({ do: 'agent.add', name: 'carl', tokenDigest: sha256Hex('carl') })
  const signature = sign(world.home.key, genuine)
  assert.equal(code(await send(genuine, signature)), 'reply')
  assert.equal(code(await send(genuine, signature)), 'order-replayed')
  const other = Buffer.from(Buffer.from(genuine).toString().replace('"carl"', '"cara"'))
  assert.equal(code(await send(other, signature)), 'signature-invalid')
})

test('it cannot approve what its agent asked for', async () => {
  const under = call('tools/send', { to: 'everybody' })
  const [held] = await world.held()
  assert.ok(held !== undefined)
  const own = generateSigningKey()
  const approve = { do: 'call.approve', call: held.call, digest: held.digest, comment: '' }
  const record = orderRecord(approve)
  assert.equal(code(await send(record, sign(own, record))), 'signature-invalid')
  for (const header of [
    { op: 'order', signature: '' },
    { op: 'approve', call: held.call },
    { op: 'ask', call: held.call, selector: 'client/elicitation' },
  ]) {
    assert.equal(code(await asAnn.request(header, record)), 'bad-request')
  }
  assert.equal((await world.held())[0]?.call, held.call, 'it is still held')
  await world.operator.must({ do: 'call.deny', call: held.call, digest: held.digest, comment: '' })
  assert.equal(code(await under), 'approval-denied')
  assert.ok(!world.box.bodies.some((body) => body.includes('everybody')))
})

test('it is no other agent and no driver, whatever it makes up', async () => {
  for (const token of ['', 'custos_x', `custos_${'A'.repeat(43)}`, ann.token.slice(0, -1)]) {
    const opened = await connectWire(world.home.socket('agent'), { token })
    assert.equal(opened.ok, false)
  }
  for (const secret of ['', ann.token, '0'.repeat(64)]) {
    const opened = await connectWire(world.home.socket('driver'), { secret }, { body: Buffer.from('[]') })
    assert.equal(opened.ok, false)
  }
})

test('what it tried is on record, and nothing else happened', async () => {
  await world.fence()
  const events = world.events()
  const orders = events.filter(({ kind }) => kind === 'order.refused')
  assert.ok(orders.length >= 12, `${orders.length} refused orders are recorded`)
  assert.ok(!events.some(({ kind }) => kind === 'process.killed' || kind === 'driver.removed'))
  const granted = events.flatMap((event) => (event.kind === 'capability.granted' ? [event.body.holder] : []))
  const seen = granted.filter((holder) => Number(holder) === ann.process)
  assert.equal(seen.length, 2, 'the agent holds what operators gave it')
  assert.ok(!world.box.seen.some(({ selector }) => selector === 'tools/write'))
})
