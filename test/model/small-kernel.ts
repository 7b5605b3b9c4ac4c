/**
 * The kernel in a page: who may do what with which capability, and nothing else. Written from the semantics,
 * so that the real reducer can be held against it on any sequence of commands.
 */

/** Terms that the model knows. */
export interface SmallTerms {
  readonly selectors?: readonly string[]
  readonly uses?: number
  readonly expiresAt?: number
  readonly ask?: true
}

/** A capability of the model. */
export interface SmallCapability {
  readonly parent: SmallCapability | null
  readonly holder: number
  readonly terms: SmallTerms
  isRevoked: boolean
  taken: number
}

/** A call that is held, approved, denied or in flight. */
export interface SmallCall {
  readonly chain: readonly SmallCapability[]
  readonly holder: number
  readonly request: string
  readonly lapsesAt: number
  /** The call in whose course a driver asks, or null. */
  readonly within: SmallCall | null
  stage: 'held' | 'approved' | 'denied' | 'admitted' | 'over'
}

/** What may come of a request: one of `refusals`, or exactly the stage. */
export type Expectation =
  | { readonly stage: 'held' | 'admitted' | 'joins' }
  | { readonly refusals: readonly string[] }

/** The whole model. */
export class SmallKernel {
  readonly capabilities: SmallCapability[] = []
  readonly calls: SmallCall[] = []
  readonly killed: Set<number> = new Set<number>()
  /** The process that asks instead of calling. */
  readonly driver: number
  now: number

  constructor(now: number, driver: number) {
    this.now = now
    this.driver = driver
  }

  /** The capability and everything above it. */
  chainOf(capability: SmallCapability): readonly SmallCapability[] {
    return capability.parent === null ? [capability] : [capability, ...this.chainOf(capability.parent)]
  }

  /** Everything that makes the capability dead now. */
  deaths(chain: readonly SmallCapability[]): readonly string[] {
    const reasons = chain.flatMap(({ isRevoked, holder, terms }) => [
      ...(isRevoked || this.killed.has(holder) ? ['revoked'] : []),
      ...((terms.expiresAt ?? Infinity) <= this.now ? ['expired'] : []),
    ])
    return reasons
  }

  /** Uses left on the level that has the fewest. */
  usesLeft(chain: readonly SmallCapability[]): number {
    return Math.min(...chain.map(({ terms, taken }) => (terms.uses ?? Infinity) - taken))
  }

  /** True when every level that lists selectors lists this one. */
  allows(chain: readonly SmallCapability[], selector: string): boolean {
    return chain.every(({ terms }) => terms.selectors?.includes(selector) !== false)
  }

  /** What must come of a request, which is made in the model too if it comes to something. */
  request(holder: number, capability: SmallCapability, selector: string, request: string): Expectation {
    if (this.killed.has(holder)) return { refusals: ['killed'] }
    // A driver calls nothing: it asks.
    if (holder === this.driver) return { refusals: ['canon', 'not-held'] }
    const earlier = this.calls.find(
      (call) =>
        call.request === request &&
        call.holder === holder &&
        ['held', 'approved', 'denied'].includes(call.stage),
    )
    if (earlier !== undefined) return this.#collect(earlier, selector)
    return this.#pass(holder, capability, selector, { request, within: null })
  }

  /** What must come of a driver's question in the course of `within`: two equal ones are two. */
  ask(holder: number, capability: SmallCapability, selector: string, within: SmallCall | null): Expectation {
    // A question is no call to ask in, and neither is one that is over.
    const isServed = within?.stage === 'admitted' && within.within === null
    if (this.killed.has(holder)) return { refusals: ['killed', ...(isServed ? [] : ['not-found'])] }
    // A dropped capability is in no table any more, so nobody knows what it would have been asked of.
    if (!isServed) return { refusals: ['not-found', ...(capability.isRevoked ? ['not-held'] : [])] }
    return this.#pass(holder, capability, selector, { request: `question ${this.calls.length}`, within })
  }

  #pass(
    holder: number,
    capability: SmallCapability,
    selector: string,
    asked: Pick<SmallCall, 'request' | 'within'>,
  ): Expectation {
    const chain = this.chainOf(capability)
    const refusals = [
      ...this.deaths(chain),
      // A dropped capability is in no table any more.
      ...(capability.isRevoked ? ['not-held'] : []),
      ...(this.allows(chain, selector) ? [] : ['selector-not-granted']),
      ...(this.usesLeft(chain) <= 0 ? ['exhausted'] : []),
    ]
    if (refusals.length > 0) return { refusals }
    const stage = chain.some(({ terms }) => terms.ask === true) ? 'held' : 'admitted'
    for (const level of chain) level.taken += 1
    this.calls.push({ ...asked, chain, holder, lapsesAt: this.now + 3_600_000, stage })
    return { stage }
  }

  #collect(earlier: SmallCall, selector: string): Expectation {
    if (earlier.stage === 'held') return { stage: 'joins' }
    if (earlier.stage === 'denied') {
      earlier.stage = 'over'
      return { refusals: ['approval-denied'] }
    }
    const refusals = [...this.deaths(earlier.chain), ...(earlier.lapsesAt <= this.now ? ['expired'] : [])]
    if (refusals.length > 0 || !this.allows(earlier.chain, selector)) return { refusals }
    earlier.stage = 'admitted'
    return { stage: 'admitted' }
  }

  /** Ends every call that stands on what has died, and gives back what had not been used. */
  endCutCalls(): void {
    for (const call of this.calls) {
      const isCut = call.chain.some((level) => level.isRevoked || this.killed.has(level.holder))
      if (call.stage === 'denied' && this.killed.has(call.holder)) call.stage = 'over'
      if (!isCut || call.stage === 'over' || call.stage === 'denied') continue
      if (call.stage !== 'admitted') this.giveBack(call)
      call.stage = 'over'
    }
  }

  /** What was asked in a call that is over is over too. Returns those questions. */
  endQuestionsOf(call: SmallCall): readonly SmallCall[] {
    const asked = this.calls.filter(({ within, stage }) => within === call && stage !== 'over')
    for (const question of asked) {
      if (question.stage !== 'admitted' && question.stage !== 'denied') this.giveBack(question)
      question.stage = 'over'
    }
    return asked
  }

  /** A call that came to nothing. */
  giveBack(call: SmallCall): void {
    for (const level of call.chain) level.taken -= 1
  }
}
