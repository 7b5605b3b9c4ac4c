/**
 * Amending the canon, and accepting other code. An amendment is the next version, names the one before it by
 * digest, and carries the signatures of enough keyholders of the set in force and of the set it brings; the
 * operator whose order carries it adds nothing to that. What was held under the old canon waits no longer.
 */
import type { Command } from '../command.ts'
import type { Decision, Recorder } from '../decision.ts'
import { accepted, recorder, recording, unrecorded } from '../decision.ts'
import { cut } from '../gate/settle.ts'
import type { Refusal, RefusalCode } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { OrderedBy } from '../sovereign/ordered.ts'
import { actorOf } from '../sovereign/ordered.ts'
import type { State } from '../state.ts'
import type { CanonAction } from './action.ts'
import type { CanonDocument } from './document.ts'
import { digestOf } from './document.ts'
import { countSigners, keyholdersInForce } from './quorum.ts'

type Amend = Extract<CanonAction, { do: 'canon.amend' }>
/** The verdict on each of an amendment's signatures, in their order. */
type Endorsements = Pick<Extract<Command, { kind: 'order' }>, 'endorsed'>

/** Puts the next version of the canon in force. */
export function amendCanon(state: State, by: OrderedBy, action: Amend, { endorsed }: Endorsements): Decision {
  const { canon, signatures } = action
  const why = whyNoAmendment(state, action, endorsed ?? [], by.at)
  if (why !== null) return unrecorded(why)
  const recorded = recorder(state, by.at)
  const cause = recorded.record(
    'canon.amended',
    { version: canon.version, digest: digestOf(canon), canon, signatures, signed: by.signed },
    actorOf(by),
  )
  withdrawWaiting(state, recorded, cause)
  return accepted(recorded)
}

/** Why this does not become the canon, or null. `endorsed` says of each signature whether it verifies. */
export function whyNoAmendment(
  state: State,
  { canon, signatures }: Amend,
  endorsed: readonly boolean[],
  at: number,
): Refusal | null {
  const { domain } = state
  if (domain === null || canon.version !== domain.canonVersion + 1)
    return no('version-mismatch', 'This is not the version after the one in force.')
  if (canon.previous !== domain.canonDigest)
    return no('version-mismatch', 'This amends another canon than the one in force.')
  if (endorsed.length !== signatures.length || endorsed.includes(false))
    return no('signature-invalid', 'A keyholder’s signature does not verify.')
  const signers = new Set(signatures.map(({ publicKey }) => publicKey))
  for (const [set, name] of [
    [keyholdersInForce(state), 'in force'],
    [canon, 'to come'],
  ] as const) {
    const count = countSigners(state, set, signers, at)
    if (count < set.threshold)
      return no(
        'not-entitled',
        `${count} of the keyholders ${name} signed, and ${set.threshold} are needed.`,
        'Signatures of more keyholders.',
      )
  }
  return null
}

/** Everything that waits for a person was shown under the canon before: it has to be asked for anew. */
export function withdrawWaiting(state: State, recorded: Recorder, cause: number): void {
  const waiting = [...state.calls.values()].filter((call) => call.stage !== 'admitted')
  cut(state, recorded, waiting, { reason: 'withdrawn', cause, undispatched: new Set() })
}

/** Accepts other code for this home. */
export function acceptCode(
  state: State,
  by: OrderedBy,
  { digest }: Extract<CanonAction, { do: 'code.accept' }>,
): Decision {
  if (state.domain?.codeDigest === digest)
    return unrecorded(no('bad-request', 'That code is accepted already.'))
  return recording(state, by.at, 'code.accepted', { digest, signed: by.signed }, actorOf(by))
}

/** Records that a member's canon is now the one that its sovereign named, or says why it cannot be. */
export function acknowledgeCanon(
  state: State,
  recorded: Recorder,
  named: { readonly version: number; readonly digest: string },
  canon: CanonDocument | undefined,
): Refusal | null {
  const { domain } = state
  if (domain?.canonVersion === named.version && domain.canonDigest === named.digest) return null
  if (canon === undefined || canon.version !== named.version || digestOf(canon) !== named.digest)
    return no('version-mismatch', 'The text of the canon that the statement names is not here.')
  const cause = recorded.record('canon.acknowledged', { ...named, canon })
  withdrawWaiting(state, recorded, cause)
  return null
}

function no(code: RefusalCode, message: string, needed = 'An amendment of the canon in force.'): Refusal {
  return refusal(code, message, needed)
}
