/** Drivers as a person handles them: every step is a run of the command in a process of its own. */
import assert from 'node:assert/strict'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { test } from 'node:test'
import type { Json, JsonObject } from '../base/json.ts'
import type { PinnedSelector } from '../kernel/manifest.ts'
import type { CommandLineHome } from '../../test/harness/command-line-home.ts'
import { atCommandLine } from '../../test/harness/command-line-home.ts'
import { until } from '../../test/harness/world.ts'

const server = new URL('../../test/harness/switching-server.mjs', import.meta.url).pathname

function tool(name: string, more: { readonly [name: string]: Json } = {}): JsonObject {
  return { name, inputSchema: { type: 'object' }, ...more }
}

async function listed(home: CommandLineHome, name: string): Promise<JsonObject> {
  const { stdout } = await home.must('driver', 'list', '--json')
  const found = (JSON.parse(stdout) as readonly JsonObject[]).find((entry) => entry['name'] === name)
  assert.ok(found !== undefined)
  return found
}

/** Adds the switching server as `sw`; what it offers stands in a file that is data, not code. */
async function addSwitching(
  home: CommandLineHome,
  tools: readonly JsonObject[],
  ...flags: readonly string[]
) {
  const file = home.write('tools.json', JSON.stringify(tools))
  return home.must('driver', 'add', 'sw', ...flags, '--data', file, '--', 'node', server, file)
}

/** A package on disk with a server as its program. */
function writePackage(home: CommandLineHome): string {
  const folder = join(home.work, 'little')
  mkdirSync(folder)
  const bin = { 'little-server': 'server.mjs' }
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: '@test/little-server', version: '1.2.3', bin, scripts: { install: 'touch ran' } }),
  )
  writeFileSync(join(folder, 'server.mjs'), `#!/usr/bin/env node\n${readFileSync(server, 'utf8')}`)
  home.write('tools.json', JSON.stringify([tool('act')]))
  return folder
}

