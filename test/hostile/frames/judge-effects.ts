/**
 * What the ledger and the drivers say after an attack, held against each other by the simulator's oracles,
 * which share no code with the gate: every call that a driver saw was admitted once under a live chain, with
 * the very bytes, and every order in force carries an operator's signature.
 */
import { join } from 'node:path'
import { verify } from '../../../src/base/signature.ts'
import type { Event, EventOf, Payload } from '../../../src/kernel/event.ts'
import { folderBlobs } from '../../../src/ledger/blobs.ts'
import { readMasterKeyFile } from '../../../src/ledger/master-key-file.ts'
import { readableFolder } from '../../../src/ledger/node-disk.ts'
import { openPayload } from '../../../src/ledger/payload.ts'
import type { Vault } from '../../../src/ledger/port.ts'
import { LedgerReader } from '../../../src/ledger/reader.ts'
import type { LedgerRecord } from '../../../src/ledger/record.ts'
import { readSubjectKeys } from '../../../src/ledger/privacy/subject-key-folder.ts'
import { openVault } from '../../../src/ledger/vault.ts'
import { verifyLedger } from '../../../src/ledger/verify.ts'
import { fold } from '../../simulation/oracle/fold.ts'
import type { Model } from '../../simulation/oracle/model.ts'
import { emptyModel } from '../../simulation/oracle/model.ts'
import { isQuestion } from '../../simulation/oracle/question.ts'
import { Witness } from '../../simulation/oracle/witness.ts'

/** A call as a driver saw it; `body` is null when only its arrival was noticed. */
export interface SeenEffect {
  readonly call: number
  readonly driver: number
  readonly selector: string
  readonly body: string | null
}

/** What became of an attacked domain. */
export interface EffectsReport {
  readonly events: readonly Event[]
  readonly admitted: number
  /** Those of them that a driver asked of its clients. */
  readonly questions: number
  /** Effects that had no live chain, or that the ledger does not know. */
  readonly withoutAuthority: readonly string[]
  /** Anything else that must not be. */
  readonly violations: readonly string[]
}

/**
 * Reads the domain `main` under `home`, whose kernel has stopped, and judges what `seen` says. `honest` is a driver
 * that saw everything it was sent.
 */
export function judgeEffects(home: string, seen: readonly SeenEffect[], honest: number): EffectsReport {
  const folder = join(home, 'domains', 'main', 'ledger')
  const blobs = folderBlobs(join(home, 'domains', 'main', 'blobs'))
  const key = readMasterKeyFile(join(home, 'keys', 'main.vault'))
  if (!key.ok)
    return { events: [], admitted: 0, questions: 0, withoutAuthority: [], violations: [key.error.message] }
  const subjects = readSubjectKeys(join(home, 'keys', 'main.subjects'))
  const vault = openVault(key.value, { bytes: (length) => new Uint8Array(length) }, subjects)
  const disk = readableFolder(folder)
  const violations = verifyLedger(disk, { blobs }).problems.map(({ message }) => `the ledger: ${message}`)
  const read = new LedgerReader(disk).range(1, 10_000_000)
  if (!read.ok)
    return {
      events: [],
      admitted: 0,
      questions: 0,
      withoutAuthority: [],
      violations: [...violations, read.error.message],
    }
  const open = (record: LedgerRecord): string | null => {
    const bytes = openPayload(record, vault, blobs)
    return bytes.ok ? Buffer.from(bytes.value).toString() : null
  }
  const events = read.value.map(({ event }) => event)
  const calls = admittedCalls(events)
  const withoutAuthority = [...judgeFold(read.value, seen, open), ...judgeSeen(calls, seen, vault)]
  return {
    events,
    admitted: calls.size,
    questions: [...calls.values()].filter(({ admitted }) => isQuestion(admitted.body.selector)).length,
    withoutAuthority,
    violations: [...violations, ...judgeUnseen(calls, seen, honest)],
  }
}

interface AdmittedCall {
  readonly admitted: EventOf<'call.admitted'>
  /** What was judged, as the event that carries the arguments commits to it. */
  readonly judged: Payload | null
  settled: EventOf<'call.settled'> | null
}

