/**
 * What the ledger holds of one deterministic run: the text that its process was made with, and every request of
 * that process with its answer, by their positions. The ledger is believed; it was judged by its own chain.
 */
import { sha256Hex } from '../../base/hash.ts'
import type { Event, EventOf } from '../../kernel/event.ts'
import type { Recording } from '../../sandbox/quickjs/recording.ts'
import { parseRecordingText, syscallOf } from '../../sandbox/quickjs/recording.ts'
import type { LedgerView } from '../ledger-view.ts'

/** One request of the process, as it was let through or held first. */
export interface CallEvidence {
  readonly seq: number
  /** The syscall's number, or null when this run did not make it. */
  readonly n: number | null
  readonly driver: string
  readonly selector: string
  /** SHA-256 of the argument bytes, or null when they cannot be opened. */
  readonly arguments: string | null
  /** What the operator who approved it had to say. */
  comment: string
}

/** How one call was answered. */
export type AnswerEvidence =
  | {
      readonly kind: 'settled'
      readonly call: CallEvidence
      readonly outcome: string
      readonly reason: string
      /** Null when it cannot be opened here. */
      readonly result: Uint8Array | null
    }
  | { readonly kind: 'declined'; readonly call: CallEvidence; readonly codes: readonly string[] }
  | {
      readonly kind: 'refused'
      readonly n: number | null
      readonly code: string
      readonly message: string
      readonly selector: string
      /** Null when the ledger does not name it. */
      readonly driver: string | null
      readonly arguments: string | null
    }

/** Everything of one run. */
export interface RunEvidence {
  readonly process: number
  readonly recording: Recording
  readonly text: string
  /** What the process was ended with, or null. */
  readonly endReason: string | null
  readonly calls: readonly CallEvidence[]
  /** By position in the ledger. */
  readonly answers: ReadonlyMap<number, AnswerEvidence>
}

/** The processes that ran a script, by how a person may name them: id, `pID`, the run's id, or the name. */
export function findRun(view: LedgerView, word: string): EventOf<'process.spawned'> | null {
  let found: EventOf<'process.spawned'> | null = null
  for (const event of view.events()) {
    if (event.kind !== 'process.spawned') continue
    const recording = parseRecordingText(event.body.boundary)
    if (recording === null) continue
    const { process, name } = event.body
    if ([String(process), `p${process}`, name, recording.run].includes(word)) found = event
  }
  return found
}

/** Reads the evidence of the run that `spawned` began, or null when it ran no script. */
export function readEvidence(view: LedgerView, spawned: EventOf<'process.spawned'>): RunEvidence | null {
  for (const evidence of evidenceOfRuns(view)) if (evidence.process === spawned.body.process) return evidence
  return null
}

/** The evidence of every run there is, in one pass over the ledger. */
export function evidenceOfRuns(view: LedgerView): readonly RunEvidence[] {
  const drivers = new Map<number, string>()
  const readers: EvidenceReader[] = []
  const byProcess = new Map<number, EvidenceReader>()
  const byCall = new Map<number, EvidenceReader>()
  for (const event of view.events()) {
    if (event.kind === 'driver.added') drivers.set(event.body.driver, event.body.name)
    const recording = event.kind === 'process.spawned' ? parseRecordingText(event.body.boundary) : null
    if (event.kind === 'process.spawned' && recording !== null) {
      const reader = new EvidenceReader(view, event, recording, drivers)
      readers.push(reader)
      byProcess.set(event.body.process, reader)
    } else if ('process' in event.body && event.body.process !== undefined) {
      const reader = byProcess.get(event.body.process)
      if (reader !== undefined && 'call' in event.body) byCall.set(event.body.call, reader)
      reader?.take(event)
    } else if ('call' in event.body) byCall.get(event.body.call)?.take(event)
  }
  return readers.map((reader) => reader.evidence())
}

class EvidenceReader {
  readonly #view: LedgerView
  readonly #spawned: EventOf<'process.spawned'>
  readonly #recording: Recording
  readonly #drivers: ReadonlyMap<number, string>
  readonly #calls = new Map<number, CallEvidence>()
  readonly #answers = new Map<number, AnswerEvidence>()
  #endReason: string | null = null

  constructor(
    view: LedgerView,
    spawned: EventOf<'process.spawned'>,
    recording: Recording,
    drivers: ReadonlyMap<number, string>,
  ) {
    this.#drivers = drivers
    this.#view = view
    this.#spawned = spawned
    this.#recording = recording
  }

  evidence(): RunEvidence {
    const { process, boundary } = this.#spawned.body
    return {
      process,
      recording: this.#recording,
      text: boundary,
      endReason: this.#endReason,
      calls: [...this.#calls.values()],
      answers: this.#answers,
    }
  }

  /** An event of this process, or of one of its calls. */
  take(event: Event): void {
    switch (event.kind) {
      case 'call.held':
      case 'call.admitted':
        return this.#request(event)
      case 'syscall.refused':
        return this.#refused(event)
      case 'process.ended':
        this.#endReason = event.body.reason
        return
      default:
        return this.#answer(event)
    }
  }

  #request(event: EventOf<'call.held'> | EventOf<'call.admitted'>): void {
    const { call, object, selector, trace } = event.body
    if (this.#calls.has(call)) return
    this.#calls.set(call, {
      seq: event.seq,
      n: syscallOf(this.#recording, trace),
      driver: this.#drivers.get(object) ?? '',
      selector,
      arguments: this.#digest(event),
      comment: '',
    })
  }

  #refused(event: EventOf<'syscall.refused'>): void {
    const { object, selector, code, message, trace } = event.body
    this.#answers.set(event.seq, {
      kind: 'refused',
      n: syscallOf(this.#recording, trace),
      code,
      message,
      selector,
      driver: this.#drivers.get(object) ?? null,
      arguments: this.#digest(event),
    })
  }

  #answer(event: Event): void {
    if (event.kind !== 'call.settled' && !isDecline(event)) return
    const call = this.#calls.get(event.body.call)
    if (call === undefined) return
    if (event.kind === 'call.settled') {
      const { outcome, reason } = event.body
      const result = event.payload === null ? new Uint8Array() : this.#view.payload(event)
      this.#answers.set(event.seq, { kind: 'settled', call, outcome, reason, result })
      return
    }
    if (event.kind === 'call.approved') call.comment = event.body.comment
    this.#answers.set(event.seq, { kind: 'declined', call, codes: codesOf[event.kind] })
  }

  #digest(event: Event): string | null {
    const bytes = this.#view.payload(event)
    return bytes === null ? null : sha256Hex(bytes)
  }
}

type Decline = EventOf<'call.denied'> | EventOf<'call.lapsed'> | EventOf<'call.approved'>

/** What a waiting requester is told at these events, beside an approval that goes through. */
const codesOf: { readonly [K in Decline['kind']]: readonly string[] } = {
  'call.denied': ['approval-denied'],
  'call.lapsed': ['approval-expired', 'revoked', 'killed', 'driver-unavailable'],
  'call.approved': ['driver-unavailable'],
}

function isDecline(event: Event): event is Decline {
  return event.kind in codesOf
}
