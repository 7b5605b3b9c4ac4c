/**
 * An identical request comes back for an earlier one's decision. It joins a held call, collects an approval
 * once (passing the gate again, under the approval's own capability), or hears a denial once.
 */
import { found, invariant } from '../../base/fault.ts'
import { chainsOf } from '../capability/quorum.ts'
import { termsOf } from '../capability/tree.ts'
import type { Command } from '../command.ts'
import type { Decision } from '../decision.ts'
import { byProcess, recording } from '../decision.ts'
import { dueBy } from '../gate/due.ts'
import type { Judge } from '../gate/judge.ts'
import { authority } from '../gate/recheck.ts'
import { passageOf, whyStopped } from '../gate/passage.ts'
import { limits } from '../limits.ts'
import { refuseSyscall } from '../process/refuse.ts'
import { refusal } from '../refusal.ts'
import type { Call, State } from '../state.ts'

type Request = Extract<Command, { kind: 'call.request' }>

/** Answers a request that equals `earlier`, which is held, approved or denied. */
export function collectDecision(state: State, request: Request, earlier: Call, judge: Judge): Decision {
  switch (earlier.stage) {
    case 'held':
      return { events: [], refusal: null, joins: earlier.id }
    case 'denied':
      return refuseSyscall(
        state,
        request.at,
        {
          process: request.process,
          object: earlier.object,
          selector: earlier.selector,
          collects: { call: earlier.id, cause: earlier.lastSeq },
        },
        refusal('approval-denied', denialText(earlier.comment), 'Something else: this was declined.'),
      )
    case 'approved':
      return collectApproval(state, request, earlier, judge)
    case 'admitted':
      invariant(false, 'a call in flight is not pending')
  }
}

/** What the requester of a denied call is told. */
export function denialText(comment: string): string {
  return comment === '' ? 'An operator declined this call.' : `An operator declined this call: ${comment}`
}

function collectApproval(state: State, request: Request, earlier: Call, judge: Judge): Decision {
  const process = found(state.processes.get(request.process), 'the requester exists')
  const chain = termsOf(state, earlier.capability)
  const passage = {
    ...passageOf(state, process, earlier.object, request, chain, judge),
    alreadyReserved: true,
    joined: chainsOf(state, earlier).slice(1),
  }
  const stopped = whyStopped(state, passage)
  if (stopped !== null) {
    const asked = { process: process.id, object: earlier.object, selector: earlier.selector }
    return refuseSyscall(state, request.at, asked, stopped)
  }
  invariant(passage.verdict !== null, 'a passage that passed was judged')
  const { id: call, object, selector, effect, capability } = earlier
  const deadline = dueBy(request, limits.callMs)
  const body = { call, process: process.id, object, selector, effect, capability, deadline }
  return recording(
    state,
    request.at,
    'call.admitted',
    { ...body, verdict: passage.verdict },
    { ...byProcess(process.id), cause: earlier.lastSeq, ...authority(state, call) },
  )
}
