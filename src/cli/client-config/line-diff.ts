/** The lines in which two texts differ, for a person who has to decide which of them is right. */
import { visible } from '../escape.ts'

const maxLines = 200

/** `- ` lines of `before` and `+ ` lines of `after`, without what both begin and end with; safe to print. */
export function lineDiff(before: string, after: string): readonly string[] {
  const [old, now] = [before.split('\n'), after.split('\n')]
  let start = 0
  while (start < Math.min(old.length, now.length) && old[start] === now[start]) start += 1
  let end = 0
  while (end < Math.min(old.length, now.length) - start && old.at(-1 - end) === now.at(-1 - end)) end += 1
  const lines = [
    ...old.slice(start, old.length - end).map((line) => `- ${visible(line)}`),
    ...now.slice(start, now.length - end).map((line) => `+ ${visible(line)}`),
  ]
  return lines.length <= maxLines
    ? lines
    : [...lines.slice(0, maxLines), `… ${lines.length - maxLines} more lines`]
}
