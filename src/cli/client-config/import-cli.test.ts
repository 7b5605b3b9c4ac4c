/**
 * A person with a client that is set up already: its real servers come here, the client starts what its file
 * says afterwards, and everything is given back. Every step is a run of the command in a process of its own.
 */
import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import type { CommandLineHome } from '../../../test/harness/command-line-home.ts'
import { atCommandLine } from '../../../test/harness/command-line-home.ts'
import { serveHttp } from '../../../test/harness/http-server.ts'

const modules = fileURLToPath(new URL('../../../node_modules/@modelcontextprotocol/', import.meta.url))
const filesystem = join(modules, 'server-filesystem', 'dist', 'index.js')
const memory = join(modules, 'server-memory', 'dist', 'index.js')

// The clients' own folders are in the home folder of whoever runs the command; here nobody has any.
const person = mkdtempSync(join(tmpdir(), 'cih-'))
process.env['HOME'] = person
for (const name of [
  'XDG_CONFIG_HOME',
  'CLAUDE_CONFIG_DIR',
  'CODEX_HOME',
  'OPENCODE_CONFIG',
  'GEMINI_CLI_HOME',
])
  delete process.env[name]
after(() => rmSync(person, { recursive: true, force: true }))

interface Entry {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: { readonly [name: string]: string }
}

/** A project with the real filesystem and memory servers, and one that needs a secret. */
function writeProject(home: CommandLineHome): { readonly path: string; readonly original: string } {
  mkdirSync(join(home.work, 'notes'))
  writeFileSync(join(home.work, 'notes', 'a.txt'), 'a note')
  const servers = {
    'My Files': { command: process.execPath, args: [filesystem, join(home.work, 'notes')] },
    memory: {
      command: process.execPath,
      args: [memory],
      env: { MEMORY_FILE_PATH: join(home.work, 'memory.jsonl') },
    },
    search: { command: 'search-server', env: { SEARCH_API_KEY: 'very-secret-indeed' } },
  }
  const original = `${JSON.stringify({ mcpServers: servers }, null, 4)}\n\n`
  return { path: home.write('.mcp.json', original), original }
}

function serversIn(path: string): { readonly [name: string]: Entry } {
  return (JSON.parse(readFileSync(path, 'utf8')) as { mcpServers: { [name: string]: Entry } }).mcpServers
}

/** What the client would start, started by the official client. */
async function withClient(entry: Entry, use: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ name: 'test', version: '1' })
  const { command, args, env = {} } = entry
  await client.connect(new StdioClientTransport({ command, args: [...args], env: { ...env } }))
  try {
    await use(client)
  } finally {
    await client.close()
  }
}

test('the servers of a client come here, the client goes on through the gate, and export gives all back', () =>
  atCommandLine(async (home) => {
    const { path, original } = writeProject(home)
    const shown = await home.must('import', '--dry-run')
    assert.match(shown.stdout, /My Files +.*becomes driver my-files/u)
    assert.match(shown.stdout, /search +search-server +stays: needs a secret \(env SEARCH_API_KEY\)/u)
    assert.doesNotMatch(shown.stdout, /very-secret/u)

    const imported = await home.must('import', '.mcp.json', '--agent', 'ada', '--apply', '--yes')
    assert.match(imported.stdout, /My Files, memory are drivers now/u)
    assert.match(imported.stdout, /custos observe ada/u)
    const servers = serversIn(path)
    assert.deepEqual(Object.keys(servers), ['custos', 'search'])
    assert.equal(readFileSync(`${path}.custos-backup`, 'utf8'), original)
    assert.equal(statSync(`${path}.custos-backup`).mode & 0o777, 0o600)
    const token = readFileSync(join(home.home, 'tokens', 'ada'), 'utf8').trim()
    assert.ok(!readFileSync(path, 'utf8').includes(token), 'the token is not in the client’s file')

    const own = servers['custos']
    assert.ok(own !== undefined)
    await withClient(own, async (client) => assert.deepEqual((await client.listTools()).tools, []))
    await home.must('observe', 'ada')
    await withClient(own, async (client) => {
      const { tools } = await client.listTools()
      assert.ok(tools.some(({ name }) => name === 'memory__create_entities'))
      const read = {
        name: 'my-files__read_text_file',
        arguments: { path: join(home.work, 'notes', 'a.txt') },
      }
      assert.match(JSON.stringify(await client.callTool(read)), /a note/u)
    })

    const again = await home.must('import', '.mcp.json', '--yes')
    assert.match(again.stdout, /Nothing was added/u)
    await home.must('export', 'claude-code')
    assert.equal(readFileSync(path, 'utf8'), original)
    assert.equal(existsSync(`${path}.custos-backup`), false)
    assert.match((await home.must('export')).stdout, /No client was pointed here/u)
    const back = await home.must('import', '.mcp.json', '--dry-run')
    assert.match(back.stdout, /My Files +.*is driver my-files/u, 'the drivers are still known')
    const ledger = await home.must('ledger', 'export', '--payloads')
    assert.doesNotMatch(ledger.stdout, /very-secret/u)
  }))

