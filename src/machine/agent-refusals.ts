/** What an attachment is told when a request of its own, beside calls, cannot be served. */
import type { Refusal } from '../kernel/refusal.ts'
import { refusal } from '../kernel/refusal.ts'

/** Resources of an object are listed for those who may read some of them. */
export const notHeld: Refusal = refusal(
  'not-held',
  'This process holds no capability for that.',
  'A grant by an operator.',
)

/** The driver did not answer, or answered what is no list. */
export const unlisted: Refusal = refusal(
  'driver-unavailable',
  'The driver does not list its resources.',
  'Try again later.',
)

/** Nothing of the request was looked at. */
export const unlooked: Refusal = refusal('not-found', 'It was withdrawn before it was looked at.', 'Nothing.')

/** Nothing of the request was looked at, because so many wait. */
export const tooManyWaiting: Refusal = refusal(
  'limit',
  'Too many requests of this process wait.',
  'Wait for some of them.',
)

/** A list that fits in no frame. */
export const tooLarge: Refusal = refusal('limit', 'The answer is too large.', 'Fewer capabilities.')

/** Answers that the attachment has not taken yet are too long together. */
export const tooMuchAtOnce: Refusal = refusal(
  'limit',
  'Too much was asked for at once.',
  'An answer before the next question.',
)

/** The request is not one. */
export function badRequest(message: string): Refusal {
  return refusal('bad-request', message, 'A request as docs/wire.md describes it.')
}
