/** What a process asks when it derives from what it holds, or moves it to another, read strictly. */
import type { Handle, ProcessId } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { defaultJsonLimits, parseStrictJson } from '../base/strict-json.ts'
import { parseCaveats } from '../kernel/capability/parse-caveats.ts'
import type { Undispatched } from '../kernel/command.ts'
import { limits } from '../kernel/limits.ts'
import type { Untimed } from './core.ts'

/** The command of `{op: "derive", handle, holder?}` with caveats as body, or what is wrong with it. */
export function deriveCommand(
  process: ProcessId,
  header: JsonObject,
  body: Uint8Array,
): Result<Untimed, string> {
  const { handle, holder } = header as { readonly [name: string]: Json | undefined }
  const parsed = parseStrictJson(body, { ...defaultJsonLimits, maxBytes: limits.derivedCaveatsLength })
  if (!parsed.ok) return err(parsed.error.message)
  const caveats = parseCaveats(parsed.value)
  if (!caveats.ok) return caveats
  if (!isId(handle) || (holder !== undefined && !isId(holder))) return err('A derivation names a handle.')
  const to = holder === undefined ? process : id<ProcessId>(holder)
  const from = { process, handle: id<Handle>(handle), holder: to }
  return ok({ kind: 'capability.derive', ...from, caveats: caveats.value })
}

/** The command of `{op: "move", handle, holder}`, or null when it is malformed. */
export function moveCommand(
  process: ProcessId,
  header: JsonObject,
  undispatched: Undispatched,
): Untimed | null {
  const { handle, holder } = header as { readonly [name: string]: Json | undefined }
  if (!isId(handle) || !isId(holder)) return null
  const to = { handle: id<Handle>(handle), holder: id<ProcessId>(holder) }
  return { kind: 'capability.move', process, ...to, undispatched }
}

function isId(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}