test('a list that was edited since is not overwritten: the difference is shown, and --force decides', () =>
  atCommandLine(async (home) => {
    const { path } = writeProject(home)
    const before = serversIn(path)
    await home.must('import', 'claude-code', '--agent', 'ada', '--apply', '--yes')
    const edited = readFileSync(path, 'utf8').replace('search-server', 'find-server')
    writeFileSync(path, edited)
    const refused = await home.run('export', '.mcp.json')
    assert.equal(refused.status, 2)
    assert.match(
      refused.stderr,
      /mcpServers was edited since:\n- +"command": "search-server",\n\+ +"command": "find-server",/u,
    )
    assert.equal(readFileSync(path, 'utf8'), edited)
    const planned = await home.must('export', '.mcp.json', '--force', '--dry-run')
    assert.match(planned.stdout, /would be/u)
    assert.equal(readFileSync(path, 'utf8'), edited)
    await home.must('export', '.mcp.json', '--force')
    assert.deepEqual(serversIn(path), before)
  }))

test('a bad file is named with its line, and nothing is changed; programs are not started unasked', () =>
  atCommandLine(async (home) => {
    home.write('.mcp.json', '{\n  "mcpServers": {\n    "a": { "command": "x" }\n    "b": {}\n  }\n}\n')
    const bad = await home.run('import', 'claude-code', '--yes')
    assert.equal(bad.status, 2)
    assert.match(bad.stderr, /\.mcp\.json:4:5: "," or "\}" is expected here/u)
    home.write('.mcp.json', '{ "mcpServers": { "a": { "command": ["x"] } } }')
    assert.match((await home.run('import', 'claude-code', '--yes')).stderr, /mcpServers\.a: it has neither/u)
    const ends = { command: process.execPath, args: ['-e', ''] }
    home.write('.mcp.json', JSON.stringify({ mcpServers: { a: ends } }))
    assert.match((await home.run('import', 'claude-code')).stderr, /no terminal to ask/u)
    const failed = await home.run('import', 'claude-code', '--yes', '--agent', 'ada', '--apply')
    assert.equal(failed.status, 2)
    assert.match(failed.stderr, /a was not added: /u)
    assert.deepEqual(Object.keys(serversIn(join(home.work, '.mcp.json'))), ['a'], 'what is no driver stays')
    assert.match((await home.run('import', 'nobody')).stderr, /neither a client nor a file/u)
    assert.match((await home.run('import', '--all', '--apply')).stderr, /--apply needs --agent/u)
    assert.equal((await home.must('driver', 'list', '--json')).stdout.trim(), '[]')
    assert.equal((await home.must('agent', 'list', '--json')).stdout.trim(), '[]')
    assert.deepEqual(
      existsSync(join(home.home, 'drivers')) ? readdirSync(join(home.home, 'drivers')) : [],
      [],
    )
  }))

