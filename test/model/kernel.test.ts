/** The real reducer against a model of one page, on sequences of commands that fast-check thinks of. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { RealKernel, driver, question } from './real-kernel.ts'
import type { Expectation, SmallCall, SmallCapability, SmallTerms } from './small-kernel.ts'
import { SmallKernel } from './small-kernel.ts'

const start = 1_700_000_000_000
const agents = [4, 6] as const
/** Everybody who may hold something. */
const holders = [...agents, driver] as const

const terms: fc.Arbitrary<SmallTerms> = fc.record(
  {
    selectors: fc.subarray(['tools/read', 'tools/write'], { minLength: 1 }),
    uses: fc.integer({ min: 1, max: 3 }),
    expiresAt: fc.integer({ min: start + 1, max: start + 4_000 }),
    ask: fc.constant(true as const),
  },
  { requiredKeys: [] },
)
const index = fc.nat({ max: 30 })
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('grant' as const), agent: fc.constantFrom(...holders), terms }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('derive' as const), from: index, terms }) },
  {
    weight: 16,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      with: index,
      request: fc.nat({ max: 3 }),
      selector: fc.constantFrom('tools/read', 'tools/write'),
    }),
  },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('ask' as const), with: index, within: index }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('approve' as const, 'deny' as const),
      call: index,
      waiting: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('settle' as const), call: index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('revoke' as const), which: index }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('kill' as const),
      agent: fc.constantFrom(...agents, ...agents, driver),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 2_000 }) }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Both kernels, and which capability and call of the one is which of the other. */
class Pair {
  readonly small = new SmallKernel(start, driver)
  readonly real = new RealKernel(start)
  readonly ids: number[] = []
  readonly handles: number[] = []

  take(step: Step): void {
    switch (step.do) {
      case 'grant':
        return this.grant(step.agent, step.terms)
      case 'derive':
        return this.derive(step.from, step.terms)
      case 'call':
        return this.call(step.with, step.selector, `${step.request}`)
      case 'ask':
        return this.ask(step.with, step.within)
      case 'approve':
      case 'deny':
        return this.decide(step.do, step.call, step.waiting)
      case 'settle':
        return this.settle(step.call)
      case 'revoke':
        return this.revoke(step.which)
      case 'kill':
        if (this.small.killed.has(step.agent)) return
        this.real.kill(step.agent)
        this.small.killed.add(step.agent)
        return this.endCutCalls()
      case 'wait':
        this.small.now += step.ms
        this.real.now += step.ms
    }
  }

  add(
    parent: SmallCapability | null,
    holder: number,
    terms: SmallTerms,
    made: { id: number; handle: number } | null,
  ): void {
    assert.notEqual(made, null)
    this.small.capabilities.push({ parent, holder, terms, isRevoked: false, taken: 0 })
    this.ids.push(made?.id ?? 0)
    this.handles.push(made?.handle ?? 0)
  }

  derive(from: number, terms: SmallTerms): void {
    const at = from % Math.max(1, this.ids.length)
    const parent = this.small.capabilities[at]
    if (parent === undefined) return
    const chain = this.small.chainOf(parent)
    const expiry = Math.min(...chain.map((level) => level.terms.expiresAt ?? Infinity))
    const mayDerive =
      !this.small.killed.has(parent.holder) &&
      this.small.deaths(chain).length === 0 &&
      this.small.usesLeft(chain) > 0 &&
      (terms.selectors ?? []).every((selector) => this.small.allows(chain, selector)) &&
      (terms.uses ?? 0) <= this.small.usesLeft(chain) &&
      (terms.expiresAt === undefined || (terms.expiresAt > this.small.now && terms.expiresAt <= expiry))
    const made = this.real.derive(parent.holder, this.handles[at] ?? 0, terms)
    assert.equal(made !== null, mayDerive, `deriving ${JSON.stringify(terms)}`)
    if (made !== null) this.add(parent, parent.holder, terms, made)
  }

