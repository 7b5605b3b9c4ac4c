/**
 * Grants of the network in the terms of capabilities: what the arguments of an egress call are, what to write to
 * allow one host, and which addresses a grant names for a host.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { ArgumentTerm, ArgumentTerms } from '../../kernel/capability/terms.ts'
import { readAddress } from './address.ts'
import type { EgressRequest } from './gate.ts'

const anything: ArgumentTerm = { constraint: { any: true } }

/** Ports that a grant of a host means when it names none. */
export const webPorts: readonly number[] = [80, 443]

/** What to narrow a host's terms by. */
export interface EgressNarrowing {
  /** Default `webPorts`. */
  readonly ports?: readonly number[]
  /** Canonical text of the one address that the host is reached at, whatever the name system says. */
  readonly address?: string
}

/**
 * Terms that allow everything towards one host, given in its canonical form, and nothing else, under `selector`:
 * `net/connect`, or for anything else those of a request.
 */
export function egressTerms(selector: string, host: string, narrowing: EgressNarrowing = {}): ArgumentTerms {
  const { ports = webPorts, address } = narrowing
  const port: ArgumentTerm = { constraint: { in: [...ports] } }
  const to = { host: { constraint: { eq: host } }, port }
  const pin = address === undefined ? {} : { address: { constraint: { eq: address } } }
  if (selector === 'net/connect') return { arguments: { ...to, ...pin } }
  const request = { scheme: anything, method: anything, path: anything }
  const body = { bodyBytes: anything, bodySha256: anything }
  return { arguments: { ...to, ...request, ...body, ...pin } }
}

/** The arguments of the call that asks for `request`. */
export function egressArguments(request: EgressRequest): JsonObject {
  const { scheme, host, port, method, path, bodyBytes, bodySha256 } = request
  const pin = request.address === null ? {} : { address: request.address }
  if (request.kind === 'tunnel') return { host, port, ...pin }
  return { scheme, host, port, method, path, bodyBytes, bodySha256, ...pin }
}

/**
 * Addresses that one capability names, with `eq` or `in`, beside exactly this host. `where` holds the terms of
 * every level as `capabilities()` shows them, the root last. Only the root is an operator's word: a process could
 * write any address into a level that it derives under an open grant.
 */
export function addressPins(where: readonly Json[], selector: string, host: string): readonly string[] {
  const root = where.at(-1)
  const named = member(member(root, selector) ?? member(root, '*'), 'arguments')
  if (!namedValues(member(named, 'host')).includes(host)) return []
  return namedValues(member(named, 'address')).filter((text) => readAddress(text)?.text === text)
}

function member(value: Json | undefined, name: string): Json | undefined {
  if (value === undefined || !isJsonObject(value) || !Object.hasOwn(value, name)) return undefined
  return value[name]
}

/** The texts that a term allows by name. */
function namedValues(term: Json | undefined): readonly string[] {
  const constraint = member(term, 'constraint')
  const only = member(constraint, 'eq')
  const among = member(constraint, 'in')
  const values = only === undefined ? (Array.isArray(among) ? among : []) : [only]
  return values.filter((value) => typeof value === 'string')
}
