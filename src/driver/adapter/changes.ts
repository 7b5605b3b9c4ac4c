/**
 * What a server says has changed, on its way to the kernel. A server may say so as often as it likes: of many
 * changes of one thing the last is told, and definitions are listed anew at most once at a time and with a
 * pause, because that is work for the server and for us.
 */
import type { JsonObject } from '../../base/json.ts'
import type { ServerList } from '../mcp/session.ts'
import { Throttle } from '../mcp/throttle.ts'

/** Least time between two looks at the definitions. */
const lookPauseMs = 250

/** Tells the kernel of changes. */
export class Changes {
  /** Looks at the definitions anew; true when they differ. Nobody has seen any before it is set. */
  onDefinitions: (() => Promise<boolean>) | null = null
  readonly #tell: (header: JsonObject) => void
  readonly #throttle = new Throttle({ burst: 100, perSecond: 50, maxWaiting: 1024 })
  readonly #announcements = new Throttle({ burst: 1, perSecond: 2, maxWaiting: 1 })
  /** Lists that the server said have changed, of which the kernel has not been told. */
  readonly #announced = new Set<ServerList>()
  #isLooking = false
  #lookAgain = false

  constructor(tell: (header: JsonObject) => void) {
    this.#tell = tell
  }

  /** The definitions may have changed: the server said that this list did. */
  definitions(list: ServerList): void {
    // Of resources there is a word of its own.
    if (list !== 'resources') this.#announced.add(list)
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
    this.#announcements.stop()
    this.onDefinitions = null
  }

  async #look(look: () => Promise<boolean>): Promise<void> {
    this.#isLooking = true
    do {
      this.#lookAgain = false
      if (!(await look())) this.#tellUnchanged()
      await new Promise((resolve) => {
        setTimeout(resolve, lookPauseMs).unref()
      })
    } while (this.#lookAgain && this.onDefinitions !== null)
    this.#isLooking = false
  }

  /** What the server says is told on, though there is nothing new to see. */
  #tellUnchanged(): void {
    if (this.#announced.size === 0) return
    this.#announcements.offer('', () => {
      this.#tell({ event: 'lists-unchanged', lists: [...this.#announced] })
      this.#announced.clear()
    })
  }
}
