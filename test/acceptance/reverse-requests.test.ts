/**
 * What drivers ask of their clients and tell on the way, through the real kernel's sockets: questions reach
 * the one request in whose course they are asked, roots come from the driver's own capability, an operator
 * answers what concerns authority, and nothing outlives the call or the capability it belongs to.
 */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { sha256Hex } from '../../src/base/hash.ts'
import type { Json, JsonObject } from '../../src/base/json.ts'
import type { Answer } from '../../src/wire/answer.ts'
import type { IncomingRequest, RequestOptions, Served, WireClient } from '../../src/wire/client.ts'
import { connectWire } from '../../src/wire/client.ts'
import type { TestOperator } from '../harness/kernel-process.ts'
import { KernelProcess, TestHome } from '../harness/kernel-process.ts'

const anything = { '*': { arguments: {}, open: true } }
const form = { message: 'Which colour?', requestedSchema: { type: 'object', properties: { colour: {} } } }
const definitions = [
  { selector: 'tools/act', definition: { name: 'act' } },
  { selector: 'resources/read', definition: { resourceTemplates: [] } },
  { selector: 'resources/subscribe', definition: {} },
]

let home: TestHome
let kernel: KernelProcess
let operator: TestOperator
let adapter: WireClient
let driver = 0
let tokens: readonly { token: string; process: number }[] = []
const attached: WireClient[] = []
/** What the driver's program does with a call. */
let act: (call: number, request: IncomingRequest) => Promise<Served>

before(async () => {
  home = new TestHome()
  kernel = await KernelProcess.start(home)
  operator = await kernel.operator()
  const program = {
    protocol: 'mcp-stdio',
    command: 'none',
    args: [],
    cwd: '/',
    env: {},
    client: ['client/roots', 'client/sampling', 'client/elicitation'],
  }
  driver = await operator.addDriver('asker', definitions, program)
  tokens = [await operator.addAgent('ann'), await operator.addAgent('bob')]
  for (const { process } of tokens)
    await grant(
      process,
      definitions.map(({ selector }) => selector),
    )
  adapter = await kernel.driver('asker', definitions, serve)
})

after(async () => {
  for (const wire of attached) wire.close()
  adapter.close()
  operator.client.close()
  await kernel.stop()
  home.remove()
})

async function serve(request: IncomingRequest): Promise<Served> {
  if (request.header['op'] === 'list') {
    const all = [{ uri: 'file:///data/a' }, { uri: 'file:///secret' }, { name: 'no address' }]
    return { kind: 'reply', header: { next: 'more' }, body: Buffer.from(JSON.stringify(all)) }
  }
  return act(request.header['call'] as number, request)
}

async function grant(holder: number, selectors: readonly string[], terms: JsonObject = {}): Promise<number> {
  const caveats = { selectors, where: anything, ...terms }
  return (await operator.must({ do: 'capability.grant', holder, object: driver, caveats }))[
    'capability'
  ] as number
}

async function attach(which: number, onNotice?: (header: JsonObject) => void): Promise<WireClient> {
  const token = tokens[which]?.token ?? ''
  const options = onNotice === undefined ? {} : { onNotice }
  const wire = await connectWire(home.socket('agent'), { token }, { credit: 8, ...options })
  assert.ok(wire.ok)
  attached.push(wire.value)
  return wire.value
}

function ask(selector: string, params: Json, call?: number): Promise<Answer> {
  const header = { op: 'ask', selector, ...(call === undefined ? {} : { call }) }
  return adapter.request(header, Buffer.from(JSON.stringify(params)))
}

function call(wire: WireClient, notes: JsonObject = {}, options: RequestOptions = {}): Promise<Answer> {
  const header = { op: 'call', object: driver, selector: 'tools/act', ...notes }
  return wire.request(header, Buffer.from('{}'), options)
}

function told(answer: Answer): Json {
  if (answer.kind === 'refusal') return answer.refusal.code
  return answer.kind === 'reply' ? (JSON.parse(Buffer.from(answer.body).toString()) as Json) : answer.kind
}

