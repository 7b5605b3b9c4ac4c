/**
 * Histories of authority: seeded sequences of grants, derivations, moves, narrowings, revocations, kills, calls
 * and waits, which several kernels live through side by side. The kernels differ in how they keep capabilities
 * and in nothing else, so they must record the same and know the same.
 */
import { deepStrictEqual } from 'node:assert'
import { sha256Hex } from '../../src/base/hash.ts'
import type { CapabilityId } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import { CapabilityTable } from '../../src/kernel/capability/table.ts'
import type { Caveats } from '../../src/kernel/capability/terms.ts'
import type { OrderAction } from '../../src/kernel/command.ts'
import type { Decision } from '../../src/kernel/decision.ts'
import { stateRoot } from '../../src/kernel/root.ts'
import { stateBytes, stateOfBytes } from '../../src/kernel/snapshot/state-bytes.ts'
import type { Process, State } from '../../src/kernel/state.ts'
import { SmallDomain } from '../harness/small-domain.ts'
import { Random } from '../simulation/world/random.ts'
import { MapCapabilities } from './map-capabilities.ts'

const selectors = ['tools/read', 'tools/write', 'tools/buy'] as const
const none: ReadonlySet<never> = new Set()
const steps = {
  grant: 14,
  derive: 40,
  move: 8,
  narrow: 6,
  revoke: 5,
  takeBack: 8,
  kill: 1,
  spawn: 8,
  end: 2,
  call: 40,
  decide: 12,
  settle: 16,
  cancel: 4,
  recheck: 12,
  tick: 6,
  wait: 10,
} as const

/** What happened in some histories, so that a run can show that it was not about nothing. */
export type Counts = { [what: string]: number }

/**
 * Lives through one history of `length` steps. Throws at the first difference. With `rereadEvery` one more kernel
 * takes part, whose state is written and read again after every so many steps.
 */
export function liveThrough(
  seed: number,
  length: number,
  counts: Counts = {},
  { rereadEvery = 0 }: { readonly rereadEvery?: number } = {},
): void {
  const kernels: [SmallDomain, ...SmallDomain[]] = [
    new SmallDomain(),
    new SmallDomain(new CapabilityTable({ memo: false })),
    new SmallDomain(new MapCapabilities()),
  ]
  const reread = new SmallDomain()
  if (rereadEvery > 0) kernels.push(reread)
  const history = new History(seed, kernels)
  try {
    for (let step = 0; step < length; step++) {
      history.step(counts)
      if (rereadEvery > 0 && step % rereadEvery === 0) reread.state = stateOfBytes(stateBytes(reread.state))
    }
    history.compareRoots()
  } catch (error) {
    throw new Error(`history ${seed} of ${length} steps`, { cause: error })
  }
}

class History {
  readonly #kernels: readonly [SmallDomain, ...SmallDomain[]]
  readonly #random: Random

  constructor(seed: number, kernels: readonly [SmallDomain, ...SmallDomain[]]) {
    this.#kernels = kernels
    this.#random = new Random(seed, 'history')
  }

