/** Children of an agent's process, and a driver that acts as itself, over the kernel's real sockets. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Hex } from '../../src/base/hash.ts'
import type { JsonObject } from '../../src/base/json.ts'
import type { WireClient } from '../../src/wire/client.ts'
import { connectWire } from '../../src/wire/client.ts'
import type { TestOperator } from '../harness/kernel-process.ts'
import { KernelProcess, TestHome } from '../harness/kernel-process.ts'

const definitions = [{ selector: 'tools/echo', definition: { name: 'echo' } }]
const open = { '*': { arguments: {}, open: true } } as const

interface World {
  readonly home: TestHome
  readonly kernel: KernelProcess
  readonly operator: TestOperator
  readonly driver: number
  readonly bob: { readonly process: number; readonly token: string }
  readonly agent: WireClient
}

async function inWorld(body: (world: World) => Promise<void>): Promise<void> {
  const home = new TestHome()
  const kernel = await KernelProcess.start(home)
  try {
    const operator = await kernel.operator()
    const driver = await operator.addDriver('echo', definitions)
    const bob = await operator.addAgent('bob')
    await kernel.driver('echo', definitions, async (request) => ({
      kind: 'reply',
      header: { outcome: 'done' },
      body: request.body,
    }))
    const caveats = { selectors: ['tools/echo'], where: open }
    await operator.must({ do: 'capability.grant', holder: bob.process, object: driver, caveats })
    await body({ home, kernel, operator, driver, bob, agent: await kernel.agent(bob.token) })
  } finally {
    await kernel.kill()
    home.remove()
  }
}

async function must(client: WireClient, header: JsonObject, text = ''): Promise<JsonObject> {
  const answer = await client.request(header, Buffer.from(text))
  assert.equal(answer.kind, 'reply', JSON.stringify(answer))
  return answer.kind === 'reply' ? answer.header : {}
}

test('a child attaches with its own token, does what was derived to it, and ends when its parent says so', async () => {
  await inWorld(async ({ kernel, agent, driver, bob }) => {
    const named = { name: 'make', boundary: 'bubblewrap' }
    const made = await must(agent, { op: 'spawn', ...named, tokenDigest: sha256Hex('custos_child') })
    const process = made['process'] as number
    await must(agent, { op: 'derive', handle: 1, holder: process }, '{}')
    const child = await kernel.agent('custos_child')
    assert.deepEqual([child.welcome['process'], child.welcome['name']], [process, 'make'])
    assert.notEqual(process, bob.process)
    await must(child, { op: 'call', selector: 'tools/echo', object: driver }, '{"a":1}')
    await must(agent, { op: 'end', process, reason: 'exited with 0' })
    assert.match((await child.closed).reason, /^killed/u)
    await must(agent, { op: 'call', selector: 'tools/echo', object: driver }, '{"a":1}')
  })
})

test('killing an agent ends the attachments of its children', async () => {
  await inWorld(async ({ kernel, agent, operator, bob }) => {
    await must(agent, { op: 'spawn', name: 'make', boundary: '', tokenDigest: sha256Hex('custos_child') })
    const child = await kernel.agent('custos_child')
    await operator.must({ do: 'process.kill', process: bob.process, reason: 'enough' })
    assert.match((await child.closed).reason, /^killed/u)
    assert.match((await agent.closed).reason, /^killed/u)
  })
})

test('malformed words about children are refused and change nothing', async () => {
  await inWorld(async ({ agent }) => {
    const tokenDigest = sha256Hex('x')
    for (const header of [
      { op: 'spawn' },
      { op: 'spawn', name: 'a b', boundary: '', tokenDigest },
      { op: 'spawn', name: 'make', boundary: 'x'.repeat(1025), tokenDigest },
      { op: 'spawn', name: 'make', boundary: '', tokenDigest: 'short' },
      { op: 'end', process: 0, reason: '' },
      { op: 'end', process: '4', reason: '' },
    ]) {
      const answer = await agent.request(header)
      assert.equal(answer.kind === 'refusal' && answer.refusal.code, 'bad-request', JSON.stringify(header))
    }
  })
})

test('with the token its adapter named, a driver acts as its own process, for as long as the adapter is there', async () => {
  await inWorld(async ({ home, kernel, operator }) => {
    const other = await operator.addDriver('files', definitions)
    const unit = (): string => kernel.units.find(({ name }) => name === 'files')?.secret ?? ''
    while (unit() === '') await new Promise((resolve) => setTimeout(resolve, 5))
    const secret = unit()
    const hello = { secret, tokenDigest: sha256Hex('custos_driver'), boundary: 'bubblewrap' }
    const body = Buffer.from(JSON.stringify(definitions))
    const adapter = await connectWire(home.socket('driver'), hello, { body })
    assert.ok(adapter.ok)
    const self = await kernel.agent('custos_driver')
    assert.deepEqual([self.welcome['agent'], self.welcome['process']], [0, other])
    const spawned = await self.request({
      op: 'spawn',
      name: 'make',
      boundary: '',
      tokenDigest: sha256Hex('y'),
    })
    assert.equal(spawned.kind === 'refusal' && spawned.refusal.code, 'not-entitled')
    self.close()
    adapter.value.close()
    await adapter.value.closed
    const late = await connectWire(home.socket('agent'), { token: 'custos_driver' })
    assert.equal(late.ok, false)
  })
})