function done(value: Json, header: JsonObject = { outcome: 'done' }): Served {
  return { kind: 'reply', header, body: Buffer.from(JSON.stringify(value)) }
}

/** A call whose result is what the driver heard when it asked `selector`. */
function relaying(selector: string, params: Json): void {
  act = async (id) => done(told(await ask(selector, params, id)))
}

test('a question without a capability is refused, and nobody is asked', async () => {
  relaying('client/sampling', {})
  let asked = 0
  const onRequest = (): Promise<Served> => {
    asked += 1
    return Promise.resolve(done({}))
  }
  const answer = await call(await attach(0), { answers: ['client/sampling'] }, { onRequest })
  assert.equal(told(answer), 'not-held')
  assert.equal(asked, 0)
})

test('a granted question reaches the request in whose course it is asked, and its answer comes back', async () => {
  const capability = await grant(driver, ['client/sampling'], { uses: 2 })
  relaying('client/sampling', { maxTokens: 3 })
  const seen: JsonObject[] = []
  const onRequest = ({ header, body }: IncomingRequest): Promise<Served> => {
    seen.push({
      selector: header['selector'] ?? null,
      params: JSON.parse(Buffer.from(body).toString()) as Json,
    })
    return Promise.resolve(done({ role: 'assistant' }))
  }
  const ann = await attach(0)
  assert.deepEqual(told(await call(ann, { answers: ['client/sampling'] }, { onRequest })), {
    role: 'assistant',
  })
  assert.deepEqual(seen, [{ selector: 'client/sampling', params: { maxTokens: 3 } }])
  assert.equal(
    told(await call(ann, {}, { onRequest })),
    'not-found',
    'a client that cannot answer is not asked',
  )
  assert.equal(told(await call(ann, { answers: ['client/sampling'] }, { onRequest })), 'exhausted')
  assert.equal(seen.length, 1)
  await operator.must({ do: 'capability.revoke', capability })
})

test('a driver cannot ask in the course of another’s call, nor of one that is over', async () => {
  const capability = await grant(driver, ['client/sampling'])
  assert.equal(told(await ask('client/sampling', {}, 1)), 'not-found')
  assert.equal(told(await ask('client/sampling', {})), 'not-found')
  await operator.must({ do: 'capability.revoke', capability })
})

test('roots come from the driver’s capability; a client may see the question and answers nothing', async () => {
  const uri = { constraint: { in: ['file:///data', 'file:///more'] }, optional: true }
  const where = { 'client/roots': { arguments: { uri } } }
  const capability = await grant(driver, ['client/roots'], { where })
  const roots = { roots: [{ uri: 'file:///data' }, { uri: 'file:///more' }] }
  assert.deepEqual(told(await ask('client/roots', {})), roots)
  relaying('client/roots', {})
  let shown = 0
  const onRequest = (): Promise<Served> => {
    shown += 1
    return Promise.resolve(done({ roots: [{ uri: 'file:///etc' }] }))
  }
  const ann = await attach(0)
  assert.deepEqual(told(await call(ann, { answers: ['client/roots'] }, { onRequest })), roots)
  assert.deepEqual(told(await call(ann, {}, { onRequest })), roots)
  assert.equal(shown, 1)
  await operator.must({ do: 'capability.revoke', capability })
  assert.equal(told(await ask('client/roots', {})), 'revoked')
})

