/** The gateway with a real MCP client: the official SDK over Streamable HTTP, against the real kernel. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { KernelProcess, TestHome } from '../harness/kernel-process.ts'

const definition = {
  name: 'echo',
  description: 'Says it back.',
  inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
}
const definitions = [
  { selector: 'tools/echo', definition },
  { selector: 'tools/hidden', definition: { ...definition, name: 'hidden' } },
]

async function startGateway(home: TestHome) {
  const entry = new URL('../../src/gateway/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [entry, '--home', home.folder], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...process.env, CUSTOS_PORT: '0' },
  })
  const file = join(home.folder, 'run', 'gateway.json')
  while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 20))
  const exited = new Promise((resolve) => child.once('exit', resolve))
  return { child, exited, url: (JSON.parse(readFileSync(file, 'utf8')) as { url: string }).url }
}

test('any MCP client is an agent: it sees what it holds, and its calls pass the gate', async () => {
  const home = new TestHome()
  const kernel = await KernelProcess.start(home)
  const gateway = await startGateway(home)
  try {
    const operator = await kernel.operator()
    const driver = await operator.addDriver('demo', definitions)
    const bob = await operator.addAgent('bob')
    await kernel.driver('demo', definitions, async (request) => ({
      kind: 'reply',
      header: { outcome: 'done' },
      body: Buffer.from(
        JSON.stringify({ content: [{ type: 'text', text: Buffer.from(request.body).toString() }] }),
      ),
    }))
    const caveats = {
      selectors: ['tools/echo'],
      where: { '*': { arguments: { text: { constraint: { prefix: 'ok' } } } } },
    }
    await operator.must({ do: 'capability.grant', holder: bob.process, object: driver, caveats })

    const client = new Client({ name: 'test', version: '1' })
    const transport = new StreamableHTTPClientTransport(new URL(gateway.url), {
      requestInit: { headers: { Authorization: `Bearer ${bob.token}` } },
    })
    await client.connect(transport)
    const { tools } = await client.listTools()
    assert.deepEqual(
      tools.map((tool) => tool.name),
      ['demo__echo'],
    )

    const done = await client.callTool({ name: 'demo__echo', arguments: { text: 'ok then' } })
    assert.deepEqual(done.content, [{ type: 'text', text: '{"text":"ok then"}' }])
    const refused = await client.callTool({ name: 'demo__echo', arguments: { text: 'no' } })
    assert.equal(refused.isError, true)
    assert.match(JSON.stringify(refused.content), /argument-refused/u)
    await assert.rejects(client.callTool({ name: 'demo__hidden', arguments: { text: 'ok' } }))

    const held = await operator.must({
      do: 'capability.grant',
      holder: bob.process,
      object: driver,
      caveats: { ...caveats, selectors: ['tools/hidden'], ask: true },
    })
    assert.ok(held)
    const waiting = client.callTool({ name: 'demo__hidden', arguments: { text: 'ok' } })
    let approvals: { call: number; digest: string }[] = []
    while (approvals.length === 0) {
      approvals = (await operator.query('approvals')) as typeof approvals
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await operator.must({
      do: 'call.approve',
      call: approvals[0]?.call ?? 0,
      digest: approvals[0]?.digest ?? '',
      comment: '',
    })
    assert.deepEqual((await waiting).content, [{ type: 'text', text: '{"text":"ok"}' }])

    for (const [headers, status] of [
      [{ Authorization: `Bearer ${bob.token}`, Origin: 'http://evil.example' }, 403],
      [{ Authorization: 'Bearer custos_wrongwrongwrongwrong' }, 401],
      [{}, 401],
    ] as const) {
      const response = await fetch(gateway.url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}',
      })
      assert.equal(response.status, status)
    }
    await client.close()
  } finally {
    gateway.child.stdin?.end()
    await gateway.exited
    await kernel.stop()
    home.remove()
  }
})
