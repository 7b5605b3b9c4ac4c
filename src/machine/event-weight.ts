/**
 * How many bytes an event takes in a batch, at most, known without encoding it. Batches are bounded by it: an
 * estimate that some event exceeds would let whoever causes such events stop the kernel.
 */
import type { Event } from '../kernel/event.ts'

/** A record's header and padding, and what sealing adds to a payload. */
const fixedBytes = 512
/** What a UTF-16 unit can become: a control character, escaped. */
const bytesPerUnit = 6
/** A number, a literal, or the brackets and separators of a list or an object. */
const valueBytes = 26

/** All names and numbers in the body of one of the two events of a call, and the commas between them. */
const callBytes = 1024

/** An upper bound of the encoded length of `event`, its payload included wherever that is kept. */
export function weightOf(event: Event): number {
  return fixedBytes + (event.payload === null ? 0 : event.payload.length) + weightOfBody(event)
}

/** Of what comes with every call, nothing is walked through but what can have any length. */
function weightOfBody({ kind, body }: Event): number {
  if (kind === 'call.settled') return callBytes + body.reason.length * bytesPerUnit
  if (kind !== 'call.admitted') return weightOfValue(body)
  const { selector, trace, verdict, with: joined } = body
  const { version, reasons } = verdict
  const text = selector.length + version.length + (trace === undefined ? 0 : trace.length)
  const lists = (reasons.length === 0 ? 0 : weightOfValue(reasons)) + (joined?.length ?? 0) * valueBytes
  return callBytes + text * bytesPerUnit + lists
}

function weightOfValue(value: unknown): number {
  if (typeof value === 'string') return value.length * bytesPerUnit + 3
  if (typeof value !== 'object' || value === null) return valueBytes
  let weight = valueBytes
  if (Array.isArray(value)) {
    for (const item of value) weight += weightOfValue(item)
    return weight
  }
  for (const [name, item] of Object.entries(value)) {
    weight += name.length * bytesPerUnit + 4 + weightOfValue(item)
  }
  return weight
}
