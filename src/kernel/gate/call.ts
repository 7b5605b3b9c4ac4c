/**
 * A process asks for an effect. The answer is one event: refused, held for a person, or admitted. An
 * identical request finds its own earlier one, so that a client which gave up waiting can come back for the
 * decision without being asked about twice.
 */
import { found, invariant } from '../../base/fault.ts'
import type { CallId, CapabilityId, ObjectId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { approvalDigest } from '../approval/record.ts'
import { collectDecision } from '../approval/collect.ts'
import { approvalsOf } from '../capability/quorum.ts'
import type { Term } from '../capability/record.ts'
import { authorityOf, designatedId, levelsOf, termsOf } from '../capability/tree.ts'
import type { Command } from '../command.ts'
import type { Circumstances, Decision } from '../decision.ts'
import { recording } from '../decision.ts'
import { limits } from '../limits.ts'
import { whyIdle } from '../process/freeze.ts'
import { noProcess, refuseSyscall } from '../process/refuse.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Call, Process, State } from '../state.ts'
import { requestKey } from '../state.ts'
import type { CallDescription, EventBodies, Verdict } from '../event.ts'
import { dueBy } from './due.ts'
import type { Judge } from './judge.ts'
import type { Passage } from './passage.ts'
import { passageOf, whyStopped } from './passage.ts'
import { costOf, effectOf, notAfter, whyNotWithin } from './reverse.ts'

type Admitted = EventBodies['call.admitted']
type Request = Extract<Command, { kind: 'call.request' }>

/** Decides a request: refused, held or admitted. */
export function decideRequest(state: State, request: Request, judge: Judge): Decision {
  const process = state.processes.get(request.process)
  if (process === undefined) return noProcess
  const target = targetOf(state, process, request)
  const unfit = target === process.id ? whyNotWithin(state, target, request) : null
  if (unfit !== null) return refuse(state, request, target, null, unfit)
  const earlier = earlierOf(state, process, target, request)
  if (earlier !== undefined && whyIdle(state, process, request.at) === null)
    return collectDecision(state, request, earlier, judge)
  const { passage, stopped } = attempt(state, process, target, request, judge)
  if (stopped !== null) return refuse(state, request, knownObject(passage), passage.verdict, stopped)
  return passage.demands.length > 0 ? hold(state, request, passage) : admit(state, request, passage)
}

/** The call that is asked for again: held, or decided and not collected. */
function earlierOf(state: State, process: Process, target: ObjectId, request: Request): Call | undefined {
  if (state.pending.size === 0) return undefined
  const key = requestKey(process.id, target, request.selector, request.payload.commitment)
  return state.calls.get(state.pending.get(key) ?? id(0))
}

function targetOf(state: State, process: Process, { designation }: Request): ObjectId {
  if ('object' in designation) return designation.object
  const capability = designatedId(state, process, designation.handle)
  return capability === null ? id<ObjectId>(0) : state.capabilities.objectOf(capability)
}

/** Tries the designated capability, or each held one for the object, preferring one that asks nobody. */
function attempt(
  state: State,
  process: Process,
  object: ObjectId,
  request: Request,
  judge: Judge,
): { readonly passage: Passage; readonly stopped: Refusal | null } {
  const { designation } = request
  const candidates =
    'handle' in designation
      ? [designatedId(state, process, designation.handle)]
      : [...heldFor(state, process, object)]
  let best: { passage: Passage; stopped: Refusal | null } | null = null
  for (const candidate of candidates.length === 0 ? [null] : candidates) {
    const chain = candidate === null ? null : termsOf(state, candidate)
    const passage = passageOf(state, process, object, request, chain, judge)
    const stopped = whyStopped(state, passage)
    if (stopped === null && passage.demands.length === 0) return { passage, stopped }
    if (best === null || rank(stopped) > rank(best.stopped)) best = { passage, stopped }
  }
  invariant(best !== null, 'an attempt was made')
  return best
}

function* heldFor({ capabilities }: State, process: Process, object: ObjectId): Generator<CapabilityId> {
  for (const capability of process.handles.values()) {
    if (capabilities.objectOf(capability) === object) yield capability
  }
}

/** Which of two failed attempts is more useful to hear about: a hold, then the refusal that got furthest. */
function rank(stopped: Refusal | null): number {
  if (stopped === null) return 3
  if (stopped.code === 'argument-refused') return 2
  return stopped.code === 'selector-not-granted' ? 0 : 1
}

function refuse(
  state: State,
  request: Request,
  object: number,
  verdict: Verdict | null,
  stopped: Refusal,
): Decision {
  const { process, selector, payload, trace } = request
  const asked = { process, object, selector, payload, ...(trace === undefined ? {} : { trace }) }
  return refuseSyscall(state, request.at, verdict === null ? asked : { ...asked, verdict }, stopped)
}

/** Without a capability not even the object is named. */
function knownObject({ chain, object }: Passage): number {
  return chain === null ? 0 : object
}

function hold(state: State, request: Request, passage: Passage): Decision {
  const { process, chain, verdict } = passage
  invariant(chain !== null && verdict !== null, 'a passage that passed is complete')
  if (process.held >= limits.heldPerProcess) {
    const full = refusal(
      'limit',
      'Too many calls of this process wait for a decision.',
      'Wait for a decision.',
    )
    return refuse(state, request, passage.object, verdict, full)
  }
  if (request.payload.length > limits.heldArgumentsLength) {
    const most = `At most ${limits.heldArgumentsLength} bytes of arguments.`
    const unseen = refusal('limit', 'The arguments are too large to be shown for a decision.', most)
    return refuse(state, request, passage.object, verdict, unseen)
  }
  const call = id<CallId>(state.nextCall)
  const description = describe(passage, request)
  const joined = joinedIn(passage)
  const approvals = approvalsOf([...chain, ...passage.joined.flat()])
  const expiresAt = notAfter(state, request.within, dueBy(request, limits.holdMs))
  const digest = approvalDigest(state, {
    call,
    ...description,
    ...joined,
    approvals,
    saltedArguments: request.saltedDigest(),
    chain: levelsOf(state, leafOf(chain).id),
    expiresAt,
    nonce: request.nonce,
  })
  const body = {
    call,
    ...description,
    capability: leafOf(chain).id,
    ...joined,
    ...(approvals > 1 ? { approvals } : {}),
    demands: passage.demands,
    approvalDigest: digest,
    nonce: request.nonce,
    expiresAt,
    verdict,
  }
  return recording(state, request.at, 'call.held', body, circumstancesOf(state, request, chain))
}

function admit(state: State, request: Request, passage: Passage): Decision {
  const { chain, verdict } = passage
  invariant(chain !== null && verdict !== null, 'a passage that passed is complete')
  const { process, object, selector, effect, cost, trace } = describe(passage, request)
  const body: { -readonly [K in keyof Admitted]: Admitted[K] } = {
    call: id<CallId>(state.nextCall),
    process,
    object,
    selector,
    effect,
    capability: leafOf(chain).id,
    deadline: notAfter(state, request.within, dueBy(request, limits.callMs)),
    verdict,
  }
  // What few calls have is added to those few: one shape and no copies for all others.
  if (cost !== undefined) body.cost = cost
  if (trace !== undefined) body.trace = trace
  if (passage.joined.length > 0) Object.assign(body, joinedIn(passage))
  return recording(state, request.at, 'call.admitted', body, circumstancesOf(state, request, chain))
}

/** Who asked, under which capability, and with which arguments. A driver asks because of the call it is serving. */
function circumstancesOf(
  state: State,
  { process, within, payload }: Request,
  chain: readonly Term[],
): Circumstances {
  const cause = within === undefined ? 0 : (state.calls.get(within)?.lastSeq ?? 0)
  const actor = { kind: 'process', id: process } as const
  return { actor, cause, authority: authorityOf(leafOf(chain)), payload }
}

function describe({ process, object, selector, driver }: Passage, { trace }: Request): CallDescription {
  const effect = effectOf(driver, selector)
  invariant(effect !== null, 'the canon lets only pinned selectors through')
  const cost = costOf(driver, selector)
  const described = { process: process.id, object, selector, effect }
  if (cost === 0 && trace === undefined) return described
  return { ...described, ...(cost === 0 ? {} : { cost }), ...(trace === undefined ? {} : { trace }) }
}

/** The capabilities that join the designated one, as events name them. */
function joinedIn({ joined }: Passage): { readonly with?: readonly CapabilityId[] } {
  return joined.length === 0 ? {} : { with: joined.map((chain) => leafOf(chain).id) }
}

function leafOf(chain: readonly Term[]): Term {
  return found(chain[0], 'a chain has at least its leaf')
}
