/**
 * How the canon of a state came about: each event that put one in force, with what it was judged by. A snapshot
 * carries this along, so that a start from it judges every amendment again, as a start from the first event does:
 * the ledger's key alone puts no canon in force.
 */
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { CanonSignature } from '../kernel/canon/document.ts'
import { digestOf } from '../kernel/canon/document.ts'
import { canonDigest, foundingDigests } from '../kernel/canon/first-edition.ts'
import type { Event, EventOf } from '../kernel/event.ts'
import { fromPlain, toPlain } from '../kernel/snapshot/plain-value.ts'
import type { State } from '../kernel/state.ts'
import { whyNoCanon } from '../seal/canon-history.ts'

type Judged = Pick<State, 'domain' | 'operators' | 'retiredKeys' | 'standing'>

/** One event that put a canon in force, and what of the state before it that is judged by. */
export interface CanonStep {
  readonly before: Judged
  readonly event: EventOf<'canon.amended' | 'canon.acknowledged'>
}

/** The step that `event` is, or null. `state` is the one before it. */
export function canonStep(
  { domain, operators, retiredKeys, standing }: State,
  event: Event,
): CanonStep | null {
  if (event.kind !== 'canon.amended' && event.kind !== 'canon.acknowledged') return null
  const before: Judged = {
    domain,
    operators: new Map(operators),
    ...(retiredKeys === undefined ? {} : { retiredKeys: new Set(retiredKeys) }),
    ...(standing === undefined ? {} : { standing }),
  }
  return { before, event: { ...event, payload: null } }
}

/** Steps as text, for a snapshot. */
export function stepsText(steps: readonly CanonStep[]): string {
  return JSON.stringify(toPlain(steps))
}

/** The steps of a text, if they lead from a founding canon to that of `state`, each rightly; or why not. */
export function readSteps(text: string, state: State): Result<readonly CanonStep[], string> {
  try {
    const steps = fromPlain(JSON.parse(text)) as readonly CanonStep[]
    const why = whyWrong(steps, state)
    return why === null ? ok(steps) : err(why)
  } catch {
    // It is a cache: whatever is in it that nothing writes, the fold of the ledger takes its place.
    return err('how its canon came about cannot be read')
  }
}

function whyWrong(steps: readonly CanonStep[], state: State): string | null {
  let last: string | null = null
  for (const { before, event } of steps) {
    const why = whyUnfounded(before.domain, last) ?? whyNoCanon(before as State, event)
    if (why !== null) return why
    last = event.body.digest
  }
  return whyUnfounded(state.domain, last)
}

/** Who signed the canon in force; nobody signs a founding one. */
export function signaturesOf(steps: readonly CanonStep[]): readonly CanonSignature[] {
  const event = steps.at(-1)?.event
  return event?.kind === 'canon.amended' ? event.body.signatures : []
}

/** Why the canon of `domain` is not the one with the digest `last`, or, without that, none to begin with. */
function whyUnfounded(domain: State['domain'], last: string | null): string | null {
  if (domain === null) return 'it is of no domain'
  const { canon, canonDigest: digest } = domain
  const isText = canon === undefined ? digest === canonDigest : digestOf(canon) === digest
  const isRight = last === null ? digest === canonDigest || foundingDigests.includes(digest) : digest === last
  return isText && isRight ? null : 'its canon is not one that came about as a canon may'
}
