/**
 * The right to answer a call is made by its dispatch and good for one answer, by the attachment that it went to,
 * while the call and what it stands on live. Adapters without a library try everything else.
 */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { createConnection } from 'node:net'
import { after, before, test } from 'node:test'
import type { JsonObject } from '../../../src/base/json.ts'
import { FrameDecoder } from '../../../src/wire/frame-decoder.ts'
import { encodeFrame } from '../../../src/wire/frame.ts'
import type { Answer } from '../../../src/wire/answer.ts'
import { ofKind } from '../../harness/ledger-events.ts'
import type { Holder } from './authority-world.ts'
import { AuthorityWorld, call, endOf, until } from './authority-world.ts'

const definitions = [{ selector: 'tools/act', definition: { name: 'act' } }]

let world: AuthorityWorld
let bob: Holder
/** The handle with which bob reaches each driver. */
const handles = new Map<string, number>()

before(async () => {
  world = await AuthorityWorld.open()
  bob = await world.agent('bob')
  for (const name of ['one', 'two']) {
    const object = await world.operator.addDriver(name, definitions)
    const caveats = { selectors: ['tools/act'], where: { '*': { arguments: {}, open: true } } }
    const order = { do: 'capability.grant', holder: bob.process, object, caveats }
    handles.set(name, Number((await world.operator.must(order))['handle']))
  }
})
after(async () => {
  bob.wire.close()
  await world.close()
})

/** An adapter that says what it likes. */
interface RawAdapter {
  readonly socket: Socket
  /** Correlations of the requests it got. */
  readonly asked: number[]
  readonly isOver: () => boolean
  reply(correlation: number, header: JsonObject, text: string): void
}

async function attach(name: string): Promise<RawAdapter> {
  await until(() => world.kernel.units.some((unit) => unit.name === name))
  const secret = world.kernel.units.find((unit) => unit.name === name)?.secret ?? ''
  const socket = createConnection(world.home.socket('driver'))
  const decoder = new FrameDecoder()
  const asked: number[] = []
  let isWelcome = false
  let isOver = false
  socket.on('error', () => undefined)
  socket.on('close', () => (isOver = true))
  socket.on('data', (bytes: Buffer) => {
    for (const { kind, correlation } of decoder.push(bytes).frames) {
      if (kind === 'welcome') isWelcome = true
      if (kind === 'request') asked.push(correlation)
    }
  })
  const body = new TextEncoder().encode(JSON.stringify(definitions))
  const header = { protocol: 1, secret, credit: 8 }
  socket.write(encodeFrame({ kind: 'hello', correlation: 0, header, body }))
  await until(() => isWelcome || isOver)
  return {
    socket,
    asked,
    isOver: () => isOver,
    reply(correlation, said, text) {
      socket.write(encodeFrame({ kind: 'reply', correlation, header: said, body: Buffer.from(text) }))
    },
  }
}

async function detached(adapter: RawAdapter, name: string): Promise<void> {
  adapter.socket.destroy()
  for (;;) {
    const drivers = (await world.operator.query('drivers')) as readonly { name: string; attached: boolean }[]
    if (drivers.some((driver) => driver.name === name && !driver.attached)) return
  }
}

function act(name: string, n: number): Promise<Answer> {
  return call(bob, 'tools/act', handles.get(name) ?? 0, { n })
}

function textOf(answer: Answer): string {
  return answer.kind === 'reply' ? Buffer.from(answer.body).toString() : answer.kind
}

/** How the ledger says that the answered call ended; once, if all is well. */
function outcomesOf(answer: Answer): readonly string[] {
  const call = answer.kind === 'reply' ? answer.header['call'] : 0
  const settled = ofKind(world.events(), 'call.settled').filter(({ body }) => Number(body.call) === call)
  return settled.map(({ body }) => body.outcome)
}

test('the first answer is the answer, whatever is said after it', async () => {
  const adapter = await attach('one')
  const asked = act('one', 1)
  await until(() => adapter.asked.length === 1)
  const [correlation = 0] = adapter.asked
  adapter.reply(correlation, { outcome: 'done' }, '"first"')
  adapter.reply(correlation, { outcome: 'failed' }, '"second"')
  const answer = await asked
  assert.equal(textOf(answer), '"first"')
  await detached(adapter, 'one')
  assert.deepEqual(outcomesOf(answer), ['done'])
})

test('nobody answers a call that went to another driver’s attachment', async () => {
  const [one, two] = [await attach('one'), await attach('two')]
  const asked = act('one', 2)
  await until(() => one.asked.length === 1)
  const [correlation = 0] = one.asked
  two.reply(correlation, { outcome: 'done' }, '"forged"')
  await detached(two, 'two')
  one.reply(correlation, { outcome: 'done' }, '"own"')
  const answer = await asked
  assert.equal(textOf(answer), '"own"')
  assert.deepEqual(outcomesOf(answer), ['done'])
  await detached(one, 'one')
})

test('nobody answers for an attachment that is over, not even the next one of the same driver', async () => {
  const first = await attach('one')
  const asked = act('one', 3)
  await until(() => first.asked.length === 1)
  const [correlation = 0] = first.asked
  await detached(first, 'one')
  const answer = await asked
  assert.equal(endOf(answer), 'in-doubt')
  const second = await attach('one')
  second.reply(correlation, { outcome: 'done' }, '"late"')
  await detached(second, 'one')
  assert.deepEqual(outcomesOf(answer), ['in-doubt'])
})

test('a driver has one attachment: a second one with the right secret is sent away', async () => {
  const first = await attach('one')
  const second = await attach('one')
  await until(second.isOver)
  assert.equal(first.isOver(), false)
  await detached(first, 'one')
})

test('the right to answer dies with the capability that the call stands on', async () => {
  const adapter = await attach('one')
  const capabilities = (await world.operator.query('capabilities')) as readonly {
    readonly capability: number
    readonly handle: number
    readonly holder: number
  }[]
  const held = capabilities.find(
    ({ handle, holder }) => holder === bob.process && handle === handles.get('one'),
  )
  const asked = act('one', 4)
  await until(() => adapter.asked.length === 1)
  await world.operator.must({ do: 'capability.revoke', capability: held?.capability ?? 0 })
  adapter.reply(adapter.asked[0] ?? 0, { outcome: 'done' }, '"too late"')
  const answer = await asked
  assert.equal(endOf(answer), 'cancelled')
  assert.equal(textOf(answer), '')
  await detached(adapter, 'one')
  assert.deepEqual(outcomesOf(answer), ['cancelled'])
})