test('a question about authority waits for an operator, whose answer the driver gets', async () => {
  const capability = await grant(driver, ['client/elicitation'])
  relaying('client/elicitation', { ...form, message: 'Give me the password' })
  let asked = 0
  const onRequest = (): Promise<Served> => {
    asked += 1
    return Promise.resolve(done({ action: 'accept', content: { colour: 'mine' } }))
  }
  const ann = await attach(0)
  for (const [decision, heard] of [
    [{ do: 'call.approve' }, { action: 'accept', content: { colour: 'red' } }],
    [{ do: 'call.deny' }, 'approval-denied'],
  ] as const) {
    const under = call(ann, { answers: ['client/elicitation'] }, { onRequest })
    const held = await pending()
    const order = { ...decision, call: held.call, digest: held.digest, comment: '' }
    if (decision.do === 'call.deny') await operator.must(order)
    else await answering(order, held.salt, '{"colour":"red"}')
    assert.deepEqual(told(await under), heard)
  }
  assert.equal(asked, 0)
  await operator.must({ do: 'capability.revoke', capability })
})

/** Approves with an answer, after answers that are not the signed one were refused. */
async function answering(order: JsonObject, salt: string, answer: string): Promise<void> {
  const digest = sha256Hex(Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from(answer)]))
  const signed = { ...order, answer: digest }
  for (const other of [undefined, '{"colour":"blue"}', '[]']) {
    const refused = await operator.order(signed, {}, undefined, other)
    assert.equal(told(refused), 'bad-request')
  }
  assert.equal((await operator.order(signed, {}, undefined, answer)).kind, 'reply')
  const folder = readdirSync(home.ledger)
    .filter((name) => statSync(join(home.ledger, name)).isFile())
    .map((name) => readFileSync(join(home.ledger, name), 'latin1'))
  assert.ok(!folder.some((text) => text.includes('colour') && text.includes('red"')), 'it is sealed')
}

interface Held {
  readonly call: number
  readonly digest: string
  readonly salt: string
}

async function pending(): Promise<Held> {
  for (;;) {
    const [held] = (await operator.query('approvals')) as unknown as Held[]
    if (held !== undefined) return held
  }
}

test('when the agent gives up, what its driver asked in that call is over', async () => {
  const capability = await grant(driver, ['client/elicitation'], { ask: true })
  const heard = Promise.withResolvers<Json>()
  act = async (id) => {
    heard.resolve(told(await ask('client/elicitation', form, id)))
    return done({})
  }
  const stop = new AbortController()
  const under = call(await attach(0), {}, { signal: stop.signal })
  await pending()
  stop.abort()
  assert.equal(await heard.promise, 'driver-unavailable')
  assert.equal((await under).kind, 'reply')
  assert.deepEqual(await operator.query('approvals'), [])
  await operator.must({ do: 'capability.revoke', capability })
})

test('progress and logs reach whoever made that very call, in a fixed shape', async () => {
  act = (_id, request) => {
    request.notice({ event: 'progress', progress: 1, total: 2, message: 'half', extra: 'x' })
    request.notice({ event: 'log', level: 'info', logger: 'l' }, Buffer.from('"hello"'))
    request.notice({ event: 'held', call: 1 })
    request.notice({ event: 'progress', progress: 'much' })
    return Promise.resolve(done({}))
  }
  const notices: JsonObject[] = []
  await call(
    await attach(0),
    { progress: true, log: 'debug' },
    { onNotice: (header) => void notices.push({ ...header }) },
  )
  const expected: readonly JsonObject[] = [
    { event: 'progress', progress: 1, total: 2, message: 'half' },
    { event: 'log', level: 'info', logger: 'l' },
  ]
  assert.deepEqual(notices, expected)
  await call(await attach(0), {}, { onNotice: (header) => void notices.push({ ...header }) })
  assert.equal(notices.length, 2, 'who did not ask for them is told nothing')
})

test('the dispatch says what may be asked, and only of what both sides can', async () => {
  const capability = await grant(driver, ['client/sampling'])
  const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  act = (_id, { header }) => Promise.resolve(done(header))
  const notes = {
    answers: ['client/sampling', 'client/elicitation', 'tools/act'],
    progress: true,
    log: 'info',
    trace,
  }
  const header = told(await call(await attach(0), notes)) as JsonObject
  assert.deepEqual(header['answers'], ['client/sampling'])
  assert.equal(header['trace'], trace)
  assert.equal(header['log'], 'info')
  const bare = told(await call(await attach(0), { trace: 'x', log: 'loud', answers: 'all' })) as JsonObject
  assert.deepEqual(Object.keys(bare).sort(), ['call', 'op', 'selector'])
  await operator.must({ do: 'capability.revoke', capability })
})

