/**
 * What was seen outside the kernel: which bytes agents really sent, what operators really signed, what left
 * for drivers and what they answered. Events are held against this, because a ledger can be consistent with
 * itself and still not be what happened.
 */
import type { Json } from '../../../src/base/json.ts'
import type { Payload } from '../../../src/kernel/event.ts'

/** A request for an effect, as an agent wrote it, or a question, as an adapter did. */
export interface SentCall {
  readonly process: number
  readonly selector: string
  readonly handle: number
  readonly object: number
  /** The call in whose course an adapter asks, or 0. */
  readonly within: number
  readonly text: string
}

/** Everything seen so far. */
export class Witness {
  /** False when only what came to something was seen: then a refusal cannot be held against its request. */
  sawEveryRequest = true
  /** By commitment to the argument bytes: every request that carried them. */
  readonly sent: Map<string, SentCall[]> = new Map<string, SentCall[]>()
  /** Signatures made by operators, by the text of the order. */
  readonly signed: Map<string, string> = new Map<string, string>()
  /** Signatures of the sovereign, by the text of the statement. */
  readonly said: Map<string, string> = new Map<string, string>()
  /** Calls that left for their driver. */
  readonly dispatched: Set<number> = new Set<number>()
  /** Outcomes that drivers answered, by call. */
  readonly answered: Map<number, Set<string>> = new Map<number, Set<string>>()
  /** Commitments to what the client that was asked replied, by question. */
  readonly clientSaid: Map<number, Set<string>> = new Map<number, Set<string>>()
  /** Commitments to what operators answered, by the salted digest that they signed. */
  readonly operatorSaid: Map<string, string> = new Map<string, string>()
  /** What adapters told on the way, by the call they told it of. */
  readonly told: Map<number, Set<string>> = new Map<number, Set<string>>()
  /** Payloads of events that do not carry their bytes, as text, by commitment. */
  readonly opened: Map<string, string> = new Map<string, string>()
  readonly #parsed = new Map<string, { readonly [name: string]: Json } | null>()

  /** The text of an event's payload, or null when nobody opened it. */
  textOf({ bytes, commitment }: Payload): string | null {
    return bytes === null ? (this.opened.get(commitment) ?? null) : Buffer.from(bytes).toString('utf8')
  }

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
