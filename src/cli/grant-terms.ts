/**
 * From the flags of `custos grant` to the caveats that are signed. Pure, so that every way of writing a
 * grant is tested without a kernel. What the flags do not say is not allowed.
 */
import { pathToFileURL } from 'node:url'
import { parseForeignJson } from '../base/foreign-json.ts'
import { id } from '../base/ids.ts'
import type { Instant } from '../base/ids.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { parseCaveats } from '../kernel/capability/parse-caveats.ts'
import type { ArgumentTerm, ArgumentTerms, Caveats, Where } from '../kernel/capability/terms.ts'
import type { ParsedArguments } from './arguments.ts'
import { valueOf, valuesOf } from './arguments.ts'
import type { WhereLine } from './constraint-syntax.ts'
import { parseWhere, selectorName } from './constraint-syntax.ts'
import { parseDuration, parseRate } from './duration.ts'
import { nearest } from './suggest.ts'

/** Selectors as typed, resolved against what the driver has pinned; `*` means all that are pinned now. */
export function resolveSelectors(
  words: readonly string[],
  pinned: readonly string[],
): Result<readonly string[], string> {
  if (words.includes('*')) {
    if (words.length > 1) return err("'*' already means every selector; name it alone")
    return pinned.length === 0 ? err('the driver has no pinned selectors') : ok(pinned)
  }
  const names = words.map(selectorName)
  const unknown = names.find((name) => !pinned.includes(name))
  if (unknown !== undefined) {
    const guess = nearest(unknown, pinned)
    return err(`the driver has no selector "${unknown}"${guess === null ? '' : `; did you mean ${guess}?`}`)
  }
  return ok([...new Set(names)])
}

/** What `client/roots` is answered with: exactly these folders, as addresses. Asking carries no arguments. */
export function rootsTerms(folders: readonly string[]): Where {
  const addresses = folders.map((folder) => pathToFileURL(folder).href)
  return { 'client/roots': { arguments: { uri: { constraint: { in: addresses }, optional: true } } } }
}

/** The caveats that the flags of a grant describe. `now` is in milliseconds since the epoch. */
export function grantTerms(
  args: ParsedArguments,
  selectors: readonly string[],
  now: number,
): Result<Caveats, string> {
  const where = whereTerms(valuesOf(args, 'where'), selectors, args.switches.has('open'))
  return where.ok ? termsWith(where.value, args, selectors, now) : where
}

/** The same with argument terms that are known already; of the flags only those beside them count. */
export function termsWith(
  where: Where,
  args: ParsedArguments,
  selectors: readonly string[],
  now: number,
): Result<Caveats, string> {
  const limits = limitTerms(args, now)
  return limits.ok ? checked({ selectors, where, ...limits.value }) : limits
}

/**
 * What the flags add to a capability in place: selectors only when some are named, terms of arguments only with
 * `--where`. `offered` is what it allows now.
 */
export function narrowingTerms(
  args: ParsedArguments,
  selectors: readonly string[],
  offered: readonly string[],
  now: number,
): Result<Caveats, string> {
  const lines = valuesOf(args, 'where')
  const kept = selectors.length === 0 ? offered : selectors
  const where = lines.length === 0 ? ok(null) : whereTerms(lines, kept, args.switches.has('open'))
  if (!where.ok) return where
  const limits = limitTerms(args, now)
  if (!limits.ok) return limits
  return checked({
    ...(selectors.length === 0 ? {} : { selectors }),
    ...(where.value === null ? {} : { where: where.value }),
    ...limits.value,
  })
}

/** The terms that are not about selectors and arguments. */
function limitTerms(args: ParsedArguments, now: number): Result<Caveats, string> {
  const expires = optional(valueOf(args, 'expires'), parseDuration)
  if (!expires.ok) return expires
  const rate = optional(valueOf(args, 'rate'), parseRate)
  if (!rate.ok) return rate
  const counts: { [name: string]: number } = {}
  for (const name of ['uses', 'budget', 'quorum', 'approvals']) {
    const count = optional(valueOf(args, name), (text) => parseCount(name, text))
    if (!count.ok) return count
    if (count.value !== null) counts[name] = count.value
  }
  const { budget, ...others } = counts
  const badge = valueOf(args, 'badge')
  return ok({
    ...others,
    ...(budget === undefined ? {} : { budget: { amount: budget } }),
    ...(expires.value === null ? {} : { expiresAt: id<Instant>(now + expires.value) }),
    ...(rate.value === null ? {} : { rate: rate.value }),
    ...(args.switches.has('ask') ? { ask: true } : {}),
    ...(args.switches.has('four-eyes') ? { fourEyes: true } : {}),
    ...(args.switches.has('no-derive') ? { derivable: false } : {}),
    ...(badge === null ? {} : { badge }),
  })
}

function checked(caveats: Caveats): Result<Caveats, string> {
  return parseCaveats(parseForeignJson(JSON.stringify(caveats)))
}

function optional<T>(
  text: string | null,
  parse: (text: string) => Result<T, string>,
): Result<T | null, string> {
  return text === null ? ok(null) : parse(text)
}

function parseCount(name: string, text: string): Result<number, string> {
  return /^[1-9]\d{0,14}$/.test(text)
    ? ok(Number(text))
    : err(`--${name} needs a whole number above 0, not "${text}"`)
}

/** Lines without a selector apply to all; a selector with lines of its own gets both. */
function whereTerms(
  lines: readonly string[],
  selectors: readonly string[],
  open: boolean,
): Result<Where, string> {
  const parsed: WhereLine[] = []
  for (const text of lines) {
    const line = parseWhere(text)
    if (!line.ok) return line
    const { selector } = line.value
    if (selector !== null && !selectors.includes(selector)) {
      return err(`--where '${text}' speaks of ${selector}, which is not granted here`)
    }
    parsed.push(line.value)
  }
  const general = parsed.filter((line) => line.selector === null)
  const where: { [selector: string]: ArgumentTerms } = {}
  for (const selector of ['*', ...new Set(parsed.flatMap((line) => line.selector ?? []))]) {
    const terms = termsOf([...general, ...parsed.filter((line) => line.selector === selector)], open)
    if (!terms.ok) return terms
    where[selector] = terms.value
  }
  return ok(where)
}

function termsOf(lines: readonly WhereLine[], open: boolean): Result<ArgumentTerms, string> {
  const named = new Map<string, ArgumentTerm>()
  for (const { argument, term } of lines) {
    if (named.has(argument)) return err(`the argument "${argument}" is constrained twice`)
    named.set(argument, term)
  }
  return ok({ arguments: Object.fromEntries(named), ...(open ? { open: true } : {}) })
}
