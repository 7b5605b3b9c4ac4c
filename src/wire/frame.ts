/**
 * One frame of the wire protocol, and how it is written. A frame is a length, a small strict-JSON header that
 * routes it, and a body of raw bytes that the framing never looks into: arguments and results travel as the
 * very bytes that were judged. docs/wire.md is the law; this file only follows it.
 */
import { invariant } from '../base/fault.ts'
import type { JsonObject } from '../base/json.ts'
import type { JsonLimits } from '../base/strict-json.ts'
import { parseStrictJson } from '../base/strict-json.ts'

/** The protocol version, in every frame and in both greetings. */
export const protocolVersion = 1

/**
 * Limits of the framing, in bytes. Inclusive. The longest body fits beside the longest header, so whatever
 * was received in one frame can be passed on in another.
 */
export const wireLimits: {
  readonly maxLength: number
  readonly maxHeaderLength: number
  readonly maxBodyLength: number
} = { maxLength: 1_048_576, maxHeaderLength: 16_384, maxBodyLength: 1_048_576 - 16_384 - 8 }

/** What a header must be beside an object. */
export const headerLimits: JsonLimits = {
  maxBytes: wireLimits.maxHeaderLength,
  maxDepth: 16,
  maxValues: 4_096,
}

/** Bytes before the length is known, and before the header starts. */
export const lengthSize = 4
/** Offset of the header: the fixed part of every frame. */
export const prologueSize = 12

/** What a frame is for. */
export type FrameKind =
  | 'hello'
  | 'welcome'
  | 'goodbye'
  | 'request'
  | 'reply'
  | 'refusal'
  | 'cancel'
  | 'notice'

/** The byte that stands for each kind. Append only. */
export const frameCodes: { readonly [K in FrameKind]: number } = {
  hello: 1,
  welcome: 2,
  goodbye: 3,
  request: 4,
  reply: 5,
  refusal: 6,
  cancel: 7,
  notice: 8,
}

const kindsByCode: readonly (FrameKind | undefined)[] = [
  undefined,
  ...(Object.keys(frameCodes) as FrameKind[]),
]

/** The kind that a code stands for, or undefined. */
export function frameKindOf(code: number): FrameKind | undefined {
  return kindsByCode[code]
}

/** One frame. Whoever receives it from the decoder owns its body. */
export interface Frame {
  readonly kind: FrameKind
  /** An unsigned 32-bit integer; see `correlationFits`. */
  readonly correlation: number
  readonly header: JsonObject
  readonly body: Uint8Array
}

/** The body of a frame that has none. */
export const noBody: Uint8Array = new Uint8Array(0)

/** True when a frame of this kind may carry this correlation: 0 for greetings, something else for exchanges. */
export function correlationFits(kind: FrameKind, correlation: number): boolean {
  if (kind === 'notice') return true
  const greeting = kind === 'hello' || kind === 'welcome' || kind === 'goodbye'
  return greeting === (correlation === 0)
}

/**
 * Bytes of a frame, in one fresh array. Faults when the frame breaks a rule of the framing: whoever makes a
 * header or passes a body on has bounded it before.
 */
export function encodeFrame(frame: Frame): Uint8Array {
  const { kind, correlation, body } = frame
  const header = JSON.stringify(frame.header)
  // JSON.stringify escapes lone surrogates, which the receiver would refuse; only then is \ud followed by hex.
  invariant(
    !header.includes('\\ud') || parseStrictJson(Buffer.from(header), headerLimits).ok,
    'a header that is not strict JSON',
  )
  const headerLength = Buffer.byteLength(header)
  const length = prologueSize - lengthSize + headerLength + body.length
  invariant(headerLength <= wireLimits.maxHeaderLength, 'a header that is too long')
  invariant(body.length <= wireLimits.maxBodyLength, 'a body that is too long')
  invariant(correlationFits(kind, correlation), `a ${kind} with correlation ${correlation}`)
  const bytes = Buffer.allocUnsafe(lengthSize + length)
  bytes.writeUInt32LE(length, 0)
  bytes[4] = protocolVersion
  bytes[5] = frameCodes[kind]
  bytes.writeUInt16LE(headerLength, 6)
  bytes.writeUInt32LE(correlation, 8)
  bytes.write(header, prologueSize)
  bytes.set(body, prologueSize + headerLength)
  return bytes
}

/**
 * Why a header and a body cannot travel in one frame, or null when they can. For edges that pass on what a
 * program of somebody else gave them; what passes here does not fault in `encodeFrame`.
 */
export function unsendable(header: JsonObject, body: Uint8Array): string | null {
  if (body.length > wireLimits.maxBodyLength)
    return `a body is at most ${wireLimits.maxBodyLength} bytes long`
  const parsed = parseStrictJson(Buffer.from(JSON.stringify(header)), edgeLimits)
  return parsed.ok ? null : `header: ${parsed.error.message}`
}

// What a peer adds to the header of a greeting fits in what is kept back here.
const edgeLimits: JsonLimits = { ...headerLimits, maxBytes: wireLimits.maxHeaderLength - 64 }
