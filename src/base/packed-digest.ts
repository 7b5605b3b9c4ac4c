/**
 * 32 bytes that become text when somebody asks for it. Text of a digest costs more than anything else that is done
 * with an event when a ledger is folded, and nearly every call of it is over before anybody asked.
 */

/** A digest of 32 bytes, as eight words. */
export class PackedDigest {
  readonly #a: number
  readonly #b: number
  readonly #c: number
  readonly #d: number
  readonly #e: number
  readonly #f: number
  readonly #g: number
  readonly #h: number

  /** The 32 bytes at `at`, which are copied. */
  constructor(view: DataView, at: number) {
    this.#a = view.getInt32(at)
    this.#b = view.getInt32(at + 4)
    this.#c = view.getInt32(at + 8)
    this.#d = view.getInt32(at + 12)
    this.#e = view.getInt32(at + 16)
    this.#f = view.getInt32(at + 20)
    this.#g = view.getInt32(at + 24)
    this.#h = view.getInt32(at + 28)
  }

  /** Its 64 lower-case hex digits. */
  get hex(): string {
    const words = [this.#a, this.#b, this.#c, this.#d, this.#e, this.#f, this.#g, this.#h]
    return words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }
}
