/**
 * What the guardian is told, as it reads it: eight hexadecimal digits of length, then records of name and value,
 * each ended by a zero byte. A value that holds a zero byte cannot be said, and nothing that could be run has one.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'

/** One record; the same name may come many times. */
export type Instruction = readonly [
  name:
    | 'rule'
    | 'readable'
    | 'writable'
    | 'socket'
    | 'environment'
    | 'argument'
    | 'cwd'
    | 'terminal'
    | 'uid'
    | 'gid'
    | 'processes'
    | 'filter',
  value: string,
]

/** The bytes of `instructions`. */
export function encodeInstructions(instructions: readonly Instruction[]): Result<Buffer, string> {
  const bad = instructions.find(([, value]) => value.includes('\0'))
  if (bad !== undefined) return err(`a zero byte in ${bad[0]}`)
  const body = Buffer.from(instructions.map(([name, value]) => `${name}\0${value}\0`).join(''))
  return ok(Buffer.concat([Buffer.from(body.length.toString(16).padStart(8, '0')), body]))
}
