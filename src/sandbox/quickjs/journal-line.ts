/**
 * The lines of a run's journal: canonical JSON, one text per line. A line of an answer stands before the script
 * got the answer, so the journal is never behind the script; it may be ahead by one.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'

/** One line of a journal. */
export type JournalLine =
  | { readonly line: 'head'; readonly process: number; readonly text: string }
  | {
      readonly line: 'call'
      readonly n: number
      readonly driver: string
      readonly selector: string
      /** SHA-256 of the argument bytes. */
      readonly args: string
    }
  | { readonly line: 'capabilities'; readonly n: number }
  | {
      readonly line: 'answer'
      readonly n: number
      /** The script's time from then on. */
      readonly now: number
      /** Position in the ledger of what was answered; 0 when it is not there. */
      readonly seq: number
      readonly refusal?: { readonly code: string; readonly message: string; readonly needed: string }
      readonly capabilities?: readonly Json[]
    }
  | {
      readonly line: 'end'
      readonly how: string
      readonly fuel: number
      readonly issued: number
      /** How many of the answers reached the script; those after them were under way when it ended. */
      readonly answered: number
      /** SHA-256 of the result or the error, and of all log lines. */
      readonly text: string
      readonly logs: string
    }

/** Reads a journal; null at the first line that is none, `lines` is then what came before it. */
export function readJournal(text: string): {
  readonly lines: readonly JournalLine[]
  readonly isWhole: boolean
} {
  const lines: JournalLine[] = []
  const texts = text.split('\n')
  const rest = texts.pop()
  for (const one of texts) {
    const parsed = parseStrictJson(new TextEncoder().encode(one))
    const line = parsed.ok && isJsonObject(parsed.value) ? readLine(parsed.value) : null
    if (line === null) return { lines, isWhole: false }
    lines.push(line)
  }
  return { lines, isWhole: rest === '' }
}

/** A line as it is written, with its end. */
export function writeLine(line: JournalLine): string {
  return canonicalJson(line) + '\n'
}

const counts = ['n', 'now', 'seq', 'process', 'fuel', 'issued', 'answered'] as const
const words = ['text', 'driver', 'selector', 'args', 'how', 'logs'] as const
const membersOf: { readonly [K in JournalLine['line']]: readonly string[] } = {
  head: ['process', 'text'],
  call: ['n', 'driver', 'selector', 'args'],
  capabilities: ['n'],
  answer: ['n', 'now', 'seq'],
  end: ['how', 'fuel', 'issued', 'answered', 'text', 'logs'],
}

function readLine(value: JsonObject): JournalLine | null {
  const kind = (['head', 'call', 'capabilities', 'answer', 'end'] as const).find((k) => k === value['line'])
  if (kind === undefined || !membersOf[kind].every((name) => name in value)) return null
  const isCounted = counts.every((name) => !(name in value) || Number.isSafeInteger(value[name]))
  const isWorded = words.every((name) => !(name in value) || typeof value[name] === 'string')
  const { refusal, capabilities } = value as { readonly [name: string]: Json | undefined }
  const isRefused = refusal === undefined || (isJsonObject(refusal) && refusalFits(refusal))
  if (!isCounted || !isWorded || !isRefused) return null
  return capabilities === undefined || Array.isArray(capabilities) ? (value as unknown as JournalLine) : null
}

function refusalFits({ code, message, needed }: JsonObject): boolean {
  return typeof code === 'string' && typeof message === 'string' && typeof needed === 'string'
}
