/**
 * The small files of a control group. What cannot be read or written is an answer here and not an error: a
 * group may be read-only, may lack a controller, or may just have been taken away.
 */
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** The text of a group's file, or null. */
export function readControl(group: string, file: string): string | null {
  try {
    return readFileSync(join(group, file), 'latin1')
  } catch {
    return null
  }
}

/** Writes a group's file that exists already. False when that is not to be had. */
export function writeControl(group: string, name: string, text: string): boolean {
  let file: number | null = null
  try {
    // Never created: in a folder that is no control group there is nothing to write. Some may not be read.
    file = openSync(join(group, name), constants.O_WRONLY)
    writeSync(file, text)
    return true
  } catch {
    return false
  } finally {
    if (file !== null) closeSync(file)
  }
}

/** A file that is one number, or null. `max` is null too. */
export function readNumber(group: string, file: string): number | null {
  const text = readControl(group, file)?.trim() ?? ''
  return /^\d+$/.test(text) ? Number(text) : null
}

/** The number beside `key` in a file of `key value` lines, or null. */
export function readField(group: string, file: string, key: string): number | null {
  const line = readControl(group, file)
    ?.split('\n')
    .find((row) => row.startsWith(`${key} `))
  return line === undefined ? null : Number(line.slice(key.length + 1))
}

/** A file of numbers, one a line; empty when it cannot be read. */
export function readNumbers(group: string, file: string): readonly number[] {
  return (readControl(group, file) ?? '')
    .split('\n')
    .map(Number)
    .filter((value) => value > 0)
}
