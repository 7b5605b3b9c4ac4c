/**
 * The canary: one value, used for everything that a secret can be used for, against a server that tries to give it
 * back; then it is looked for wherever a program, a thief of files or a reader of the record could look.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { deflateSync, gzipSync } from 'node:zlib'
import { openLedgerFolder } from '../../../src/cli/ledger-folder.ts'
import { homePaths } from '../../../src/cli/home.ts'
import type { Handler, Opened, SecretWorld } from './secret-world.ts'
import { canary, echo, host, withSecrets } from './secret-world.ts'
import { filesWith, formsOf, isIn, isInMemory } from './traces.ts'

const forms = formsOf(canary)
const run = promisify(execFile)

/** Ways of giving a secret back, each to a name of its own. */
const reflections: { readonly [name: string]: Handler } = {
  echo,
  'header names and values': (_, response) => {
    response.setHeader(`x-${canary}`, canary)
    response.end('x')
  },
  'a redirect': (_, response) => {
    response.writeHead(302, { location: `https://evil.example/?t=${canary}`, 'set-cookie': `t=${canary}` })
    response.end()
  },
  'an error': (_, response) => {
    response.writeHead(401, `Bad token ${canary}`)
    response.end(`bad token ${canary}`)
  },
  'byte by byte': (_, response) => dribble(response, canary.split('')),
  'in two pieces': (_, response) => dribble(response, [canary.slice(0, 11), canary.slice(11)]),
  base64: (_, response) => response.end(Buffer.from(`user:${canary}`).toString('base64')),
  'base64 shifted': (_, response) => response.end(Buffer.from(`us:${canary}!`).toString('base64url')),
  hexadecimal: (_, response) => response.end(Buffer.from(canary).toString('hex').toUpperCase()),
  'percent-encoded': (_, response) =>
    response.end([...Buffer.from(canary)].map((byte) => `%${byte.toString(16)}`).join('')),
  'JSON escapes': (_, response) =>
    response.end([...Buffer.from(canary)].map((byte) => `\\u00${byte.toString(16)}`).join('')),
  'upper case': (_, response) => response.end(canary.toUpperCase()),
  gzip: (_, response) => {
    response.setHeader('content-encoding', 'gzip')
    response.end(gzipSync(`a ${canary} b`))
  },
  deflate: (_, response) => {
    response.setHeader('content-encoding', 'deflate')
    response.end(deflateSync(canary))
  },
  trailers: (_, response) => {
    response.writeHead(200, { trailer: 'x-t' })
    response.write('x')
    response.addTrailers({ 'x-t': canary })
    response.end()
  },
  'an early hint': (_, response) => {
    response.writeEarlyHints({ link: `</${canary}>; rel=preload` })
    response.end('x')
  },
  'a part of the whole': (_, response) => {
    response.writeHead(206, { 'content-range': 'bytes 0-9/25' })
    response.end(canary.slice(0, 10))
  },
}

function dribble(response: ServerResponse, pieces: readonly string[]): void {
  response.write('begin ')
  const next = (at: number): void => {
    const piece = pieces[at]
    if (piece === undefined) return void response.end(' end')
    response.write(piece, () => setImmediate(() => next(at + 1)))
  }
  next(0)
}

async function useItAll(world: SecretWorld, opened: Opened): Promise<void> {
  for (const [name, handler] of Object.entries(reflections)) {
    world.handler = handler
    const shown = await withoutTheProxy(world, `/${encodeURIComponent(name)}`)
    assert.ok(givesItBack(shown), `control: ${name} gives it back: ${shown}`)
    const before = world.received.length
    const ran = await world.curl(opened, `/${encodeURIComponent(name)}`, '-i', '--raw', '-H', 'te: trailers')
    const got = world.received[before]
    assert.equal(got?.headers['authorization'], `Bearer ${canary}`, `the server was not sent it: ${name}`)
    assert.ok(!givesItBack(ran.text), `${name} gave it back: ${ran.text}`)
  }
  world.handler = echo
  for (const command of clients(world.port)) {
    const ran = await world.inside(opened, command[0] ?? '', command.slice(1))
    assert.match(ran.text, /user-agent/iu, `${command[0]} did not get through: ${ran.text}`)
  }
}

/** In any form, or in part. */
function givesItBack(text: string): boolean {
  const escaped = text.includes(String.raw`\u0063\u0061`)
  return escaped || text.includes(canary.slice(0, 10)) || isIn(Buffer.from(text, 'latin1'), forms)
}

