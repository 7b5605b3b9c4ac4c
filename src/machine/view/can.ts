/**
 * What the gate would answer a process that asked now: decided by the same `decide`, on the live state, from
 * the command that the same bytes become, and thrown away. Beside the answer stand all objections, and who
 * would be asked. Operators may look; nothing is recorded, and no process hears of it.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { id } from '../../base/ids.ts'
import type { Decision } from '../../kernel/decision.ts'
import type { Refusal } from '../../kernel/refusal.ts'
import { mayAlone } from '../../kernel/sovereign/entitlement.ts'
import type { State } from '../../kernel/state.ts'
import type { Vault } from '../../ledger/port.ts'
import type { Core } from '../core.ts'
import { ledgerUnavailable } from '../refused-calls.ts'
import type { RequestCommand } from '../request-command.ts'
import { requestCommand } from '../request-command.ts'
import type { Candidate } from './objections.ts'
import { candidatesFor } from './objections.ts'

/** What is asked: the request that a process would make. */
export interface CanQuestion {
  readonly process: number
  readonly object: number
  readonly selector: string
  readonly bytes: Uint8Array
}

/** What the gate would do. */
export type CanAnswer = 'admitted' | 'held' | 'waits' | 'refused'

/** An answer must fit in a frame, with all levels of every capability that it tells of. */
const shownCandidates = 50

/** Nothing is sent, so nothing need be unpredictable. */
const noEntropy = { bytes: (length: number): Uint8Array => new Uint8Array(length) }

/** Reads a question from a query's header and body, or null when it is none. */
export function readCanQuestion(header: JsonObject, bytes: Uint8Array): CanQuestion | null {
  const { process, object, selector } = header as { readonly [name: string]: Json | undefined }
  if (!isId(process) || !isId(object) || typeof selector !== 'string' || selector === '') return null
  return { process, object, selector, bytes }
}

/** The gate's answer, in full. */
export function canView(core: Core, vault: Vault, question: CanQuestion): Json {
  const { state } = core
  const grounds = {
    at: core.now(),
    seq: state.seq,
    canonVersion: state.domain?.canonVersion ?? null,
    policyVersion: state.domain?.policyVersion ?? null,
  }
  const { process, object, selector, bytes } = question
  const designation = { object: id<never>(object) }
  const command = requestCommand(
    { process: id(process), designation, selector, bytes },
    { vault, entropy: noEntropy, core },
  )
  if (core.room !== 'ample') return { ...grounds, ...refused(ledgerUnavailable) }
  if (!command.ok) return { ...grounds, ...refused(command.error) }
  const candidates = candidatesOf(core, command.value, object)
  return {
    ...grounds,
    ...answerOf(state, core.consider(command.value)),
    candidates: candidates.slice(0, shownCandidates) as unknown as Json,
    notShown: Math.max(0, candidates.length - shownCandidates),
  }
}

function candidatesOf(core: Core, command: RequestCommand, object: number): readonly Candidate[] {
  const process = core.state.processes.get(command.process)
  if (process === undefined) return []
  const request = { ...command, at: core.now(), object: id<never>(object) }
  return candidatesFor(core.state, process, request, core.judge)
}

function answerOf(state: State, { events, refusal, joins }: Decision): JsonObject {
  if (refusal !== null) return refused(refusal)
  if (joins !== undefined) return { ...answer('waits'), call: joins, deciders: decidersOf(state) }
  const [event] = events
  if (event?.kind === 'call.held') {
    const { capability, demands, effect, expiresAt, approvals = 1 } = event.body
    const asks = {
      capability,
      effect,
      demands,
      approvals,
      waitsUntil: expiresAt,
      deciders: decidersOf(state),
    }
    return { ...answer('held'), ...asks }
  }
  if (event?.kind !== 'call.admitted') throw new Error('a request is refused, held or admitted')
  const { capability, effect, deadline } = event.body
  return { ...answer('admitted'), capability, effect, deadline }
}

function answer(what: CanAnswer): { readonly answer: CanAnswer } {
  return { answer: what }
}

function refused({ code, message, needed }: Refusal): JsonObject {
  return { ...answer('refused'), code, message, needed }
}

/** Who may decide what is held; where several must, as many different ones of these. */
function decidersOf(state: State): Json {
  const approval = { do: 'call.approve', call: id<never>(0), digest: '', comment: '' } as const
  return [...state.operators.values()]
    .filter((operator) => operator.status === undefined && mayAlone(state, operator, approval))
    .map(({ id: operator, name, level }) => ({ operator, name, level }))
}

function isId(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}
