/**
 * Remembers what must not be used twice, for as long as it could be. In two generations, so that forgetting
 * costs nothing: a nonce lives at least one lifetime and at most two. Full means refused, never forgotten
 * early; and one agent alone cannot fill it for the others.
 */

/** Nonces remembered per generation, in all and of one agent. */
export const spentLimits: { readonly all: number; readonly agent: number } = { all: 65_536, agent: 4_096 }

interface Generation {
  readonly startedAt: number
  readonly nonces: Set<string>
  readonly counts: Map<string, number>
}

/** The nonces spent within the last `lifetimeMs`. */
export class SpentNonces {
  readonly #lifetimeMs: number
  #current: Generation
  #previous: Generation

  constructor(lifetimeMs: number) {
    this.#lifetimeMs = lifetimeMs
    this.#current = fresh(-Infinity)
    this.#previous = this.#current
  }

  /** Spends a nonce at `now` (milliseconds), or says why it cannot be spent. */
  spend(nonce: string, agent: string, now: number): 'spent' | 'too-many' | null {
    // A clock that went back starts nothing: what is remembered is only remembered longer.
    const age = now - this.#current.startedAt
    if (age >= this.#lifetimeMs) {
      this.#previous = age >= 2 * this.#lifetimeMs ? fresh(now) : this.#current
      this.#current = fresh(now)
    }
    if (this.#current.nonces.has(nonce) || this.#previous.nonces.has(nonce)) return 'spent'
    const { nonces, counts } = this.#current
    const count = counts.get(agent) ?? 0
    if (nonces.size >= spentLimits.all || count >= spentLimits.agent) return 'too-many'
    nonces.add(nonce)
    counts.set(agent, count + 1)
    return null
  }
}

function fresh(startedAt: number): Generation {
  return { startedAt, nonces: new Set(), counts: new Map() }
}
