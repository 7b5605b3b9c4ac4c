/**
 * What a process asks about children of its own, read strictly: making one, and saying that one has ended.
 */
import type { ProcessId } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { Undispatched } from '../kernel/command.ts'
import { limits } from '../kernel/limits.ts'
import { isName } from '../kernel/sovereign/parse-order.ts'
import type { Untimed } from './core.ts'

const hex64 = /^[0-9a-f]{64}$/u

/** The command of `{op: "spawn", name, tokenDigest, boundary}`, or null when it is malformed. */
export function spawnCommand(process: ProcessId, header: JsonObject): Untimed | null {
  const { name, tokenDigest, boundary } = header as { readonly [name: string]: Json | undefined }
  if (!isName(name) || typeof tokenDigest !== 'string' || !hex64.test(tokenDigest)) return null
  if (typeof boundary !== 'string' || boundary.length > limits.textLength) return null
  return { kind: 'process.spawn', process, name, tokenDigest, boundary }
}

/** The command of `{op: "end", process, reason}`, or null when it is malformed. */
export function endCommand(
  process: ProcessId,
  header: JsonObject,
  undispatched: Undispatched,
): Untimed | null {
  const { process: child, reason } = header as { readonly [name: string]: Json | undefined }
  if (typeof child !== 'number' || !Number.isSafeInteger(child) || child < 1) return null
  if (typeof reason !== 'string' || reason.length > limits.textLength) return null
  return { kind: 'process.end', process, child: id<ProcessId>(child), reason, undispatched }
}
