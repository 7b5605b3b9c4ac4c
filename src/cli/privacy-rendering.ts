/** Subjects, erasures, legal holds and readings of payloads in words: as events, and as orders before they are signed. */
import type { EventOf } from '../kernel/event.ts'
import type { Escrow, HoldScope, PrivacyAction } from '../kernel/privacy/action.ts'
import type { PrivacyBodies } from '../kernel/privacy/event-bodies.ts'
import { showInstant } from './duration.ts'
import { visible, visibleShort } from './escape.ts'

/** What happened, in one sentence, safe to print. */
export function showPrivacyEvent(event: EventOf<keyof PrivacyBodies>): string {
  switch (event.kind) {
    case 'subject.added':
      return `${visible(event.body.name)} is subject ${event.body.subject}`
    case 'subject.erased': {
      const { subject, next, reason } = event.body
      const after = next === undefined ? '' : `; its agents go on as subject ${next}`
      return `subject ${subject} was erased${because(reason)}${after}`
    }
    case 'erasure.completed':
      return `the keys of subject ${event.body.subject} were destroyed`
    case 'hold.placed':
      return `a legal hold on ${showScope(event.body)} was placed${because(event.body.reason)}`
    case 'hold.released':
      return `legal hold ${event.body.hold} was released${because(event.body.reason)}`
    case 'payload.read': {
      const { reader, purpose, from, to, calls, offlineAt } = event.body
      const what = calls === undefined ? `#${from} to #${to}` : `calls ${calls.join(', ')}`
      const when = offlineAt === undefined ? '' : ` while nothing ran, at ${showInstant(offlineAt)}`
      return `${visible(reader)} read payloads of ${what}${when} for ${visibleShort(purpose, 300)}`
    }
    case 'escrow.created':
      return `an escrow of ${showKeys(event.body)} was made, sha256 ${visible(event.body.digest)}`
  }
}

/** An order in words, one fact a line, safe to print. */
export function showPrivacyAction(action: PrivacyAction): readonly string[] {
  switch (action.do) {
    case 'subject.add':
      return [`name subject ${visible(action.name)}`]
    case 'subject.erase':
      return [
        `erase subject ${action.subject}: destroy the keys that open its payloads, for ever`,
        ...reasonLine(action.reason),
      ]
    case 'hold.place':
      return [`place a legal hold on ${showScope(action)}`, ...reasonLine(action.reason)]
    case 'hold.release':
      return [`release legal hold ${action.hold}`, ...reasonLine(action.reason)]
    case 'escrow.create':
      return [
        `copy ${showKeys(action)} into an escrow file`,
        `  sha256 of the file ${visible(action.digest)}`,
      ]
  }
}

/** Which keys are in an escrow, in words. */
export function showKeys({ subjects }: Pick<Escrow, 'subjects'>): string {
  if (subjects.length === 0) return 'the domain’s key'
  const few = subjects.slice(0, 20).join(', ')
  const rest = subjects.length > 20 ? ` and ${subjects.length - 20} more` : ''
  return `the domain’s key and the keys of subjects ${few}${rest}`
}

/** What a hold keeps, in words. */
export function showScope({ subject, process, since, until }: HoldScope): string {
  const who =
    process === undefined
      ? subject === undefined
        ? 'everything'
        : `subject ${subject}`
      : `process ${process}${subject === undefined ? '' : ` (subject ${subject})`}`
  const from = since === undefined ? '' : ` from ${showInstant(since)}`
  return `${who}${from}${until === undefined ? '' : ` until ${showInstant(until)}`}`
}

function reasonLine(reason: string): readonly string[] {
  return reason === '' ? [] : [`  reason: ${visible(reason)}`]
}

function because(reason: string): string {
  return reason === '' ? '' : `: ${visibleShort(reason, 300)}`
}
