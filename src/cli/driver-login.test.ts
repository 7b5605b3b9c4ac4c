/** A login as a person makes it: the command in a process of its own, and this test as the browser. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CommandLineHome, CommandRun } from '../../test/harness/command-line-home.ts'
import { atCommandLine } from '../../test/harness/command-line-home.ts'
import type { OAuthServer } from '../../test/harness/oauth-server.ts'
import { serveOAuth } from '../../test/harness/oauth-server.ts'

const program = new URL('main.ts', import.meta.url).pathname

/** Runs `custos driver login` and goes where it says. */
function logIn(home: CommandLineHome, ...words: readonly string[]): Promise<CommandRun> {
  const env = { ...process.env, CUSTOS_HOME: home.home }
  const child = spawn(process.execPath, [program, 'driver', 'login', ...words, '--no-browser'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  let isOpened = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    const address = /^ {2}(?<url>http:\/\/\S+)\n/mu.exec(stderr)?.groups?.['url']
    if (address === undefined || isOpened) return
    isOpened = true
    void fetch(address).then((page) => page.text())
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => resolve({ status, stdout, stderr }))
  })
}

async function withServer(use: (home: CommandLineHome, server: OAuthServer) => Promise<void>): Promise<void> {
  const server = await serveOAuth()
  try {
    await atCommandLine((home) => use(home, server))
  } finally {
    await server.close()
  }
}

test('a driver behind OAuth is logged in to, added, called and renewed, and asks for a login when it must', () =>
  withServer(async (home, server) => {
    const without = await home.run('driver', 'add', 'tickets', '--url', server.url)
    assert.notEqual(without.status, 0)
    assert.match(without.stderr, /the server wants to know who asks: run `custos driver login tickets`/u)

    const first = await logIn(home, 'tickets', '--url', server.url)
    assert.equal(first.status, 0, first.stderr)
    assert.match(first.stdout, /^Logged in at http:\/\/127\.0\.0\.1:\d+, scope basic\.$/mu)
    const credential = join(home.home, 'drivers', 'tickets', 'credential.json')
    assert.equal(statSync(credential).mode & 0o777, 0o600)

    await home.must('driver', 'add', 'tickets', '--url', server.url)
    const agent = await home.agent('scout')
    try {
      await home.must('grant', 'scout', 'tickets', 'count', '--open')
      const count = agent.tool('tickets', 'count')
      server.forget()
      const answer = await count({})
      assert.match(JSON.stringify(answer), /done/u)
      assert.deepEqual(server.given, ['access-1', 'access-2'])

      server.behaviour.callScope = 'write'
      const refused = JSON.stringify(await count({}))
      assert.match(refused, /custos driver login tickets --scope 'write'/u)
      const again = await logIn(home, 'tickets', '--scope', 'write', '--json')
      assert.equal(again.status, 0, again.stderr)
      assert.equal((JSON.parse(again.stdout) as { readonly scope: string }).scope, 'basic write')
      assert.match(JSON.stringify(await count({})), /done/u)
    } finally {
      agent.close()
    }
    const records = await home.must('ledger', 'tail', '-n', '500', '--json')
    const said = [first.stdout, first.stderr, records.stdout].join('\n')
    assert.doesNotMatch(said, /access-\d|refresh-\d/u)
    assert.match(readFileSync(credential, 'utf8'), /access-3/u)
    await home.must('driver', 'remove', 'tickets')
    assert.equal(existsSync(credential), false)
  }))

test('a login that cannot be is a sentence and leaves nothing', () =>
  withServer(async (home, server) => {
    server.behaviour.metadata = { issuer: 'https://other.example' }
    const failed = await logIn(home, 'tickets', '--url', server.url)
    assert.equal(failed.status, 1)
    assert.match(failed.stderr, /there is no login: .*issuer/iu)
    assert.equal(existsSync(join(home.home, 'drivers', 'tickets', 'credential.json')), false)
    for (const words of [
      ['tickets'],
      ['tickets', '--url', 'http://user:secret@127.0.0.1/'],
      ['no name!', '--url', server.url],
      ['tickets', '--url', server.url, '--port', '99999'],
      ['tickets', '--url', server.url, '--client-secret-file', '/nowhere'],
    ]) {
      const ran = await logIn(home, ...words)
      assert.equal(ran.status, 2, words.join(' '))
      assert.ok(!ran.stderr.includes('secret@'))
    }
  }))
