/**
 * What a kernel tells its supervisor, read strictly: a notice that cannot be read ends the link, and with it that
 * kernel. A kernel speaks for its own domain; whether it may speak of others is the plan's business.
 */
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { parseProgram } from '../kernel/sovereign/parse-manifest.ts'
import type { InnerScope } from './scope.ts'
import { isDomainName } from './scope.ts'
import { readWeight } from './statement-store.ts'
import type { DomainUnit, KernelNews } from './supervision.ts'
import { supervision } from './supervision.ts'
import type { DriverUnit } from './unit.ts'

/** Which incarnation of which domain's kernel speaks. */
export interface Speaker {
  readonly domain: string
  readonly incarnation: number
}

/** The input that a notice is, `unreadable`, or null when it is none that the plan hears. */
export function readNotice(
  header: JsonObject,
  body: Uint8Array,
  speaker: Speaker,
): KernelNews | 'unreadable' | null {
  switch (header['event']) {
    case 'resumed':
      return readResumed(header, speaker)
    case 'restart': {
      const driver = header['driver']
      return isId(driver) ? { kind: 'restart-driver', ...speaker, driver } : 'unreadable'
    }
    case 'units': {
      const drivers = readList(body, 'drivers', readUnit)
      return drivers === null ? 'unreadable' : { kind: 'desired-units', ...speaker, drivers }
    }
    case 'domains': {
      const domains = readList(body.length > 0 ? body : header, 'domains', readDomain)
      const isFit = domains !== null && domains.length <= supervision.domains
      return isFit ? { kind: 'desired-domains', ...speaker, domains } : 'unreadable'
    }
    case 'identities':
      return readIdentities(header, body, speaker)
    default:
      return null
  }
}

/** A scope inside `domain` as it stands in a message: `{agent}` or `{process}`. */
export function readInnerScope(domain: string, value: Json | undefined): InnerScope | null {
  if (!isJsonObject(value ?? null)) return null
  const { agent, process } = value as { agent?: Json; process?: Json }
  if (isId(agent) && process === undefined) return { kind: 'agent', domain, agent }
  return isId(process) && agent === undefined ? { kind: 'process', domain, process } : null
}

/** The same scope as a kernel reads it. */
export function innerScopeJson(scope: InnerScope): JsonObject {
  return scope.kind === 'agent' ? { agent: scope.agent } : { process: scope.process }
}

function readResumed(header: JsonObject, speaker: Speaker): KernelNews | 'unreadable' {
  const { scope: named, requestedAt } = header
  if (named === undefined) return { kind: 'resumed', ...speaker }
  const scope = readInnerScope(speaker.domain, named)
  if (scope === null || !isCount(requestedAt)) return 'unreadable'
  return { kind: 'scope-resumed', ...speaker, scope, requestedAt }
}

function readIdentities(header: JsonObject, body: Uint8Array, speaker: Speaker): KernelNews | 'unreadable' {
  const processes = readList(body, 'processes', readIdentity)
  const gone = readList(body, 'gone', (value) => (isId(value) ? value : null))
  if (processes === null || gone === null) return 'unreadable'
  return { kind: 'identities', ...speaker, isWhole: header['isWhole'] === true, processes, gone }
}

function readIdentity(value: Json): { process: number; agent: number; parent: number; name: string } | null {
  if (!isJsonObject(value)) return null
  const { process, agent, parent, name } = value
  if (!isId(process) || !isCount(agent) || !isCount(parent) || typeof name !== 'string') return null
  return { process, agent, parent, name }
}

function readDomain(value: Json): DomainUnit | null {
  if (!isJsonObject(value)) return null
  const { name, status, weight } = value
  if (!isDomainName(name)) return null
  if (status !== 'active' && status !== 'frozen' && status !== 'removed') return null
  return { name, status, weight: readWeight(weight) }
}

function readUnit(value: Json): DriverUnit | null {
  if (!isJsonObject(value)) return null
  const { driver, name, secret } = value as { driver?: Json; name?: Json; secret?: Json }
  const program = parseProgram(value['program'] ?? null)
  if (!isId(driver) || typeof name !== 'string' || typeof secret !== 'string' || !program.ok) return null
  return { driver, name, secret, program: program.value }
}

function readList<T>(
  source: Uint8Array | JsonObject,
  name: string,
  read: (value: Json) => T | null,
): readonly T[] | null {
  const parsed = source instanceof Uint8Array ? parseStrictJson(source) : null
  const object = parsed === null ? (source as JsonObject) : parsed.ok ? parsed.value : null
  if (!isJsonObject(object) || !Array.isArray(object[name])) return null
  const items = (object[name] as readonly Json[]).map(read)
  return items.every((item) => item !== null) ? items : null
}

function isId(value: Json | undefined): value is number {
  return isCount(value) && value > 0
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
