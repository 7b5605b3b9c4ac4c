/**
 * What is wrong with a configuration file and where, so that a person can go there. The text itself is not
 * quoted: it may hold secrets.
 */

/** A problem at a place; lines and columns start at 1. */
export interface TextProblem {
  readonly line: number
  readonly column: number
  readonly message: string
}

/** The problem at `offset` of `text`. */
export function problemAt(text: string, offset: number, message: string): TextProblem {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: offset - lineStart + 1, message }
}