  get #state(): State {
    return this.#kernels[0].state
  }

  compareRoots(): void {
    const [root, ...others] = this.#kernels.map(({ state }) => stateRoot(state))
    for (const other of others) deepStrictEqual(other, root)
  }

  step(counts: Counts): void {
    const what = this.#random.weighted(steps)
    const decision = this.#take(what)
    for (const { kind } of decision?.events ?? []) counts[kind] = (counts[kind] ?? 0) + 1
    if (decision?.refusal) counts[decision.refusal.code] = (counts[decision.refusal.code] ?? 0) + 1
    if (this.#state.sweep !== undefined) counts['sweeping'] = (counts['sweeping'] ?? 0) + 1
    if (this.#random.percent(2)) this.compareRoots()
  }

  #take(what: keyof typeof steps): Decision | null {
    switch (what) {
      case 'call':
        return this.#call()
      case 'decide':
        return this.#decide()
      case 'settle':
      case 'cancel':
      case 'recheck':
        return this.#goOn(what)
      case 'tick':
        return this.#all((kernel) => kernel.do({ kind: 'clock.tick', undispatched: none }))
      case 'wait':
        return this.#wait(this.#random.pick([1, 100, 1_000, 30_000]))
      case 'grant':
      case 'narrow':
      case 'revoke':
      case 'kill':
        return this.#order(what)
      default:
        return this.#own(what)
    }
  }

  /** All kernels do the same, and record the same. */
  #all(does: (kernel: SmallDomain) => Decision): Decision {
    const [first, ...others] = this.#kernels
    const decision = does(first)
    const text = JSON.stringify(decision)
    for (const other of others) {
      const same = does(other)
      if (JSON.stringify(same) !== text) deepStrictEqual(same, decision)
    }
    return decision
  }

  #wait(ms: number): null {
    for (const kernel of this.#kernels) kernel.now += ms
    return null
  }

  #order(what: 'grant' | 'narrow' | 'revoke' | 'kill'): Decision | null {
    const order = this.#orderOf(what)
    return order === null ? null : this.#all((kernel) => kernel.order(order, { arguments: new Map() }))
  }

  #orderOf(what: 'grant' | 'narrow' | 'revoke' | 'kill'): OrderAction | null {
    const process = this.#process()
    if (process === null) return this.#newcomer()
    if (what === 'kill') {
      return this.#random.percent(70)
        ? this.#newcomer()
        : { do: 'process.kill', process: process.id, reason: '' }
    }
    if (what === 'grant') {
      const caveats = {
        where: { '*': { arguments: {}, open: true } },
        selectors,
        ...this.#caveats(),
      } as const
      return { do: 'capability.grant', holder: process.id, object: id(2), caveats }
    }
    const capability = this.#capability()
    if (capability === null) return null
    return what === 'revoke'
      ? { do: 'capability.revoke', capability }
      : { do: 'capability.narrow', capability, caveats: this.#caveats() }
  }

  #newcomer(): OrderAction {
    const name = `agent ${this.#random.word()}`
    return { do: 'agent.add', name, tokenDigest: sha256Hex(name) }
  }

  /** What a process does with what it holds. */
  #own(what: 'derive' | 'move' | 'takeBack' | 'spawn' | 'end'): Decision | null {
    const process = what === 'derive' || what === 'move' ? this.#holder() : this.#process()
    const holder = this.#random.percent(30) ? process : this.#process()
    if (process === null || holder === null) return null
    if (what === 'spawn') {
      const tokenDigest = sha256Hex(`${process.id} ${this.#random.word()}`)
      const command = { process: process.id, name: 'x', tokenDigest, boundary: '' }
      return this.#all((kernel) => kernel.do({ kind: 'process.spawn', ...command }))
    }
    if (what === 'end') {
      const ends = { process: holder.child?.parent ?? process.id, child: holder.id, reason: '' }
      return this.#all((kernel) => kernel.do({ kind: 'process.end', ...ends, undispatched: none }))
    }
    const capability = this.#capability()
    if (what === 'takeBack') {
      if (capability === null) return null
      const taken = { process: process.id, capability, undispatched: none } as const
      return this.#all((kernel) => kernel.do({ kind: 'capability.revoke', ...taken }))
    }
    const handle = this.#random.pick([...process.handles.keys(), ...process.handles.keys(), id<never>(1)])
    const given = { process: process.id, handle, holder: holder.id } as const
    const caveats = this.#random.percent(50) ? {} : this.#caveats()
    return this.#all((kernel) =>
      kernel.do(
        what === 'move'
          ? { kind: 'capability.move', ...given, undispatched: none }
          : { kind: 'capability.derive', ...given, caveats },
      ),
    )
  }

  #call(): Decision | null {
    const process = this.#holder()
    if (process === null) return null
    const handle = this.#random.pick([undefined, ...process.handles.keys()])
    const [selector, path] = [this.#random.pick(selectors), `/${this.#random.below(4)}`]
    return this.#all((kernel) => kernel.call(selector, { path }, process.id, undefined, handle))
  }

  #decide(): Decision | null {
    const held = [...this.#state.calls.values()].filter(({ stage }) => stage === 'held')
    if (held.length === 0) return null
    const { id: call, approvalDigest: digest } = this.#random.pick(held)
    const order = {
      do: this.#random.pick(['call.approve', 'call.approve', 'call.deny'] as const),
      call,
      digest,
    }
    const waiting = this.#random.percent(50)
    return this.#all((kernel) => kernel.order({ ...order, comment: '' }, { waiting }))
  }

  #goOn(what: 'settle' | 'cancel' | 'recheck'): Decision | null {
    const calls = [...this.#state.calls.keys()]
    if (calls.length === 0) return null
    const call = this.#random.pick(calls)
    const yes = this.#random.percent(50)
    if (what === 'recheck') return this.#all((kernel) => kernel.do({ kind: 'call.recheck', call }))
    if (what === 'cancel')
      return this.#all((kernel) => kernel.do({ kind: 'call.cancel', call, dispatched: yes }))
    const settled = {
      call,
      outcome: yes ? 'done' : 'cancelled',
      reason: '',
      released: !yes,
      payload: null,
    } as const
    return this.#all((kernel) => kernel.do({ kind: 'call.settle', ...settled }))
  }

  /** Mostly a living process of an agent. */
  #process(): Process | null {
    const all = [...this.#state.processes.values()].filter(({ agent }) => agent !== 0)
    const living = all.filter(({ killed }) => !killed)
    const some = living.length === 0 || this.#random.percent(5) ? all : living
    return some.length === 0 ? null : this.#random.pick(some)
  }

  /** Mostly one that holds something. */
  #holder(): Process | null {
    const holding = [...this.#state.processes.values()].filter(
      ({ agent, handles }) => agent !== 0 && handles.size > 0,
    )
    return holding.length === 0 || this.#random.percent(5) ? this.#process() : this.#random.pick(holding)
  }

  /** One that is there, or was. */
  #capability(): CapabilityId | null {
    const last = this.#state.nextCapability - 1
    return last === 0 ? null : id(this.#random.between(Math.max(1, last - 40), last))
  }

  #caveats(): Caveats {
    const { now } = this.#kernels[0]
    const random = this.#random
    const some = <T>(percent: number, value: T): T | Record<string, never> =>
      random.percent(percent) ? value : {}
    return {
      ...some(15, { selectors: random.pick([['tools/read'], ['tools/read', 'tools/write']]) }),
      ...some(12, { uses: random.between(1, 4) }),
      ...some(12, { rate: { count: random.between(1, 3), perMs: random.pick([1_000, 60_000]) } }),
      ...some(8, { expiresAt: id(now + random.pick([1, 1_500, 40_000, 4_000_000])) }),
      ...some(10, { ask: true as const }),
      ...some(5, { budget: { amount: random.between(1, 9) } }),
      ...some(3, { derivable: false as const }),
    }
  }
}
