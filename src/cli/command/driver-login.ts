/**
 * `custos driver login`: authorises the gate at an HTTP server that asks for OAuth. What comes of it lies in a
 * private file in the driver's folder, where its adapter finds it; nothing of it is signed, recorded or shown.
 */
import { parseProgram } from '../../kernel/sovereign/parse-manifest.ts'
import { isName } from '../../kernel/sovereign/parse-order.ts'
import { readServerUrl } from '../../driver/mcp/http-address.ts'
import { askForChallenge } from '../../driver/mcp/oauth-challenge.ts'
import type { OAuthLogin } from '../../driver/mcp/oauth-credential.ts'
import { readCredential, writeLogin } from '../../driver/mcp/oauth-credential.ts'
import type { LoginRequest } from '../../driver/mcp/oauth-login.ts'
import { logIn } from '../../driver/mcp/oauth-login.ts'
import type { Command, Context } from '../command.ts'
import type { OpenBrowser } from '../driver-browser.ts'
import { openBrowser } from '../driver-browser.ts'
import { driverFolder } from '../driver-folder.ts'
import { tokenPath } from '../driver-server.ts'
import { visible } from '../escape.ts'
import { CommandFailure, exitCodes, usageFailure } from '../exit.ts'
import { findDriver } from '../lookup.ts'
import { readFileSync } from 'node:fs'
import { withKernel } from './with-kernel.ts'

const patienceMs = 600_000

/** Authorises the gate at an HTTP server that asks for OAuth. */
export const driverLoginCommand: Command = {
  name: 'driver login',
  synopsis: 'NAME [--url URL] [--scope SCOPE] …',
  summary: 'authorise the gate at an HTTP server that asks for OAuth',
  details: [
    'Shows an address to open in a browser and waits until you come back from there.',
    'With --url it works before the driver is added: log in, then custos driver add NAME --url URL.',
    'From another machine: choose --port N and forward it, ssh -L N:127.0.0.1:N.',
  ],
  flags: [
    { name: 'url', value: 'URL', about: 'the server, for a driver that is not added yet' },
    {
      name: 'scope',
      value: 'SCOPE',
      about: 'ask for this scope beside what the login had (default: what the server wants)',
    },
    { name: 'client-id', value: 'ID', about: 'the client that the authorization server knows us as' },
    { name: 'client-secret-file', value: 'FILE', about: 'its secret, in a private file' },
    { name: 'client-metadata', value: 'URL', about: 'where a client metadata document describes us' },
    {
      name: 'port',
      value: 'N',
      about: 'the port on 127.0.0.1 that the browser comes back to (default: any)',
    },
    { name: 'no-browser', about: 'only show the address' },
  ],
  positionals: { fewest: 1, most: 1 },
  run: async (context) => {
    const { server, credential } = await findTarget(context)
    const browser = await openBrowser({
      out: context.out,
      port: portOf(context),
      opens: !context.args.switches.has('no-browser'),
      patienceMs,
    })
    try {
      const login = await run(context, server, credential, browser)
      await writeLogin(credential, login)
      context.out.result(
        { issuer: login.issuer, scope: login.scope, expiresAt: login.expiresAt, credential },
        showLogin(login, credential),
      )
    } finally {
      browser.close()
    }
    return exitCodes.done
  },
}

/** The server and the file that its login belongs in. */
interface Target {
  readonly server: URL
  readonly credential: string
}

async function findTarget(context: Context): Promise<Target> {
  const [name = ''] = context.args.positionals
  if (!isName(name)) throw usageFailure(`${visible(name)} is not a name`)
  const { credential } = driverFolder(context.paths.state, name)
  const text = flag(context, 'url')
  if (text !== null) return { server: serverUrl(text), credential }
  let target: Target | null = null
  await withKernel(context, async (kernel) => {
    const { entry } = await findDriver(kernel, name)
    const program = parseProgram(entry['program'] ?? null)
    if (!program.ok || program.value.protocol !== 'mcp-http')
      throw usageFailure(`${visible(name)} is no server reached over HTTP: it needs no login`)
    if (program.value.credential !== credential) {
      const advice = `custos driver accept ${visible(name)} can change that`
      throw usageFailure(`${visible(name)} uses the token in ${visible(program.value.credential)}`, advice)
    }
    target = { server: serverUrl(program.value.url), credential }
  })
  if (target === null) throw usageFailure(`there is no driver ${visible(name)}`)
  return target
}

function serverUrl(text: string): URL {
  const url = readServerUrl(text)
  if (!url.ok) throw usageFailure(url.error)
  return url.value
}

async function run(
  context: Context,
  server: URL,
  credential: string,
  browser: OpenBrowser,
): Promise<OAuthLogin> {
  const before = await readCredential(credential)
  const challenge = await askForChallenge(server)
  if (!challenge.ok) throw loginFailure(challenge.error)
  if (challenge.value === '')
    context.out.note('The server did not ask who we are; looking for its authorization server…')
  const request: LoginRequest = {
    server,
    wwwAuthenticate: challenge.value,
    scope: flag(context, 'scope'),
    previousScope: before.ok && before.value.kind === 'login' ? before.value.login.scope : null,
    client: clientOf(context),
    clientMetadataUrl: flag(context, 'client-metadata'),
    browser,
  }
  const login = await logIn(request)
  if (!login.ok) throw loginFailure(login.error)
  return login.value
}

function clientOf(context: Context): LoginRequest['client'] {
  const id = flag(context, 'client-id')
  const file = flag(context, 'client-secret-file')
  if (id === null && file !== null) throw usageFailure('--client-secret-file needs --client-id')
  if (id === null) return null
  return { id, secret: file === null ? null : readFileSync(tokenPath(file), 'utf8').trim() }
}

function portOf(context: Context): number {
  const text = flag(context, 'port') ?? '0'
  const port = Number(text)
  if (!/^\d{1,5}$/u.test(text) || port > 65_535) throw usageFailure(`--port ${visible(text)} is not a port`)
  return port
}

function flag(context: Context, name: string): string | null {
  return context.args.values.get(name)?.[0] ?? null
}

function loginFailure(why: string): CommandFailure {
  return new CommandFailure(exitCodes.refused, `there is no login: ${visible(why)}`, '', { code: 'login' })
}

function showLogin(
  { issuer, scope, expiresAt, refreshToken }: OAuthLogin,
  credential: string,
): readonly string[] {
  const ends =
    expiresAt === null ? 'for as long as the server likes' : `until ${new Date(expiresAt).toISOString()}`
  return [
    `Logged in at ${visible(issuer)}, scope ${scope === null ? 'not said' : visible(scope)}.`,
    `The token is good ${ends}${refreshToken === null ? ', and cannot be renewed' : '; the adapter renews it'}.`,
    `It is kept in ${visible(credential)}, for you alone.`,
  ]
}
