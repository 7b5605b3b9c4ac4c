/**
 * A small domain for tests of the kernel alone: no process, no clock, no ledger. Objects 1 (operator ada),
 * 2 (driver files), 3 and 4 (agent bob and its process), 5 and 6 (agent eve and its process).
 */
import { sha256Hex } from '../../src/base/hash.ts'
import type { CallId, Instant, ProcessId } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import type { JsonObject } from '../../src/base/json.ts'
import type { Capabilities } from '../../src/kernel/capability/record.ts'
import type { Caveats } from '../../src/kernel/capability/terms.ts'
import type { Command, OrderAction } from '../../src/kernel/command.ts'
import { decide } from '../../src/kernel/decide.ts'
import type { Decision } from '../../src/kernel/decision.ts'
import type { Event, OperatorLevel } from '../../src/kernel/event.ts'
import { evolve } from '../../src/kernel/evolve.ts'
import { canonDigest, canonVersion } from '../../src/kernel/canon/first-edition.ts'
import { builtinJudge } from '../../src/kernel/gate/judge.ts'
import type { DriverManifest } from '../../src/kernel/manifest.ts'
import type { State } from '../../src/kernel/state.ts'
import { initialState } from '../../src/kernel/state.ts'
import { assumedOrder } from './assumed-order.ts'

/** Ledger time of a new domain. */
export const start = 1_700_000_000_000

type Untimed = Command extends infer C ? (C extends Command ? Omit<C, 'at'> : never) : never

/** A kernel with one operator, one driver and two agents; commands go straight to `decide` and `evolve`. */
export class SmallDomain {
  state: State
  readonly log: Event[] = []
  now: number = start
  #nonce = 0

  /** Capabilities are in `store`, or in the kernel's own. */
  constructor(store?: Capabilities) {
    this.state = initialState(store)
    this.do({
      kind: 'domain.create',
      name: 'main',
      operatorName: 'ada',
      operatorKey: 'k',
      canonDigest,
      canonVersion,
      policyVersion: builtinJudge.version,
      ledgerKey: 'l',
    })
    this.do({ kind: 'kernel.boot', code: 'test', policyVersion: builtinJudge.version, halt: null })
    this.order({ do: 'driver.add', name: 'files', manifest: smallManifest() })
    this.attach()
    this.order({ do: 'agent.add', name: 'bob', tokenDigest: sha256Hex('bob') })
    this.order({ do: 'agent.add', name: 'eve', tokenDigest: sha256Hex('eve') })
  }

  attach(write = 'b'): Decision {
    const definitions = new Map([
      ['tools/read', sha256Hex('a')],
      ['tools/write', sha256Hex(write)],
      ['tools/buy', sha256Hex('c')],
    ])
    return this.do({ kind: 'driver.attach', driver: id(2), definitions })
  }

  do(command: Untimed): Decision {
    const decision = decide(this.state, { ...command, at: id<Instant>(this.now) }, builtinJudge)
    for (const event of decision.events) {
      evolve(this.state, event)
      this.log.push(event)
    }
    return decision
  }

  order(
    command: OrderAction,
    changed: {
      waiting?: boolean
      nonce?: string
      valid?: boolean
      time?: number
      operator?: number
      undispatched?: readonly number[]
      arguments?: ReadonlyMap<CallId, JsonObject>
      endorsed?: readonly boolean[]
    } = {},
  ): Decision {
    this.#nonce += 1
    const { nonce, operator, time = this.now, valid: signatureValid = true } = changed
    const order = assumedOrder(command, {
      count: this.#nonce,
      time,
      signatureValid,
      canonVersion: this.state.domain?.canonVersion ?? canonVersion,
      ...(nonce === undefined ? {} : { nonce }),
      ...(operator === undefined ? {} : { operator }),
    })
    return this.do({
      kind: 'order',
      order,
      waiting: changed.waiting ?? true,
      undispatched: new Set((changed.undispatched ?? []).map((call) => id<CallId>(call))),
      ...(changed.arguments === undefined ? {} : { arguments: changed.arguments }),
      ...(changed.endorsed === undefined ? {} : { endorsed: changed.endorsed }),
    })
  }

  /** Enrols another operator, who proved to have the key, and returns their id. */
  enrol(name: string, level: OperatorLevel = 'sovereign'): number {
    const { events } = this.order({ do: 'operator.enrol', name, level, publicKey: name, proof: 'p' })
    const [made] = events
    if (made?.kind !== 'operator.enrolled') throw new Error('not enrolled')
    return made.body.operator
  }

  grant(caveats: Caveats, holder = 4): Decision {
    return this.order({ do: 'capability.grant', holder: id(holder), object: id(2), caveats })
  }

  /** What the driver asks of its client, in the course of a call. */
  ask(selector: string, args: JsonObject, within?: number): Decision {
    return this.call(selector, args, 2, within)
  }

  call(selector: string, args: JsonObject, process = 4, within?: number, handle?: number): Decision {
    const bytes = JSON.stringify(args)
    return this.do({
      kind: 'call.request',
      process: id<ProcessId>(process),
      designation: handle === undefined ? { object: id(2) } : { handle: id(handle) },
      selector,
      arguments: args,
      payload: { commitment: sha256Hex(bytes), length: bytes.length, bytes: null },
      nonce: '0'.repeat(32),
      saltedDigest: () => sha256Hex(`salt${bytes}`),
      ...(within === undefined ? {} : { within: id(within) }),
    })
  }

  settle(call: number): Decision {
    return this.do({
      kind: 'call.settle',
      call: id(call),
      outcome: 'done',
      reason: '',
      released: false,
      payload: null,
    })
  }
}

/** What the driver offers. */
export function smallManifest(): DriverManifest {
  return {
    program: {
      protocol: 'mcp-stdio',
      command: 'x',
      args: [],
      cwd: '/',
      env: {},
      client: ['client/roots', 'client/sampling', 'client/elicitation'],
    },
    selectors: [
      { selector: 'tools/read', digest: sha256Hex('a'), effect: 'observe' },
      { selector: 'tools/write', digest: sha256Hex('b'), effect: 'change' },
      { selector: 'tools/buy', digest: sha256Hex('c'), effect: 'spend' },
    ],
  }
}

/** The kinds of a decision's events. */
export const kinds = ({ events }: Decision): readonly string[] => events.map((event) => event.kind)
