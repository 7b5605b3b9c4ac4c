/**
 * Judges from a trace of system calls whether anything left the kernel's process too early. It believes
 * nothing the process says: a batch is durable when a write to a segment that was opened for synchronous
 * writes has returned, and a frame leaves when the write that carries its first byte begins.
 */
import { readFrame, readRecords, statedLength } from '../../../src/ledger/batch.ts'
import { segmentHeaderBytes } from '../../../src/ledger/format.ts'
import { segmentMagic } from '../../../src/ledger/segment-header.ts'
import type { Frame } from '../../../src/wire/frame.ts'
import { FrameDecoder } from '../../../src/wire/frame-decoder.ts'
import type { SystemCall } from './system-call-trace.ts'

/** What a trace shows. The counts say how much was looked at: a judge that sees nothing finds nothing. */
export interface GateReport {
  readonly breaches: readonly string[]
  /** Events that became durable. */
  readonly events: number
  /** Frames that cite an event. */
  readonly citations: number
  /** Calls that left for a driver. */
  readonly dispatches: number
}

/** Standard output and error may be sockets too, and carry no frames. */
const socketPattern = /^(?:[3-9]|\d\d+)<(?:socket|UNIX)/

interface Sent {
  readonly frame: Frame
  /** When the write that carries its first byte began. */
  readonly leftAt: number
}

/** When events became durable: positions of the trace, by seq and by call. */
interface Durable {
  readonly events: Map<number, number>
  readonly intents: Map<number, number>
  /** Seq of the event that settles a call. */
  readonly settlements: Map<number, number>
}

/** Holds everything that left against what was durable by then. */
export function judgeOutputs(calls: readonly SystemCall[]): GateReport {
  const breaches: string[] = []
  const durable = durableEvents(calls, breaches)
  const sent = sentFrames(calls, breaches)
  const dispatched = sent.filter(({ frame }) => isDispatch(frame))
  const citing = sent.filter(({ frame }) => typeof frame.header['seq'] === 'number')
  for (const each of dispatched) breaches.push(...judgeDispatch(each, durable))
  for (const each of citing) breaches.push(...judgeCitation(each, durable))
  return {
    breaches,
    events: durable.events.size,
    citations: citing.length,
    dispatches: dispatched.length,
  }
}

function isDispatch({ kind, header }: Frame): boolean {
  return kind === 'request' && header['op'] === 'dispatch'
}

function judgeDispatch({ frame, leftAt }: Sent, durable: Durable): readonly string[] {
  const call = frame.header['call'] as number
  if (leftAt > (durable.intents.get(call) ?? Infinity)) return []
  return [`call ${call} was dispatched before its intent was durable`]
}

function judgeCitation({ frame, leftAt }: Sent, durable: Durable): readonly string[] {
  const { call, seq } = frame.header as { readonly call: number; readonly seq: number }
  const breaches: string[] = []
  if (leftAt <= (durable.events.get(seq) ?? Infinity))
    breaches.push(`a ${frame.kind} that cites event ${seq} left before that event was durable`)
  const settled = citesSettlement(frame) ? durable.settlements.get(call) : seq
  if (settled !== seq) breaches.push(`the end of call ${call} cites event ${seq}, not ${settled}`)
  return breaches
}

/** A withdrawn call is answered at once, and its settlement may be recorded later. */
function citesSettlement({ kind, header }: Frame): boolean {
  const isEnd = kind === 'reply' && header['call'] !== undefined && header['outcome'] !== undefined
  return isEnd && header['reason'] !== 'withdrawn'
}

function durableEvents(calls: readonly SystemCall[], breaches: string[]): Durable {
  const durable: Durable = { events: new Map(), intents: new Map(), settlements: new Map() }
  const synchronous = new Map<string, boolean>()
  const runs = new Map<string, Run>()
  for (const call of calls) {
    if (!call.file.endsWith('.seg>')) continue
    if (call.name === 'openat') {
      synchronous.set(call.file, /\bO_D?SYNC\b/.test(call.flags))
      continue
    }
    if (call.cut) breaches.push(`the trace does not hold all of a write to ${call.file}`)
    if (synchronous.get(call.file) !== true) {
      breaches.push(`${call.file} was written to and is not open for synchronous writes`)
      continue
    }
    for (const { event } of recordsIn(call, runs)) {
      durable.events.set(event.seq, call.returnedAt)
      if (event.kind === 'call.admitted') durable.intents.set(event.body.call, call.returnedAt)
      if (event.kind === 'call.settled') durable.settlements.set(event.body.call, event.seq)
    }
  }
  return durable
}

/** A write may be taken in parts: what was taken so far of one, and where it began. */
interface Run {
  readonly offset: number
  readonly bytes: Buffer
}

/** The records that a write to a segment completed. */
function recordsIn(call: SystemCall, runs: Map<string, Run>) {
  const taken = call.bytes.subarray(0, Math.max(0, call.result))
  const before = runs.get(call.file)
  const continues = before !== undefined && before.offset + before.bytes.length === call.offset
  const run = continues
    ? { offset: before.offset, bytes: Buffer.concat([before.bytes, taken]) }
    : { offset: call.offset, bytes: taken }
  let at = run.bytes.indexOf(segmentMagic) === 0 ? segmentHeaderBytes : 0
  const records = []
  for (let frame = readFrame(run.bytes, at); frame !== null; frame = readFrame(run.bytes, at)) {
    const decoded = readRecords(frame)
    if (decoded.ok) records.push(...decoded.value)
    at += frame.length
  }
  const isPart = at < run.bytes.length && (at > 0 || statedLength(run.bytes, at) !== null)
  if (isPart || call.result < call.bytes.length) runs.set(call.file, run)
  else runs.delete(call.file)
  return records
}

/** Every frame that was handed to a socket, with when it began to leave. */
function sentFrames(calls: readonly SystemCall[], breaches: string[]): readonly Sent[] {
  const streams = new Map<string, { bytes: Buffer; leftAt: number }>()
  const sent: Sent[] = []
  for (const call of calls) {
    if (!socketPattern.test(call.file) || call.result <= 0) continue
    if (call.cut) breaches.push(`the trace does not hold all of a write to ${call.file}`)
    const stream = streams.get(call.file)
    const rest = stream ?? { bytes: Buffer.alloc(0), leftAt: call.startedAt }
    let leftAt = rest.bytes.length > 0 ? rest.leftAt : call.startedAt
    let bytes = Buffer.concat([rest.bytes, call.bytes.subarray(0, call.result)])
    while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32LE(0)) {
      const size = 4 + bytes.readUInt32LE(0)
      const { frames, violation } = new FrameDecoder().push(bytes.subarray(0, size))
      for (const frame of frames) sent.push({ frame, leftAt })
      if (violation !== null) breaches.push(`${call.file} carried what is no frame: ${violation.message}`)
      bytes = bytes.subarray(size)
      leftAt = call.startedAt
    }
    streams.set(call.file, { bytes, leftAt })
  }
  return sent
}
