/**
 * Tells clients what changed. The kernel says mostly that something did; here the catalogue is read again and
 * compared, so that a client hears of the lists that really differ, and of nothing it does not hold. That a driver
 * announces a change where there is none is passed on as it is.
 */
import { sha256Hex } from '../../base/hash.ts'
import type { Json } from '../../base/json.ts'
import type { Attachment, KernelEvent } from './attachment.ts'
import type { Catalogue, CatalogueCache, DriverOffer } from './catalogue.ts'

/** The lists a client may watch. */
export type ListKind = 'tools' | 'prompts' | 'resources'

/** Something a client may want to know of. `driver` is the driver's name. */
export type Change =
  | { readonly kind: ListKind; readonly driver: string }
  | { readonly kind: 'updated'; readonly driver: string; readonly uri: string }
  /** There will be no more: the agent is gone. */
  | { readonly kind: 'ended' }

/** Changes that come together are looked at together. */
const settleMs = 50
const listKinds: readonly ListKind[] = ['tools', 'prompts', 'resources']

/** Watches for one agent, while somebody listens. */
export class ChangeWatch {
  readonly #attachment: Attachment
  readonly #catalogue: CatalogueCache
  readonly #listeners = new Set<(change: Change) => void>()
  #prints: ReadonlyMap<string, string> | null = null
  #names: ReadonlyMap<number, string> = new Map()
  #timer: NodeJS.Timeout | null = null
  #stop: (() => void) | null = null

  constructor(attachment: Attachment, catalogue: CatalogueCache) {
    this.#attachment = attachment
    this.#catalogue = catalogue
  }

  /** Listens until the returned function is called. Resolves once changes from now on are noticed. */
  async listen(listener: (change: Change) => void): Promise<() => void> {
    this.#listeners.add(listener)
    this.#stop ??= this.#attachment.onEvent((event) => this.#heard(event))
    if (this.#prints === null) await this.#look(false)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#stop?.()
      this.#stop = null
      this.#prints = null
      clearTimeout(this.#timer ?? undefined)
      this.#timer = null
    }
  }

  #heard(event: KernelEvent): void {
    if (event.kind === 'changed') {
      this.#timer ??= setTimeout(() => {
        this.#timer = null
        void this.#look(true)
      }, settleMs).unref()
      return
    }
    if (event.kind === 'ended') return this.#tell({ kind: 'ended' })
    const driver = this.#names.get(event.object)
    if (driver === undefined) return
    if (event.kind === 'resource-updated') this.#tell({ kind: 'updated', driver, uri: event.uri })
    else if (event.kind === 'announced') this.#announced(driver, event.lists)
    else this.#tell({ kind: 'resources', driver })
  }

  #announced(driver: string, lists: readonly Json[]): void {
    for (const kind of listKinds)
      if (lists.includes(kind) && this.#prints?.has(`${kind} ${driver}`) === true)
        this.#tell({ kind, driver })
  }

  async #look(isNews: boolean): Promise<void> {
    const catalogue = await this.#catalogue.current()
    if (!catalogue.ok) return
    const before = this.#prints
    const now = printsOf(catalogue.value)
    this.#prints = now
    this.#names = new Map(catalogue.value.map(({ object, name }) => [object, name]))
    if (!isNews) return
    const keys = new Set([...(before?.keys() ?? []), ...now.keys()])
    for (const key of keys) {
      if (before?.get(key) === now.get(key)) continue
      const [kind, driver] = key.split(' ') as [ListKind, string]
      this.#tell({ kind, driver })
    }
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change)
  }
}

/** A digest for each list of each driver that offers anything in it. */
function printsOf(catalogue: Catalogue): ReadonlyMap<string, string> {
  const prints = new Map<string, string>()
  for (const driver of catalogue) {
    for (const kind of listKinds) {
      const shown = shownIn(driver, kind)
      if (shown.length > 0) prints.set(`${kind} ${driver.name}`, sha256Hex(JSON.stringify(shown)))
    }
  }
  return prints
}

function shownIn(driver: DriverOffer, kind: ListKind): readonly Json[] {
  const isShown = (selector: string): boolean =>
    kind === 'tools'
      ? selector.startsWith('tools/')
      : selector === (kind === 'prompts' ? 'prompts/get' : 'resources/read')
  return [...driver.offers.values()]
    .filter(({ selector }) => isShown(selector))
    .sort((left, right) => (left.selector < right.selector ? -1 : 1))
    .map(({ selector, definition, grants }) => [selector, definition, grants as unknown as Json])
}
