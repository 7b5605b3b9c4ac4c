/**
 * A kernel at random: the real core over a ledger that takes everything at once, two agents, a driver, and a seed
 * that decides what happens to them. For what must hold in every state that can come about.
 */
import assert from 'node:assert/strict'
import { sha256Hex } from '../../src/base/hash.ts'
import type { Instant } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import { canonDigest, canonVersion } from '../../src/kernel/canon/first-edition.ts'
import type { Caveats } from '../../src/kernel/capability/terms.ts'
import type { OrderAction } from '../../src/kernel/command.ts'
import type { Decision } from '../../src/kernel/decision.ts'
import { builtinJudge } from '../../src/kernel/gate/judge.ts'
import { initialState } from '../../src/kernel/state.ts'
import type { Ledger, Room, Vault } from '../../src/ledger/port.ts'
import { openVault } from '../../src/ledger/vault.ts'
import type { Untimed } from '../../src/machine/core.ts'
import { Core } from '../../src/machine/core.ts'
import { requestCommand } from '../../src/machine/request-command.ts'
import type { CanQuestion } from '../../src/machine/view/can.ts'
import { assumedOrder } from './assumed-order.ts'
import { smallManifest } from './small-domain.ts'

/** Ledger time of a new domain. */
export const seededStart = 1_700_000_000_000

/** The driver and the agents’ processes. */
export const seededIds = { files: 2, bob: 4, eve: 6 } as const
const { files, bob, eve } = seededIds

const seededKey = new Uint8Array(32).fill(7)
/** The vault of every such domain; one key for all subjects. */
export const seededVault: Vault = openVault(
  seededKey,
  { bytes: (length) => new Uint8Array(length) },
  { keyOf: () => seededKey },
)

/** A kernel whose ledger takes everything at once, and a seed to draw from. */
export class SeededDomain {
  now: number = seededStart
  room: Room = 'ample'
  readonly core: Core
  #seed: number
  #nonce = 0

  constructor(seed: number) {
    this.#seed = seed
    let durable = 0
    const ledger: Ledger = {
      get durable() {
        return durable
      },
      append(events, done) {
        durable += events.length
        done(null)
      },
      checkpoint: (_at, _root, done) => done(null),
      room: () => this.room,
      isMakingRoom: false,
      whenRoomIsKnown: () => undefined,
      close: () => undefined,
    }
    this.core = new Core(initialState(), {
      clock: { now: () => id<Instant>(this.now) },
      judge: builtinJudge,
      ledger,
      defer: (task) => task(),
      fail: () => assert.fail('the ledger does not fail'),
    })
    const versions = { canonDigest, canonVersion, policyVersion: builtinJudge.version }
    const names = { name: 'main', operatorName: 'ada', operatorKey: 'k', ledgerKey: 'l' }
    this.core.submit({ kind: 'domain.create', ...names, ...versions })
    this.core.submit({ kind: 'kernel.boot', code: 'test', policyVersion: builtinJudge.version, halt: null })
    this.order({ do: 'driver.add', name: 'files', manifest: smallManifest() })
    this.attach('b')
    this.order({ do: 'agent.add', name: 'bob', tokenDigest: sha256Hex('bob') })
    this.order({ do: 'agent.add', name: 'eve', tokenDigest: sha256Hex('eve') })
  }

