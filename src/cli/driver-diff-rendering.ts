/**
 * Differences between what was accepted and what a driver is and offers now, as lines for a person: `-` was
 * accepted, `+` is there now. Everything from the driver is spelt out; colour is added last.
 */
import type { Json } from '../base/json.ts'
import type { CodeDifference } from './driver-code.ts'
import type { MemberDifference, SelectorDifference } from './driver-comparison.ts'
import { visible, visibleJson } from './escape.ts'

const longestText = 4000
const mostFiles = 20

/** How a line is coloured on a terminal, by its first character. */
const colours: { readonly [first: string]: string } = { '-': '31', '+': '32' }

/** Colours a line by its first character that is not a space; other lines stay as they are. */
export function coloured(line: string): string {
  const colour = colours[line.trimStart()[0] ?? '']
  return colour === undefined ? line : `\u001b[${colour}m${line}\u001b[0m`
}

/** Pinned code that differs. */
export function showCodeDifferences(differences: readonly CodeDifference[]): readonly string[] {
  return differences.flatMap(({ accepted, now, problem, files }) => [
    `code ${visible(accepted.path)}`,
    `  - sha256 ${accepted.digest}`,
    ...(accepted.origin === '' ? [] : [`  - ${visible(accepted.origin)}`]),
    ...(now === null ? [`  + ${visible(problem)}`] : [`  + sha256 ${now.digest}`]),
    ...(now === null || now.origin === '' || now.origin === accepted.origin
      ? []
      : [`  + ${visible(now.origin)}`]),
    ...files.slice(0, mostFiles).map((file) => `    ${visible(file)}`),
    ...(files.length > mostFiles ? [`    and ${files.length - mostFiles} more`] : []),
  ])
}

/** Selectors that differ. */
export function showSelectorDifferences(differences: readonly SelectorDifference[]): readonly string[] {
  return differences.flatMap((difference) => [
    `${difference.change.padEnd(7)} ${visible(difference.selector)}${effectOf(difference)}`,
    ...(difference.change === 'missing' ? [] : showMembers(difference.members)),
  ])
}

function effectOf({ effect: { accepted, claimed } }: SelectorDifference): string {
  if (accepted === null) return `  (${claimed})`
  return claimed === null || claimed === accepted ? '' : `  (accepted as ${accepted}, now claims ${claimed})`
}

function showMembers(members: readonly MemberDifference[] | null): readonly string[] {
  if (members === null)
    return ['  what was accepted is not kept here, so it cannot be compared; read it as new']
  return members.flatMap(({ at, accepted, offered }) => [
    `  ${visible(at)}`,
    ...showValues(accepted, offered),
  ])
}

function showValues(accepted: Json, offered: Json): readonly string[] {
  const [old, present] = [linesOf(accepted), linesOf(offered)]
  let [start, end] = [0, 0]
  const least = Math.min(old.length, present.length)
  while (start < least && old[start] === present[start]) start++
  while (end < least - start && old.at(-1 - end) === present.at(-1 - end)) end++
  const skipped = start > 0 ? ['    …'] : []
  return [
    ...skipped,
    ...old.slice(start, old.length - end).map((line) => `    - ${line}`),
    ...present.slice(start, present.length - end).map((line) => `    + ${line}`),
    ...(end > 0 ? ['    …'] : []),
  ]
}

/** A value as lines: text by its own line breaks, anything else as JSON on one line. */
function linesOf(value: Json): readonly string[] {
  if (value === null) return []
  if (typeof value !== 'string') return [shortened(visibleJson(value))]
  return shortened(value).split(/\r?\n/u).map(visible)
}

function shortened(text: string): string {
  return text.length <= longestText
    ? text
    : `${text.slice(0, longestText)}… (${text.length - longestText} more characters; --json shows all)`
}
