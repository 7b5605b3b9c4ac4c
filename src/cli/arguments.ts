/**
 * Reads a command line against a list of flags. Strict on purpose: an unknown or repeated flag is an error
 * with a suggestion, because a mistyped `--expires` that is silently ignored would be a wider grant.
 */
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { nearest } from './suggest.ts'

/** One flag of a command. Without `value` it is a switch. */
export interface FlagSpec {
  /** Long name without dashes. */
  readonly name: string
  /** One-letter form without the dash. */
  readonly short?: string
  /** Placeholder of its value, for example `DIR`. */
  readonly value?: string
  readonly repeat?: true
  /** The flag may stand alone; its value is then empty. */
  readonly bare?: true
  readonly about: string
}

/** A command line, taken apart. */
export interface ParsedArguments {
  readonly positionals: readonly string[]
  /** What followed `--`, or null when there was none. */
  readonly trailing: readonly string[] | null
  readonly switches: ReadonlySet<string>
  readonly values: ReadonlyMap<string, readonly string[]>
}

/** Takes `argv` apart. The error is one sentence for the person who typed it. */
export function parseArguments(
  argv: readonly string[],
  flags: readonly FlagSpec[],
): Result<ParsedArguments, string> {
  const positionals: string[] = []
  const switches = new Set<string>()
  const values = new Map<string, string[]>()
  let trailing: readonly string[] | null = null
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? ''
    if (word === '--') {
      trailing = argv.slice(index + 1)
      break
    }
    if (!word.startsWith('-') || word === '-') {
      positionals.push(word)
      continue
    }
    const [shown, inline] = splitInline(word)
    const flag = flags.find((spec) => shown === `--${spec.name}` || shown === `-${spec.short ?? '-'}`)
    if (flag === undefined) return err(unknownFlag(shown, flags))
    if (flag.value === undefined) {
      if (inline !== null) return err(`${shown} takes no value`)
      switches.add(flag.name)
      continue
    }
    const value = inline ?? valueAfter(argv, index, flag)
    if (value === null) return err(`${shown} needs a value: ${shown} ${flag.value}`)
    if (inline === null && argv[index + 1] === value) index += 1
    const earlier = values.get(flag.name)
    if (earlier !== undefined && flag.repeat !== true) return err(`${shown} is given twice`)
    values.set(flag.name, [...(earlier ?? []), value])
  }
  return ok({ positionals, trailing, switches, values })
}

/** The word that is the flag's value, empty for a flag that stands alone and may, or null. */
function valueAfter(argv: readonly string[], index: number, { bare }: FlagSpec): string | null {
  const word = argv[index + 1]
  if (word !== undefined && !word.startsWith('--')) return word
  return bare === true ? '' : null
}

function splitInline(word: string): readonly [string, string | null] {
  const equals = word.indexOf('=')
  return word.startsWith('--') && equals > 0 ? [word.slice(0, equals), word.slice(equals + 1)] : [word, null]
}

function unknownFlag(shown: string, flags: readonly FlagSpec[]): string {
  const guess = nearest(
    shown.replace(/^-+/, ''),
    flags.map((flag) => flag.name),
  )
  return `there is no flag ${shown}${guess === null ? '' : `; did you mean --${guess}?`}`
}

/** The single value of a flag, or null. */
export function valueOf(parsed: ParsedArguments, name: string): string | null {
  return parsed.values.get(name)?.[0] ?? null
}

/** All values of a repeatable flag. */
export function valuesOf(parsed: ParsedArguments, name: string): readonly string[] {
  return parsed.values.get(name) ?? []
}