test('an error of the driver’s program comes as one, and the approving operator’s words come along', async () => {
  act = () =>
    Promise.resolve(done({ code: -32602, message: 'no' }, { outcome: 'failed', form: 'error', reason: 'r' }))
  const answer = await call(await attach(0))
  assert.ok(answer.kind === 'reply' && answer.header['form'] === 'error')
  const [agent] = tokens
  const capability = await grant(agent?.process ?? 0, ['tools/act'], { ask: true, badge: 'asks' })
  const held = (await operator.query('capabilities')) as {
    capability: number
    holder: number
    badge?: string
  }[]
  assert.ok(held.some((one) => one.capability === capability))
  act = () => Promise.resolve(done({}))
  const wire = await attach(0)
  const capabilities = told(await wire.request({ op: 'capabilities' })) as { handle: number; ask: boolean }[]
  const asking = capabilities.find(({ ask: asks }) => asks)
  const under = wire.request(
    { op: 'call', handle: asking?.handle ?? 0, selector: 'tools/act' },
    Buffer.from('{}'),
  )
  const { call: id, digest } = await pending()
  await operator.must({ do: 'call.approve', call: id, digest, comment: 'go on' })
  const approved = await under
  assert.ok(approved.kind === 'reply')
  assert.equal(approved.header['comment'], 'go on')
  await operator.must({ do: 'capability.revoke', capability })
})

test('resources are listed and their changes told only as far as they may be read', async () => {
  const agent = await operator.addAgent(`reader-${Date.now()}`)
  const uri = { constraint: { prefix: 'file:///data/' } }
  const where = { '*': { arguments: { uri } } }
  const capability = await grant(agent.process, ['resources/read', 'resources/subscribe'], { where })
  const notices: JsonObject[] = []
  const options = { credit: 0, onNotice: (header: JsonObject) => void notices.push({ ...header }) }
  const opened = await connectWire(home.socket('agent'), { token: agent.token }, options)
  assert.ok(opened.ok)
  const wire = opened.value
  attached.push(wire)
  const page = await wire.request({ op: 'discover', object: driver, what: 'resources' })
  assert.deepEqual(told(page), [{ uri: 'file:///data/a' }])
  adapter.notice({ event: 'resource-updated', uri: 'file:///data/a' })
  act = () => Promise.resolve(done({}))
  for (const [path, code] of [
    ['data/a', 'reply'],
    ['secret', 'argument-refused'],
  ] as const) {
    const header = { op: 'call', object: driver, selector: 'resources/subscribe' }
    const answer = await wire.request(header, Buffer.from(JSON.stringify({ uri: `file:///${path}` })))
    assert.equal(answer.kind === 'refusal' ? answer.refusal.code : answer.kind, code)
  }
  assert.ok(page.kind === 'reply' && page.header['next'] === 'more')
  adapter.notice({ event: 'resource-updated', uri: 'file:///secret' })
  adapter.notice({ event: 'resource-updated', uri: 'file:///data/a' })
  adapter.notice({ event: 'resources-changed' })
  await wire.request({ op: 'discover', object: driver, what: 'resources' })
  assert.deepEqual(notices, [
    { event: 'resource-updated', object: driver, uri: 'file:///data/a' },
    { event: 'resources-changed', object: driver },
  ])
  await operator.must({ do: 'capability.revoke', capability })
  adapter.notice({ event: 'resource-updated', uri: 'file:///data/a' })
  assert.equal(told(await wire.request({ op: 'discover', object: driver, what: 'resources' })), 'not-held')
  assert.deepEqual(notices.slice(2), [{ event: 'changed' }])
})
