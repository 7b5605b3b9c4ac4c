/** A driver's program is held too: it sees what was signed, writes what was signed, and asks the gate for the rest. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { JsonObject } from '../../../src/base/json.ts'
import type { Agent } from '../../../src/sdk/agent.ts'
import type { CommandLineHome } from '../../harness/command-line-home.ts'
import type { LocalServer } from './run-world.ts'
import { localServer, runHome, until } from './run-world.ts'

const program = new URL('curious-server.mjs', import.meta.url).pathname
let home: CommandLineHome
let server: LocalServer
let agent: Agent

before(async () => {
  home = await runHome()
  server = await localServer((_request, response) => response.end('from outside'))
  for (const name of ['shown', 'given', 'hidden']) {
    mkdirSync(join(home.folder, name))
    writeFileSync(join(home.folder, name, 'file'), `what is ${name}`)
  }
  agent = await home.agent('ada')
  const held = [
    '--readable',
    join(home.folder, 'shown'),
    '--writable',
    join(home.folder, 'given'),
    '--network',
  ]
  await home.must('driver', 'add', 'curious', '--cwd', home.work, ...held, '--', process.execPath, program)
  await home.must('grant', 'ada', 'curious', '*', '--open')
})
after(async () => {
  agent.close()
  await server.close()
  await home.remove()
})

async function asked(tool: string, what = ''): Promise<string> {
  const answer = await agent.tool('curious', tool)({ what })
  assert.ok(answer.ok, JSON.stringify(answer))
  const { content } = answer.result as JsonObject
  return ((content as readonly JsonObject[])[0]?.['text'] as string | undefined) ?? ''
}

test('it reads and writes what was signed, and nothing beside it', async () => {
  const place = (name: string): string => join(home.folder, name, 'file')
  assert.equal(await asked('read', place('shown')), 'what is shown')
  assert.equal(await asked('write', place('given')), 'written')
  assert.equal(readFileSync(place('given'), 'utf8'), 'written\n')
  assert.match(await asked('write', place('shown')), /EROFS|EACCES|EPERM/u)
  assert.match(await asked('read', place('hidden')), /ENOENT|EACCES/u)
  assert.match(await asked('write', join(home.work, 'new')), /EROFS|EACCES|EPERM/u)
  assert.equal(existsSync(join(home.work, 'new')), false)
  for (const path of [home.home, join(home.folder, 'keys'), join(home.folder, 'passphrase')])
    assert.match(await asked('list', path), /ENOENT|EACCES|ENOTDIR/u)
  for (const secret of [home.home, join(home.folder, 'passphrase'), 'custos_'])
    assert.equal((await asked('environment')).includes(secret), false, secret)
})

test('it asks the gate for the network, and is refused until it holds something', async () => {
  await home.must('run', '--', 'true')
  const url = `${server.url}/hello`
  await until(async () => ((await asked('fetch', url)).startsWith('403') ? true : null), 'the gate to answer')
  assert.deepEqual(server.requests, [])
  const place = [
    '--where',
    'host = mirror.test',
    '--where',
    `port in [${new URL(url).port}]`,
    '--where',
    'address = 127.0.0.1',
  ]
  const rest = ['scheme', 'method', 'path', 'bodyBytes', 'bodySha256'].flatMap((name) => [
    '--where',
    `${name} any`,
  ])
  await home.must('grant', 'curious', 'net', 'http/request', ...place, ...rest)
  assert.equal(await asked('fetch', url), '200 from outside')
  assert.deepEqual(server.requests, ['GET /hello'])
  assert.match(await asked('fetch', 'http://elsewhere.example/'), /^403/u)
})

test('what it may use is shown beside every other process', async () => {
  const units = JSON.parse((await home.must('ps', '--json')).stdout) as readonly JsonObject[]
  const unit = units.find(({ driver }) => driver === 'curious')
  assert.ok(['gvisor', 'bubblewrap', 'landlock'].includes(unit?.['rung'] as string))
})
