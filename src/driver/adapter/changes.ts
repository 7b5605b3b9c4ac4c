/**
 * What a server says has changed, on its way to the kernel. A server may say so as often as it likes: of many
 * changes of one thing the last is told, and definitions are listed anew at most once at a time and with a
 * pause, because that is work for the server and for us.
 */
import type { JsonObject } from '../../base/json.ts'
import { Throttle } from '../mcp/throttle.ts'

/** Least time between two looks at the definitions. */
const lookPauseMs = 250

/** Tells the kernel of changes. */
export class Changes {
  /** Looks at the definitions anew. Nobody has seen any before it is set. */
  onDefinitions: (() => Promise<void>) | null = null
  readonly #tell: (header: JsonObject) => void
  readonly #throttle = new Throttle({ burst: 100, perSecond: 50, maxWaiting: 1024 })
  #isLooking = false
  #lookAgain = false

  constructor(tell: (header: JsonObject) => void) {
    this.#tell = tell
  }

  /** The definitions may have changed. */
  definitions(): void {
    if (this.#isLooking) this.#lookAgain = true
    else if (this.onDefinitions !== null) void this.#look(this.onDefinitions)
  }

  /** A resource has changed. */
  resource(uri: string): void {
    this.#throttle.offer(`uri ${uri}`, () =>
      this.#tell({ event: 'resource-updated', uri: uri.toWellFormed() }),
    )
  }

  /** The list of resources has changed. */
  resources(): void {
    this.#throttle.offer('list', () => this.#tell({ event: 'resources-changed' }))
  }

  /** Nothing is told any more. */
  stop(): void {
    this.#throttle.stop()
    this.onDefinitions = null
  }

  async #look(look: () => Promise<void>): Promise<void> {
    this.#isLooking = true
    do {
      this.#lookAgain = false
      await look()
      await new Promise((resolve) => {
        setTimeout(resolve, lookPauseMs).unref()
      })
    } while (this.#lookAgain && this.onDefinitions !== null)
    this.#isLooking = false
  }
}
