/**
 * What everybody has: the engine's own JSON. Reading a log of JSON lines with it checks nothing but syntax, and
 * writing a message as a JSON line is what most protocols between local processes do.
 */
import { readFileSync } from 'node:fs'

/** Name of the reference for reading. */
export const jsonParseName = 'JSON.parse of the NDJSON export'

/** Reads the file and parses each of its lines. Returns how many there were. */
export function parseLines(path: string): number {
  const text = readFileSync(path, 'latin1')
  let count = 0
  for (
    let start = 0, end = text.indexOf('\n');
    end !== -1;
    start = end + 1, end = text.indexOf('\n', start)
  ) {
    JSON.parse(text.slice(start, end))
    count += 1
  }
  return count
}

/** Name of the reference for one message. */
export const jsonLineName = 'JSON line'

/** A message as a line of JSON, in bytes. */
export function encodeLine(message: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(message)}\n`)
}

/** The message of a line. */
export function decodeLine(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString())
}
