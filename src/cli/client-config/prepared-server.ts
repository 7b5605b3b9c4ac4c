/**
 * From a server as a client has it to a driver that can be added: placeholders filled in, a name that drivers
 * may have, paths absolute, and everything that looks like a credential held back. What cannot be a driver
 * gets a sentence that says why.
 */
import { isAbsolute, join, resolve } from 'node:path'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { ServerEntry, Surroundings } from './client-config.ts'
import { credentialArguments, isSecretShaped, looksLikeCredential } from './credential.ts'
import type { FoundServer } from './found-server.ts'
import { fillIn } from './placeholder.ts'

/** A program to add as a driver. */
export interface ProgramDriver {
  readonly kind: 'stdio'
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: { readonly [name: string]: string }
}

/** An address to add as a driver. */
export interface AddressDriver {
  readonly kind: 'http'
  readonly url: string
  /** Bearer token, or null. It goes to a private file and nowhere else. */
  readonly token: string | null
}

/** What would be added. */
export interface PreparedServer {
  readonly driver: ProgramDriver | AddressDriver
  /** Credentials that will be recorded, as `env NAME` or `argument 3`; empty unless that was asked for. */
  readonly recorded: readonly string[]
}

/** Why a server is not added. */
export interface Skipped {
  readonly reason: 'idle' | 'ours' | 'needs-secret' | 'unusable'
  readonly why: string
}

/** How careful to be. */
export interface PrepareOptions {
  readonly surroundings: Surroundings
  /** Record credentials in the manifest instead of holding the server back. */
  readonly secretsInManifest: boolean
}

/** Prepares one server. */
export function prepareServer(server: FoundServer, options: PrepareOptions): Result<PreparedServer, Skipped> {
  const { entry, idle } = server
  if (isOurs(entry)) return err({ reason: 'ours', why: 'it is Custos itself' })
  if (idle !== null) return err({ reason: 'idle', why: idle })
  if (entry.kind === 'unusable') return err({ reason: 'unusable', why: entry.why })
  const fill = filler(server, options)
  return entry.kind === 'stdio' ? prepareProgram(server, entry, options, fill) : prepareAddress(entry, fill)
}

/** True for an entry that leads here: our program with `mcp`, or the token of an agent. */
function isOurs(entry: ServerEntry): boolean {
  if (entry.kind === 'unusable') return false
  if (entry.kind === 'http') return /^Bearer custos_/i.test(headerOf(entry.headers, 'authorization') ?? '')
  const words = [entry.command, ...entry.args]
  const program = words.findIndex((word) => /(?:^|[\\/])custos(?:\.m?js)?$/.test(word))
  return program >= 0 && words[program + 1] === 'mcp'
}

/** A text as it will be used, and whether a variable with a telling name went into it. */
interface Filled {
  readonly text: string
  readonly isSecret: boolean
}

type Filler = (text: string) => Result<Filled, Skipped>

function filler({ client, file, list }: FoundServer, { surroundings }: PrepareOptions): Filler {
  const project = file.scope === 'project' ? list.folder : null
  const source = { env: surroundings.env, home: surroundings.home, project }
  return (text) => {
    const filled = fillIn(client.placeholders, text, source)
    if (!filled.ok) {
      const reason = /input:|key|token|secret|passw/i.test(filled.error) ? 'needs-secret' : 'unusable'
      return err({ reason, why: `needs ${filled.error}` })
    }
    const isSecret = filled.value.variables.some((name) =>
      looksLikeCredential(name, surroundings.env[name] ?? ''),
    )
    return ok({ text: filled.value.text, isSecret })
  }
}

