/** The body of `syscall.refused` as bytes. */
import { id } from '../base/ids.ts'
import type { EventBodies } from '../kernel/event.ts'
import type { RefusalCode } from '../kernel/refusal.ts'
import type { PackedSource } from './packed-source.ts'
import { allStorable, readNumbers } from './packed-source.ts'
import { readOnce, readText, unitsOf, writeText } from './packed-text.ts'
import { memberCount, readVerdict, unitsOfVerdict, writeVerdict } from './packed-verdict.ts'
import { getU64, setU64 } from './u64.ts'
import type { WriteBuffer } from './write-buffer.ts'

type Refused = EventBodies['syscall.refused']

const fixedBytes = 40
/** Lengths of selector, code, message, needed, verdict and trace, in this order. */
const lengths = 6

/** Writes the body at `at` and returns the offset after it, or -1 when it has no packed form. */
export function packRefused(out: WriteBuffer, body: Refused, at: number): number {
  const { process, object, selector, code, message, needed, verdict, collects, trace } = body
  const members = trace === undefined ? 8 : 9
  if (memberCount(body) !== members || trace === '' || !allStorable(process, object, collects)) return -1
  const texts = [selector, code, message, needed]
  let units = unitsOf(trace) + (verdict === null ? 0 : unitsOfVerdict(verdict))
  for (const text of texts) units += unitsOf(text)
  out.reserve(at + fixedBytes + units * 3)
  let end = at + fixedBytes
  let field = at
  const part = (to: number): boolean => {
    if (to < 0) return false
    out.view.setUint16(field, to - end, true)
    field += 2
    end = to
    return true
  }
  for (const text of texts) if (!part(writeText(out, text, end))) return -1
  if (!part(verdict === null ? end : writeVerdict(out, verdict, end))) return -1
  if (!part(trace === undefined ? end : writeText(out, trace, end))) return -1
  out.view.setUint32(at + 12, 0, true)
  setU64(out.view, process, at + 16)
  setU64(out.view, object, at + 24)
  setU64(out.view, collects, at + 32)
  return end
}

/** The body that fills the range, or null when none does. */
export function unpackRefused(source: PackedSource): Refused | null {
  const { view, from, to } = source
  if (to - from < fixedBytes || view.getUint32(from + 12, true) !== 0) return null
  const ends: number[] = []
  let end = from + fixedBytes
  for (let part = 0; part < lengths; part++) ends.push((end += view.getUint16(from + part * 2, true)))
  const [selectorEnd = 0, codeEnd = 0, messageEnd = 0, neededEnd = 0, verdictEnd = 0] = ends
  if (end !== to || !readNumbers(view, from + 16, 3)) return null
  const selector = readText(source, from + fixedBytes, selectorEnd)
  const code = readText(source, selectorEnd, codeEnd) as RefusalCode | null
  const message = readText(source, codeEnd, messageEnd)
  const needed = readText(source, messageEnd, neededEnd)
  const verdict = verdictEnd === neededEnd ? null : readVerdict(source, neededEnd, verdictEnd)
  const trace = verdictEnd === to ? undefined : readOnce(source, verdictEnd, to)
  if (selector === null || code === null || message === null || needed === null || trace === null) return null
  if (verdict === null && verdictEnd !== neededEnd) return null
  const process = id<Refused['process']>(getU64(view, from + 16))
  const numbers = { process, object: getU64(view, from + 24), collects: getU64(view, from + 32) }
  const body = { ...numbers, selector, code, message, needed, verdict }
  return trace === undefined ? body : { ...body, trace }
}
