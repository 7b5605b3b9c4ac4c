/**
 * What a captured program, or somebody with the home's files, may try in order to have a secret sent elsewhere or to
 * get at it. The server counts: what it was not sent was not sent.
 */
import assert from 'node:assert/strict'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { X509Certificate } from 'node:crypto'
import { connectAgent } from '../../../src/sdk/agent.ts'
import { until } from '../../harness/world.ts'
import type { SecretWorld } from './secret-world.ts'
import { canary, host, withSecrets } from './secret-world.ts'

/** True when the server got the canary in anything. */
function wasSent({ received }: SecretWorld, from = 0): boolean {
  return received.slice(from).some((request) => JSON.stringify(request).includes(canary))
}

async function netIsBack(world: SecretWorld): Promise<void> {
  await until(async () => {
    const { stdout } = await world.cli.run('driver', 'list', '--json')
    const drivers = JSON.parse(stdout) as { name: string; attached: boolean }[]
    return drivers.some(({ name, attached }) => name === 'net' && attached) || null
  }, 'the net service to be attached')
}

test('a secret goes to its hosts, in its place, over TLS, for whoever was granted it, and nowhere else', async () => {
  await withSecrets(async (world) => {
    const holder = await world.agent('holder')
    const other = await world.agent('other')
    await world.addSecret('api', ...world.grantedTo('holder'))
    const opened = await world.open(holder, 'holder')
    const bystander = await world.open(other, 'other')
    assert.equal(bystander.authority, '', 'no TLS is opened for whom it is not needed')

    await world.curl(opened, '/good')
    assert.equal(world.received.at(-1)?.headers['authorization'], `Bearer ${canary}`)

    const from = world.received.length
    for (const [what, args] of refused(world)) {
      const ran = await world.inside(opened, 'curl', ['-sS', '-i', ...args])
      assert.ok(!/HTTP\/1\.1 200 OK\r\n(?!.*\r\n\r\nHTTP)/u.test(ran.text), `${what}: ${ran.text}`)
      assert.equal(world.received.length, from, `${what} reached the server`)
    }
    const stranger = await world.curl(bystander, '/other', '-H', 'authorization: Bearer custos-secret:api')
    assert.notEqual(stranger.status, 0, 'an agent without the grant gets nowhere')
    assert.equal(world.received.length, from)

    await world.curl(opened, '/mine', '-H', 'Authorization: Bearer own', '-H', 'connection: authorization')
    assert.equal(
      world.received.at(-1)?.headers['authorization'],
      `Bearer ${canary}`,
      'the operator’s header wins',
    )
    await world.curl(opened, '/elsewhere?t=custos-secret:api', '-H', 'x-token: custos-secret:api')
    const last = world.received.at(-1)
    assert.equal(last?.url, '/elsewhere?t=custos-secret:api', 'a placeholder elsewhere stays what it is')
    assert.equal(last?.headers['x-token'], 'custos-secret:api')

    const agent = await connectAgent({ home: world.cli.home, token: holder })
    const values = {
      scheme: 'https',
      host,
      port: world.port,
      method: 'GET',
      path: '/',
      bodyBytes: 0,
      bodySha256: '',
    }
    const direct = await agent.call({
      object: 'net',
      selector: 'secret/api',
      arguments: { ...values, address: '127.0.0.1' },
      trace: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`,
    })
    assert.ok(direct.ok && direct.outcome === 'failed')
    assert.match(direct.reason, /no program waits/u)
    agent.close()

    const capabilities = JSON.parse((await world.cli.must('caps', 'holder', '--json')).stdout) as {
      capability: number
    }[]
    await world.cli.must('revoke', `c${capabilities[0]?.capability ?? 0}`)
    const before = world.received.length
    assert.notEqual((await world.curl(opened, '/revoked')).status, 0)
    assert.equal(world.received.length, before, 'a revoked grant sends nothing')
  })
})

/** Requests that must not reach any server, as arguments of curl. */
function refused({ port }: SecretWorld): readonly (readonly [string, readonly string[]])[] {
  const at = (name: string): string => `https://${name}:${port}/x`
  return [
    ['another host', [at('evil.example')]],
    ['a subdomain', [at('sub.api.example')]],
    ['the host with a dot', ['-k', at('api.example.')]],
    ['the host in other words', ['-k', at('127.0.0.1')]],
    ['localhost', ['-k', at('localhost')]],
    ['plain http', [`http://${host}:${port}/x`]],
    ['another port', [`https://${host}:${port === 65_535 ? 1 : port + 1}/x`]],
    ['another Host header', ['-H', 'Host: evil.example', at(host)]],
    ['an unknown secret', ['-H', 'authorization: Bearer custos-secret:none', at(host)]],
    ['two secrets at once', ['-H', 'a: custos-secret:api', '-H', 'b: custos-secret:none', at(host)]],
    ['an address inside the tunnel', ['--request-target', 'https://evil.example/x', at(host)]],
    ['a name in another case with credentials', [`https://u:p@${host}.evil.example:${port}/`]],
  ]
}

test('what lies in the vault is used as it was signed, or not at all', async () => {
  await withSecrets(async (world) => {
    const token = await world.agent('a')
    await world.addSecret('api', ...world.grantedTo('a'))
    const file = join(world.cli.home, 'vault', 'api.secret.json')
    const signed = readFileSync(file, 'utf8')
    writeFileSync(file, signed.replace('"Bearer {}"', '"Basic {} "'))
    const listed = JSON.parse((await world.cli.must('secret', 'list', '--json')).stdout) as {
      state: string
    }[]
    assert.match(listed[0]?.state ?? '', /changed since it was signed/u)
    const turned = await world.cli.run(
      'secret',
      'rotate',
      'api',
      '--value-file',
      world.valueFile('another-value-1'),
    )
    assert.equal(turned.status, 2, 'what was changed is not signed by the way')
    await restartNet(world)
    await assertUnused(world, token, 'changed')
    writeFileSync(file, signed)
    chmodSync(file, 0o644)
    await restartNet(world)
    await assertUnused(world, token, 'exposed')
    chmodSync(file, 0o600)
    await restartNet(world)
    const opened = await world.open(token, 'again')
    await world.curl(opened, '/x')
    assert.ok(wasSent(world), 'what was signed is used again')
  })
})

/** Ends the service as a crash would; the supervisor starts it again. */
async function restartNet(world: SecretWorld): Promise<void> {
  const { stdout } = await world.cli.must('ps', '--json')
  const parsed = JSON.parse(stdout) as { units?: unknown }
  const units = (Array.isArray(parsed) ? parsed : parsed.units) as {
    unit: string
    pid: number
    restarts: number
  }[]
  const net = units.find(({ unit }) => unit.startsWith('driver-'))
  process.kill(net?.pid ?? 0, 'SIGKILL')
  await until(async () => {
    const { stdout: later } = await world.cli.must('ps', '--json')
    return later.includes(`"pid":${net?.pid},`) ? null : true
  }, 'the net service to be restarted')
  await netIsBack(world)
}

async function assertUnused(world: SecretWorld, token: string, name: string): Promise<void> {
  const opened = await world.open(token, name)
  const ran = await world.curl(opened, '/x', '-H', 'authorization: Bearer custos-secret:api')
  assert.notEqual(ran.status, 0)
  assert.ok(!wasSent(world))
}

test('a rotated secret is used at once, and those who trusted the authority go on', async () => {
  await withSecrets(async (world) => {
    const token = await world.agent('a')
    await world.addSecret('api', ...world.grantedTo('a'))
    const before = await world.open(token, 'run')
    await world.curl(before, '/1')
    await world.cli.must('secret', 'rotate', 'api', '--value-file', world.valueFile('the-next-value-22'))
    await netIsBack(world)
    const after = await world.open(token, 'run')
    const keyOf = (pem: string): string =>
      String(new X509Certificate(pem).publicKey.export({ format: 'jwk' }).x)
    assert.equal(keyOf(after.authority), keyOf(before.authority))
    writeFileSync(after.ca, before.authority)
    await world.curl(after, '/2')
    const sent = world.received.map(({ headers }) => headers['authorization'])
    assert.deepEqual(sent, [`Bearer ${canary}`, 'Bearer the-next-value-22'])
    await world.cli.must('secret', 'remove', 'api')
    await netIsBack(world)
    const gone = await world.open(token, 'gone')
    assert.equal(gone.authority, '')
    assert.notEqual((await world.curl(gone, '/3')).status, 0)
    assert.equal(world.received.length, 2)
  })
})

test('a secret can be a query parameter or a password, and two for one host are told apart by name', async () => {
  await withSecrets(async (world) => {
    const token = await world.agent('a')
    await world.addSecret('key', '--query', 'key', ...world.grantedTo('a'))
    await world.addSecret('pass', '--basic', 'x-user', ...world.grantedTo('a'))
    const opened = await world.open(token, 'two')
    assert.match((await world.curl(opened, '/which', '-i')).text, /the secrets key and pass all fit/u)
    assert.equal(world.received.length, 0)
    await world.curl(opened, '/q?a=1&key=custos-secret:key&b=%6bey')
    assert.equal(world.received.at(-1)?.url, `/q?a=1&b=%6bey&key=${canary}`)
    await world.curl(opened, '/b', '-u', 'anybody:custos-secret:pass')
    const basic = Buffer.from(`x-user:${canary}`).toString('base64')
    assert.equal(world.received.at(-1)?.headers['authorization'], `Basic ${basic}`)
  })
})
