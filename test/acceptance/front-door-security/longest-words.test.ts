/**
 * An adapter that was taken over fills what it says to the last byte that a frame takes. What the kernel passes
 * on of it stands beside words of its own, and must fit all the same: nobody but the adapter's own calls suffers.
 */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { createConnection } from 'node:net'
import { after, before, test } from 'node:test'
import type { JsonObject } from '../../../src/base/json.ts'
import { FrameDecoder } from '../../../src/wire/frame-decoder.ts'
import type { FrameKind } from '../../../src/wire/frame.ts'
import { encodeFrame, wireLimits } from '../../../src/wire/frame.ts'
import type { WireClient } from '../../../src/wire/client.ts'
import { connectWire } from '../../../src/wire/client.ts'
import type { TestOperator } from '../../harness/kernel-process.ts'
import { KernelProcess, TestHome } from '../../harness/kernel-process.ts'
import { anything } from '../../harness/scripted-driver.ts'

const definitions = [
  { selector: 'tools/act', definition: { name: 'act' } },
  { selector: 'resources/read', definition: { resourceTemplates: [] } },
  { selector: 'resources/subscribe', definition: {} },
]
const home = new TestHome()
const news: JsonObject[] = []
let kernel: KernelProcess
let operator: TestOperator
let agent: WireClient
let adapter: Socket
let driver = 0
/** What the adapter does with a call. */
let answer: (correlation: number) => void

before(async () => {
  kernel = await KernelProcess.start(home)
  operator = await kernel.operator()
  driver = await operator.addDriver('loud', definitions)
  adapter = await attach()
  const { token, process } = await operator.addAgent('ann')
  const caveats = { selectors: definitions.map(({ selector }) => selector), where: anything }
  await operator.must({ do: 'capability.grant', holder: process, object: driver, caveats })
  const onNotice = (header: JsonObject): void => void news.push(header)
  const opened = await connectWire(home.socket('agent'), { token }, { onNotice })
  assert.ok(opened.ok)
  agent = opened.value
})

after(async () => {
  adapter.destroy()
  agent.close()
  operator.client.close()
  await kernel.stop()
  home.remove()
})

/** An adapter without a library: nothing but the kernel judges what it writes. */
async function attach(): Promise<Socket> {
  const secret = await secretOf('loud')
  const socket = createConnection(home.socket('driver'))
  const decoder = new FrameDecoder()
  const welcome = Promise.withResolvers<void>()
  socket.on('data', (bytes: Buffer) => {
    for (const { kind, correlation } of decoder.push(bytes).frames) {
      if (kind === 'welcome') welcome.resolve()
      if (kind === 'request') answer(correlation)
    }
  })
  const body = new TextEncoder().encode(JSON.stringify(definitions))
  const header = { protocol: 1, secret, credit: 8 }
  socket.write(encodeFrame({ kind: 'hello', correlation: 0, header, body }))
  await welcome.promise
  return socket
}

async function secretOf(name: string): Promise<string> {
  for (;;) {
    const unit = kernel.units.find((known) => known.name === name)
    if (unit !== undefined) return unit.secret
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function say(kind: FrameKind, correlation: number, header: JsonObject, text = ''): void {
  adapter.write(encodeFrame({ kind, correlation, header, body: new TextEncoder().encode(text) }))
}

/** `header` with as much of `letter` in its member `name` as a frame takes. */
function filled(header: JsonObject, name: string, letter: string): JsonObject {
  const bytes = (count: number): number =>
    Buffer.byteLength(JSON.stringify({ ...header, [name]: letter.repeat(count) }))
  let count = Math.floor((wireLimits.maxHeaderLength - bytes(0)) / (bytes(1) - bytes(0)))
  while (bytes(count) > wireLimits.maxHeaderLength) count -= 1
  const rest = wireLimits.maxHeaderLength - bytes(count)
  return { ...header, [name]: `${letter.repeat(count)}${'x'.repeat(rest)}` }
}

async function call(): Promise<JsonObject> {
  const said = await agent.request(
    { op: 'call', object: driver, selector: 'tools/act', progress: true, log: 'debug' },
    Buffer.from('{}'),
  )
  assert.equal(said.kind, 'reply')
  return said.kind === 'reply' ? said.header : {}
}

test('the longest refusal, reason and notice of an adapter reach whoever called, cut', async () => {
  const refusal = { code: 'x', message: '', needed: '', seq: null }
  for (const letter of ['x', '\u0001', '\u{ffff}'])
    for (const act of [
      (id: number) => say('refusal', id, filled(refusal, 'message', letter)),
      (id: number) => say('reply', id, filled({ outcome: 'failed' }, 'reason', letter)),
      (id: number) => {
        say('notice', id, filled({ event: 'progress', progress: 1, total: 2 }, 'message', letter))
        say('notice', id, filled({ event: 'log', level: 'info' }, 'logger', letter))
        say('reply', id, { outcome: 'failed' })
      },
    ]) {
      answer = act
      assert.equal((await call())['outcome'], 'failed')
    }
})

async function subscribe(uri: string): Promise<void> {
  const header = { op: 'call', object: driver, selector: 'resources/subscribe' }
  const said = await agent.request(header, Buffer.from(JSON.stringify({ uri })))
  assert.ok(said.kind === 'reply' && said.header['outcome'] === 'done')
}

test('the longest address of an adapter is told or dropped', async () => {
  answer = (id) => say('reply', id, { outcome: 'done' })
  await subscribe('note://1')
  for (const letter of ['x', '\u0001', '\u{ffff}']) {
    const notice = filled({ event: 'resource-updated' }, 'uri', letter)
    await subscribe(notice['uri'] as string)
    say('notice', 0, notice)
    assert.equal((await call())['outcome'], 'done')
  }
  say('notice', 0, { event: 'resource-updated', uri: 'note://1' })
  assert.equal((await call())['outcome'], 'done')
  assert.equal(news.at(-1)?.['uri'], 'note://1')
})

test('a page whose numbers are longer once they are written out is not listed', async () => {
  const numbers = Array.from({ length: 130_000 }, () => '9e15').join(',')
  answer = (id) => say('reply', id, { next: null }, `[{"uri":"note://1","name":"n","x":[${numbers}]}]`)
  const said = await agent.request({ op: 'discover', object: driver, what: 'resources' })
  assert.equal(said.kind === 'refusal' ? said.refusal.code : said.kind, 'driver-unavailable')
})