  call(which: number, selector: string, request: string): void {
    const { capabilities } = this.small
    const agents = capabilities.filter(({ holder }) => holder !== driver)
    const among = which % 8 > 0 && agents.length > 0 ? agents : capabilities
    const capability = among[which % Math.max(1, among.length)]
    if (capability === undefined) return
    const at = capabilities.indexOf(capability)
    const key = `${selector} ${request}`
    const expected = this.small.request(capability.holder, capability, selector, key)
    const came = this.real.call(
      capability.holder,
      this.handles[at] ?? 0,
      selector,
      hash('sha256', key, 'hex'),
    )
    assert.ok(agrees(expected, came), `${JSON.stringify(expected)} came as ${came}`)
  }

  decide(what: 'approve' | 'deny', which: number, waiting: boolean): void {
    const at = which % Math.max(1, this.small.calls.length)
    const call = this.small.calls[at]
    if (call === undefined) return
    const isOpen = call.stage === 'held' && (what === 'deny' || this.small.deaths(call.chain).length === 0)
    assert.equal(this.real.decide(what, at + 1, waiting), isOpen, `${what} of a call that is ${call.stage}`)
    if (!isOpen) return
    if (what === 'approve') call.stage = waiting ? 'admitted' : 'approved'
    else {
      this.small.giveBack(call)
      call.stage = waiting ? 'over' : 'denied'
    }
  }

  settle(which: number): void {
    const at = which % Math.max(1, this.small.calls.length)
    const call = this.small.calls[at]
    if (call === undefined) return
    assert.equal(this.real.settle(at + 1), call.stage === 'admitted')
    if (call.stage !== 'admitted') return
    call.stage = 'over'
    this.endQuestionsOf(call)
  }

  /** A driver asks in the course of a call, which may be over, a question, or another's. */
  ask(which: number, within: number): void {
    const held = this.small.capabilities.filter(({ holder }) => holder === driver)
    const capability = held[which % Math.max(1, held.length)]
    if (capability === undefined) return
    const at = this.small.capabilities.indexOf(capability)
    const { calls } = this.small
    const served = calls.filter((call) => call.stage === 'admitted')
    const isServed = within % 8 > 0 && served.length > 0
    const call = isServed ? served[within % served.length] : calls[within % (calls.length + 1)]
    const around = call === undefined ? calls.length : calls.indexOf(call)
    const expected = this.small.ask(driver, capability, question, call ?? null)
    const commitment = hash('sha256', 'question', 'hex')
    const came = this.real.call(driver, this.handles[at] ?? 0, question, commitment, around + 1)
    assert.ok(agrees(expected, came), `${JSON.stringify(expected)} came as ${came}`)
  }

  /** What the machine does when a call is over: its questions are withdrawn. */
  endQuestionsOf(call: SmallCall): void {
    for (const asked of this.small.endQuestionsOf(call)) this.real.cancel(this.small.calls.indexOf(asked) + 1)
  }

  endCutCalls(): void {
    const before = this.small.calls.filter(({ stage }) => stage === 'admitted')
    this.small.endCutCalls()
    for (const call of before) if (call.stage === 'over') this.endQuestionsOf(call)
  }

  grant(holder: number, terms: SmallTerms): void {
    if (this.small.killed.has(holder)) return
    if ((terms.expiresAt ?? Infinity) <= this.small.now) return
    const given =
      holder === driver
        ? { ...terms, selectors: [question] }
        : { selectors: ['tools/read', 'tools/write'], ...terms }
    this.add(null, holder, given, this.real.grant(holder, given))
  }

  revoke(which: number): void {
    const at = which % Math.max(1, this.ids.length)
    const capability = this.small.capabilities[at]
    if (capability === undefined) return
    this.real.revoke(this.ids[at] ?? 0)
    capability.isRevoked = true
    this.endCutCalls()
  }
}

function agrees(expected: Expectation, came: string): boolean {
  return 'stage' in expected ? expected.stage === came : expected.refusals.includes(came)
}

test('the kernel lets through, holds and refuses exactly what the small model does', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }), (steps) => {
      const pair = new Pair()
      for (const each of steps) pair.take(each)
      pair.real.assertRefolds()
    }),
    { numRuns: 500 },
  )
})
