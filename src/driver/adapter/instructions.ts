/**
 * What the supervisor writes to an adapter's standard input: one line of JSON. It goes through a pipe and
 * not through arguments or environment because it carries the secret by which the kernel knows the adapter.
 */
import type { Json } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import { mainDomain } from '../../wire/socket-folder.ts'
import type { DriverProgram, StdioProgram } from '../../kernel/manifest.ts'
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

/** Which drivers are likely to be the next one's task, told to an adapter that has none yet. */
export interface Expectation {
  readonly home: string
  readonly rung: string
  readonly drivers: readonly ExpectedDriver[]
}

/** A driver as it may have to be served; its secret comes with the task. */
export interface ExpectedDriver {
  readonly domain: string
  readonly program: StdioProgram
}

/** Longest line of instructions in bytes. */
export const maxInstructionBytes = 262_144

interface Members {
  readonly [name: string]: Json | undefined
}

/** Reads the line, or null when it is not one. */
export function readInstructions(line: Uint8Array): AdapterInstructions | null {
  const read = members(line)
  if (read === null) return null
  const { driverSocket, secret, home, domain, rung } = read
  const program = parseProgram(read['program'] ?? null)
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

/** Reads a line of expectations, or null when it is none. What of it is not understood is left out. */
export function readExpectation(line: Uint8Array): Expectation | null {
  const { expected, home, rung } = members(line) ?? {}
  if (!Array.isArray(expected) || typeof home !== 'string' || typeof rung !== 'string') return null
  const drivers = (expected as readonly Json[]).flatMap((one): readonly ExpectedDriver[] => {
    if (!isJsonObject(one) || typeof one['domain'] !== 'string') return []
    const program = parseProgram(one['program'] ?? null)
    if (!program.ok || program.value.protocol !== 'mcp-stdio') return []
    return [{ domain: one['domain'], program: program.value }]
  })
  return { home, rung, drivers }
}

function members(line: Uint8Array): Members | null {
  const parsed = parseStrictJson(line, { maxBytes: maxInstructionBytes, maxDepth: 8, maxValues: 16_384 })
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : null
}
