import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { TellingOwner, about, requestBytes, serveHttp } from '../../../test/harness/http-server.ts'
import type { OAuthServer } from '../../../test/harness/oauth-server.ts'
import { serveOAuth } from '../../../test/harness/oauth-server.ts'
import { ok } from '../../base/result.ts'
import type { HttpProgram } from '../../kernel/manifest.ts'
import type { HttpLink } from './http-link.ts'
import { openHttpLink } from './http-link.ts'
import { askForChallenge } from './oauth-challenge.ts'
import type { Callback } from './oauth-callback.ts'
import { openCallback } from './oauth-callback.ts'
import { readCredential, writeLogin } from './oauth-credential.ts'
import { oauthFetch, whyUnfit } from './oauth-fetch.ts'
import { logIn } from './oauth-login.ts'

interface Scene {
  readonly server: OAuthServer
  readonly program: HttpProgram
  readonly owner: TellingOwner
  readonly link: HttpLink
  /** Logs in as an operator would, who agrees to everything. */
  readonly login: (scope?: string) => Promise<string | null>
  /** One request and what came of it: the text received, or the reason. */
  readonly ask: (method: string) => Promise<string>
}

async function scene(t: TestContext): Promise<Scene> {
  const server = await serveOAuth()
  const folder = mkdtempSync(join(tmpdir(), 'custos-login-'))
  mkdirSync(join(folder, 'tickets'))
  const credential = join(folder, 'tickets', 'credential.json')
  const program: HttpProgram = { protocol: 'mcp-http', url: server.url, credential }
  const owner = new TellingOwner()
  const link = openHttpLink(program, owner)
  t.after(async () => {
    link.close('over')
    await link.closed
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  let id = 0
  return {
    server,
    program,
    owner,
    link,
    login: (scope) => login(program, scope ?? null),
    async ask(method) {
      id++
      link.send(requestBytes(id, method), about({ id, method, revision: '2026-07-28' }))
      const told = (await owner.have(id)).at(-1)
      return told?.kind === 'received' ? 'answered' : told?.kind === 'failed' ? told.problem.reason : 'ended'
    },
  }
}

async function login(program: HttpProgram, scope: string | null): Promise<string | null> {
  const before = await readCredential(program.credential)
  const callback = await openCallback()
  try {
    const challenge = await askForChallenge(new URL(program.url))
    assert.ok(challenge.ok)
    const made = await logIn({
      server: new URL(program.url),
      wwwAuthenticate: challenge.value,
      scope,
      previousScope: before.ok && before.value.kind === 'login' ? before.value.login.scope : null,
      client: null,
      clientMetadataUrl: null,
      browser: {
        redirectUrl: callback.url,
        async visit(url, state) {
          const visited = callback.visited(state)
          assert.equal((await fetch(url)).status, 200)
          return visited
        },
      },
    })
    if (!made.ok) return made.error
    await writeLogin(program.credential, made.value)
    return null
  } finally {
    callback.close()
  }
}

test('a server that wants a login gets one from the operator, and the link goes on without a restart', async (t) => {
  const { server, program, ask, login } = await scene(t)
  assert.equal(
    await ask('tools/list'),
    'the server wants to know who asks: run `custos driver login tickets`',
  )
  assert.equal(await login(), null)
  assert.equal(await ask('tools/list'), 'answered')
  assert.equal(statSync(program.credential).mode & 0o777, 0o600)
  const authorize = await server.seen(({ path }) => path.startsWith('/authorize'))
  const asked = new URL(authorize.path, server.url).searchParams
  assert.equal(asked.get('resource'), server.url)
  assert.equal(asked.get('code_challenge_method'), 'S256')
  assert.equal(asked.get('scope'), 'basic')
})

test('an expired token is renewed before it is used, and a refused one when it is refused', async (t) => {
  const { server, program, ask, login } = await scene(t)
  server.behaviour.expiresIn = 30
  assert.equal(await login(), null)
  server.behaviour.expiresIn = 3600
  assert.equal(await ask('tools/list'), 'answered')
  assert.deepEqual(server.given, ['access-1', 'access-2'])
  server.forget()
  assert.equal(await ask('tools/list'), 'answered')
  assert.deepEqual(server.given, ['access-1', 'access-2', 'access-3'])
  const kept = await readCredential(program.credential)
  assert.ok(kept.ok && kept.value.kind === 'login')
  assert.equal(kept.value.login.refreshToken, 'refresh-3')
  assert.equal(kept.value.login.scope, 'basic')
  assert.deepEqual(readdirSync(join(program.credential, '..')), ['credential.json'])
})

test('many requests that are refused at once renew the token once', async (t) => {
  const { server, link, owner, login } = await scene(t)
  assert.equal(await login(), null)
  server.forget()
  for (let id = 1; id <= 20; id++) link.send(requestBytes(id, 'x'), about({ id, method: 'x' }))
  const told = await owner.have(20)
  assert.ok(told.every(({ kind }) => kind === 'received'))
  assert.deepEqual(server.given, ['access-1', 'access-2'])
})

test('what renewing cannot mend is a sentence that says what to do, and is not tried for ever', async (t) => {
  const { server, ask, login } = await scene(t)
  assert.equal(await login(), null)
  server.behaviour.renews = false
  server.forget()
  assert.match(await ask('tools/list'), /could not be renewed: .*: run `custos driver login tickets`$/u)
  server.behaviour.renews = true
  server.behaviour.accepts = false
  assert.equal(await ask('tools/list'), 'the server refuses a fresh token: run `custos driver login tickets`')
  assert.deepEqual(server.given, ['access-1', 'access-2'])
})

test('a server that wants more scope makes the link say how to get it, and the old scope is kept', async (t) => {
  const { server, ask, login } = await scene(t)
  assert.equal(await login(), null)
  server.behaviour.callScope = 'write'
  assert.equal(
    await ask('tools/call'),
    'the server wants the scope "write": run `custos driver login tickets --scope \'write\'`',
  )
  assert.equal(server.given.length, 1)
  assert.equal(await login('write'), null)
  const scopes = server.arrived
    .filter(({ path }) => path.startsWith('/authorize'))
    .map(({ path }) => new URL(path, server.url).searchParams.get('scope'))
  assert.deepEqual(scopes, ['basic', 'basic write'])
  assert.equal(await ask('tools/call'), 'answered')
})

test('a scope that a shell would obey is not put into the sentence', async (t) => {
  const { server, ask, login } = await scene(t)
  assert.equal(await login(), null)
  server.behaviour.callScope = "'; rm -rf ~ '"
  assert.equal(
    await ask('tools/call'),
    'the server wants more scope than the credential has: run `custos driver login tickets`',
  )
})

test('an authorization server that is not who it says, or is somewhere else, gets no login', async (t) => {
  const { server, login, program } = await scene(t)
  server.behaviour.metadata = { issuer: 'https://other.example' }
  assert.match((await login()) ?? '', /issuer/iu)
  server.behaviour.metadata = { authorization_endpoint: 'http://other.example/authorize' }
  assert.match((await login()) ?? '', /^http:\/\/other\.example is not opened: it is not https/u)
  server.behaviour.metadata = { token_endpoint: 'http://other.example/token' }
  assert.match((await login()) ?? '', /other\.example|secure|https/u)
  assert.equal(existsSync(program.credential), false)
})

test('a token never reaches another server than the one that the login was for', async (t) => {
  const { program, login } = await scene(t)
  assert.equal(await login(), null)
  const other = await serveHttp((_, response) => void response.writeHead(401).end())
  const owner = new TellingOwner()
  const link = openHttpLink({ ...program, url: other.url }, owner)
  t.after(async () => {
    link.close('over')
    await other.close()
  })
  link.send(requestBytes(1, 'x'), about({ id: 1, method: 'x' }))
  const [told] = await owner.have(1)
  assert.ok(told?.kind === 'failed' && !told.problem.sent)
  assert.match(told.problem.reason, /^the login is for another server/u)
  assert.equal(other.arrived.length, 0)
})

test('a redirect is not followed, and a token does not go with it', async (t) => {
  const other = await serveHttp((_, response) => void response.writeHead(200).end())
  t.after(() => other.close())
  for (const status of [301, 302, 303, 307, 308]) {
    const server = await serveHttp(
      (_, response) => void response.writeHead(status, { location: other.url }).end(),
    )
    const folder = mkdtempSync(join(tmpdir(), 'custos-login-'))
    const credential = join(folder, 'token')
    writeFileSync(credential, 'secret-token\n', { mode: 0o600 })
    const owner = new TellingOwner()
    const link = openHttpLink({ protocol: 'mcp-http', url: server.url, credential }, owner)
    link.send(requestBytes(1, 'x'), about({ id: 1, method: 'x' }))
    const [told] = await owner.have(1)
    assert.ok(told?.kind === 'failed')
    assert.equal(told.problem.status, status)
    assert.match(told.problem.reason, /redirects to http:\/\/127\.0\.0\.1:\d+\/mcp, which is not followed/u)
    assert.equal(server.arrived[0]?.headers.authorization, 'Bearer secret-token')
    link.close('over')
    await server.close()
    rmSync(folder, { recursive: true })
  }
  assert.equal(other.arrived.length, 0)
})

test('a credential file is private, plain and short, or it is not used', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'custos-login-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'token')
  assert.deepEqual(await readCredential(path), ok({ kind: 'none' }))
  writeFileSync(path, '  abc.DEF-123==\n', { mode: 0o600 })
  assert.deepEqual(await readCredential(path), ok({ kind: 'token', token: 'abc.DEF-123==' }))
  chmodSync(path, 0o640)
  assert.equal((await readCredential(path)).ok, false)
  chmodSync(path, 0o600)
  for (const text of ['two words', 'line\r\nX-Evil: 1', '', '{"format":"other"}', '{', 'x'.repeat(70_000)]) {
    writeFileSync(path, text)
    const read = await readCredential(path)
    assert.ok(!read.ok && read.error.startsWith(path), text.slice(0, 20))
  }
  symlinkSync(path, join(folder, 'link'))
  assert.equal((await readCredential(join(folder, 'link'))).ok, false)
  assert.equal((await readCredential(folder)).ok, false)
})

test('a token does not travel in the clear over a network', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'custos-login-'))
  const credential = join(folder, 'token')
  writeFileSync(credential, 'secret', { mode: 0o600 })
  const owner = new TellingOwner()
  const link = openHttpLink({ protocol: 'mcp-http', url: 'http://server.example/mcp', credential }, owner)
  link.send(requestBytes(1, 'x'), about({ id: 1, method: 'x' }))
  const [told] = await owner.have(1)
  assert.ok(told?.kind === 'failed' && !told.problem.sent)
  assert.match(told.problem.reason, /in the clear: the URL must be https/u)
  link.close('over')
  rmSync(folder, { recursive: true })
})

