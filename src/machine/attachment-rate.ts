/**
 * How often adapters attach. Each attachment and its end are recorded, and none is needed but after a restart;
 * an adapter that comes and goes in a loop would fill the disk, so beyond a rate it is turned away unrecorded.
 */
import type { DriverId, Instant } from '../base/ids.ts'

/** Attachments of one driver in any such time. */
const most = { count: 32, perMs: 10_000 } as const

/** Counts attachments per driver, in windows opened by the first. */
export class AttachmentRate {
  readonly #recent = new Map<DriverId, { readonly since: Instant; count: number }>()

  /** Counts one attempt; true when there were too many lately. */
  isTooOften(driver: DriverId, now: Instant): boolean {
    const known = this.#recent.get(driver)
    const isRecent = known !== undefined && now - known.since < most.perMs
    const recent = isRecent ? known : { since: now, count: 0 }
    recent.count += 1
    this.#recent.set(driver, recent)
    return recent.count > most.count
  }

  /** The driver is no more. */
  forget(driver: DriverId): void {
    this.#recent.delete(driver)
  }
}
