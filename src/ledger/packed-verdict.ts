/**
 * A verdict inside a packed body. The same few recur in every event, so one that was read is recognised by its
 * bytes and shared.
 */
import type { Verdict } from '../kernel/event.ts'
import type { TextSource } from './packed-text.ts'
import { SeenRanges, readText, unitsOf, writeText } from './packed-text.ts'
import type { WriteBuffer } from './write-buffer.ts'

const effects: readonly Verdict['effect'][] = ['allow', 'deny', 'ask']
const fixedBytes = 4
const mostReasons = 255
const mostBytes = 0xffff

/** A third of the bytes that it can take at most. Total: what is read from a file may be anything. */
export function unitsOfVerdict(verdict: Verdict): number {
  if (!isWhole(verdict)) return 0
  let units = fixedBytes + unitsOf(verdict.version)
  for (const reason of verdict.reasons) units += 1 + unitsOf(reason)
  return units
}

function isWhole(verdict: Verdict): boolean {
  return typeof verdict === 'object' && verdict !== null && Array.isArray(verdict.reasons)
}

/** Writes `verdict` at `at` and returns the offset after it, or -1 when it is not packed. Room must be there. */
export function writeVerdict(out: WriteBuffer, verdict: Verdict, at: number): number {
  if (!isWhole(verdict)) return -1
  const { effect, version, reasons } = verdict
  const code = effects.indexOf(effect)
  if (code < 0 || reasons.length > mostReasons || memberCount(verdict) !== 3) return -1
  const versionEnd = writeText(out, version, at + fixedBytes)
  if (versionEnd < 0) return -1
  out.view.setUint8(at, code + 1)
  out.view.setUint8(at + 1, reasons.length)
  out.view.setUint16(at + 2, versionEnd - at - fixedBytes, true)
  let end = versionEnd
  for (const reason of reasons) {
    const reasonEnd = writeText(out, reason, end + 2)
    if (reasonEnd <= end + 2) return -1
    out.view.setUint16(end, reasonEnd - end - 2, true)
    end = reasonEnd
  }
  return end - at > mostBytes ? -1 : end
}

/** How many members an object has. */
export function memberCount(value: object): number {
  let count = 0
  for (const _ in value) count++
  return count
}

const verdicts = new SeenRanges<Verdict>()

/** The verdict that fills that range, or null when none does. It is shared: nobody may write to it. */
export function readVerdict(source: TextSource, from: number, to: number): Verdict | null {
  const known = verdicts.find(source, from, to)
  if (known !== undefined) return known
  const verdict = decode(source, from, to)
  if (verdict !== null) verdicts.keep(source, from, to, verdict)
  return verdict
}

function decode(source: TextSource, from: number, to: number): Verdict | null {
  const { bytes } = source
  if (to - from < fixedBytes) return null
  const effect = effects[bytes.readUInt8(from) - 1]
  let end = from + fixedBytes + bytes.readUInt16LE(from + 2)
  const version = end > to ? null : readText(source, from + fixedBytes, end)
  const reasons: string[] = []
  for (let left = bytes.readUInt8(from + 1); left > 0; left--) {
    if (to - end < 2) return null
    const start = end + 2
    end = start + bytes.readUInt16LE(end)
    const reason = end > to ? null : readText(source, start, end)
    if (reason === null || reason === '') return null
    reasons.push(reason)
  }
  if (effect === undefined || version === null || end !== to) return null
  return Object.freeze({ effect, version, reasons: Object.freeze(reasons) })
}
