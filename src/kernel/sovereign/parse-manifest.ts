/** From untrusted JSON to a driver manifest, as strictly as the order it comes in. */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { isQuorum } from '../capability/parse-caveats.ts'
import type { EffectClass } from '../effect.ts'
import { effectClasses } from '../effect.ts'
import { limits } from '../limits.ts'
import type {
  CodePin,
  DriverManifest,
  DriverProgram,
  PinnedSelector,
  ProgramBoundary,
  ReverseSelector,
  StdioProgram,
} from '../manifest.ts'
import { isReverse, services } from '../manifest.ts'
import { isDomainName } from './shape.ts'

const hex64 = /^[0-9a-f]{64}$/u
const environmentName = /^[A-Za-z_][A-Za-z0-9_]*$/u
/** Without credentials, spaces or a fragment: what is shown to a person is where the adapter goes. */
const httpUrl = /^https?:\/\/[^\s@#/?]+(?:[/?][^\s@#]*)?$/u
const maxArguments = 256
const maxCodePins = 64
const maxTextLength = 4096
const maxCount = 1_048_576
const boundaryOptions = ['memoryMiB', 'network', 'processes'] as const

/** The manifest, or a sentence saying what is wrong with it. */
export function parseManifest(value: Json): Result<DriverManifest, string> {
  if (!isJsonObject(value) || !hasExactly(value, ['program', 'selectors']))
    return err('A manifest is {program, selectors}.')
  const program = parseProgram(value['program'] ?? null)
  if (!program.ok) return program
  const listed = value['selectors']
  if (!Array.isArray(listed) || listed.length > limits.selectorsPerDriver)
    return err('`selectors` must be a bounded list.')
  const selectors: PinnedSelector[] = []
  for (const item of listed) {
    if (!isPinned(item)) return err('Each selector is {selector, digest, effect, cost?, quorum?}.')
    selectors.push(item)
  }
  const names = new Set(selectors.map((pinned) => pinned.selector))
  if (names.size !== selectors.length) return err('A selector is listed twice.')
  return ok({ program: program.value, selectors })
}

/** Reads a driver's program, bounded, or says in a sentence why it is none. */
export function parseProgram(value: Json): Result<DriverProgram, string> {
  if (!isJsonObject(value)) return err('A program is an object.')
  const client = parseClient(value['client'])
  if (!client.ok) return client
  switch (value['protocol']) {
    case 'mcp-stdio':
      return parseStdio(value, client.value)
    case 'mcp-http':
      return parseHttp(value, client.value)
    case 'service':
      return parseService(value)
    case 'domain':
      return parseDomain(value)
    default:
      return err('`protocol` must be "mcp-stdio", "mcp-http", "service" or "domain".')
  }
}

type Client = Pick<DriverProgram, 'client'>

function parseClient(value: Json | undefined): Result<Client, string> {
  if (value === undefined) return ok({})
  const names = Array.isArray(value) ? value : []
  if (names.length === 0 || new Set(names).size !== names.length || !names.every(isReverseName))
    return err('`client` must list what clients can do: client/roots, client/sampling, client/elicitation.')
  return ok({ client: names })
}

function isReverseName(value: Json): value is ReverseSelector {
  return typeof value === 'string' && isReverse(value)
}

function parseStdio(value: JsonObject, client: Client): Result<DriverProgram, string> {
  if (!hasExactly(value, ['args', 'command', 'cwd', 'env', 'protocol'], ['boundary', 'client', 'code']))
    return err('A program is {protocol, command, args, cwd, env, code?, client?, boundary?}.')
  const { command, args, cwd, env, code } = value
  if (!isText(command) || !isText(cwd) || !cwd.startsWith('/'))
    return err('`command` and an absolute `cwd` are needed.')
  if (!Array.isArray(args) || args.length > maxArguments || !args.every(isArgument))
    return err('`args` must be a list of texts.')
  if (!isJsonObject(env ?? null) || Object.keys(env as JsonObject).length > maxArguments)
    return err('`env` must be an object.')
  if (
    !Object.entries(env as JsonObject).every(([name, item]) => environmentName.test(name) && isArgument(item))
  )
    return err('`env` must map names to texts.')
  if (code !== undefined && (!Array.isArray(code) || code.length > maxCodePins || !code.every(isCodePin)))
    return err('`code` must be a list of {path, digest, origin}.')
  const program = { protocol: 'mcp-stdio', command, args, cwd, env: env as StdioProgram['env'] } as const
  const held = { ...program, ...client, ...(code === undefined ? {} : { code }) }
  const { boundary } = value
  if (boundary === undefined) return ok(held)
  if (!isBoundary(boundary))
    return err('`boundary` must be {readable, writable, memoryMiB?, processes?, network?} of absolute paths.')
  return ok({ ...held, boundary })
}

function isBoundary(value: Json): value is ProgramBoundary & JsonObject {
  if (!isJsonObject(value) || !hasExactly(value, ['readable', 'writable'], boundaryOptions)) return false
  const { readable, writable, memoryMiB, processes, network } = value
  return (
    arePaths(readable) &&
    arePaths(writable) &&
    [memoryMiB, processes].every((count) => count === undefined || isCount(count)) &&
    (network === undefined || network === true)
  )
}

function arePaths(value: Json | undefined): boolean {
  const isPath = (item: Json): boolean => isText(item) && item.startsWith('/')
  return Array.isArray(value) && value.length <= maxCodePins && value.every(isPath)
}

function isCount(value: Json): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value <= maxCount
}

