/**
 * Servers from npm, unmodified, each added by `custos driver add`, granted by its preset, and used through the
 * gate by real clients. Nothing here leaves loopback: servers that work for a service outside are only listed.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Client } from '@modelcontextprotocol/client'
import type { Opening } from '../../harness/gateway-process.ts'
import type { RealServer } from './server-stage.ts'
import { ServerStage, textOf } from './server-stage.ts'

const stage = new ServerStage()
before(() => stage.start())
after(() => stage.stop())

/** Adds a server, grants its preset, and hands a client of each way in to `use`. */
async function serve(
  name: string,
  server: RealServer,
  grant: readonly string[],
  use: (client: Client, way: string) => Promise<void>,
): Promise<void> {
  await stage.add(name, server)
  await stage.ready(name)
  await stage.grant(name, ...grant)
  const ways: readonly (readonly [string, () => Promise<Client>])[] = [
    ...(['legacy', 'modern'] as const satisfies readonly Opening[]).map(
      (opening) => [`http-${opening}`, () => stage.overHttp(name, opening)] as const,
    ),
    ['stdio-modern', () => stage.overStdio(name, 'modern')],
  ]
  for (const [way, connect] of ways) {
    const client = await connect()
    try {
      await use(client, way)
    } finally {
      await client.close()
    }
  }
}

async function names(client: Client): Promise<readonly string[]> {
  return (await client.listTools()).tools.map(({ name }) => name)
}

test('filesystem: files below the granted folder, and nothing beside it', async () => {
  const folder = stage.folder('files')
  const server = { packageName: '@modelcontextprotocol/server-filesystem', args: [folder] }
  await serve('files', server, ['--preset', 'read-write', '--root', folder], async (client, way) => {
    const path = join(folder, `${way}.txt`)
    await client.callTool({ name: 'write_file', arguments: { path, content: `from ${way}: ü` } })
    const read = await client.callTool({ name: 'read_text_file', arguments: { path } })
    assert.match(textOf(read), new RegExp(`from ${way}: ü`, 'u'))
    const refused = await client.callTool({ name: 'read_text_file', arguments: { path: '/etc/hostname' } })
    assert.match(textOf(refused), /argument-refused/u)
  })
})

test('memory: what one client keeps another finds', async () => {
  const env = { MEMORY_FILE_PATH: join(stage.home.work, 'memory.jsonl') }
  const server = { packageName: '@modelcontextprotocol/server-memory', env }
  await serve('memory', server, ['--preset', 'read-write'], async (client, way) => {
    const entities = [{ name: way, entityType: 'way', observations: ['works'] }]
    await client.callTool({ name: 'create_entities', arguments: { entities } })
    const graph = await client.callTool({ name: 'read_graph', arguments: {} })
    assert.match(textOf(graph), new RegExp(`"name": ?"${way}"`, 'u'))
  })
})

test('everything: tools, resources, prompts and progress of the reference server', async () => {
  const server = { packageName: '@modelcontextprotocol/server-everything', args: ['stdio'] }
  await serve('everything', server, ['--preset', 'read-write'], async (client) => {
    assert.ok(!(await names(client)).includes('get-env'), 'the preset leaves it out')
    assert.match(textOf(await client.callTool({ name: 'get-sum', arguments: { a: 2, b: 40 } })), /42/u)
    const { resources } = await client.listResources()
    assert.ok(resources.length > 0)
    const read = await client.readResource({ uri: resources[0]?.uri ?? '' })
    assert.equal(read.contents[0]?.uri, resources[0]?.uri)
    const { prompts } = await client.listPrompts()
    assert.ok(prompts.some(({ name }) => name === 'simple-prompt'))
    assert.ok((await client.getPrompt({ name: 'simple-prompt' })).messages.length > 0)
  })
})

test('sequential-thinking: one tool with many arguments', async () => {
  const server = { packageName: '@modelcontextprotocol/server-sequential-thinking' }
  await serve('thinking', server, ['--preset', 'read-only'], async (client) => {
    const thought = { thought: 'first', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 }
    const result = await client.callTool({ name: 'sequentialthinking', arguments: thought })
    assert.match(textOf(result), /"thoughtNumber": ?1/u)
  })
})

