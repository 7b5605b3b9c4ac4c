/**
 * Whether the canon in a ledger came about as a canon may: founded as this code was built to found it or under
 * the first edition, and amended each time by enough keyholders. Every start asks this of every such event again,
 * signature by signature, instead of believing that whoever wrote the ledger did.
 */
import { verify } from '../base/signature.ts'
import { parseSignatures } from '../kernel/canon/action.ts'
import { whyNoAmendment } from '../kernel/canon/amend.ts'
import { digestOf, signedBytes } from '../kernel/canon/document.ts'
import type { CanonDocument, CanonSignature } from '../kernel/canon/document.ts'
import { canonDigest, canonVersion, foundingDigests } from '../kernel/canon/first-edition.ts'
import { parseCanon } from '../kernel/canon/parse-canon.ts'
import type { Json } from '../base/json.ts'
import type { Event, EventOf } from '../kernel/event.ts'
import type { State } from '../kernel/state.ts'

/** Of each signature under `canon`, whether it verifies. */
export function endorsementsOf(
  canon: CanonDocument,
  signatures: readonly CanonSignature[],
): readonly boolean[] {
  const bytes = signedBytes(canon)
  return signatures.map(({ publicKey, signature }) => verify(publicKey, bytes, signature))
}

/** Why `event` puts no canon in force that could be, or null. `state` is the one before the event. */
export function whyNoCanon(state: State, event: Event): string | null {
  switch (event.kind) {
    case 'domain.created':
      return whyNotFounded(event)
    case 'canon.amended': {
      const why = whyUnlike(event) ?? whyNotSigned(state, event)
      return why === undefined ? null : `the canon of event ${event.seq} cannot be in force: ${why}`
    }
    case 'canon.acknowledged': {
      const named = state.standing?.canon
      const isNamed = named?.version === event.body.version && named.digest === event.body.digest
      const why = whyUnlike(event) ?? (isNamed ? undefined : 'No statement names it.')
      return why === undefined ? null : `the canon of event ${event.seq} cannot be in force: ${why}`
    }
    default:
      return null
  }
}

function whyNotFounded({ body }: EventOf<'domain.created'>): string | null {
  const { canon, canonDigest: digest, canonVersion: version } = body
  const isFirst = canon === undefined && digest === canonDigest
  const isFounding =
    canon !== undefined &&
    foundingDigests.includes(digest) &&
    digestOf(canon) === digest &&
    canon.version === version
  if (version === canonVersion && (isFirst || isFounding)) return null
  return 'the canon of this kernel is not the canon that this ledger was begun under'
}

function whyNotSigned(state: State, { at, body }: EventOf<'canon.amended'>): string | undefined {
  const { canon } = body
  const signatures = parseSignatures(body.signatures as unknown as Json)
  if (!signatures.ok) return signatures.error
  const endorsed = endorsementsOf(canon, signatures.value)
  return whyNoAmendment(state, { do: 'canon.amend', canon, signatures: signatures.value }, endorsed, at)
    ?.message
}

/** Why the text is not what the event says that it is, or has rules that this code does not know. */
function whyUnlike({ body }: EventOf<'canon.amended' | 'canon.acknowledged'>): string | undefined {
  const { canon, digest, version } = body
  const parsed = parseCanon((canon as unknown as Json | undefined) ?? null)
  if (!parsed.ok) return parsed.error
  return digestOf(canon) === digest && canon.version === version
    ? undefined
    : 'It is not the text of its digest.'
}
