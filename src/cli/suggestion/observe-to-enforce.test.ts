/** Observe, work, suggest, enforce: as a person does it, with the real filesystem server and a real kernel. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { documentedCommands } from '../../../test/tidy/documented-commands.ts'
import type { CommandLineHome } from '../../../test/harness/command-line-home.ts'
import { atCommandLine } from '../../../test/harness/command-line-home.ts'
import type { Json } from '../../base/json.ts'
import type { Agent } from '../../sdk/agent.ts'

const package_ = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-filesystem/package.json',
)
const switchingServer = new URL('../../../test/harness/switching-server.mjs', import.meta.url).pathname
const server = join(dirname(package_), 'dist', 'index.js')

interface Made {
  readonly granted: readonly { readonly capability: number; readonly driver: string }[]
}

async function json<T>(home: CommandLineHome, ...words: readonly string[]): Promise<T> {
  return JSON.parse((await home.must(...words, '--json')).stdout) as T
}

/** How one call ended: an outcome, or the code of a refusal. */
async function call(agent: Agent, tool: string, values: { readonly [name: string]: Json }): Promise<string> {
  const answer = await agent.call({ object: 'files', selector: `tools/${tool}`, arguments: values })
  return answer.ok ? answer.outcome : answer.refusal.code
}

async function setUp(home: CommandLineHome): Promise<{ readonly agent: Agent; readonly data: string }> {
  const data = join(home.work, 'data')
  mkdirSync(join(data, 'sub'), { recursive: true })
  for (const name of ['a.txt', 'b.txt', 'sub/c.txt', 'later.txt']) writeFileSync(join(data, name), name)
  writeFileSync(join(home.work, 'outside.txt'), 'x')
  await home.must('driver', 'add', 'files', '--', process.execPath, server, home.work)
  return { agent: await home.agent('scout'), data }
}

async function work(agent: Agent, data: string): Promise<readonly string[]> {
  return [
    await call(agent, 'read_text_file', { path: join(data, 'a.txt') }),
    await call(agent, 'read_text_file', { path: join(data, 'sub/c.txt'), head: 1 }),
    await call(agent, 'list_directory', { path: data }),
    await call(agent, 'read_multiple_files', { paths: [join(data, 'a.txt'), join(data, 'b.txt')] }),
    await call(agent, 'write_file', { path: join(data, 'new.txt'), content: 'written' }),
  ]
}

const allDone = ['done', 'done', 'done', 'done', 'done']

test('what was observed passes once it is enforced, and nothing else does', async () => {
  await atCommandLine(async (home) => {
    const { agent, data } = await setUp(home)
    try {
      assert.equal(await call(agent, 'read_text_file', { path: join(data, 'a.txt') }), 'not-held')
      const observing = await json<Made>(home, 'observe', 'scout', '--for', '1d')
      assert.equal(observing.granted.length, 1)
      assert.deepEqual((await json<Made>(home, 'observe', 'scout')).granted, [], 'again changes nothing')
      assert.match((await home.must('caps')).stdout, /observes/u)
      assert.match((await home.must('agent', 'list')).stdout, /scout.*observes/u)
      assert.deepEqual(await work(agent, data), allDone)
      assert.equal(await call(agent, 'no_such_tool', {}), 'canon')

      const file = join(home.folder, 'suggestion.json')
      const suggested = await home.must('suggest', 'scout', '--no-ask', '-o', file)
      assert.match(
        suggested.stdout,
        /Rehearsed: 5 observed calls under these grants: 5 pass, 0 would be asked about, 0/u,
      )
      assert.match(suggested.stdout, /Was refused, and is not suggested/u)
      assert.equal((await home.run('suggest', 'scout', '-o', file)).status, 2, 'a file is never overwritten')

      const dry = await home.must('enforce', 'scout', file, '--dry-run')
      assert.match(dry.stdout, /revoke capability c1/u)
      const enforced = await home.must('enforce', 'scout', file)
      assert.match(enforced.stdout, /c1, which let it observe, is revoked/u)
      assert.match((await home.must('enforce', 'scout', file)).stdout, /Nothing to do/u)

      assert.deepEqual(await work(agent, data), allDone)
      assert.equal(await call(agent, 'read_text_file', { path: join(data, 'later.txt') }), 'done')
      const outside = join(home.work, 'outside.txt')
      assert.equal(await call(agent, 'read_text_file', { path: outside }), 'argument-refused')
      assert.equal(await call(agent, 'directory_tree', { path: data }), 'revoked')
      assert.equal(
        await call(agent, 'read_text_file', { path: join(data, 'a.txt'), tail: 1 }),
        'argument-refused',
      )
    } finally {
      agent.close()
    }
  })
})

