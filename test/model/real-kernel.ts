/** The real reducer with a small domain, asked in the model's words and answering in them. */
import assert from 'node:assert/strict'
import { sha256Hex } from '../../src/base/hash.ts'
import type { Instant } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import type { Caveats } from '../../src/kernel/capability/terms.ts'
import type { Command, OrderAction } from '../../src/kernel/command.ts'
import { decide } from '../../src/kernel/decide.ts'
import type { Decision } from '../../src/kernel/decision.ts'
import type { Event } from '../../src/kernel/event.ts'
import { evolve } from '../../src/kernel/evolve.ts'
import { canonDigest, canonVersion } from '../../src/kernel/canon/first-edition.ts'
import { builtinJudge } from '../../src/kernel/gate/judge.ts'
import { stateRoot } from '../../src/kernel/root.ts'
import type { State } from '../../src/kernel/state.ts'
import { initialState } from '../../src/kernel/state.ts'
import { assumedOrder } from '../harness/assumed-order.ts'
import type { SmallTerms } from './small-kernel.ts'

type Untimed = Command extends infer C ? (C extends Command ? Omit<C, 'at'> : never) : never

const none: ReadonlySet<never> = new Set()
const selectors = ['tools/read', 'tools/write'] as const
/** What the driver may ask. */
export const question = 'client/sampling'
/** The driver, as an object and as the process that asks. */
export const driver = 2

/** Agents are processes 4 and 6, the driver is object 2. */
export class RealKernel {
  readonly state: State = initialState()
  now: number
  readonly #events: Event[] = []
  #nonce = 0

  constructor(now: number) {
    this.now = now
    const policyVersion = builtinJudge.version
    this.#do({
      kind: 'domain.create',
      name: 'main',
      operatorName: 'ada',
      operatorKey: 'k',
      ledgerKey: 'l',
      canonDigest,
      canonVersion,
      policyVersion,
    })
    this.#do({ kind: 'kernel.boot', code: 'test', policyVersion, halt: null })
    const pinned = selectors.map((selector) => ({
      selector,
      digest: sha256Hex(selector),
      effect: 'change' as const,
    }))
    const program = {
      protocol: 'mcp-stdio',
      command: 'x',
      args: [],
      cwd: '/',
      env: {},
      client: [question],
    } as const
    this.#order({ do: 'driver.add', name: 'files', manifest: { program, selectors: pinned } })
    const definitions = new Map(pinned.map(({ selector, digest }) => [selector as string, digest]))
    this.#do({ kind: 'driver.attach', driver: id(2), definitions })
    for (const name of ['bob', 'eve']) this.#order({ do: 'agent.add', name, tokenDigest: sha256Hex(name) })
  }

  grant(holder: number, terms: SmallTerms): { id: number; handle: number } | null {
    const caveats = {
      where: { '*': { arguments: {}, open: true } },
      ...terms,
    } as unknown as Caveats
    const [event] = this.#order({ do: 'capability.grant', holder: id(holder), object: id(2), caveats }).events
    return event?.kind === 'capability.granted'
      ? { id: event.body.capability, handle: event.body.handle }
      : null
  }

  derive(process: number, handle: number, terms: SmallTerms): { id: number; handle: number } | null {
    const asked = { process: id<never>(process), handle: id<never>(handle), holder: id<never>(process) }
    const [event] = this.#do({
      kind: 'capability.derive',
      ...asked,
      caveats: terms as unknown as Caveats,
    }).events
    return event?.kind === 'capability.derived'
      ? { id: event.body.capability, handle: event.body.handle }
      : null
  }

  /** `held`, `admitted`, `joins` or the code of the refusal. */
  call(process: number, handle: number, selector: string, commitment: string, within?: number): string {
    const { events, refusal, joins } = this.#do({
      kind: 'call.request',
      process: id(process),
      designation: { handle: id(handle) },
      selector,
      arguments: {},
      payload: {
        commitment,
        length: 2,
        bytes: null,
      },
      nonce: '0'.repeat(32),
      saltedDigest: () => commitment,
      ...(within === undefined ? {} : { within: id<never>(within) }),
    })
    if (refusal !== null) return refusal.code
    return joins === undefined ? (events[0]?.kind.slice('call.'.length) ?? 'nothing') : 'joins'
  }

  decide(what: 'approve' | 'deny', call: number, waiting: boolean): boolean {
    const digest = this.state.calls.get(id(call))?.approvalDigest ?? ''
    const order = { do: `call.${what}`, call: id<never>(call), digest, comment: '' } as const
    return this.#order(order, waiting).refusal === null
  }

  settle(call: number): boolean {
    const { refusal } = this.#do({
      kind: 'call.settle',
      call: id(call),
      outcome: 'done',
      reason: '',
      released: false,
      payload: null,
    })
    return refusal === null
  }

  /** The requester gave up. */
  cancel(call: number): void {
    this.#do({ kind: 'call.cancel', call: id(call), dispatched: true })
  }

  revoke(capability: number): void {
    this.#order({ do: 'capability.revoke', capability: id(capability) })
  }

  kill(process: number): void {
    this.#order({ do: 'process.kill', process: id(process), reason: '' })
  }

  /** Folding the events again gives the same state. */
  assertRefolds(): void {
    const again = initialState()
    for (const event of this.#events) evolve(again, event)
    assert.equal(stateRoot(again), stateRoot(this.state))
  }

  #order(command: OrderAction, waiting = true): Decision {
    this.#nonce += 1
    const order = assumedOrder(command, { count: this.#nonce, time: this.now })
    return this.#do({ kind: 'order', order, waiting, undispatched: none })
  }

  #do(command: Untimed): Decision {
    const decision = decide(this.state, { ...command, at: id<Instant>(this.now) }, builtinJudge)
    for (const event of decision.events) {
      evolve(this.state, event)
      this.#events.push(event)
    }
    return decision
  }
}
