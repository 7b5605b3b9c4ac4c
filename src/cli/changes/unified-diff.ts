/**
 * Two texts as a unified diff, the form that people and their tools read. Lines are as they are in the files;
 * whoever prints them makes them safe first.
 */
import type { Edit } from './line-edits.ts'
import { lineEdits } from './line-edits.ts'

const contextLines = 3
const noNewline = '\\ No newline at end of file'

/** The hunks of a unified diff, without the lines that name the files; empty when the texts are the same. */
export function unifiedDiff(before: string, after: string): readonly string[] {
  const old = linesOf(before)
  const fresh = linesOf(after)
  const hunks: Edit[][] = []
  for (const edit of lineEdits(old, fresh)) {
    const previous = hunks.at(-1)?.at(-1)
    if (previous !== undefined && edit.oldFrom - previous.oldTo <= 2 * contextLines) hunks.at(-1)?.push(edit)
    else hunks.push([edit])
  }
  return hunks.flatMap((edits) => hunkLines(edits, old, fresh))
}

/** The lines of a text with their ends, so that a missing last newline is a difference. */
function linesOf(text: string): readonly string[] {
  const lines = text.split('\n')
  const last = lines.pop() ?? ''
  const ended = lines.map((line) => `${line}\n`)
  return last === '' ? ended : [...ended, last]
}

function hunkLines(
  edits: readonly Edit[],
  old: readonly string[],
  fresh: readonly string[],
): readonly string[] {
  const [first] = edits
  const last = edits.at(-1)
  if (first === undefined || last === undefined) return []
  const oldFrom = Math.max(0, first.oldFrom - contextLines)
  const newFrom = first.newFrom - (first.oldFrom - oldFrom)
  const oldTo = Math.min(old.length, last.oldTo + contextLines)
  const newTo = last.newTo + (oldTo - last.oldTo)
  const lines = [`@@ -${rangeOf(oldFrom, oldTo)} +${rangeOf(newFrom, newTo)} @@`]
  let at = oldFrom
  for (const edit of edits) {
    put(lines, ' ', old, at, edit.oldFrom)
    put(lines, '-', old, edit.oldFrom, edit.oldTo)
    put(lines, '+', fresh, edit.newFrom, edit.newTo)
    at = edit.oldTo
  }
  put(lines, ' ', old, at, oldTo)
  return lines
}

function rangeOf(from: number, to: number): string {
  const count = to - from
  if (count === 1) return String(from + 1)
  return `${count === 0 ? from : from + 1},${count}`
}

function put(lines: string[], mark: string, source: readonly string[], from: number, to: number): void {
  for (let index = from; index < to; index++) {
    const line = source[index] ?? ''
    if (line.endsWith('\n')) lines.push(mark + line.slice(0, -1))
    else lines.push(mark + line, noNewline)
  }
}
