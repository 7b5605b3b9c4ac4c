/**
 * When operators freeze, thaw or weigh processes, what waits must know. A freeze counts as soon as it is decided,
 * because what leaves after it would have left while frozen; what lets anything go counts only when all of it is
 * durable, as with everything that leaves.
 */
import type { Core } from './core.ts'
import type { DriverChannel } from './driver-channel.ts'
import type { Intake } from './intake.ts'

/** Everything where calls and requests wait. */
export interface Queues {
  readonly intake: Intake
  /** Attached adapters by driver. */
  readonly channels: ReadonlyMap<number, DriverChannel>
}

/** Tells the queues of a machine what was decided about processes. One per machine. */
export class ShareChanges {
  readonly #core: Core
  readonly #queues: () => Queues
  /** Thaws and weighings that are decided and not durable. */
  #pending = 0

  constructor(core: Core, queues: () => Queues) {
    this.#core = core
    this.#queues = queues
  }

  /** Something is thawed or weighed otherwise already, and that is not durable: nothing may go because of it yet. */
  get isPending(): boolean {
    return this.#pending > 0
  }

  /** A process was frozen. */
  frozen(): void {
    for (const channel of this.#queues().channels.values()) channel.freeze()
  }

  /** A process was thawed or weighed. */
  eased(): void {
    this.#pending += 1
    this.#core.whenDurable(() => {
      this.#pending -= 1
      if (this.#pending > 0) return
      const { intake, channels } = this.#queues()
      intake.refresh()
      for (const channel of channels.values()) channel.refresh()
    })
  }
}