test('git: a commit in a repository below the granted folder', async () => {
  const folder = stage.folder('repositories')
  const path = join(folder, 'one')
  const git = (...words: readonly string[]): string =>
    execFileSync('git', ['-C', path, ...words], { encoding: 'utf8' })
  execFileSync('git', ['init', '-q', path])
  const server = {
    packageName: '@cyanheads/git-mcp-server',
    env: {
      GIT_BASE_DIR: folder,
      GIT_SIGN_COMMITS: 'false',
      GIT_AUTHOR_NAME: 'Test',
      GIT_AUTHOR_EMAIL: 'test@example.com',
      GIT_COMMITTER_NAME: 'Test',
      GIT_COMMITTER_EMAIL: 'test@example.com',
      LOGS_DIR: stage.folder('git-logs'),
      OTEL_ENABLED: 'false',
    },
    // It commits in the one and keeps its own log in the other, and dies without that.
    flags: ['--writable', folder, '--writable', stage.folder('git-logs')],
  }
  await serve('git', server, ['--preset', 'read-write', '--root', folder], async (client, way) => {
    writeFileSync(join(path, `${way}.txt`), way)
    const added = await client.callTool({ name: 'git_add', arguments: { path, paths: [`${way}.txt`] } })
    assert.ok(added.isError !== true, textOf(added))
    const done = await client.callTool({
      name: 'git_commit',
      arguments: { path, message: `commit by ${way}` },
    })
    assert.ok(done.isError !== true, textOf(done))
    assert.equal(git('log', '-1', '--format=%s').trim(), `commit by ${way}`)
    const refused = await client.callTool({ name: 'git_status', arguments: { path: '/srv' } })
    assert.match(textOf(refused), /argument-refused/u)
  })
})

test('mongodb: without a database it says so, and nothing else is tried', async () => {
  const server = {
    packageName: 'mongodb-mcp-server',
    env: {
      MDB_MCP_TELEMETRY: 'disabled',
      MDB_MCP_CONNECTION_STRING: 'mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=500',
      MDB_MCP_LOG_PATH: stage.folder('mongodb-logs'),
      DO_NOT_TRACK: '1',
    },
  }
  await serve('mongodb', server, ['--preset', 'read-only'], async (client) => {
    const tools = await names(client)
    assert.ok(tools.includes('find') && !tools.includes('connect'))
    const known = await client.callTool({ name: 'list-connections', arguments: {} })
    assert.match(textOf(known), /"preconfigured" \(disconnected\)|"preconfigured"/u)
    const args = { connectionId: 'preconfigured' }
    const failed = await client.callTool({ name: 'list-databases', arguments: args })
    assert.equal(failed.isError, true)
    assert.match(textOf(failed), /ECONNREFUSED|connect/iu)
  })
})

/** Servers that work for a service outside, or need a browser: what they offer is shown, and not used. */
const listed: readonly (readonly [string, RealServer, string])[] = [
  [
    'notion',
    { packageName: '@notionhq/notion-mcp-server', env: { NOTION_TOKEN: 'none' } },
    'API-post-search',
  ],
  ['context7', { packageName: '@upstash/context7-mcp' }, 'resolve-library-id'],
  [
    'chrome',
    {
      packageName: 'chrome-devtools-mcp',
      command: 'chrome-devtools-mcp',
      args: ['--no-usage-statistics'],
      env: { CHROME_DEVTOOLS_MCP_NO_UPDATE_CHECKS: '1', CHROME_DEVTOOLS_MCP_NO_USAGE_STATISTICS: '1' },
    },
    'list_pages',
  ],
]

for (const [name, server, tool] of listed) {
  test(`${name}: it is added, and a client sees what its preset grants`, () =>
    serve(name, server, ['--preset', 'read-only'], async (client) => {
      assert.ok((await names(client)).includes(tool))
      const [shown] = (await client.listTools()).tools
      assert.equal(shown?.inputSchema.type, 'object')
    }))
}

test('the MCP Inspector lists and calls, over HTTP and over `custos mcp`', async () => {
  for (const transport of ['http', 'stdio'] as const) {
    const list = await stage.inspect('everything', transport, ['--method', 'tools/list'])
    assert.match(list, /"name": "get-sum"/u)
    assert.doesNotMatch(list, /"name": "get-env"/u)
    const call = ['--method', 'tools/call', '--tool-name', 'echo', '--tool-arg', `message=by ${transport}`]
    assert.match(await stage.inspect('everything', transport, call), new RegExp(`Echo: by ${transport}`, 'u'))
  }
})