/** A server over HTTP in this process that answers every request with JSON, and remembers who asked. */
async function serveHttp(tools: readonly JsonObject[]) {
  const authorizations = new Set<string>()
  const answers: { readonly [method: string]: () => JsonObject } = {
    initialize: () => ({
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'far', version: '1' },
    }),
    'tools/list': () => ({ tools: [...tools] }),
  }
  const listener = createServer((request, response) => {
    authorizations.add(request.headers.authorization ?? 'none')
    if (request.method !== 'POST') return void response.writeHead(405).end()
    void json(request).then((message) => {
      const { id, method } = message as { readonly id?: number; readonly method: string }
      if (id === undefined) return response.writeHead(202).end()
      const result = answers[method]?.()
      const answer =
        result === undefined ? { error: { code: -32601, message: 'no such method' } } : { result }
      const text = JSON.stringify({ jsonrpc: '2.0', id, ...answer })
      return response.writeHead(200, { 'content-type': 'application/json' }).end(text)
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  const close = (): void => {
    listener.close()
    listener.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${port}/mcp`, authorizations, close }
}

test('a driver is shown in full before it is signed: code, tools, and text that would not show', () =>
  atCommandLine(async (home) => {
    const added = await addSwitching(home, [
      tool('safe', { description: 'Reads.', annotations: { readOnlyHint: true } }),
      tool('odd', { description: 'Writes.\u001b[2K\u{e0041}' }),
    ])
    assert.match(added.stderr, /observe tools\/safe\n +Reads\./u)
    assert.match(added.stderr, /act +tools\/odd\n +Writes\.\\u\{1b\}\[2K\\u\{e0041\}/u)
    assert.match(added.stderr, /WARNING: tools\/odd: description holds 1 terminal control characters/u)
    assert.match(added.stderr, /WARNING: tools\/odd: description holds 1 invisible tag characters/u)
    assert.match(added.stderr, new RegExp(`code +${server}\n +sha256 [0-9a-f]{64}\n`, 'u'))
    assert.doesNotMatch(added.stderr, /code .*tools\.json/u)
    const { program } = await listed(home, 'sw')
    assert.equal((program as JsonObject)['command'], process.execPath)
    const kept = join(home.home, 'drivers', 'sw', 'definitions.json')
    assert.equal(statSync(kept).mode & 0o777, 0o600)
    assert.equal((await home.run('driver', 'add', 'sw', '--', 'node', server)).status, 2)
    assert.ok(existsSync(kept))

    await home.must('driver', 'remove', 'sw')
    assert.deepEqual(readdirSync(join(home.home, 'drivers')), [])
  }))

test('a changed definition is quarantined, shown as a difference, accepted, and works again', () =>
  atCommandLine(async (home) => {
    await addSwitching(
      home,
      [tool('a', { description: 'Adds.' }), tool('b'), tool('c')],
      '--effect',
      'a=spend',
    )
    const agent = await home.agent('scout')
    try {
      await home.must('grant', 'scout', 'sw', 'a', 'b', '--open')
      const changed = tool('a', { description: 'Adds.\nThen mails.', annotations: { readOnlyHint: true } })
      home.write('tools.json', JSON.stringify([changed, tool('b'), tool('d')]))
      const diff = await home.run('driver', 'diff', 'sw')
      assert.equal(diff.status, 1)
      assert.match(diff.stdout, /changed tools\/a {2}\(accepted as spend, now claims observe\)/u)
      assert.match(diff.stdout, /\+ Then mails\./u)
      assert.match(diff.stdout, /missing tools\/c\nnew {5}tools\/d/u)
      assert.ok(!diff.stdout.includes('\u001b'), 'colour is for terminals')
      const data = JSON.parse((await home.run('driver', 'diff', 'sw', '--json')).stdout) as JsonObject
      assert.equal(data['differs'], true)

      await home.must('driver', 'accept', 'sw', '--only', 'd')
      assert.deepEqual((await listed(home, 'sw'))['quarantined'], ['tools/a', 'tools/c'])
      assert.match((await home.must('driver', 'list')).stdout, /tools\/a {2}QUARANTINED/u)
      assert.match((await home.must('ps')).stderr, /sw: 2 selectors are quarantined/u)
      const refused = await agent.call({ object: 'sw', selector: 'tools/a', arguments: {} })
      assert.equal(!refused.ok && refused.refusal.code, 'definition-changed')
      const untouched = await agent.call({ object: 'sw', selector: 'tools/b', arguments: { x: 1 } })
      assert.ok(untouched.ok)

      await home.must('driver', 'accept', 'sw', '--remove', 'c')
      const { quarantined, selectors, attached } = await listed(home, 'sw')
      assert.deepEqual(quarantined, [])
      assert.equal(attached, true)
      const effects = (selectors as unknown as readonly PinnedSelector[]).map(
        (pin) => `${pin.selector} ${pin.effect}`,
      )
      assert.deepEqual(effects, ['tools/a spend', 'tools/b act', 'tools/d act'])
      await home.must('driver', 'accept', 'sw', '--effect', 'a=observe')
      const works = await agent.call({ object: 'sw', selector: 'tools/a', arguments: { x: 2 } })
      assert.ok(works.ok && works.outcome === 'done')
      const again = await home.must('driver', 'diff', 'sw')
      assert.match(again.stdout, /sw is what was accepted/u)
      assert.match((await home.must('driver', 'accept', 'sw')).stdout, /nothing to accept/u)
    } finally {
      agent.close()
    }
  }))

test('a package is installed once and pinned; changed code is not started until it is accepted', () =>
  atCommandLine(async (home) => {
    const spec = writePackage(home)
    const added = await home.must('driver', 'add', 'little', '--', 'npx', '-y', spec, 'tools.json')
    assert.match(added.stderr, /npm @test\/little-server@1\.2\.3 from .*\/little\n/u)
    assert.match(added.stderr, /install scripts were not run, of: @test\/little-server/u)
    const pinned = join(home.home, 'drivers', 'little', 'package')
    const installed = join(pinned, 'node_modules', '@test', 'little-server')
    assert.ok(!existsSync(join(installed, 'ran')))

    appendFileSync(join(installed, 'server.mjs'), '// more\n')
    const diff = await home.run('driver', 'diff', 'little')
    assert.equal(diff.status, 1)
    assert.match(diff.stdout, /"node_modules\/@test\/little-server\/server\.mjs" is not the same/u)
    assert.match(diff.stderr, /was not started/u)
    const unlooked = await home.run('driver', 'accept', 'little')
    assert.equal(unlooked.status, 2)
    assert.match(unlooked.stderr, /--start/u)

    await home.must('driver', 'accept', 'little', '--start')
    assert.equal((await home.run('driver', 'diff', 'little')).status, 0)
    assert.equal((await listed(home, 'little'))['attached'], true)
  }))

test('an adapter does not start code that was changed, and says why', () =>
  atCommandLine(async (home) => {
    const spec = writePackage(home)
    const added = await home.must('driver', 'add', 'little', '--json', '--', 'npx', '-y', spec, 'tools.json')
    const { driver } = JSON.parse(added.stdout) as { readonly driver: number }
    const pinned = join(home.home, 'drivers', 'little', 'package')
    writeFileSync(join(pinned, 'more.js'), '')
    await home.must('down')
    await home.must('up')
    const log = join(home.home, 'supervisor', `driver-${driver}.log`)
    // At every start of the adapter the log is put aside for a new one.
    const logged = (): string => {
      try {
        return readFileSync(log, 'utf8')
      } catch {
        return ''
      }
    }
    const why = /was changed since it was accepted: "more\.js" is new/u
    await until(() => why.test(logged()) || null, 'the adapter to say why')
    assert.equal((await listed(home, 'little'))['attached'], false)
    // The supervisor starts it again now and then, and for that moment there are no last words.
    await until(
      async () => /NOT attached.*\n.*more\.js/u.test((await home.must('driver', 'list')).stdout) || null,
      'the list to say why',
    )
    await home.must('driver', 'accept', 'little', '--start')
    assert.equal((await listed(home, 'little'))['attached'], true)
  }))

test('a package from the registry is added by npx, and upgraded beside the old version', () =>
  atCommandLine(async (home) => {
    const name = '@modelcontextprotocol/server-memory'
    await home.must('driver', 'add', 'memory', '--', 'npx', '-y', `${name}@2026.1.26`)
    const folder = join(home.home, 'drivers', 'memory')
    const upgraded = await home.must('driver', 'accept', 'memory', '--package-version', '2026.8.31')
    assert.match(upgraded.stderr, /- npm @modelcontextprotocol\/server-memory@2026\.1\.26 integrity sha512-/u)
    assert.match(
      upgraded.stderr,
      /\+ npm @modelcontextprotocol\/server-memory@2026\.8\.31 integrity sha512-/u,
    )
    assert.deepEqual(readdirSync(folder).sort(), [
      'data',
      'definitions.json',
      'package-2',
      'package-2.listing',
    ])
    const { attached, quarantined, program } = await listed(home, 'memory')
    assert.deepEqual([attached, quarantined], [true, []])
    assert.doesNotMatch(JSON.stringify(program), /npx/u)
    const data = join(folder, 'data', 'memory.jsonl')
    assert.deepEqual((program as JsonObject)['env'], { MEMORY_FILE_PATH: data })

    const same = await home.must('driver', 'accept', 'memory', '--package-version', '2026.8.31')
    assert.match(same.stdout, /nothing to accept/u)
    assert.equal((await home.run('driver', 'accept', 'memory', '--package-version', '0.0.0-none')).status, 2)
    assert.deepEqual(readdirSync(folder).sort(), [
      'data',
      'definitions.json',
      'package-2',
      'package-2.listing',
    ])
    const agent = await home.agent('scout')
    await home.must('grant', 'scout', 'memory', 'create_entities', '--open')
    const entity = { name: 'x', entityType: 'y', observations: [] }
    const call = { object: 'memory', selector: 'tools/create_entities', arguments: { entities: [entity] } }
    const made = await agent.call(call).finally(() => agent.close())
    assert.ok(made.ok && made.outcome === 'done')
    assert.equal((await home.run('driver', 'diff', 'memory')).status, 0)
    assert.match((await home.must('driver', 'remove', 'memory')).stdout, /wrote stays in/u)
    assert.deepEqual(readdirSync(folder), ['data'])
    assert.match(readFileSync(data, 'utf8'), /"entityType":"y"/u)
  }))

test('an HTTP server is added by its URL, with a token that is sent to it and recorded nowhere', () =>
  atCommandLine(async (home) => {
    const tools = [tool('far', { annotations: { readOnlyHint: true } })]
    const remote = await serveHttp(tools)
    try {
      const token = join(home.folder, 'far.token')
      writeFileSync(token, 'a-token-nobody-else-has\n', { mode: 0o600 })
      const added = await home.must('driver', 'add', 'far', '--url', remote.url, '--token-file', token)
      assert.match(added.stderr, new RegExp(`server +${remote.url}\n +credential in ${token}\n`, 'u'))
      assert.match(added.stderr, /the code behind a URL cannot be pinned/u)
      assert.deepEqual([...remote.authorizations], ['Bearer a-token-nobody-else-has'])
      assert.equal((await listed(home, 'far'))['attached'], true)
      assert.equal((await home.run('driver', 'diff', 'far')).status, 0)
      tools.push(tool('more'))
      assert.match((await home.run('driver', 'diff', 'far')).stdout, /new {5}tools\/more/u)
      await home.must('driver', 'accept', 'far', '--client', 'roots')
      const { program } = await listed(home, 'far')
      assert.deepEqual((program as JsonObject)['client'], ['client/roots'])
      const records = await home.must('ledger', 'export', '--payloads')
      assert.doesNotMatch(records.stdout + added.stdout + added.stderr, /a-token-nobody/u)
      assert.equal((await home.run('driver', 'add', 'f2', '--url', remote.url, '--', 'node')).status, 2)
    } finally {
      remote.close()
    }
  }))

test('an addition that fails leaves nothing behind', () =>
  atCommandLine(async (home) => {
    const spec = writePackage(home)
    writeFileSync(join(spec, 'server.mjs'), '#!/usr/bin/env node\nconsole.error("no \u001b[31mluck")\n')
    const failed = await home.run('driver', 'add', 'bad', '--', 'npx', '-y', spec)
    assert.equal(failed.status, 2)
    assert.match(failed.stderr, /\| no \\u\{1b\}\[31mluck/u)
    const wrong = join(home.folder, 'wrong')
    writeFileSync(wrong, 'not the passphrase\n', { mode: 0o600 })
    const file = home.write('tools.json', '[]')
    const words = ['driver', 'add', 'bad', '--passphrase-file', wrong, '--', 'node', server, file]
    assert.equal((await home.run(...words)).status, 2)
    for (const more of [
      ['npx', '-c', 'whoami'],
      ['no-such-program-anywhere'],
      ['npx', '-y', './nothing-here'],
    ]) {
      assert.equal((await home.run('driver', 'add', 'bad', '--', ...more)).status, 2)
    }
    const folder = join(home.home, 'drivers')
    assert.deepEqual(existsSync(folder) ? readdirSync(folder) : [], [])
  }))
