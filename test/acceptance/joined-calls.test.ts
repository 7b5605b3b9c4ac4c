/**
 * Two attachments of one agent make the same call, and one decision serves both. What each said beside its
 * request holds for itself alone: who cannot answer is not asked, and who did not want to know is not told.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../src/base/json.ts'
import type { Served, WireClient } from '../../src/wire/client.ts'
import { connectWire } from '../../src/wire/client.ts'
import type { TestOperator } from '../harness/kernel-process.ts'
import { KernelProcess, TestHome } from '../harness/kernel-process.ts'

const open = { '*': { arguments: {}, open: true } }
const definitions = [{ selector: 'tools/act', definition: { name: 'act' } }]
const client = ['client/sampling']

function done(value: JsonObject, header: JsonObject = { outcome: 'done' }): Served {
  return { kind: 'reply', header, body: Buffer.from(JSON.stringify(value)) }
}

/** One attachment that counts what it is asked and told. */
async function attach(home: TestHome, token: string, notes: JsonObject) {
  const opened = await connectWire(home.socket('agent'), { token }, { credit: 8 })
  assert.ok(opened.ok)
  const wire: WireClient = opened.value
  const heard: string[] = []
  const held = Promise.withResolvers<void>()
  const options = {
    onNotice: ({ event }: JsonObject): void => {
      if (event === 'held') held.resolve()
      else heard.push(event as string)
    },
    onRequest: (): Promise<Served> => {
      heard.push('asked')
      return Promise.resolve(done({ role: 'assistant' }, {}))
    },
  }
  const call = wire.request(
    { op: 'call', handle: 1, selector: 'tools/act', ...notes },
    Buffer.from('{}'),
    options,
  )
  await held.promise
  return { wire, heard, call }
}

async function approveOnlyOne(operator: TestOperator): Promise<void> {
  const waiting = (await operator.query('approvals')) as { call: number; digest: string }[]
  assert.equal(waiting.length, 1)
  const [{ call, digest } = { call: 0, digest: '' }] = waiting
  await operator.must({ do: 'call.approve', call, digest, comment: '' })
}

test('of two who wait for one call, only the one that can answer is asked, and only it is told', async () => {
  const home = new TestHome()
  const kernel = await KernelProcess.start(home)
  const wires: { close(): void }[] = []
  try {
    const operator = await kernel.operator()
    const program = { protocol: 'mcp-stdio', command: 'none', args: [], cwd: '/', env: {}, client }
    const driver = await operator.addDriver('asker', definitions, program)
    const { token, process } = await operator.addAgent('ann')
    const caveats = { selectors: ['tools/act'], where: open, ask: true }
    await operator.must({ do: 'capability.grant', holder: process, object: driver, caveats })
    const asking = { selectors: client, where: open }
    await operator.must({ do: 'capability.grant', holder: driver, object: driver, caveats: asking })
    const adapter: WireClient = await kernel.driver('asker', definitions, async (request) => {
      request.notice({ event: 'progress', progress: 1 })
      const call = request.header['call'] as number
      const answer = await adapter.request(
        { op: 'ask', selector: 'client/sampling', call },
        Buffer.from('{}'),
      )
      return done({ kind: answer.kind })
    })
    const first = await attach(home, token, {})
    const second = await attach(home, token, { answers: client, progress: true })
    const third = await attach(home, token, {})
    wires.push(adapter, operator.client, first.wire, second.wire, third.wire)
    await approveOnlyOne(operator)
    for (const { call } of [first, second, third]) {
      const answer = await call
      assert.ok(answer.kind === 'reply')
      assert.equal(Buffer.from(answer.body).toString(), '{"kind":"reply"}')
    }
    assert.deepEqual([first.heard, second.heard, third.heard], [[], ['progress', 'asked'], []])
  } finally {
    for (const wire of wires) wire.close()
    await kernel.stop()
    home.remove()
  }
})
