/** What a waiter is told when a call ends before it was let through, beside the gate's own refusals. */
import type { ProcessId } from '../base/ids.ts'
import type { EventOf } from '../kernel/event.ts'
import { whyFrozen } from '../kernel/process/freeze.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { refusal } from '../kernel/refusal.ts'
import type { State } from '../kernel/state.ts'

/** Nothing can be recorded now, so nothing may happen. */
export const ledgerUnavailable: Refusal = refusal(
  'ledger-unavailable',
  'Nothing can be recorded now, so nothing may happen.',
  'An operator must make room for the ledger.',
)

/** Its arguments would have to be kept beside too many others of the same process, or of the children beside it. */
export const tooMuchUnderWay: Refusal = refusal(
  'limit',
  'The arguments of calls under way, of this process or of the children beside it, take too much room.',
  'Wait for some of them.',
)

const approvedButDown = refusal(
  'driver-unavailable',
  'Approved, but the driver is not running.',
  'The identical call again, later.',
)

const approvedButFrozen = refusal(
  'halted',
  'Approved, but this process is frozen.',
  'The identical call again, when an operator has thawed it.',
)

/** Why nothing can follow from a decision now: it waits for an identical retry. */
export function approvedButStill(state: State, process: ProcessId): Refusal {
  return whyFrozen(state, state.processes.get(process)) === null ? approvedButDown : approvedButFrozen
}

/** Why a held call lapsed. */
export function lapse(reason: EventOf<'call.lapsed'>['body']['reason']): Refusal {
  switch (reason) {
    case 'expired':
      return refusal('approval-expired', 'Nobody decided in time.', 'The call again, and a decision.')
    case 'revoked':
      return refusal(
        'revoked',
        'The capability was revoked while the call waited.',
        'A new grant by an operator.',
      )
    case 'killed':
      return refusal(
        'killed',
        'The process was killed while the call waited.',
        'An operator must add a new agent.',
      )
    case 'withdrawn':
      return refusal(
        'driver-unavailable',
        'The driver was removed or changed while the call waited.',
        'Another driver.',
      )
  }
}

/** What a request is refused for before the kernel is asked, beside being malformed. */
export const unparsed = ['bad-arguments', 'not-found', 'limit'] as const
