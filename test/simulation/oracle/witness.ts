/**
 * What was seen outside the kernel: which bytes agents really sent, what operators really signed, what left
 * for drivers and what they answered. Events are held against this, because a ledger can be consistent with
 * itself and still not be what happened.
 */
import type { Json } from '../../../src/base/json.ts'

/** A request for an effect, as the agent wrote it. */
export interface SentCall {
  readonly process: number
  readonly selector: string
  readonly handle: number
  readonly object: number
  readonly text: string
}

/** Everything seen so far. */
export class Witness {
  /** By commitment to the argument bytes: every request that carried them. */
  readonly sent: Map<string, SentCall[]> = new Map<string, SentCall[]>()
  /** Signatures made by operators, by the text of the order. */
  readonly signed: Map<string, string> = new Map<string, string>()
  /** Calls that left for their driver. */
  readonly dispatched: Set<number> = new Set<number>()
  /** Outcomes that drivers answered, by call. */
  readonly answered: Map<number, Set<string>> = new Map<number, Set<string>>()
  readonly #parsed = new Map<string, { readonly [name: string]: Json } | null>()

  /** The arguments as JSON sees them, or null when they are not one object. */
  argumentsOf(text: string): { readonly [name: string]: Json } | null {
    const known = this.#parsed.get(text)
    if (known !== undefined) return known
    let parsed: Json = null
    try {
      parsed = JSON.parse(text) as Json
    } catch {
      parsed = null
    }
    const values =
      typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
        ? (parsed as { readonly [name: string]: Json })
        : null
    this.#parsed.set(text, values)
    return values
  }
}
