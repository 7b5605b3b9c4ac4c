/**
 * Readings of payloads while no kernel runs, one line of JSON each in a file of the domain's folder: the next start
 * records them. Whoever holds the keys can read without noting it, and nothing here claims otherwise.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { isJsonObject } from '../../base/json.ts'
import type { JsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'

const mostLines = 1024
const lineLimits = { maxBytes: 4096, maxDepth: 2, maxValues: 16 }

/** Adds a line, durable when this returns. */
export function noteReading(path: string, reading: JsonObject): void {
  const file = openSync(path, 'a', 0o600)
  try {
    appendFileSync(file, `${JSON.stringify(reading)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/**
 * What was noted, at most 1,024 lines at a time, and how to forget it. A line that is not JSON is an empty object:
 * that somebody read something is not lost with it. A file that was taken and not forgotten is taken again.
 */
export function takeNotedReadings(path: string): { readonly lines: readonly JsonObject[]; forget(): void } {
  const taken = `${path}.taken`
  if (!existsSync(taken) && existsSync(path)) renameSync(path, taken)
  const text = existsSync(taken) ? readFileSync(taken, 'utf8') : ''
  const lines = text.split('\n').filter((line) => line !== '')
  const kept = lines.length > mostLines ? [...lines.slice(0, mostLines - 1), ''] : lines
  return { lines: kept.map(parsed), forget: () => rmSync(taken, { force: true }) }
}

function parsed(line: string): JsonObject {
  const value = parseStrictJson(Buffer.from(line), lineLimits)
  return value.ok && isJsonObject(value.value) ? value.value : {}
}
