/**
 * Every way of naming a file beside the given folder, read and written: by a server that believes every one of them,
 * and by the real filesystem server. Behind the gate, and without it inside a boundary, none leads anywhere; and all
 * do for the believing server where there is neither.
 */
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Client } from '@modelcontextprotocol/client'
import { confinedLaunch } from '../../../src/driver/confined-program.ts'
import { launchInGroup } from '../../../src/driver/program.ts'
import type { LaunchProgram } from '../../../src/driver/program.ts'
import type { StdioProgram } from '../../../src/kernel/manifest.ts'
import type { Rung } from '../../../src/sandbox/boundary.ts'
import { confinerOn } from '../../../src/sandbox/ladder.ts'
import { ServerStage, textOf } from '../../acceptance/front-door/server-stage.ts'
import { serverBin } from '../../harness/real-servers.ts'
import { PipeClient } from './pipe-client.ts'
import { spellings } from './spellings.ts'
import { TraversalPlace } from './traversal-place.ts'

const believing = new URL('believing-server.mjs', import.meta.url).pathname
const real = serverBin('@modelcontextprotocol/server-filesystem')
/** Twice each; the rest is well spelled, with links in it or characters that only look like dots: there the boundary stands. */
const leastRefused = 2 * (spellings.length - 16)
const rungs: readonly Rung[] = ['bubblewrap', 'gvisor', 'landlock']
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ctr-')))
chmodSync(folder, 0o755)
const place = new TraversalPlace(folder)
const stage = new ServerStage()
before(() => stage.start())
after(async () => {
  await stage.stop()
  rmSync(folder, { recursive: true, force: true })
})

type Call = (tool: string, args: { readonly [name: string]: string }) => Promise<string>

/** Names of the spellings that read or wrote a secret. */
async function successes(call: Call, where: TraversalPlace): Promise<readonly string[]> {
  const found: string[] = []
  for (const { name, path } of spellings) {
    where.restore()
    const read = await call('read_text_file', { path: path(where) })
    await call('write_file', { path: path(where), content: 'attack' })
    if (read.includes('CANARY')) found.push(`${name}: read`)
    if (where.changed() !== null) found.push(`${name}: written`)
  }
  return found
}

/** The same with a server that is started by `launch` and is given the folder. */
async function successesOf(server: string, launch: LaunchProgram): Promise<readonly string[]> {
  const program: StdioProgram = {
    protocol: 'mcp-stdio',
    command: process.execPath,
    args: [server, place.given],
    cwd: place.given,
    env: { HOME: place.given },
    boundary: { readable: [], writable: [place.given] },
  }
  const running = await launch(program)
  try {
    const client = new PipeClient(running)
    await client.open()
    // What is in the folder is served: a server that serves nothing would prove nothing.
    if (server === real)
      assert.match(await client.call('read_text_file', { path: `${place.given}/in.txt` }), /inside/u)
    return await successes((tool, args) => client.call(tool, args), place)
  } finally {
    running.kill()
    await running.exited
  }
}

/** What became of calls behind the gate: who reached what, how many it refused, and what else was said. */
interface Passage {
  readonly found: readonly string[]
  readonly refused: number
  readonly said: ReadonlySet<string>
}

/** The same through the gate, for the driver of that name. */
async function passageOf(driver: string): Promise<Passage> {
  const client: Client = await stage.overHttp(driver, 'modern')
  const said = new Set<string>()
  let refused = 0
  try {
    const call: Call = async (name, args) => {
      const text = textOf(await client.callTool({ name, arguments: args }))
      if (text.includes('argument-refused')) refused++
      else said.add(text)
      return text
    }
    return { found: await successes(call, place), refused, said }
  } finally {
    await client.close()
  }
}

test('there are at least forty ways, and the believing server falls to every one', async () => {
  assert.ok(spellings.length >= 40, `${spellings.length}`)
  assert.equal(new Set(spellings.map(({ name }) => name)).size, spellings.length)
  const expected = spellings.flatMap(({ name }) => [`${name}: read`, `${name}: written`])
  assert.deepEqual(await successesOf(believing, launchInGroup), expected)
})

for (const rung of rungs) {
  for (const [what, server] of [
    ['a believing server', believing],
    ['the real server', real],
  ] as const) {
    test(`${what} without the gate, in a boundary on the ${rung} rung, reaches nothing`, async () => {
      const confiner = confinerOn(rung)
      const launch = confinedLaunch({ confiner, home: join(folder, 'home'), stderr: 'caught' })
      assert.deepEqual(await successesOf(server, launch), [])
    })
  }
}

test('the real server behind the gate reaches nothing', async () => {
  const { given } = place
  await stage.add('real', { packageName: '@modelcontextprotocol/server-filesystem', args: [given] })
  await stage.grant('real', '--preset', 'read-write', '--root', given)
  const { found, refused, said } = await passageOf('real')
  assert.deepEqual(found, [])
  assert.ok(refused >= leastRefused, `${refused} calls were refused by name`)
  // A name that only looks like a way out is a file in the folder, and was written as one.
  for (const text of said) assert.match(text, /denied|does not exist|^E[A-Z]+:|Successfully wrote|^attack$/u)
})

test('a believing server behind the gate reaches nothing', async () => {
  const { given } = place
  const program = [process.execPath, believing, given]
  await stage.home.must('driver', 'add', 'believing', '--writable', given, '--', ...program)
  const terms = ['--where', `path within ${given}`, '--where', 'content? any']
  for (const tool of ['read_text_file', 'write_file']) await stage.grant('believing', tool, ...terms)
  const { found, refused, said } = await passageOf('believing')
  assert.deepEqual(found, [])
  assert.ok(refused >= leastRefused, `${refused} calls were refused by name`)
  assert.deepEqual([...said], ['nothing there'])
})
