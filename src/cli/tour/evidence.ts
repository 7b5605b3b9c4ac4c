/**
 * What the tour claims, it reads back from the ledger folder: this waits for the event that proves a claim
 * and shows it with its number. An event is used once, so that one event cannot prove two claims.
 */
import type { Event, EventOf, EventKind } from '../../kernel/event.ts'
import { pause } from '../boot.ts'
import { showEvent } from '../event-rendering.ts'
import type { LedgerFolder } from '../ledger-folder.ts'
import type { Names } from '../names.ts'
import { learnNames, noNames } from '../names.ts'
import { TourFailure } from './tour-failure.ts'

const waitMs = 15_000
const pollMs = 50

/** Reads events as they become durable. */
export class Evidence {
  readonly names: Names = noNames()
  readonly #folder: LedgerFolder
  readonly #seen: Event[] = []
  readonly #used = new Set<number>()

  constructor(folder: LedgerFolder) {
    this.#folder = folder
    this.#read()
    for (const event of this.#seen) this.#used.add(event.seq)
  }

  /** Waits for an event of `kind` that nothing was proved with yet and that `fits`. */
  async find<K extends EventKind>(
    kind: K,
    what: string,
    fits: (event: EventOf<K>) => boolean = () => true,
  ): Promise<EventOf<K>> {
    const deadline = Date.now() + waitMs
    for (;;) {
      this.#read()
      const found = this.#seen.find(
        (event): event is EventOf<K> =>
          event.kind === kind && !this.#used.has(event.seq) && fits(event as unknown as EventOf<K>),
      )
      if (found !== undefined) {
        this.#used.add(found.seq)
        return found
      }
      if (Date.now() > deadline) throw this.#missing(what)
      await pause(pollMs)
    }
  }

  /** The event in one line with its number. */
  show(event: Event): string {
    return `#${event.seq} ${event.kind}: ${showEvent(event, this.names)}`
  }

  /** The text of an event's payload, or an empty one. */
  payloadText(event: Event): string {
    const bytes = this.#folder.payload(event)
    return bytes === null ? '' : Buffer.from(bytes).toString('utf8')
  }

  #read(): void {
    for (const event of this.#folder.events((this.#seen.at(-1)?.seq ?? 0) + 1)) {
      learnNames(this.names, event)
      this.#seen.push(event)
    }
  }

  #missing(what: string): TourFailure {
    const last = this.#seen.slice(-5).map((event) => `    ${this.show(event)}`)
    return new TourFailure([`expected the ledger to show ${what}; it ends with`, ...last].join('\n'))
  }
}