function admittedCalls(events: readonly Event[]): Map<number, AdmittedCall> {
  const held = new Map<number, Payload | null>()
  const calls = new Map<number, AdmittedCall>()
  for (const event of events) {
    if (event.kind === 'call.held') held.set(event.body.call, event.payload)
    if (event.kind === 'call.admitted') {
      const judged = event.payload ?? held.get(event.body.call) ?? null
      calls.set(event.body.call, { admitted: event, judged, settled: null })
    }
    const call = event.kind === 'call.settled' ? calls.get(event.body.call) : undefined
    if (call !== undefined && event.kind === 'call.settled') call.settled = event
  }
  return calls
}

/** Folds every event by the oracles' rules; the first that could not have happened ends it. */
function judgeFold(
  records: readonly LedgerRecord[],
  seen: readonly SeenEffect[],
  open: (record: LedgerRecord) => string | null,
): readonly string[] {
  const model = emptyModel()
  const witness = new Witness()
  witness.sawEveryRequest = false
  for (const { call } of seen) witness.dispatched.add(call)
  try {
    for (const record of records) {
      bearWitness(witness, model, record, open)
      fold(model, witness, record.event)
    }
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
  return []
}

/** Signatures are verified here; argument bytes are what the ledger's payloads open to. */
function bearWitness(
  witness: Witness,
  { operators, events: before }: Model,
  record: LedgerRecord,
  open: (record: LedgerRecord) => string | null,
): void {
  const { event } = record
  if ('signed' in event.body && event.body.signed !== null) {
    const { record: text, signature } = event.body.signed
    const genuine = [...operators.values()].some((key) => verify(key, Buffer.from(text), signature))
    if (genuine) witness.signed.set(text, signature)
  }
  if (event.kind === 'call.settled') {
    const { call, outcome } = event.body
    witness.answered.set(call, new Set([outcome]))
    // What a client said is known from the ledger alone here; whom it was asked of is judged on the wire.
    if (event.payload !== null) {
      witness.clientSaid.set(call, new Set([event.payload.commitment]))
      witness.opened.set(event.payload.commitment, open(record) ?? '{}')
    }
  }
  if (event.kind !== 'call.held' && event.kind !== 'call.admitted') return
  const text = event.payload === null ? null : open(record)
  if (event.payload === null || text === null) return
  const { process, selector, object } = event.body
  const sent = { process, selector, handle: 0, object, within: aroundOf(before, event), text }
  witness.sent.set(event.payload.commitment, [...(witness.sent.get(event.payload.commitment) ?? []), sent])
}

/** The call in whose course a question was asked, or 0. */
function aroundOf(before: readonly Event[], { cause }: Event): number {
  const led = before[cause - 1]
  return led?.kind === 'call.admitted' ? led.body.call : 0
}

function judgeSeen(
  calls: ReadonlyMap<number, AdmittedCall>,
  seen: readonly SeenEffect[],
  vault: Vault,
): readonly string[] {
  const once = new Set<number>()
  return seen.flatMap(({ call, driver, selector, body }) => {
    const known = calls.get(call)
    if (known === undefined) return [`call ${call} reached driver ${driver} and was never admitted`]
    if (once.has(call)) return [`call ${call} reached its driver twice`]
    once.add(call)
    const { object, selector: judged } = known.admitted.body
    if (object !== driver || judged !== selector)
      return [`call ${call} was admitted as ${judged} of ${object} and reached ${driver} as ${selector}`]
    const { commitment = '', subject = 0 } = known.judged ?? {}
    const isSame = body === null || vault.commit(Buffer.from(body), subject) === commitment
    return isSame ? [] : [`call ${call} reached its driver with other bytes than were judged`]
  })
}

/** An admitted call that no driver saw gave its use back. */
function judgeUnseen(
  calls: ReadonlyMap<number, AdmittedCall>,
  seen: readonly SeenEffect[],
  honest: number,
): readonly string[] {
  const arrived = new Set(seen.map(({ call }) => call))
  return [...calls].flatMap(([call, { admitted, settled }]) => {
    if (settled === null) return [`call ${call} was never settled`]
    const mayBeUnseen = settled.body.released || Number(admitted.body.object) !== honest
    return arrived.has(call) || mayBeUnseen ? [] : [`call ${call} was spent and no driver saw it`]
  })
}