test('what fails midway says exactly what is in force, and the same command goes on from there', async () => {
  await atCommandLine(async (home) => {
    const { agent, data } = await setUp(home)
    try {
      await home.must('observe', 'scout')
      await work(agent, data)
      const file = join(home.folder, 'suggestion.json')
      await home.must('suggest', 'scout', '-o', file)
      const reviewed = JSON.parse(readFileSync(file, 'utf8')) as { grants: { expiresAt?: number }[] }
      assert.equal(reviewed.grants.length, 2, 'one for what is free, one for what is asked about')

      const broken = join(home.folder, 'broken.json')
      Object.assign(reviewed.grants[1] ?? {}, { selectors: { 'tools/no_such_tool': { arguments: {} } } })
      writeFileSync(broken, JSON.stringify(reviewed))
      const refused = await home.run('enforce', 'scout', broken)
      assert.equal(refused.status, 2)
      assert.match(refused.stderr, /has no tools\/no_such_tool/u)
      assert.doesNotMatch((await home.must('caps')).stdout, /^c2/mu, 'nothing was signed')

      await home.must('halt')
      const halted = await home.run('enforce', 'scout', file)
      assert.equal(halted.status, 1)
      assert.match(halted.stderr, /not done: the grant on files for tools\/list_directory/u)
      assert.match(halted.stderr, /not done: the revocation of c1/u)
      await home.must('resume')
      await home.must('enforce', 'scout', file)
      assert.match((await home.must('caps')).stdout, /^c1 .*dead/mu)
      const strange = await home.run('enforce', 'scout', join(home.folder, 'none.json'))
      assert.equal(strange.status, 2)
    } finally {
      agent.close()
    }
  })
})

test('a preset gives what its name says on a known server, and lists what there is', async () => {
  await atCommandLine(async (home) => {
    const { agent, data } = await setUp(home)
    try {
      const listed = await home.must('grant', 'scout', 'files', '--preset')
      assert.match(listed.stdout, /filesystem\/read-only/u)
      assert.equal((await home.run('grant', 'scout', 'files', '--preset', 'read-only')).status, 2)
      const granted = await home.must('grant', 'scout', 'files', '--preset', 'read-only', '--root', data)
      assert.match(granted.stderr, /tools\/write_file is not granted: it writes/u)
      assert.equal(await call(agent, 'read_text_file', { path: join(data, 'a.txt') }), 'done')
      assert.equal(
        await call(agent, 'read_text_file', { path: join(home.work, 'outside.txt') }),
        'argument-refused',
      )
      assert.equal(
        await call(agent, 'write_file', { path: join(data, 'x'), content: 'x' }),
        'selector-not-granted',
      )
      const mixed = await home.run(
        'grant',
        'scout',
        'files',
        'read_file',
        '--preset',
        'read-only',
        '--root',
        data,
      )
      assert.equal(mixed.status, 2)
    } finally {
      agent.close()
    }
  })
})

test('every command of the page on observing and enforcing works as written, in order', async () => {
  const shown = ['observe-and-enforce', 'drivers'].flatMap((name) =>
    documentedCommands(readFileSync(new URL(`../../../docs/${name}.md`, import.meta.url), 'utf8')),
  )
  const commands = shown.map((line) => line.split(' ').slice(2)).filter(([verb]) => verb !== 'driver')
  assert.ok(commands.length >= 10, 'the pages show commands')
  await atCommandLine(async (home) => {
    const { agent, data } = await setUp(home)
    try {
      const tools = home.write('tools.json', '[]')
      const client = ['--client', 'roots,sampling,elicitation']
      await home.must('driver', 'add', 'asker', ...client, '--', process.execPath, switchingServer, tools)
      for (const words of commands) {
        await home.must(...words)
        if (words[0] === 'observe') await work(agent, data)
      }
    } finally {
      agent.close()
    }
  })
})
