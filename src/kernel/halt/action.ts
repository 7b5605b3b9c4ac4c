/** The order that ends the halt of a part of a domain, and its strict reading from untrusted JSON. */
import { id } from '../../base/ids.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { isId, whyShape } from '../sovereign/shape.ts'
import type { HaltScope } from './event-bodies.ts'

/** Orders that are understood in this folder. */
export interface HaltAction {
  readonly do: 'scope.resume'
  readonly scope: HaltScope
}

/** The order, or what is wrong with it; null when it is about something else. */
export function parseHaltAction(command: JsonObject): Result<HaltAction, string> | null {
  if (command['do'] !== 'scope.resume') return null
  const wrong = whyShape(command, ['do', 'scope'])
  if (wrong !== null) return err(wrong)
  const scope = parseHaltScope(command['scope'])
  return scope === null ? err('`scope` must be an agent or a process.') : ok({ do: 'scope.resume', scope })
}

/** A scope in exactly one of its two forms, or null. */
export function parseHaltScope(value: Json | undefined): HaltScope | null {
  if (!isJsonObject(value ?? null)) return null
  const scope = value as JsonObject
  const { agent, process } = scope
  if (isId(agent) && whyShape(scope, ['agent']) === null) return { agent: id(agent) }
  return isId(process) && whyShape(scope, ['process']) === null ? { process: id(process) } : null
}
