/**
 * What the supervisor writes to an adapter's standard input: one line of JSON. It goes through a pipe and
 * not through arguments or environment because it carries the secret by which the kernel knows the adapter.
 */
import type { Json } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import type { DriverProgram } from '../../kernel/manifest.ts'

/** One adapter's task. */
export interface AdapterInstructions {
  readonly driverSocket: string
  readonly secret: string
  readonly program: DriverProgram
}

/** Longest line of instructions in bytes. */
export const maxInstructionBytes = 262_144

/** Reads the line, or null when it is not one. */
export function readInstructions(line: Uint8Array): AdapterInstructions | null {
  const parsed = parseStrictJson(line, { maxBytes: maxInstructionBytes, maxDepth: 8, maxValues: 16_384 })
  if (!parsed.ok || !isJsonObject(parsed.value)) return null
  const { driverSocket, secret } = parsed.value as { driverSocket?: Json; secret?: Json }
  const program = readProgram(parsed.value['program'])
  if (typeof driverSocket !== 'string' || typeof secret !== 'string' || program === null) return null
  return { driverSocket, secret, program }
}

/** Reads a driver program out of JSON that was parsed strictly, or null when it is not one. */
export function readProgram(value: Json | undefined): DriverProgram | null {
  if (!isJsonObject(value) || value['protocol'] !== 'mcp-stdio') return null
  const { command, args, cwd, env } = value as { command?: Json; args?: Json; cwd?: Json; env?: Json }
  if (typeof command !== 'string' || command === '' || typeof cwd !== 'string') return null
  if (!isTexts(args) || !isJsonObject(env) || !isTexts(Object.values(env))) return null
  // A null prototype is right for parsing and wrong for everything that spreads an environment.
  return { protocol: 'mcp-stdio', command, args, cwd, env: { ...(env as { [name: string]: string }) } }
}

function isTexts(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && !item.includes('\0'))
}
