/**
 * What the supervisor writes to an adapter's standard input: one line of JSON. It goes through a pipe and
 * not through arguments or environment because it carries the secret by which the kernel knows the adapter.
 */
import type { Json } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import { mainDomain } from '../../wire/socket-folder.ts'
import type { DriverProgram } from '../../kernel/manifest.ts'
import { parseProgram } from '../../kernel/sovereign/parse-manifest.ts'

/** One adapter's task. */
export interface AdapterInstructions {
  readonly driverSocket: string
  readonly secret: string
  readonly program: DriverProgram
  /** The folder that holds all state. */
  readonly home: string
  /** The domain whose driver it is. */
  readonly domain: string
  /** The rung that programs are held with, as the supervisor found it at boot; `none` when nothing was found. */
  readonly rung: string
}

/** Longest line of instructions in bytes. */
export const maxInstructionBytes = 262_144

/** Reads the line, or null when it is not one. */
export function readInstructions(line: Uint8Array): AdapterInstructions | null {
  const parsed = parseStrictJson(line, { maxBytes: maxInstructionBytes, maxDepth: 8, maxValues: 16_384 })
  if (!parsed.ok || !isJsonObject(parsed.value)) return null
  const { driverSocket, secret, home, domain, rung } = parsed.value as {
    readonly [name: string]: Json | undefined
  }
  const program = parseProgram(parsed.value['program'] ?? null)
  if (typeof driverSocket !== 'string' || typeof secret !== 'string' || !program.ok) return null
  return {
    driverSocket,
    secret,
    program: program.value,
    home: typeof home === 'string' ? home : '',
    domain: typeof domain === 'string' ? domain : mainDomain,
    rung: typeof rung === 'string' ? rung : 'none',
  }
}
