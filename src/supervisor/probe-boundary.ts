/**
 * Asks once what programs can be held with on this machine. The probe is another process, because it tries
 * things out that may hang or fail; what it does not say in time is not there.
 */
import { execFile } from 'node:child_process'
import type { JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { Program } from './launch.ts'

/** A fraction of a second, ordinarily; but on a busy machine nothing could be held for as long as the supervisor lives. */
const probeMs = 30_000
const maxBytes = 65_536

/** What the probe said, or null. Never rejects. */
export function probeBoundary(
  [command, ...args]: Program,
  env: NodeJS.ProcessEnv,
): Promise<JsonObject | null> {
  return new Promise((resolve) => {
    const options = { env, timeout: probeMs, killSignal: 'SIGKILL', maxBuffer: maxBytes } as const
    const child = execFile(command, args, options, (problem, stdout) => {
      const parsed = parseStrictJson(Buffer.from(stdout.trim()))
      const isSaid = problem === null && parsed.ok && isJsonObject(parsed.value)
      resolve(isSaid ? parsed.value : null)
    })
    child.stdin?.end()
  })
}
