/**
 * The front door with real MCP clients: the official SDK, in every era and over both transports, against the real
 * kernel. One list of things that must work, run for each of them.
 */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { after, before, describe, test } from 'node:test'
import type { Client, ClientOptions } from '@modelcontextprotocol/client'
import type { JsonObject } from '../../src/base/json.ts'
import type { Opening } from '../harness/gateway-process.ts'
import { GatewayProcess, stdioClient } from '../harness/gateway-process.ts'
import type { TestOperator } from '../harness/kernel-process.ts'
import { KernelProcess, TestHome } from '../harness/kernel-process.ts'
import {
  anything,
  scriptedDefinitions,
  ScriptedDriver,
  scriptedSelectors,
} from '../harness/scripted-driver.ts'
import { until } from '../harness/world.ts'

let home: TestHome
let kernel: KernelProcess
let gateway: GatewayProcess
let operator: TestOperator
const driver = new ScriptedDriver()
let object = 0
let bob: { readonly token: string; readonly process: number }

before(async () => {
  home = new TestHome()
  kernel = await KernelProcess.start(home)
  gateway = await GatewayProcess.start(home)
  operator = await kernel.operator()
  const program = {
    protocol: 'mcp-stdio',
    command: 'none',
    args: [],
    cwd: '/',
    env: {},
    client: ['client/roots', 'client/sampling', 'client/elicitation'],
  }
  object = await operator.addDriver('demo', scriptedDefinitions, program)
  bob = await operator.addAgent('bob')
  await driver.attach(kernel, 'demo')
  for (const selector of scriptedSelectors) {
    const where: JsonObject =
      selector === 'tools/echo'
        ? { '*': { arguments: { text: { constraint: { prefix: 'ok' } } } } }
        : selector === 'prompts/get'
          ? { '*': { arguments: { name: { constraint: { eq: 'greet' } } }, open: true } }
          : anything
    await grant(bob.process, [selector], where)
  }
  await grant(object, ['client/sampling', 'client/elicitation'], anything)
})

after(async () => {
  await gateway.stop()
  await kernel.stop()
  home.remove()
})

async function grant(holder: number, selectors: readonly string[], where: JsonObject, ask = false) {
  const caveats = { selectors, where, ...(ask ? { ask: true } : {}) }
  await operator.must({ do: 'capability.grant', holder, object, caveats })
}

type Connect = (options?: ClientOptions) => Promise<Client>