function parseService(value: JsonObject): Result<DriverProgram, string> {
  const service = services.find((name) => name === value['service'])
  if (!hasExactly(value, ['protocol', 'service']) || service === undefined)
    return err(`A service is {protocol, service}, with service one of ${services.join(', ')}.`)
  return ok({ protocol: 'service', service })
}

function parseDomain(value: JsonObject): Result<DriverProgram, string> {
  const { domain } = value
  if (!hasExactly(value, ['domain', 'protocol']) || !isDomainName(domain))
    return err('Another domain is {protocol, domain}, with its name.')
  return ok({ protocol: 'domain', domain })
}

function parseHttp(value: JsonObject, client: Client): Result<DriverProgram, string> {
  if (!hasExactly(value, ['credential', 'protocol', 'url'], ['client']))
    return err('A program is {protocol, url, credential, client?}.')
  const { url, credential } = value
  if (!isText(url) || !httpUrl.test(url)) return err('`url` must be an absolute http or https address.')
  if (!isArgument(credential) || (credential !== '' && !credential.startsWith('/')))
    return err('`credential` must be an absolute path, or empty.')
  return ok({ protocol: 'mcp-http', url, credential, ...client })
}

function isCodePin(value: Json): value is CodePin & JsonObject {
  if (!isJsonObject(value) || !hasExactly(value, ['digest', 'origin', 'path'])) return false
  const { path, digest, origin } = value
  return (
    isText(path) &&
    path.startsWith('/') &&
    typeof digest === 'string' &&
    hex64.test(digest) &&
    isArgument(origin)
  )
}

function isPinned(value: Json): value is PinnedSelector & JsonObject {
  return (
    isJsonObject(value) &&
    hasExactly(value, ['digest', 'effect', 'selector'], ['cost', 'quorum']) &&
    isText(value['selector']) &&
    isCost(value['cost']) &&
    (value['quorum'] === undefined || isQuorum(value['quorum'])) &&
    // What belongs to processes is never a driver's to offer.
    !value['selector'].startsWith('capability/') &&
    typeof value['digest'] === 'string' &&
    hex64.test(value['digest']) &&
    effectClasses.includes(value['effect'] as EffectClass)
  )
}

function isCost(value: Json | undefined): boolean {
  return value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value > 0)
}

function hasExactly(value: JsonObject, names: readonly string[], optional: readonly string[] = []): boolean {
  return (
    names.every((name) => Object.hasOwn(value, name)) &&
    Object.keys(value).every((name) => names.includes(name) || optional.includes(name))
  )
}

function isText(value: Json | undefined): value is string {
  return isArgument(value) && value !== ''
}

function isArgument(value: Json | undefined): value is string {
  return typeof value === 'string' && value.length <= maxTextLength && !value.includes('\u0000')
}
