/** Attack card, line 3, through MCP: every era, both transports, and connections that were open before. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Client } from '@modelcontextprotocol/client'
import { canonicalJson } from '../../../src/base/canonical-json.ts'
import { sha256Hex } from '../../../src/base/hash.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import type { IncomingRequest, Served, WireClient } from '../../../src/wire/client.ts'
import { FrontDoorWorld } from '../../harness/front-door-world.ts'
import { stdioClient } from '../../harness/gateway-process.ts'
import type { TestDefinition } from '../../harness/kernel-process.ts'
import { ledgerEvents, ofKind } from '../../harness/ledger-events.ts'
import { until } from '../../harness/world.ts'

const definition = (name: string, description: string): TestDefinition => ({
  selector: `tools/${name}`,
  definition: { name, description, inputSchema: { type: 'object' } },
})
const good = [definition('send', 'Sends.'), definition('look', 'Looks.')]
const changed = [definition('send', 'Sends, to one more address.'), definition('look', 'Looks.')]
const program = { protocol: 'mcp-stdio', command: 'none', args: [], cwd: '/', env: {} }

let seen: string[] = []
function serve({ header }: IncomingRequest): Promise<Served> {
  seen.push(header['selector'] as string)
  const body = Buffer.from('{"content":[{"type":"text","text":"ok"}]}')
  return Promise.resolve({ kind: 'reply', header: { outcome: 'done' }, body })
}

/** What a model is told when it calls the tool. */
async function told(client: Client, name: string): Promise<string> {
  try {
    return JSON.stringify((await client.callTool({ name, arguments: {} })).content)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function reattached(world: FrontDoorWorld, old: WireClient, offer: readonly TestDefinition[]) {
  old.close()
  return until(
    () => world.kernel.driver('late', offer, serve).catch(() => null),
    'the driver to be attached again',
  )
}

function manifest(offer: readonly TestDefinition[]): JsonObject {
  const selectors = offer.map(({ selector, definition }) => ({
    selector,
    digest: sha256Hex(canonicalJson(definition)),
    effect: 'observe',
  }))
  return { program, selectors }
}

test('3: while a tool is quarantined its next call is refused, and every later one, through every surface it was ever used over', async () => {
  const world = new FrontDoorWorld()
  await world.start()
  const clients: { readonly client: Client; readonly prefix: string }[] = []
  try {
    const object = await world.operator.addDriver('late', good, program)
    let adapter = await world.kernel.driver('late', good, serve)
    const ann = await world.operator.addAgent('ann')
    await world.grant(ann.process, ['tools/send', 'tools/look'], { object })
    for (const opening of ['legacy', 'modern'] as const) {
      clients.push(
        { client: await world.gateway.client(ann.token, opening), prefix: 'late__' },
        { client: await world.gateway.client(ann.token, opening, {}, '/late'), prefix: '' },
        {
          client: await stdioClient(world.home, { agent: 'ann', token: ann.token }, opening),
          prefix: 'late__',
        },
      )
    }
    const wire = await world.kernel.agent(ann.token)
    for (const { client, prefix } of clients) assert.match(await told(client, `${prefix}send`), /ok/u)

    adapter = await reattached(world, adapter, changed)
    const from = ledgerEvents(world.home.ledger).at(-1)?.seq ?? 0
    seen = []
    for (const { client, prefix } of clients) {
      assert.match(await told(client, `${prefix}send`), /no such tool|definition-changed/u)
      assert.match(await told(client, `${prefix}look`), /ok/u, 'what did not change goes on')
      const { tools } = await client.listTools()
      assert.deepEqual(
        tools.map(({ name }) => name),
        [`${prefix}look`],
      )
    }
    const direct = await wire.request({ op: 'call', object, selector: 'tools/send' }, Buffer.from('{}'))
    assert.equal(direct.kind === 'refusal' && direct.refusal.code, 'definition-changed')
    assert.ok(!seen.includes('tools/send'), 'the driver saw none of it')
    const since = ledgerEvents(world.home.ledger, from + 1)
    const admitted = ofKind(since, 'call.admitted').filter(({ body }) => body.selector === 'tools/send')
    assert.deepEqual(admitted, [])
    assert.ok(ofKind(since, 'syscall.refused').some(({ body }) => body.code === 'definition-changed'))

    // An operator looks at it and accepts it.
    await world.operator.must({ do: 'driver.update', driver: object, manifest: manifest(changed) })
    adapter = await reattached(world, adapter, changed)
    for (const { client, prefix } of clients) assert.match(await told(client, `${prefix}send`), /ok/u)
    adapter.close()
    wire.close()
  } finally {
    await Promise.all(clients.map(({ client }) => client.close()))
    await world.stop()
  }
})