/** Everything a client may expect, whatever it speaks. */
function sharedScenarios(connect: Connect): void {
  let shared: Promise<Client> | null = null
  after(async () => (await shared)?.close())
  /** One client for all that need nothing of their own. */
  const open = async (t: TestContext, options?: ClientOptions): Promise<Client> => {
    if (options === undefined) return (shared ??= connect())
    const client = await connect(options)
    t.after(() => client.close())
    return client
  }

  test('it sees what it holds under the driver’s prefix, narrowed', async (t) => {
    const client = await open(t)
    const { tools } = await client.listTools()
    const names = tools.map(({ name }) => name)
    assert.deepEqual(names, [...names].sort())
    assert.ok(names.includes('demo__echo') && names.length === 7)
    const echo = tools.find(({ name }) => name === 'demo__echo')
    assert.match(JSON.stringify(echo?.inputSchema), /additionalProperties":false/u)
    const { prompts } = await client.listPrompts()
    assert.deepEqual(
      prompts.map(({ name }) => name),
      ['demo__greet'],
    )
    const { resourceTemplates } = await client.listResourceTemplates()
    assert.equal(resourceTemplates[0]?.uriTemplate, 'note://{name}')
  })

  test('calls pass the gate as they came, and refusals say what is needed', async (t) => {
    const client = await open(t)
    const done = await client.callTool({ name: 'demo__echo', arguments: { text: 'ok then' } })
    assert.deepEqual(done.content, [{ type: 'text', text: '{"text":"ok then"}' }])
    const refused = await client.callTool({ name: 'demo__echo', arguments: { text: 'no' } })
    assert.equal(refused.isError, true)
    assert.match(JSON.stringify(refused.content), /argument-refused.*Needed/u)
    assert.match(JSON.stringify(refused._meta), /custos\/answer/u)
    await assert.rejects(client.callTool({ name: 'demo__none', arguments: {} }), /no such tool/u)
    await assert.rejects(client.callTool({ name: 'demo__fail', arguments: {} }), /it broke/u)
  })

  test('progress reaches the call that asked for it', async (t) => {
    const client = await open(t)
    const heard: unknown[] = []
    // The official client loses what comes in one piece with the answer.
    driver.heard = () => until(() => heard.length === 2 || null, 'the client to hear')
    await client.callTool(
      { name: 'demo__report', arguments: {} },
      { onprogress: (progress) => heard.push(progress) },
    )
    assert.deepEqual(heard, [
      { progress: 1, total: 2, message: 'half' },
      { progress: 2, total: 2 },
    ])
    driver.heard = () => Promise.resolve()
  })

  test('resources, prompts and completion are read under their own rights', async (t) => {
    const client = await open(t)
    const uris: string[] = []
    let cursor: string | undefined
    do {
      const page = await client.listResources(cursor === undefined ? {} : { cursor })
      uris.push(...page.resources.map(({ uri }) => uri))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    assert.equal(new Set(uris).size, 6)
    const read = await client.readResource({ uri: 'note://1' })
    assert.equal(read.contents[0]?.uri, 'note://1')
    const prompt = await client.getPrompt({ name: 'demo__greet', arguments: { who: 'you' } })
    assert.match(JSON.stringify(prompt.messages), /\\"name\\":\\"greet\\"/u)
    await assert.rejects(client.getPrompt({ name: 'demo__secret' }))
    const completed = await client.complete({
      ref: { type: 'ref/prompt', name: 'demo__greet' },
      argument: { name: 'who', value: 'y' },
    })
    assert.match(completed.completion.values[0] ?? '', /"name":"greet"/u)
  })

  test('what a driver asks reaches the client of that call, and its answer the driver', async (t) => {
    const client = await open(t, { capabilities: { elicitation: {}, sampling: {} } })
    client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { colour: 'red' } }))
    client.setRequestHandler('sampling/createMessage', () => ({
      role: 'assistant',
      model: 'm',
      content: { type: 'text', text: 'hi' },
    }))
    const asked = await client.callTool({ name: 'demo__ask', arguments: {} })
    assert.match(JSON.stringify(asked.content), /red/u)
    const sampled = await client.callTool({ name: 'demo__sample', arguments: {} })
    assert.match(JSON.stringify(sampled.content), /\\"hi\\"/u)
  })

  test('a client that cannot answer is not asked', async (t) => {
    const client = await open(t)
    const asked = await client.callTool({ name: 'demo__ask', arguments: {} })
    assert.match(JSON.stringify(asked.content), /cannot answer/u)
  })

  test('a withdrawn call is withdrawn at the driver', async (t) => {
    const client = await open(t)
    const before = driver.withdrawn
    const stop = new AbortController()
    const waiting = client.callTool({ name: 'demo__wait', arguments: {} }, { signal: stop.signal })
    while (driver.seen.at(-1)?.selector !== 'tools/wait') await soon()
    stop.abort()
    await assert.rejects(waiting)
    while (driver.withdrawn === before) await soon()
    driver.seen.push({ selector: '-', body: '', trace: undefined })
  })

  test('what changes is told to whoever watches', async (t) => {
    let isTold = false
    const client = await open(t, {
      listChanged: { tools: { autoRefresh: false, onChanged: () => void (isTold = true) } },
    })
    await client.listTools()
    const carol = await operator.addAgent(`carol${driver.seen.length}-${Date.now()}`)
    await grant(carol.process, ['tools/echo'], anything)
    // The official client does not say when it listens: what changed before that is not told.
    await until(async () => {
      const { capability } = await operator.must({
        do: 'capability.grant',
        holder: bob.process,
        object,
        caveats: { selectors: ['tools/echo'], where: anything },
      })
      await soon()
      await operator.must({ do: 'capability.revoke', capability: capability as number })
      return isTold || null
    }, 'a change to be told')
  })
}

function soon(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 10)
  })
}

for (const opening of ['legacy', 'auto', 'modern'] as const satisfies readonly Opening[]) {
  describe(`a client over HTTP, ${opening}`, () =>
    sharedScenarios((options) => gateway.client(bob.token, opening, options)))
}
for (const opening of ['legacy', 'modern'] as const satisfies readonly Opening[]) {
  describe(`a client over stdio, ${opening}`, () =>
    sharedScenarios((options) => stdioClient(home, { agent: 'bob', token: bob.token }, opening, options)))
}
