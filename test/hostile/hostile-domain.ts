/**
 * One domain under attack, without sockets: the real core and exchange over a ledger in memory, with drivers
 * that answer too often, too late and for others, and with the simulator's oracles watching every effect.
 */
import type { DriverId, Instant, ProcessId } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import type { Json } from '../../src/base/json.ts'
import type { OrderAction } from '../../src/kernel/command.ts'
import type { Decision } from '../../src/kernel/decision.ts'
import { canonDigest, canonVersion } from '../../src/kernel/gate/canon.ts'
import { builtinJudge } from '../../src/kernel/gate/judge.ts'
import { parseOrder } from '../../src/kernel/sovereign/parse-order.ts'
import { initialState } from '../../src/kernel/state.ts'
import type { Ledger } from '../../src/ledger/port.ts'
import { Core } from '../../src/machine/core.ts'
import type { Departure } from '../../src/machine/departure.ts'
import { Exchange } from '../../src/machine/exchange.ts'
import type { Waiter } from '../../src/machine/waiter.ts'
import { canonical } from '../simulation/oracle/constraint.ts'
import { demandDispatchable } from '../simulation/oracle/dispatch.ts'
import { Oracle } from '../simulation/oracle/oracle.ts'
import type { Random } from '../simulation/world/random.ts'
import { standInKeys } from '../simulation/world/keys.ts'

/** One attacked domain. */
export class HostileDomain {
  readonly core: Core
  readonly exchange: Exchange
  readonly oracle: Oracle
  readonly waiters: Waiter[] = []
  effects = 0
  answers = 0
  now = 1_700_000_000_000
  readonly #random: Random
  readonly #keys = standInKeys()
  #tasks: (() => void)[] = []
  #nonce = 0
  #lastOrder: Json = null
  /** Dispatched calls that their driver may still answer, or answer again. */
  #open: Departure[] = []

  constructor(random: Random) {
    this.#random = random
    const { vault } = this.#keys
    this.oracle = new Oracle({ time: () => this.now, commitment: (bytes) => vault.commit(bytes) })
    this.core = new Core(initialState(), {
      clock: { now: () => id<Instant>(this.now) },
      judge: builtinJudge,
      ledger: this.#ledger(),
      defer: (task) => void this.#tasks.push(task),
      fail: () => undefined,
    })
    this.exchange = new Exchange({
      core: this.core,
      vault,
      entropy: { bytes: (length) => random.bytes(length) },
      dispatcherOf: (object) => ({ dispatch: (departure) => this.#dispatch(id(object), departure) }),
      onDurable: () => undefined,
    })
    const policyVersion = builtinJudge.version
    this.exchange.submit({
      kind: 'domain.create',
      name: 'main',
      operatorName: 'ada',
      operatorKey: this.#keys.operatorKey,
      canonDigest,
      canonVersion,
      policyVersion,
      ledgerKey: 'l',
    })
    this.exchange.submit({ kind: 'kernel.boot', code: 'attacked', policyVersion, halt: null })
    this.settle()
  }

  /** Ends the turn: what was deferred runs, batches become durable, outputs leave. */
  settle(): void {
    while (this.#tasks.length > 0) {
      const tasks = this.#tasks
      this.#tasks = []
      for (const task of tasks) task()
    }
  }

  /** An agent asks for an effect. */
  call(
    process: number,
    designation: { handle: number } | { object: number },
    selector: string,
    bytes: Uint8Array,
  ): void {
    const handle = 'handle' in designation ? designation.handle : 0
    const object = 'object' in designation ? designation.object : 0
    this.oracle.sent({ process, selector, handle, object, text: Buffer.from(bytes).toString('utf8') }, bytes)
    const named = handle > 0 ? { handle: id<never>(handle) } : { object: id<never>(object) }
    const waiter = this.#waiter()
    this.exchange.call({ process: id<ProcessId>(process), designation: named, selector, bytes }, waiter)
    this.waiters.push(waiter)
    if (this.waiters.length > 64) this.waiters.shift()
  }

  /** An operator orders, or somebody who would like to be one. Malformed orders stop at the parser. */
  order(
    command: OrderAction | Json,
    flaw: 'none' | 'forged' | 'replayed' | 'stale' = 'none',
  ): Decision | null {
    this.#nonce += 1
    const fresh = {
      command: command as Json,
      domain: 'main',
      operator: 1,
      nonce: this.#nonce.toString(16).padStart(32, '0'),
      policyVersion: builtinJudge.version,
      canonVersion,
      time: flaw === 'stale' ? this.now - 400_000 : this.now,
    }
    const record = flaw === 'replayed' ? this.#lastOrder : fresh
    this.#lastOrder = fresh
    const parsed = parseOrder(record)
    if (!parsed.ok) return null
    const text = canonical(record)
    const signature = this.#keys.sign(flaw === 'forged' ? `${text} ` : text)
    if (flaw !== 'forged') this.oracle.signed(text, signature)
    return this.exchange.submit({
      kind: 'order',
      order: {
        record: parsed.value,
        signed: { record: text, signature },
        signatureValid: this.#keys.verify(this.#keys.operatorKey, Buffer.from(text), signature),
      },
      waiting: this.#random.percent(50),
      undispatched: this.exchange.flights.undispatched(),
    })
  }

  /** A driver answers something, perhaps again. */
  answer(): void {
    if (this.#open.length === 0) return
    const at = this.#random.below(this.#open.length)
    const departure = this.#open[at]
    if (this.#random.percent(80)) this.#open.splice(at, 1)
    const outcome = this.#random.pick(['done', 'failed'] as const)
    const call = Number(departure?.header['call'])
    const { answered } = this.oracle.witness
    answered.set(call, (answered.get(call) ?? new Set<string>()).add(outcome))
    departure?.onAnswer({ kind: 'answered', outcome, reason: '', result: new Uint8Array(3) })
  }

  /** What the adapter knew is gone with it. */
  forgetOpen(): void {
    this.#open = []
  }

  #dispatch(driver: DriverId, departure: Departure): () => void {
    if (!departure.mayLeave()) return () => undefined
    this.effects += 1
    demandDispatchable(this.oracle, {
      call: Number(departure.header['call']),
      driver,
      incarnation: this.core.state.drivers.get(driver)?.attached ?? 0,
      selector: departure.header['selector'] as string,
      bytes: departure.bytes,
    })
    this.#open.push(departure)
    if (this.#open.length > 256) this.#open.shift()
    return () => undefined
  }

  #waiter(): Waiter {
    const count = (): void => {
      this.answers += 1
    }
    return { held: () => undefined, ended: count, refused: count }
  }

  #ledger(): Ledger {
    let durable = 0
    const { oracle } = this
    const later = (task: () => void): void => void this.#tasks.push(task)
    return {
      get durable() {
        return durable
      },
      append(events, done) {
        oracle.appended(events)
        later(() => {
          durable += events.length
          oracle.becameDurable(durable)
          done(null)
        })
      },
      checkpoint: (_at, _root, done) => later(() => done(null)),
      room: () => 'ample',
      isMakingRoom: false,
      whenRoomIsKnown: () => undefined,
      close: () => undefined,
    }
  }
}
