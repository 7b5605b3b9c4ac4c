/**
 * How a request ends. Beside the two answers a peer can give there are the two ways of getting none, kept
 * apart because the difference decides whether the effect may have happened.
 */
import type { Json, JsonObject } from '../base/json.ts'

/** A no, as it travels: the same shape for every surface. */
export interface WireRefusal {
  readonly code: string
  readonly message: string
  /** What would have been needed. */
  readonly needed: string
  /** Position of the recorded refusal, or null. */
  readonly seq: number | null
}

/** The one end of one request. */
export type Answer =
  | { readonly kind: 'reply'; readonly header: JsonObject; readonly body: Uint8Array }
  | { readonly kind: 'refusal'; readonly refusal: WireRefusal }
  /** The connection ended first; whether the peer acted is unknown. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** The connection ended before any byte of the request was handed to it: nothing can have happened. */
  | { readonly kind: 'unsent'; readonly reason: string }

const maxTextLength = 1_024

/** The header of a refusal frame, its texts cut to 1,024 code units so that it always fits. */
export function refusalHeader(refusal: WireRefusal): JsonObject {
  return {
    code: refusal.code,
    message: cut(refusal.message),
    needed: cut(refusal.needed),
    seq: refusal.seq,
  }
}

function cut(text: string): string {
  return text.slice(0, maxTextLength).toWellFormed()
}

/** Reads the header of a refusal frame, or null when it is not one. */
export function readRefusal(header: JsonObject): WireRefusal | null {
  const { code, message, needed, seq } = header as { readonly [K in keyof WireRefusal]?: Json }
  if (typeof code !== 'string' || typeof message !== 'string' || typeof needed !== 'string') return null
  if (seq !== null && (typeof seq !== 'number' || !Number.isInteger(seq) || seq < 1)) return null
  return { code, message, needed, seq }
}
