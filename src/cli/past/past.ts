/**
 * A domain as it was: the position that a word names, and the state after it, folded from the ledger alone, from the
 * nearest snapshot before it where there is one. Nothing needs to run.
 */
import type { State } from '../../kernel/state.ts'
import { showInstant } from '../duration.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import type { HomePaths } from '../home.ts'
import { parseInstant } from '../instant.ts'
import type { LedgerFolder } from '../ledger-folder.ts'
import { openLedgerFolder, orDamaged } from '../ledger-folder.ts'
import { stateAfter } from './state-then.ts'

/** A moment of a domain. */
export interface Past {
  /** The last event that had happened. */
  readonly seq: number
  /** What the clock is taken to say: the instant that was named, or that of the event. */
  readonly atMs: number
  /** What the person asked for, in words, safe to print. */
  readonly words: string
}

/** The moment that `word` names in the ledger of a domain: `#123`, `123`, or an instant. */
export function momentNamed(paths: HomePaths, word: string, nowMs: number): Past {
  const folder = openLedgerFolder(paths)
  const named = /^#?([1-9]\d{0,14})$/u.exec(word)?.[1]
  if (named !== undefined) return momentAt(folder, Number(named))
  if (/^#?0+$/u.test(word)) throw usageFailure('events are counted from 1', 'see: custos at 1 status')
  const at = parseInstant(word, nowMs)
  if (!at.ok) throw usageFailure(visible(at.error), 'or a position in the ledger, for example #12')
  if (at.value > nowMs) throw usageFailure(`${showInstant(at.value)} is not over yet`)
  const seq = orDamaged(folder.index.firstNotBefore(at.value + 1)) - 1
  if (seq < 1)
    throw usageFailure(`this domain began after ${showInstant(at.value)}`, 'see: custos at 1 status')
  return { seq, atMs: at.value, words: `${showInstant(at.value)}, after event ${seq}` }
}

function momentAt(folder: LedgerFolder, seq: number): Past {
  const event = folder.event(seq)
  if (event === null) throw usageFailure(`the ledger has no event ${seq}`, 'see: custos ledger tail')
  return { seq, atMs: event.at, words: `after event ${seq}, ${showInstant(event.at)}` }
}

/** The state then. */
export function stateThen(paths: HomePaths, { seq }: Past): State {
  return orDamaged(stateAfter(paths.domain, openLedgerFolder(paths).disk, seq))
}
