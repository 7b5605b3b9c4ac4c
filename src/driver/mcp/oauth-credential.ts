/**
 * The private file that lets a driver in at its server: a bearer token on one line, or what a login left behind.
 * It lies outside the ledger, belongs to one user, and is read by the adapter and written by `custos driver
 * login` and by the adapter's own renewals; nobody else ever sees what is in it.
 */
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Json, JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { isJsonObject } from '../../base/json.ts'
import { err, ok } from '../../base/result.ts'

/** What a login left behind. It is good for one server and renewed at one token endpoint, whoever asks. */
export interface OAuthLogin {
  /** The MCP server. */
  readonly serverUrl: string
  readonly issuer: string
  readonly tokenEndpoint: string
  /** How that endpoint lets clients say who they are; empty: it did not say. */
  readonly tokenAuthMethods: readonly string[]
  /** The resource indicator that tokens are asked for, or null. */
  readonly resource: string | null
  readonly clientId: string
  readonly clientSecret: string | null
  /** As the registration said, or null. */
  readonly clientAuthMethod: string | null
  readonly accessToken: string
  readonly refreshToken: string | null
  readonly scope: string | null
  /** Milliseconds since the epoch, or null when nobody said. */
  readonly expiresAt: number | null
}

/** What a credential file holds. `none`: there is no such file. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'login'; readonly login: OAuthLogin }

const format = 'custos-login-1'
const maxFileBytes = 65_536

/** RFC 6750: what may stand behind `Bearer`. */
const tokenForm = /^[A-Za-z0-9\-._~+/]{1,32768}=*$/u

/** Reads a credential file. The error is a sentence for the operator and never quotes the file. */
export async function readCredential(path: string): Promise<Result<Credential, string>> {
  const text = await readPrivate(path)
  if (!text.ok) return text
  if (text.value === null) return ok({ kind: 'none' })
  const content = text.value.trim()
  if (!content.startsWith('{'))
    return tokenForm.test(content)
      ? ok({ kind: 'token', token: content })
      : err(`${path} holds no bearer token`)
  const login = parseLogin(content)
  return login === null
    ? err(`${path} is not a login that this version can read`)
    : ok({ kind: 'login', login })
}

/** Replaces a credential file, for this user alone. Durable when it returns; rejects when it cannot be written. */
export async function writeLogin(path: string, login: OAuthLogin): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const beside = join(folder, `.credential-${randomUUID()}`)
  try {
    const file = await open(beside, 'wx', 0o600)
    try {
      await file.writeFile(`${JSON.stringify({ format, ...login })}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

async function readPrivate(path: string): Promise<Result<string | null, string>> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const found = await file.stat()
      if (!found.isFile()) return err(`${path} is not a file`)
      if ((found.mode & 0o077) !== 0)
        return err(`${path} is open to others: chmod 600 it, and renew what is in it`)
      if (found.size > maxFileBytes) return err(`${path} is too long for a credential`)
      return ok(await file.readFile('utf8'))
    } finally {
      await file.close()
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    return code === 'ENOENT' ? ok(null) : err(`${path} cannot be read: ${code}`)
  }
}

function parseLogin(text: string): OAuthLogin | null {
  const value = parse(text)
  if (!isJsonObject(value) || value['format'] !== format) return null
  const required = ['serverUrl', 'issuer', 'tokenEndpoint', 'clientId', 'accessToken'] as const
  const [serverUrl, issuer, tokenEndpoint, clientId, accessToken] = required.map((name) =>
    textOrNull(value, name),
  )
  const { tokenAuthMethods, expiresAt } = value
  if (serverUrl == null || issuer == null || tokenEndpoint == null || clientId == null) return null
  if (accessToken == null || !tokenForm.test(accessToken) || !Array.isArray(tokenAuthMethods)) return null
  return {
    serverUrl,
    issuer,
    tokenEndpoint,
    tokenAuthMethods: tokenAuthMethods.filter((method): method is string => typeof method === 'string'),
    resource: textOrNull(value, 'resource'),
    clientId,
    clientSecret: textOrNull(value, 'clientSecret'),
    clientAuthMethod: textOrNull(value, 'clientAuthMethod'),
    accessToken,
    refreshToken: textOrNull(value, 'refreshToken'),
    scope: textOrNull(value, 'scope'),
    expiresAt: typeof expiresAt === 'number' ? expiresAt : null,
  }
}

function textOrNull(value: JsonObject, name: string): string | null {
  const text = value[name]
  return typeof text === 'string' ? text : null
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
