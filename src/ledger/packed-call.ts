/** The bodies of `call.admitted` and `call.settled` as bytes: nearly every event of a ledger is one of the two. */
import { id } from '../base/ids.ts'
import type { EffectClass } from '../kernel/effect.ts'
import { effectClasses } from '../kernel/effect.ts'
import type { EventBodies, Outcome } from '../kernel/event.ts'
import { readOnce, readText, unitsOf, writeText } from './packed-text.ts'
import { memberCount, readVerdict, unitsOfVerdict, writeVerdict } from './packed-verdict.ts'
import type { PackedSource } from './packed-source.ts'
import { allStorable, readNumbers } from './packed-source.ts'
import { getU64, setU64 } from './u64.ts'
import type { WriteBuffer } from './write-buffer.ts'

type Admitted = EventBodies['call.admitted']
type Settled = EventBodies['call.settled']

const admittedFixed = 56
const settledFixed = 16
const outcomes: readonly Outcome[] = ['done', 'failed', 'timed-out', 'cancelled', 'in-doubt']

/** Writes the body at `at` and returns the offset after it, or -1 when it has no packed form. */
export function packAdmitted(out: WriteBuffer, body: Admitted, at: number): number {
  const { process, object, selector, effect, call, capability, deadline, verdict, cost, trace } = body
  const members = 8 + (cost === undefined ? 0 : 1) + (trace === undefined ? 0 : 1)
  if (memberCount(body) !== members || cost === 0 || trace === '') return -1
  const class_ = effectClasses.indexOf(effect)
  if (class_ < 0 || !allStorable(process, object, call, capability, deadline, cost ?? 0)) return -1
  const units = unitsOf(selector) + unitsOfVerdict(verdict) + unitsOf(trace)
  out.reserve(at + admittedFixed + units * 3)
  const selectorEnd = writeText(out, selector, at + admittedFixed)
  const verdictEnd = selectorEnd < 0 ? -1 : writeVerdict(out, verdict, selectorEnd)
  const end = verdictEnd < 0 || trace === undefined ? verdictEnd : writeText(out, trace, verdictEnd)
  if (end < 0) return -1
  const { view } = out
  view.setUint8(at, class_ + 1)
  view.setUint8(at + 1, 0)
  view.setUint16(at + 2, selectorEnd - at - admittedFixed, true)
  view.setUint16(at + 4, verdictEnd - selectorEnd, true)
  view.setUint16(at + 6, end - verdictEnd, true)
  setU64(view, process, at + 8)
  setU64(view, object, at + 16)
  setU64(view, call, at + 24)
  setU64(view, capability, at + 32)
  setU64(view, deadline, at + 40)
  setU64(view, cost ?? 0, at + 48)
  return end
}

/** The body that fills the range, or null when none does. */
export function unpackAdmitted(source: PackedSource): Admitted | null {
  const { view, from, to } = source
  if (to - from < admittedFixed || view.getUint8(from + 1) !== 0) return null
  const selectorEnd = from + admittedFixed + view.getUint16(from + 2, true)
  const verdictEnd = selectorEnd + view.getUint16(from + 4, true)
  const traceEnd = verdictEnd + view.getUint16(from + 6, true)
  const effect: EffectClass | undefined = effectClasses[view.getUint8(from) - 1]
  if (traceEnd !== to || effect === undefined || !readNumbers(view, from + 8, 6)) return null
  const selector = readText(source, from + admittedFixed, selectorEnd)
  const verdict = readVerdict(source, selectorEnd, verdictEnd)
  const trace = verdictEnd === to ? undefined : readOnce(source, verdictEnd, to)
  if (selector === null || verdict === null || trace === null) return null
  const cost = getU64(view, from + 48)
  const body: Admitted = {
    process: id(getU64(view, from + 8)),
    object: id(getU64(view, from + 16)),
    selector,
    effect,
    call: id(getU64(view, from + 24)),
    capability: id(getU64(view, from + 32)),
    deadline: id(getU64(view, from + 40)),
    verdict,
  }
  if (cost === 0 && trace === undefined) return body
  return { ...body, ...(cost === 0 ? {} : { cost }), ...(trace === undefined ? {} : { trace }) }
}

/** Writes the body at `at` and returns the offset after it, or -1 when it has no packed form. */
export function packSettled(out: WriteBuffer, body: Settled, at: number): number {
  const { call, outcome, reason, released } = body
  const code = outcomes.indexOf(outcome)
  if (memberCount(body) !== 4 || code < 0 || !allStorable(call) || typeof released !== 'boolean') return -1
  out.reserve(at + settledFixed + unitsOf(reason) * 3)
  const end = writeText(out, reason, at + settledFixed)
  if (end < 0) return -1
  const { view } = out
  view.setUint8(at, code + 1)
  view.setUint8(at + 1, released ? 1 : 0)
  view.setUint16(at + 2, end - at - settledFixed, true)
  view.setUint32(at + 4, 0, true)
  setU64(view, call, at + 8)
  return end
}

/** The body that fills the range, or null when none does. */
export function unpackSettled(source: PackedSource): Settled | null {
  const { view, from, to } = source
  if (to - from < settledFixed || view.getUint32(from + 4, true) !== 0) return null
  const outcome = outcomes[view.getUint8(from) - 1]
  const released = view.getUint8(from + 1)
  const call = getU64(view, from + 8)
  const isWhole = from + settledFixed + view.getUint16(from + 2, true) === to && released <= 1
  const reason = isWhole ? readText(source, from + settledFixed, to) : null
  if (reason === null || outcome === undefined || Number.isNaN(call)) return null
  return { call: id(call), outcome, reason, released: released === 1 }
}