async function withCallback(use: (callback: Callback) => Promise<void>): Promise<void> {
  const callback = await openCallback()
  try {
    await use(callback)
  } finally {
    callback.close()
  }
}

test('the page of a login takes only the visit with its state', async () => {
  await withCallback(async (callback) => {
    const early = await fetch(`${callback.url}?state=&code=evil`)
    assert.equal(early.status, 400)
    const visited = callback.visited('state-1')
    const wrong = [
      '?state=other&code=evil',
      '?code=evil',
      '?state=state-11&code=evil',
      '/../x?state=state-1&code=x',
    ]
    for (const query of wrong) assert.equal((await fetch(`${callback.url}${query}`)).status, 400)
    const posted = await fetch(`${callback.url}?state=state-1&code=evil`, { method: 'POST' })
    assert.equal(posted.status, 400)
    const page = await fetch(`${callback.url}?state=state-1&code=good&iss=https%3A%2F%2Fa`)
    assert.equal(page.status, 200)
    assert.ok(!(await page.text()).includes('good'))
    assert.deepEqual(await visited, ok({ code: 'good', issuer: 'https://a' }))
  })
})

test('the refusal of an authorization server reaches the operator in visible words', async () => {
  await withCallback(async (callback) => {
    const visited = callback.visited('s')
    await fetch(`${callback.url}?state=s&error=access_denied%1b%5B31m`)
    assert.deepEqual(await visited, { ok: false, error: 'the authorization server says access_denied [31m' })
  })
})

