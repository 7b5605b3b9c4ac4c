/** The front door over HTTP, by hand: who is let in, what is refused and how, and what outlives a restart. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import type { JsonObject } from '../../src/base/json.ts'
import { FrontDoorWorld, outcome, soon } from '../harness/front-door-world.ts'
import { GatewayProcess, stdioClient } from '../harness/gateway-process.ts'
import { KernelProcess } from '../harness/kernel-process.ts'
import { ScriptedDriver } from '../harness/scripted-driver.ts'
import { until } from '../harness/world.ts'

const world = new FrontDoorWorld()
before(() => world.start())
after(() => world.stop())

const list = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }

/** The status of a request whose headers `fetch` would not let through. */
function status(headers: { readonly [name: string]: string }, path = '/mcp', method = 'POST', body = '{}') {
  return new Promise<number>((resolve, reject) => {
    const { port } = world.gateway
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.once('error', reject)
    sent.end(method === 'GET' ? undefined : body)
  })
}

test('whoever is not let in is told why, and nothing else', async () => {
  const json = { 'Content-Type': 'application/json' }
  const good = { ...json, Authorization: `Bearer ${world.bob.token}` }
  assert.equal(await status({ ...good, Host: 'evil.example' }), 403)
  assert.equal(await status({ ...good, Origin: 'http://evil.example' }), 403)
  assert.equal(await status({ ...good, Origin: `http://127.0.0.1:${world.gateway.port - 1}` }), 403)
  assert.equal(await status(json), 401)
  assert.equal(await status({ ...json, Authorization: 'Bearer custos_wrongwrongwrongwrong' }), 401)
  assert.equal(await status({ ...json, Authorization: `Basic ${world.bob.token}` }), 401)
  assert.equal(await status(good, '/other'), 404)
  assert.equal(await status(good, '/mcp/NOT A NAME'.replaceAll(' ', '%20')), 404)
  assert.equal(await status(good, '/mcp', 'PUT'), 405)
  assert.equal(await status(good, '/mcp', 'GET'), 405)
  assert.equal(await status({ ...good, 'Content-Type': 'text/plain' }), 415)
  assert.equal(await status(good, '/mcp', 'POST', ' '.repeat(1_048_577)), 413)
  assert.equal(await status(good, '/mcp', 'POST', 'not json'), 400)
  assert.equal(await status(good, '/mcp', 'POST', `[${JSON.stringify(list)}]`), 400)
})

test('a challenge says where to learn of the resource, and names nobody who could give tokens', async () => {
  const response = await fetch(`${world.gateway.url}/demo`, { method: 'POST' })
  const metadata =
    /resource_metadata="([^"]+)"/u.exec(response.headers.get('www-authenticate') ?? '')?.[1] ?? ''
  const document = (await (await fetch(metadata)).json()) as JsonObject
  assert.equal(document['resource'], `${world.gateway.url}/demo`)
  assert.equal(document['authorization_servers'], undefined)
})

test('a session needs its id, its token and its endpoint, until it is deleted', async () => {
  const { token } = world.bob
  const carol = await world.operator.addAgent('carol')
  const id = await world.initialize(token)
  const asked = (as: string, session: string, path = '') =>
    world.send(as, list, { path, ...(session === '' ? {} : { headers: { 'Mcp-Session-Id': session } }) })
  assert.equal((await asked(token, id)).status, 200)
  assert.equal((await asked(token, '')).status, 400)
  assert.equal((await asked(token, `${id}A`)).status, 404)
  assert.equal((await asked(token, id, '/demo')).status, 404)
  assert.equal((await asked(carol.token, id)).status, 404)
  const old = await world.send(token, list, {
    headers: { 'Mcp-Session-Id': id, 'MCP-Protocol-Version': '1999-01-01' },
  })
  assert.equal(old.status, 400)
  const headers = { Authorization: `Bearer ${token}`, 'Mcp-Session-Id': id }
  assert.equal((await fetch(world.gateway.url, { method: 'DELETE', headers })).status, 204)
  assert.equal((await asked(token, id)).status, 404)
})

test('sessions go on after the gateway was restarted, deleted ones do not come back by themselves', async () => {
  const { token } = world.bob
  const id = await world.initialize(token)
  const { port } = world.gateway
  await world.gateway.stop()
  world.gateway = await GatewayProcess.start(world.home, port)
  const headers = { 'Mcp-Session-Id': id, 'MCP-Protocol-Version': '2025-11-25' }
  const answer = await world.send(token, list, { headers })
  assert.equal(answer.status, 200)
  assert.ok(Array.isArray(outcome(answer)['tools']))
})

test('a kernel that was restarted is attached to again, and what was in flight ends honestly', async () => {
  const { token } = world.bob
  const waiting = world.modern(token, 'tools/call', { name: 'demo__wait', arguments: {} })
  while (world.driver.seen.at(-1)?.selector !== 'tools/wait') await soon()
  await world.kernel.stop()
  assert.match(JSON.stringify(outcome(await waiting)), /went away|cancelled|in-doubt/u)
  const down = await world.modern(token, 'tools/list')
  assert.equal(down.status, 503)
  world.kernel = await KernelProcess.start(world.home)
  world.operator = await world.kernel.operator()
  await world.driver.attach(world.kernel, 'demo')
  const again = await world.modern(token, 'tools/call', { name: 'demo__echo', arguments: { text: 'x' } })
  assert.match(JSON.stringify(outcome(again)), /\\"text\\":\\"x\\"/u)
})