/** What a program that has the secret itself is shown. */
async function withoutTheProxy({ port, serverAuthority }: SecretWorld, path: string): Promise<string> {
  const to = ['--noproxy', '*', '--cacert', serverAuthority, '--resolve', `${host}:${port}:127.0.0.1`]
  const what = ['-sS', '-i', '--compressed', '-H', 'te: trailers', '-H', `authorization: Bearer ${canary}`]
  const options = { encoding: 'latin1' } as const
  const { stdout } = await run('curl', [...to, ...what, `https://${host}:${port}${path}`], options)
  return stdout
}

function clients(port: number): readonly (readonly string[])[] {
  const url = `https://${host}:${port}`
  return [
    ['curl', '-sS', `${url}/c`],
    ['node', '-e', `fetch('${url}/n').then(async (reply) => console.log(await reply.text()))`],
    ['python3', '-c', `import urllib.request; print(urllib.request.urlopen('${url}/p').read())`],
  ]
}

/** Everything that went wrong on purpose, so that error paths say what they say. */
async function misuse(world: SecretWorld, opened: Opened): Promise<void> {
  await world.inside(opened, 'curl', ['-sS', `https://other.example:${world.port}/`])
  await world.inside(opened, 'curl', ['-sS', `http://${host}:${world.port}/plain`])
  await world.curl(opened, '/x', '-H', 'authorization: Bearer custos-secret:unknown')
  world.handler = (_, response) => void response.destroy()
  await world.curl(opened, '/cut')
  world.handler = echo
}

/** Ids of the processes of the home, by unit. */
async function unitPids(world: SecretWorld): Promise<ReadonlyMap<string, number>> {
  const { stdout } = await world.cli.must('ps', '--json')
  const listed = JSON.parse(stdout) as { units?: unknown } | readonly unknown[]
  const units = (Array.isArray(listed) ? listed : (listed as { units: unknown[] }).units) as {
    unit: string
    pid: number
  }[]
  return new Map(units.map(({ unit, pid }) => [unit, pid]))
}

/** The service's own process: what is the unit to the supervisor holds the namespace and only waits. */
function serviceProcess(pid: number): number {
  const isService = (id: number): boolean =>
    readFileSync(`/proc/${id}/cmdline`, 'latin1').includes('service/main')
  const found = [pid, ...descendants(pid)].findLast(isService)
  assert.ok(found !== undefined, 'the net service runs')
  return found
}

function descendants(pid: number): readonly number[] {
  const listed = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim()
  const children = listed === '' ? [] : listed.split(' ').map(Number)
  return children.flatMap((child) => [child, ...descendants(child)])
}

test('a secret is used and found nowhere', async () => {
  await withSecrets(async (world) => {
    const token = await world.agent('a')
    const said = await world.addSecret('api', ...world.grantedTo('a'))
    const opened = await world.open(token, 'one')
    await useItAll(world, opened)
    await misuse(world, opened)
    const pids = await unitPids(world)
    const net = [...pids].find(([unit]) => unit.startsWith('driver-'))?.[1] ?? 0
    assert.ok(
      isInMemory(serviceProcess(net), forms),
      'control: the net service holds it, and the search finds it',
    )
    for (const unit of ['kernel', 'gateway'])
      assert.ok(!isInMemory(pids.get(unit) ?? 0, forms), `it is in the memory of the ${unit}`)
    const limits = readFileSync(`/proc/${serviceProcess(net)}/limits`, 'utf8')
    assert.match(limits, /Max core file size\s+1\s+1\s/u)
    assert.equal(readFileSync(`/proc/${serviceProcess(net)}/coredump_filter`, 'utf8').trim(), '00000000')
    const shown = [said, (await world.cli.must('secret', 'list', '--json')).stdout, ...world.seenInside]
    for (const text of shown) assert.ok(!isIn(Buffer.from(text, 'latin1'), forms), text)
    const kept = filesWith(world.cli.folder, forms)
    assert.deepEqual(
      kept,
      [join(world.cli.folder, 'value')],
      'control: only the file that the test gave it in',
    )
    const ledger = openLedgerFolder(homePaths(world.cli.home, {}), 'opened')
    const payloads = [...ledger.events()].map((event) => ledger.payload(event) ?? new Uint8Array())
    assert.ok(
      payloads.some((bytes) => Buffer.from(bytes).includes('early')),
      'control: payloads are opened',
    )
    for (const bytes of payloads) assert.ok(!isIn(bytes, forms), Buffer.from(bytes).toString())
  })
})