test('a bearer token goes to a private file of the driver, and not into the ledger', async () => {
  const server = await serveHttp(({ method, body }, response) => {
    const message = method === 'POST' ? (JSON.parse(body) as { id?: number; method: string }) : null
    if (message === null) return void response.writeHead(405).end()
    if (message.id === undefined) return void response.writeHead(202).end()
    const results: { readonly [method: string]: unknown } = {
      initialize: {
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'docs', version: '1' },
      },
      'tools/list': { tools: [{ name: 'look', inputSchema: { type: 'object' } }] },
    }
    const result = results[message.method]
    const answer = result === undefined ? { error: { code: -32601, message: 'no such method' } } : { result }
    const text = JSON.stringify({ jsonrpc: '2.0', id: message.id, ...answer })
    response.writeHead(200, { 'content-type': 'application/json' }).end(text)
  })
  try {
    await atCommandLine(async (home) => {
      mkdirSync(join(home.work, '.cursor'))
      const headers = { Authorization: 'Bearer tok-3ncl0sed' }
      home.write('.cursor/mcp.json', JSON.stringify({ mcpServers: { Docs: { url: server.url, headers } } }))
      await home.must('import', 'cursor', '--yes')
      const file = join(home.home, 'drivers', 'docs', 'credential.json')
      assert.equal(readFileSync(file, 'utf8'), 'tok-3ncl0sed\n')
      assert.equal(statSync(file).mode & 0o777, 0o600)
      assert.ok(server.arrived.some((arrived) => arrived.headers.authorization === headers.Authorization))
      const ledger = await home.must('ledger', 'export', '--payloads')
      assert.doesNotMatch(ledger.stdout, /3ncl0sed/u)
      await home.must('driver', 'remove', 'docs')
      assert.equal(existsSync(file), false, 'it goes with the driver')
    })
  } finally {
    await server.close()
  }
})

test('a new agent comes with configuration for every client, and for one', () =>
  atCommandLine(async (home) => {
    const all = await home.must('agent', 'add', 'ada', '--json')
    interface Shown {
      readonly token: string
      readonly configuration: readonly {
        readonly client: string
        readonly stdio: { readonly entry: Entry }
        readonly http: { readonly text: string } | null
      }[]
    }
    const { token, configuration } = JSON.parse(all.stdout) as Shown
    const ids = configuration.map(({ client }) => client)
    assert.deepEqual(ids, [
      'claude-code',
      'claude-desktop',
      'codex',
      'gemini',
      'opencode',
      'cursor',
      'vscode',
    ])
    assert.deepEqual(configuration[0]?.stdio.entry.env, { CUSTOS_TOKEN: token })
    assert.match(configuration[0]?.http?.text ?? '', new RegExp(`Bearer ${token}`, 'u'))
    assert.equal(configuration[1]?.http, null)
    const [first] = configuration
    assert.ok(first !== undefined)
    await withClient(first.stdio.entry, async (client) =>
      assert.deepEqual((await client.listTools()).tools, []),
    )
    const file = join(home.folder, 'bob.token')
    const one = await home.must('agent', 'add', 'bob', '--token-file', file, '--client', 'codex')
    assert.match(one.stdout, /^Agent bob is agent \d+, process \d+, recorded in #\d+\.\nIts token is in /u)
    assert.match(one.stdout, /\[mcp_servers\.custos\]\n/u)
    assert.match(one.stdout, /bearer_token_env_var = "CUSTOS_TOKEN"/u)
    assert.ok(!one.stdout.includes(readFileSync(file, 'utf8').trim()), 'a token in a file is not shown')
    const later = await home.must('agent', 'config', 'bob', '--token-file', file, '--client', 'codex')
    assert.ok(one.stdout.endsWith(later.stdout))
    assert.match((await home.run('agent', 'config', 'bob')).stderr, /kept nowhere, only its digest/u)
    assert.match((await home.run('agent', 'add', 'x', '--client', 'cursr')).stderr, /did you mean cursor/u)
  }))
