/**
 * From untrusted JSON to an order record. Strict: a member that is missing, unknown or of the wrong shape
 * refuses the whole order, because an operator signed exactly these bytes and must have meant all of them.
 */
import { id } from '../../base/ids.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { parseCanonAction } from '../canon/action.ts'
import { parseCaveats } from '../capability/parse-caveats.ts'
import type { OrderAction, OrderRecord } from '../command.ts'
import { parseHaltAction } from '../halt/action.ts'
import { parseProcessAction } from '../process/action.ts'
import { parseManifest } from './parse-manifest.ts'
import { parseSovereignAction } from './parse-sovereign-action.ts'
import { isId, isName, isText, whyShape } from './shape.ts'

const hex64 = /^[0-9a-f]{64}$/u
const hex32 = /^[0-9a-f]{32}$/u

export { isName }

/** The order, or a sentence saying what is wrong with it. */
export function parseOrder(value: Json): Result<OrderRecord, string> {
  if (!isJsonObject(value)) return err('An order must be an object.')
  const wrong = whyShape(value, [
    'canonVersion',
    'command',
    'domain',
    'nonce',
    'operator',
    'policyVersion',
    'time',
  ])
  if (wrong !== null) return err(wrong)
  const { command, domain, operator, nonce, policyVersion, canonVersion, time } = value
  if (!isName(domain)) return err('`domain` must be a name.')
  if (!isId(operator)) return err('`operator` must be an id.')
  if (typeof nonce !== 'string' || !hex32.test(nonce)) return err('`nonce` must be 32 hex characters.')
  if (typeof policyVersion !== 'string' || !isId(canonVersion) || !isId(time))
    return err('versions and time are missing.')
  if (!isJsonObject(command)) return err('`command` must be an object.')
  const action = parseAction(command)
  if (!action.ok) return action
  return ok({
    command: action.value,
    domain,
    operator: id(operator),
    nonce,
    policyVersion,
    canonVersion,
    time: id(time),
  })
}

function parseAction(command: JsonObject): Result<OrderAction, string> {
  switch (command['do']) {
    case 'driver.add': {
      const wrong = whyShape(command, ['do', 'manifest', 'name'])
      if (wrong !== null) return err(wrong)
      if (!isName(command['name'])) return err('`name` must be a name: lower case, digits, `.`, `_`, `-`.')
      const manifest = parseManifest(command['manifest'] ?? null)
      return manifest.ok
        ? ok({ do: 'driver.add', name: command['name'], manifest: manifest.value })
        : manifest
    }
    case 'driver.update': {
      const { driver } = command
      const wrong = whyShape(command, ['do', 'driver', 'manifest'])
      if (wrong !== null) return err(wrong)
      if (!isId(driver)) return err('`driver` must be an id.')
      const manifest = parseManifest(command['manifest'] ?? null)
      return manifest.ok
        ? ok({ do: 'driver.update', driver: id(driver), manifest: manifest.value })
        : manifest
    }
    case 'agent.add': {
      const { name, tokenDigest } = command
      const wrong = whyShape(command, ['do', 'name', 'tokenDigest'])
      if (wrong !== null) return err(wrong)
      if (!isName(name)) return err('`name` must be a name: lower case, digits, `.`, `_`, `-`.')
      if (typeof tokenDigest !== 'string' || !hex64.test(tokenDigest))
        return err('`tokenDigest` must be SHA-256 in hex.')
      return ok({ do: 'agent.add', name, tokenDigest })
    }
    case 'capability.grant': {
      const { holder, object } = command
      const wrong = whyShape(command, ['caveats', 'do', 'holder', 'object'])
      if (wrong !== null) return err(wrong)
      if (!isId(holder) || !isId(object)) return err('`holder` and `object` must be ids.')
      const caveats = parseCaveats(command['caveats'] ?? null)
      return caveats.ok
        ? ok({ do: 'capability.grant', holder: id(holder), object: id(object), caveats: caveats.value })
        : caveats
    }
    case 'capability.narrow': {
      const { capability } = command
      const wrong = whyShape(command, ['capability', 'caveats', 'do'])
      if (wrong !== null) return err(wrong)
      if (!isId(capability)) return err('`capability` must be an id.')
      const caveats = parseCaveats(command['caveats'] ?? null)
      return caveats.ok
        ? ok({ do: 'capability.narrow', capability: id(capability), caveats: caveats.value })
        : caveats
    }
    case 'call.approve':
    case 'call.deny':
      return parseDecision(command, command['do'])
    case 'process.kill': {
      const { process, reason } = command
      const wrong = whyShape(command, ['do', 'process', 'reason'])
      if (wrong !== null) return err(wrong)
      if (!isId(process) || !isText(reason)) return err('`process` must be an id and `reason` a text.')
      return ok({ do: 'process.kill', process: id(process), reason })
    }
    default:
      return parseProcessAction(command) ?? parseSimple(command)
  }
}

function parseDecision(
  command: JsonObject,
  decision: 'call.approve' | 'call.deny',
): Result<OrderAction, string> {
  const { call, digest, comment, answer } = command
  const answers = decision === 'call.approve' && answer !== undefined
  const wrong = whyShape(command, ['call', 'comment', 'digest', 'do', ...(answers ? ['answer'] : [])])
  if (wrong !== null) return err(wrong)
  if (!isId(call)) return err('`call` must be an id.')
  if (typeof digest !== 'string' || !hex64.test(digest)) return err('`digest` must be SHA-256 in hex.')
  if (!isText(comment)) return err('`comment` must be a text of bounded length.')
  if (!answers) return ok({ do: decision, call: id(call), digest, comment })
  if (typeof answer !== 'string' || !hex64.test(answer)) return err('`answer` must be SHA-256 in hex.')
  return ok({ do: 'call.approve', call: id(call), digest, comment, answer })
}

/** Orders that name one thing, or nothing. */
function parseSimple(command: JsonObject): Result<OrderAction, string> {
  switch (command['do']) {
    case 'driver.remove':
      return single(command, 'driver', (value) => ({ do: 'driver.remove', driver: id(value) }))
    case 'agent.remove':
      return single(command, 'agent', (value) => ({ do: 'agent.remove', agent: id(value) }))
    case 'capability.revoke':
      return single(command, 'capability', (value) => ({ do: 'capability.revoke', capability: id(value) }))
    case 'domain.resume': {
      const wrong = whyShape(command, ['do'])
      return wrong === null ? ok({ do: 'domain.resume' }) : err(wrong)
    }
    default:
      return parseCanonAction(command) ?? parseHaltAction(command) ?? parseSovereignAction(command)
  }
}

function single(
  command: JsonObject,
  name: string,
  make: (value: number) => OrderAction,
): Result<OrderAction, string> {
  const wrong = whyShape(command, ['do', name])
  if (wrong !== null) return err(wrong)
  const value = command[name]
  return isId(value) ? ok(make(value)) : err(`\`${name}\` must be an id.`)
}
