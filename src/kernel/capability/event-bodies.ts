/**
 * What happens to capabilities and approvals beside grants, derivations and revocations. Each names the calls
 * that it ended; of those that had left already (`left`) nobody can say that they did nothing.
 */
import type { CallId, CapabilityId, Handle, OperatorId, ProcessId } from '../../base/ids.ts'
import type { SignedOrder } from '../event.ts'
import type { Caveats } from './terms.ts'

/** Calls that a change of authority ended. Each has an event of its own. */
export interface EndedCalls {
  readonly cut: readonly CallId[]
  /** Those of them that had left for their driver: what they did until then cannot be undone. */
  readonly left?: readonly CallId[]
}

/** Event bodies of this folder, by kind. */
export interface CapabilityBodies {
  /** One of several operators approved a held call, which goes on waiting for the others. */
  'call.seconded': {
    readonly call: CallId
    readonly operator: OperatorId
    readonly comment: string
    /** How many more must approve it. */
    readonly missing: number
    readonly signed: SignedOrder
  }
  /** The same node of the tree in another process's hands. Who held it has no part in it any more. */
  'capability.moved': EndedCalls & {
    readonly capability: CapabilityId
    readonly from: ProcessId
    readonly holder: ProcessId
    readonly handle: Handle
  }
  /** Terms were added in place: handles and descendants stay, and can do less. */
  'capability.narrowed': EndedCalls & {
    readonly capability: CapabilityId
    /** What was added, as it was ordered. */
    readonly caveats: Caveats
    readonly signed: SignedOrder
  }
}