test('the addresses that a server can make us fetch are limited', async (t) => {
  const remote = new URL('https://server.example/mcp')
  for (const url of [
    'http://other.example/',
    'http://127.0.0.1:1/',
    'https://localhost/',
    'https://[::1]/',
    'https://localhost./',
    'https://any.localhost/',
    'https://0.0.0.0/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://u:p@other.example/',
  ])
    assert.notEqual(whyUnfit(new URL(url), false), null)
  assert.equal(whyUnfit(new URL('https://other.example/'), false), null)
  await assert.rejects(oauthFetch(remote)('http://127.0.0.1:1/x'), /is on this machine/u)
  const endless = await serveHttp((_, response) => {
    response.writeHead(200)
    const more = (error?: Error | null): void => {
      if (!error) response.write(Buffer.alloc(65_536), more)
    }
    more()
  })
  t.after(() => endless.close())
  await assert.rejects(oauthFetch(new URL(endless.url))(endless.url), /more than 1048576 bytes/u)
})

test('a login leaves the token out of everything that is said', async (t) => {
  const { server, program, ask, login, owner } = await scene(t)
  assert.equal(await login(), null)
  server.behaviour.renews = false
  server.forget()
  await ask('tools/list')
  const said = JSON.stringify(owner.told)
  assert.ok(!said.includes('access-1') && !said.includes('refresh-1'))
  assert.ok(readFileSync(program.credential, 'utf8').includes('access-1'))
})
