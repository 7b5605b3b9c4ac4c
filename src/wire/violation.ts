/**
 * What a peer did that docs/wire.md forbids. A violation ends that one connection, with a goodbye that names
 * the reason; it is never an exception and never touches another connection.
 */

/** Why a connection is being ended. Closed: it travels in `goodbye`. */
export type WireViolationReason =
  | 'length' // the announced length is too small or too large
  | 'version' // a protocol version that is not spoken here
  | 'kind' // an unknown kind of frame
  | 'header' // the header is too long, or not one strict I-JSON object, or lacks what it must say
  | 'correlation' // zero or in use where it must not be
  | 'handshake' // a frame out of turn: before the greeting is complete, or a second greeting
  | 'credit' // more unanswered requests than were granted
  | 'unasked' // an answer to, or a notice about, something that was not asked
  | 'backlog' // more bytes are waiting for this peer than it may leave unread

/** A broken rule of the wire protocol. The message is ours, never the peer's bytes. */
export interface WireViolation {
  readonly reason: WireViolationReason
  readonly message: string
}