  /** A whole number below `bound`. */
  draw(bound: number): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((this.#seed / 2 ** 32) * bound)
  }

  among<T>(list: readonly T[]): T {
    const item = list[this.draw(list.length)]
    if (item === undefined) throw new Error('there is something to choose from')
    return item
  }

  attach(write: string): void {
    const definitions = new Map([
      ['tools/read', sha256Hex('a')],
      ['tools/write', sha256Hex(write)],
      ['tools/buy', sha256Hex('c')],
    ])
    const incarnation = this.core.state.drivers.get(id(files))?.attached ?? 0
    const gone = { driver: id<never>(files), incarnation, reason: '', undispatched: new Set<never>() }
    if (incarnation !== 0) this.core.submit({ kind: 'driver.detach', ...gone })
    this.core.submit({ kind: 'driver.attach', driver: id(files), definitions })
  }

  order(command: OrderAction): Decision {
    this.#nonce += 1
    const order = assumedOrder(command, { count: this.#nonce, time: this.now })
    return this.core.submit({ kind: 'order', order, waiting: false, undispatched: new Set() })
  }

  /** Something happens that may change the next answer. */
  step(): void {
    const { state } = this.core
    const calls = [...state.calls.values()]
    const steps: readonly (() => unknown)[] = [
      () => this.order({ do: 'capability.grant', ...this.#grant(), caveats: this.#caveats() }),
      () => this.order({ do: 'capability.grant', ...this.#grant(), caveats: this.#caveats() }),
      () => this.#derive(),
      () => this.order({ do: 'capability.revoke', capability: id(1 + this.draw(state.nextCapability)) }),
      () => (this.now += this.among([1, 500, 5_000, 60_000])),
      () => this.request(this.among([bob, eve]), this.#selector(), this.#bytes()),
      () => this.#decide(calls.find(({ stage }) => stage === 'held')),
      () => this.#settle(calls.find(({ stage }) => stage === 'admitted')),
      () => this.attach(this.among(['b', 'b', 'changed'])),
      () => this.core.submit({ kind: 'clock.tick' }),
      () => this.draw(30) === 0 && this.order({ do: 'process.kill', process: id(eve), reason: 'a test' }),
    ]
    this.among(steps)()
  }

  /** One question that an operator might ask. */
  question(): CanQuestion {
    const object = this.draw(12) === 0 ? 99 : files
    return { process: this.among([bob, eve]), object, selector: this.#selector(), bytes: this.#bytes() }
  }

  request(process: number, selector: string, bytes: Uint8Array, object: number = files): Decision | null {
    const designation = { object: id<never>(object) }
    const entropy = { bytes: (length: number) => new Uint8Array(length).fill(this.draw(256)) }
    const command = requestCommand(
      { process: id(process), designation, selector, bytes },
      { vault: seededVault, entropy, core: this.core },
    )
    return command.ok ? this.core.submit(command.value) : null
  }

  #grant() {
    return { holder: id<never>(this.among([bob, eve])), object: id<never>(files) }
  }

  #selector(): string {
    return this.among(['tools/read', 'tools/write', 'tools/buy', 'tools/none'])
  }

  #bytes(): Uint8Array {
    const texts = [
      '{}',
      '{"path":"/data/a"}',
      '{"path":"/etc/b"}',
      '{"path":"/data/a","n":3}',
      '[]',
      '{"a":1,"a":2}',
    ]
    return Buffer.from(this.among(texts))
  }

  #caveats(): Caveats {
    const wheres: readonly Caveats['where'][] = [
      { '*': { arguments: {}, open: true } },
      { '*': { arguments: { path: { constraint: { within: '/data' } } } } },
      {
        'tools/read': {
          arguments: {
            path: { constraint: { any: true } },
            n: { constraint: { range: { max: 2 } }, optional: true },
          },
        },
      },
    ]
    return {
      selectors: this.among([['tools/read'], ['tools/read', 'tools/write'], ['tools/buy', 'tools/read']]),
      where: this.among(wheres) ?? {},
      ...(this.draw(4) === 0 ? { uses: 1 + this.draw(2) } : {}),
      ...(this.draw(4) === 0 ? { expiresAt: id<Instant>(this.now + 2_000) } : {}),
      ...(this.draw(4) === 0 ? { rate: { count: 1, perMs: 10_000 } } : {}),
      ...(this.draw(4) === 0 ? { ask: true } : {}),
    }
  }

  #derive(): void {
    const process = this.core.state.processes.get(id(bob))
    const [handle] = [...(process?.handles.keys() ?? [])].slice(-1)
    if (handle === undefined) return
    const caveats = this.among<Caveats>([{ uses: 1 }, { selectors: ['tools/read'] }, { ask: true }])
    this.core.submit({ kind: 'capability.derive', process: id(bob), handle, holder: id(bob), caveats })
  }

  #decide(call: { readonly id: number; readonly approvalDigest: string } | undefined): void {
    if (call === undefined) return
    const what = { call: id<never>(call.id), digest: call.approvalDigest, comment: '' }
    this.order(this.draw(2) === 0 ? { do: 'call.approve', ...what } : { do: 'call.deny', ...what })
  }

  #settle(call: { readonly id: number } | undefined): void {
    if (call === undefined) return
    const how = { outcome: 'done', reason: '', released: false, payload: null } as const
    const command: Untimed = { kind: 'call.settle', call: id(call.id), ...how }
    this.core.submit(command)
  }
}
