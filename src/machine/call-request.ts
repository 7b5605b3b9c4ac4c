/** A call as it comes in, before anything is decided about it. */
import type { ProcessId } from '../base/ids.ts'
import type { Designation } from '../kernel/command.ts'

/** A request for an effect, as a surface hands it in. */
export interface CallRequest {
  readonly process: ProcessId
  readonly designation: Designation
  readonly selector: string
  readonly bytes: Uint8Array
}
