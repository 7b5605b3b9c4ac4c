/** Halts and drills as the supervisor tells of them. What is halted must stay so: what cannot be read of a halt is left out. */
import type { Instant } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { isOf } from '../base/shape.ts'
import { aScope } from '../kernel/halt/action.ts'
import type { HaltEffect, HaltRequest, HaltScope } from '../kernel/halt/event-bodies.ts'
import { isCount } from '../kernel/sovereign/shape.ts'
import type { ToldHalt } from './scope-halts.ts'

const maxProblems = 16
const maxText = 1_024
const maxBy = 256

/** A halt of the domain, or null without one. One that cannot be read is still a halt. */
export function readHalt(value: Json | undefined): (HaltRequest & HaltEffect) | null {
  if (value === null || value === undefined) return null
  const halt = isJsonObject(value) ? value : {}
  const { requestedAt, requestedBy, reason } = halt
  return {
    requestedAt: id<Instant>(isCount(requestedAt) ? requestedAt : 0),
    requestedBy: textOf(requestedBy, maxBy) ?? 'unknown',
    reason: textOf(reason, maxText) ?? 'unknown',
    ...readEffect(halt),
  }
}

/** A halt of a scope, or null where it names none. */
export function readScopeHalt(value: Json | undefined): ToldHalt | null {
  const halt = readHalt(value)
  const scope = isJsonObject(value) ? value['scope'] : undefined
  return halt === null || !isOf(aScope, scope) ? null : { ...halt, scope }
}

/** What comes with the supervisor's hello: halts of scopes, and the text of the newest statement. */
export function readHelloBody(body: Uint8Array): {
  readonly halts: readonly ToldHalt[]
  readonly statement: Uint8Array | null
} {
  const parsed = body.length === 0 ? null : parseStrictJson(body)
  if (parsed?.ok !== true || !isJsonObject(parsed.value)) return { halts: [], statement: null }
  const { halts, statement } = parsed.value
  return {
    halts: Array.isArray(halts)
      ? (halts as readonly Json[]).flatMap((halt) => readScopeHalt(halt) ?? [])
      : [],
    statement: typeof statement === 'string' ? new TextEncoder().encode(statement) : null,
  }
}

/** A drill, or null where it is none. An empty scope stands for the domain. */
export function readDrill(header: JsonObject):
  | (HaltEffect & {
      readonly scope: HaltScope | null
      readonly requestedBy: string
      readonly problems: readonly string[]
    })
  | null {
  const { scope, requestedBy, problems } = header
  const isWhole = isJsonObject(scope) && Object.keys(scope).length === 0
  const part = isOf(aScope, scope) ? scope : null
  if (part === null && !isWhole) return null
  const listed = Array.isArray(problems) ? (problems as readonly Json[]) : []
  return {
    scope: part,
    requestedBy: textOf(requestedBy, maxBy) ?? 'unknown',
    problems: listed.slice(0, maxProblems).map((problem) => textOf(problem, maxText) ?? 'unknown'),
    ...readEffect(header),
  }
}

function readEffect(value: JsonObject): HaltEffect {
  const { trees, survivors, killMicros, deadMicros } = value
  return {
    ...(isCount(trees) ? { trees } : {}),
    ...(isCount(survivors) ? { survivors } : {}),
    ...(isCount(killMicros) ? { killMicros } : {}),
    ...(isCount(deadMicros) ? { deadMicros } : {}),
  }
}

function textOf(value: Json | undefined, most: number): string | null {
  return typeof value === 'string' ? value.slice(0, most).toWellFormed() : null
}
