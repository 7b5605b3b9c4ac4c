/**
 * Lists that a driver's program said have changed although its adapter, looking again, found no difference. It is
 * news to those who may use something in such a list, and to nobody else; a driver that has news without end is
 * not listened to every time.
 */
import type { DriverId, Instant } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'

/** A list of what may be called. */
export type AnnouncedList = 'tools' | 'prompts'

const lists: readonly AnnouncedList[] = ['tools', 'prompts']
/** Least time between two announcements of one driver. Adapters of good will take twice that. */
const leastPauseMs = 250

/** Hears announcements. */
export class AnnouncedLists {
  readonly #latest = new Map<DriverId, Instant>()

  /** The lists that a notice of this driver's adapter announces. */
  read(driver: DriverId, header: JsonObject, now: Instant): readonly AnnouncedList[] {
    const { event, lists: named } = header as { readonly [name: string]: Json | undefined }
    if (event !== 'lists-unchanged' || !Array.isArray(named)) return []
    const latest = this.#latest.get(driver)
    if (latest !== undefined && now - latest < leastPauseMs) return []
    this.#latest.set(driver, now)
    return lists.filter((list) => (named as readonly Json[]).includes(list))
  }

  /** The driver is no more. */
  forget(driver: DriverId): void {
    this.#latest.delete(driver)
  }
}

/** Those of `announced` in which one of these selectors stands. */
export function listsWith(
  announced: readonly AnnouncedList[],
  selectors: readonly string[],
): readonly AnnouncedList[] {
  return announced.filter((list) =>
    selectors.some((selector) =>
      list === 'tools' ? selector.startsWith('tools/') : selector === 'prompts/get',
    ),
  )
}
