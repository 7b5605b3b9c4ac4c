/**
 * What happens to processes beside being made and ended: an operator freezes, thaws or weighs one, and a process
 * has timers of its own.
 */
import type { Instant, ProcessId, Seq } from '../../base/ids.ts'
import type { SignedOrder } from '../event.ts'

/** Event bodies of this folder, by kind. */
export interface ProcessBodies {
  /** Nothing of the process or its descendants runs until it is thawed. It keeps all it has. */
  'process.frozen': { readonly process: ProcessId; readonly signed: SignedOrder }
  'process.thawed': { readonly process: ProcessId; readonly signed: SignedOrder }
  /** What it gets beside others, and when. See `Share`. */
  'process.weighed': {
    readonly process: ProcessId
    readonly weight: number
    readonly priority: number
    readonly signed: SignedOrder
  }
  /** This event's seq is the timer's number. */
  'timer.set': { readonly process: ProcessId; readonly dueAt: Instant; readonly note: string }
  /** It is due. The process is told until it cancels the timer. */
  'timer.fired': { readonly process: ProcessId; readonly timer: Seq }
  /** The process wants it no more, or has heard of it. */
  'timer.cancelled': { readonly process: ProcessId; readonly timer: Seq }
}
