/**
 * What ordinary programs see of the gate when their TLS is opened, when it is not, and when a person has to say yes:
 * git, curl, Python and Node, unmodified, against a server of this machine that a grant names by its address.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../../harness/world.ts'
import type { SecretWorld } from './secret-world.ts'
import { canary, host, withSecrets } from './secret-world.ts'

/** Grants a selector of the net service towards the server, with further terms. */
async function grant(
  world: SecretWorld,
  agent: string,
  selector: string,
  ...more: readonly string[]
): Promise<void> {
  const named = more.map((term) => term.split(' ')[0])
  const any = ['scheme', 'method', 'path', 'bodyBytes', 'bodySha256']
    .filter((name) => selector !== 'net/connect' && !named.includes(name))
    .map((name) => `${name} any`)
  const terms = [`host = ${host}`, `port = ${world.port}`, 'address = "127.0.0.1"', ...any, ...more]
  const where = terms.flatMap((term) => ['--where', term])
  await world.cli.must('grant', agent, 'net', selector, ...where)
}

/** A bare repository with one commit, as a plain web server gives it out. */
function repository(world: SecretWorld): string {
  const [work, bare] = [join(world.cli.work, 'origin'), join(world.cli.work, 'origin.git')]
  mkdirSync(work)
  writeFileSync(join(work, 'file'), 'content\n')
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@t.example']
  const git = (...args: readonly string[]): void => void execFileSync('git', args, { stdio: 'ignore' })
  git('-C', work, 'init', '-q')
  git('-C', work, 'add', 'file')
  git('-C', work, ...identity, 'commit', '-q', '-m', 'first')
  git('clone', '-q', '--bare', work, bare)
  git('-C', bare, 'update-server-info')
  return bare
}

test('git clones from a server that wants a password which git never has', async () => {
  await withSecrets(async (world) => {
    const bare = repository(world)
    const basic = `Basic ${Buffer.from(`git:${canary}`).toString('base64')}`
    world.handler = ({ url, headers }, response) => {
      const file = join(bare, url.split('?')[0]?.replace('/origin.git', '') ?? '')
      response.statusCode = headers['authorization'] !== basic ? 401 : existsSync(file) ? 200 : 404
      response.end(response.statusCode === 200 ? readFileSync(file) : '')
    }
    const token = await world.agent('a')
    await world.addSecret('git', '--basic', 'git', ...world.grantedTo('a'))
    const opened = await world.open(token, 'git')
    const url = `https://${host}:${world.port}/origin.git`
    const ran = await world.inside(opened, 'git', ['clone', '-q', url, 'copy'], { GIT_TERMINAL_PROMPT: '0' })
    assert.equal(ran.status, 0, ran.text)
    assert.equal(readFileSync(join(world.cli.work, 'copy', 'file'), 'utf8'), 'content\n')
    const config = readFileSync(join(world.cli.work, 'copy', '.git', 'config'), 'utf8')
    assert.ok(!config.includes(canary))
  })
})

test('methods and paths are judged inside TLS, and the server is verified for the program', async () => {
  await withSecrets(async (world) => {
    const token = await world.agent('a')
    await world.cli.must('secret', 'trust', 'unrelated.example', '--ca', world.serverAuthority)
    await grant(world, 'a', 'http/request', 'method = GET', 'path prefix /v1/')
    const opened = await world.open(token, 'reads')
    assert.notEqual(opened.authority, '')
    const unbelieved = await world.curl(opened, '/v1/a')
    assert.match(
      unbelieved.text,
      /"code":"upstream"/u,
      'the server’s authority is not believed for this host',
    )
    assert.equal(world.received.length, 0)
    await world.cli.must('secret', 'trust', host, '--ca', world.serverAuthority)
    const again = await until(() => world.open(token, 'reads').catch(() => null), 'the service to be back')
    assert.match((await world.curl(again, '/v1/a')).text, /"url":"\/v1\/a"/u)
    assert.match((await world.curl(again, '/v2/a', '-i')).text, /403 Forbidden[^]*path/u)
    assert.match((await world.curl(again, '/v1/a', '-i', '-d', 'x')).text, /403 Forbidden[^]*method/u)
    assert.match((await world.curl(again, '/v1/../v2/a', '--path-as-is', '-i')).text, /40[03]/u)
    assert.deepEqual(
      world.received.map(({ method, url }) => `${method} ${url}`),
      ['GET /v1/a'],
    )
  })
})

test('a tunnel stays closed to us, and the program verifies the server by itself', async () => {
  await withSecrets(async (world) => {
    const token = await world.agent('a')
    await world.cli.must('secret', 'trust', host, '--ca', world.serverAuthority)
    await grant(world, 'a', 'net/connect')
    const opened = { ...(await world.open(token, 'tunnel')), ca: world.serverAuthority }
    assert.equal(opened.authority, '')
    assert.match((await world.curl(opened, '/t')).text, /"url":"\/t"/u)
    const python = `import urllib.request; print(urllib.request.urlopen('https://${host}:${world.port}/p').status)`
    assert.equal((await world.inside(opened, 'python3', ['-c', python])).text.trim(), '200')
    const other = [
      '-sS',
      '-k',
      '--connect-to',
      `other.example:443:${host}:${world.port}`,
      'https://other.example/',
    ]
    assert.notEqual(
      (await world.inside(opened, 'curl', other)).status,
      0,
      'the tunnel names another host inside',
    )
    assert.equal(world.received.length, 2)
  })
})

test('a program waits while a person decides, and is told what they decided', async () => {
  await withSecrets(async (world) => {
    const token = await world.agent('a')
    await world.addSecret('api', ...world.grantedTo('a'), '--ask')
    const opened = await world.open(token, 'held')
    const decided = async (verb: string, path: string): Promise<string> => {
      const running = world.curl(opened, path, '-i')
      const call = await until(async () => {
        const { stdout } = await world.cli.must('approvals', '--json')
        return (JSON.parse(stdout) as { call: number }[])[0]?.call ?? null
      }, 'the call to be held')
      await world.cli.must(verb, String(call))
      return (await running).text
    }
    assert.match(await decided('approve', '/yes'), /"url":"\/yes"/u)
    assert.match(await decided('deny', '/no'), /403 Forbidden/u)
    assert.deepEqual(
      world.received.map(({ url }) => url),
      ['/yes'],
    )
  })
})