test('a client on a pipe outlives the kernel too, and stays with its own agent and driver', async () => {
  const { token } = world.bob
  const client = await stdioClient(world.home, { agent: 'bob', token, driver: 'demo' }, 'legacy')
  try {
    const echo = () => client.callTool({ name: 'echo', arguments: { text: 'p' } })
    assert.match(JSON.stringify((await echo()).content), /p/u)
    await world.kernel.stop()
    // Until the client's end has noticed, a call is answered with what is known of it: that the kernel went away.
    const refused = await until(
      () => echo().then(({ isError }) => (isError === true ? null : 'answered'), String),
      'the client to be told',
    )
    assert.match(refused, /not running/u)
    world.kernel = await KernelProcess.start(world.home)
    world.operator = await world.kernel.operator()
    await world.driver.attach(world.kernel, 'demo')
    assert.match(JSON.stringify((await echo()).content), /p/u)
  } finally {
    await client.close()
  }
  await assert.rejects(stdioClient(world.home, { agent: 'eve', token }, 'legacy'), /not the token of/u)
})

test('the stateless era is held to its rules', async () => {
  const { token } = world.bob
  const call = { name: 'demo__region', arguments: { region: 'eu' } }
  const cases = [
    [await world.modern(token, 'initialize'), 404, -32_601],
    [await world.modern(token, 'ping'), 404, -32_601],
    [await world.modern(token, 'resources/unsubscribe'), 404, -32_601],
    [await world.modern(token, 'tools/list', {}, {}, { headers: { 'Mcp-Method': 'ping' } }), 400, -32_020],
    [await world.modern(token, 'tools/call', call), 400, -32_020],
    [await world.modern(token, 'tools/call', { ...call, arguments: [] }), 400, -32_602],
    [
      await world.modern(token, 'tools/list', { _meta: { 'io.modelcontextprotocol/logLevel': 'loud' } }),
      400,
      -32_602,
    ],
    [await world.modern(token, 'tools/list', { cursor: 'x' }), 200, -32_602],
    [await world.modern(token, 'resources/read', { uri: 'note://1', requestState: 'x' }), 200, -32_602],
    [await world.modern(token, 'tasks/get', { taskId: 'x' }), 400, -32_021],
  ] as const
  for (const [at, [answer, http, code]] of cases.entries()) {
    assert.equal(answer.status, http, `case ${at}`)
    assert.equal(outcome(answer)['code'], code, `case ${at}`)
    assert.equal(answer.messages[0]?.['id'], 1, `case ${at}`)
  }
  const right = await world.modern(token, 'tools/call', call, {}, { headers: { 'Mcp-Param-Region': 'eu' } })
  assert.equal(right.status, 200)
  const session = await world.modern(token, 'tools/list', {}, {}, { headers: { 'Mcp-Session-Id': 'any' } })
  assert.equal(session.status, 200)
})

test('a trace is passed on, and nothing else that a client attaches', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01'
  const _meta = { traceparent, 'evil.example/secret': 'x', progressToken: 'mine' }
  await world.modern(world.bob.token, 'tools/call', { name: 'demo__echo', arguments: { text: 't' }, _meta })
  const seen = world.driver.seen.at(-1)
  assert.equal(seen?.trace, traceparent)
  assert.doesNotMatch(JSON.stringify(seen), /evil|mine/u)
  await world.modern(world.bob.token, 'tools/call', {
    name: 'demo__echo',
    arguments: { text: 't' },
    _meta: { traceparent: '00-x' },
  })
  assert.equal(world.driver.seen.at(-1)?.trace, undefined)
})

test('two drivers that offer the same are told apart, by name and by address', async () => {
  const other = new ScriptedDriver()
  const object = await world.addDriver('demo_', other)
  const { token, process } = world.bob
  await world.grant(process, ['tools/echo', 'resources/read'], { object })
  const shown = async (path = ''): Promise<readonly string[]> => {
    const { tools } = outcome(await world.modern(token, 'tools/list', {}, {}, { path })) as {
      tools: { name: string }[]
    }
    return tools.map(({ name }) => name)
  }
  const own = `D${object}__echo`
  let names
  do names = await shown()
  while (!names.includes(own))
  assert.equal(new Set(names).size, names.length)
  await world.modern(token, 'tools/call', { name: own, arguments: { text: 'theirs' } })
  assert.equal(other.seen.at(-1)?.body, '{"text":"theirs"}')
  // Both list this address: the one that was added first serves it.
  const seen = other.seen.length
  await world.modern(token, 'resources/read', { uri: 'note://1' })
  assert.equal(other.seen.length, seen)
  assert.deepEqual(await shown('/demo_'), ['echo'])
})

test('an agent that is removed is out, with its sessions', async () => {
  const dora = await world.operator.addAgent('dora')
  const id = await world.initialize(dora.token)
  await world.operator.must({ do: 'agent.remove', agent: dora.agent })
  let gone
  do {
    await soon()
    gone = await world.send(dora.token, list, { headers: { 'Mcp-Session-Id': id } })
  } while (gone.status !== 401)
})