function prepareProgram(
  { list }: FoundServer,
  entry: Extract<ServerEntry, { readonly kind: 'stdio' }>,
  { surroundings, secretsInManifest }: PrepareOptions,
  fill: Filler,
): Result<PreparedServer, Skipped> {
  const names = Object.keys(entry.env)
  const wrongName = names.find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
  if (wrongName !== undefined)
    return err({ reason: 'unusable', why: `its variable ${wrongName} has no valid name` })
  const places = fillAll([entry.command, entry.cwd ?? '.'], fill)
  if (!places.ok) return places
  const args = fillAll(entry.args, fill)
  if (!args.ok) return args
  const env = fillAll(Object.values(entry.env), fill)
  if (!env.ok) return env
  const recorded = credentialsOf(names, env.value, args.value)
  if (recorded.length > 0 && !secretsInManifest)
    return err({ reason: 'needs-secret', why: `needs a secret (${recorded.join(', ')})` })
  const [command = '', folder = ''] = places.value.map(({ text }) => withHome(text, surroundings.home))
  const cwd = resolve(list.folder, folder)
  const driver: ProgramDriver = {
    kind: 'stdio',
    command: programPath(command, cwd),
    args: args.value.map(({ text }) => text),
    cwd,
    env: Object.fromEntries(names.map((name, index) => [name, env.value[index]?.text ?? ''])),
  }
  return ok({ driver, recorded })
}

/** What should not be recorded, as a person would look for it: never the values. */
function credentialsOf(
  names: readonly string[],
  env: readonly Filled[],
  args: readonly Filled[],
): readonly string[] {
  const telling = credentialArguments(args.map(({ text }) => text))
  return [
    ...names.filter((name, index) => isCredential(name, env[index])).map((name) => `env ${name}`),
    ...args.flatMap((arg, index) => (arg.isSecret || telling.has(index) ? [`argument ${index + 1}`] : [])),
  ]
}

function isCredential(name: string, value: Filled | undefined): boolean {
  return value !== undefined && (value.isSecret || looksLikeCredential(name, value.text))
}

function fillAll(texts: readonly string[], fill: Filler): Result<readonly Filled[], Skipped> {
  const filled: Filled[] = []
  for (const text of texts) {
    const one = fill(text)
    if (!one.ok) return one
    filled.push(one.value)
  }
  return ok(filled)
}

/** A bare name is looked for on the PATH; anything with a slash is a path from the working folder. */
function programPath(command: string, folder: string): string {
  return isAbsolute(command) || !command.includes('/') ? command : join(folder, command)
}

function withHome(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path
}

function prepareAddress(
  entry: Extract<ServerEntry, { readonly kind: 'http' }>,
  fill: Filler,
): Result<PreparedServer, Skipped> {
  const url = fill(entry.url)
  if (!url.ok) return url
  const address = URL.parse(url.value.text)
  if (address === null || !['http:', 'https:'].includes(address.protocol))
    return err({ reason: 'unusable', why: 'its address is no http or https URL' })
  if (url.value.isSecret || address.username !== '' || isSecretShaped(url.value.text))
    return err({ reason: 'needs-secret', why: 'its address holds a secret, and addresses are recorded' })
  const other = Object.keys(entry.headers).filter((name) => !isSentAnyway(name))
  if (other.length > 0)
    return err({
      reason: 'unusable',
      why: `it needs the header ${other.join(', ')}, and only bearer tokens can be sent`,
    })
  const header = fill(headerOf(entry.headers, 'authorization') ?? '')
  if (!header.ok) return header
  const token = /^Bearer +(\S+)$/i.exec(header.value.text)?.[1] ?? null
  if (header.value.text !== '' && token === null)
    return err({ reason: 'unusable', why: 'its authorization is no bearer token' })
  return ok({ driver: { kind: 'http', url: url.value.text, token }, recorded: [] })
}

function headerOf(headers: { readonly [name: string]: string }, name: string): string | undefined {
  return Object.entries(headers).find(([known]) => known.toLowerCase() === name)?.[1]
}

function isSentAnyway(name: string): boolean {
  return ['authorization', 'accept', 'content-type', 'user-agent'].includes(name.toLowerCase())
}
