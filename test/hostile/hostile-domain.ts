/**
 * One domain under attack, without sockets: the real core and exchange over a ledger in memory, with drivers
 * that answer too often, too late and for others, and with the simulator's oracles watching every effect.
 */
import type { DriverId, Instant, ProcessId } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import type { Json } from '../../src/base/json.ts'
import type { OrderAction } from '../../src/kernel/command.ts'
import type { Decision } from '../../src/kernel/decision.ts'
import type { Payload } from '../../src/kernel/event.ts'
import { canonDigest, canonVersion } from '../../src/kernel/canon/first-edition.ts'
import { builtinJudge } from '../../src/kernel/gate/judge.ts'
import { parseOrder } from '../../src/kernel/sovereign/parse-order.ts'
import { initialState } from '../../src/kernel/state.ts'
import type { Ledger } from '../../src/ledger/port.ts'
import type { CallNotes } from '../../src/machine/call-request.ts'
import { Core } from '../../src/machine/core.ts'
import type { Departure } from '../../src/machine/departure.ts'
import { Exchange } from '../../src/machine/exchange.ts'
import { ReverseDispatcher } from '../../src/machine/reverse-dispatcher.ts'
import { saltedDigest } from '../../src/machine/salt.ts'
import type { Question, Waiter } from '../../src/machine/waiter.ts'
import { isReverse } from '../../src/kernel/manifest.ts'
import { canonical } from '../simulation/oracle/constraint.ts'
import { demandAskable, demandDispatchable } from '../simulation/oracle/dispatch.ts'
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
  /** Questions that reached a client. */
  questions = 0
  answers = 0
  now = 1_700_000_000_000
  readonly #random: Random
  readonly #keys = standInKeys()
  #tasks: (() => void)[] = []
  #nonce = 0
  #lastOrder: Json = null
  /** Dispatched calls that their driver may still answer, or answer again. */
  #open: Departure[] = []
  /** Questions that their client may still answer. */
  #asked: { readonly question: Question; readonly call: number }[] = []

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
    const reverse = new ReverseDispatcher(this.core, () => this.exchange.flights)
    this.exchange = new Exchange({
      core: this.core,
      vault,
      entropy: { bytes: (length) => random.bytes(length) },
      dispatcherOf: (object, selector) =>
        isReverse(selector) ? reverse : { dispatch: (departure) => this.#dispatch(id(object), departure) },
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

  /** Runs a task at the end of the turn. What `queueMicrotask` is here. */
  later(task: () => void): void {
    this.#tasks.push(task)
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
    answers: CallNotes['answers'] = [],
  ): void {
    const handle = 'handle' in designation ? designation.handle : 0
    const object = 'object' in designation ? designation.object : 0
    const text = Buffer.from(bytes).toString('utf8')
    this.oracle.sent({ process, selector, handle, object, within: 0, text }, bytes)
    const named = handle > 0 ? { handle: id<never>(handle) } : { object: id<never>(object) }
    const notes = { answers, progress: false, log: null, trace: null }
    const request = { process: id<ProcessId>(process), designation: named, selector, bytes, notes }
    const seen = { process, commitment: this.oracle.commitment(bytes), answers: new Set<string>(answers) }
    const ask = (question: Question): (() => void) | null => {
      if (this.#random.percent(10)) return null
      const call = demandAskable(this.oracle, { ...question, ...seen, within: question.call })
      this.questions += 1
      this.#asked.push({ question, call })
      if (this.#asked.length > 64) this.#asked.shift()
      return () => undefined
    }
    this.#wait({ ...this.#waiter(), ask }, (waiter) => this.exchange.call(request, waiter))
  }

  /** A driver asks something, in the course of that call or of none. */
  ask(driver: number, selector: string, within: number | undefined, bytes: Uint8Array): void {
    const asking = { process: driver, object: driver, handle: 0, selector, within: within ?? 0 }
    this.oracle.sent({ ...asking, text: Buffer.from(bytes).toString('utf8') }, bytes)
    const designation = { object: id<never>(driver) }
    const around = within === undefined ? {} : { within: id<never>(within) }
    const request = { process: id<ProcessId>(driver), designation, selector, bytes, ...around }
    this.#wait(this.#waiter(), (waiter) => this.exchange.call(request, waiter))
  }

  /** A client answers a question, perhaps again, perhaps with nonsense. */
  answerQuestion(result: Uint8Array): void {
    if (this.#asked.length === 0) return
    const at = this.#random.below(this.#asked.length)
    const asked = this.#asked[at]
    if (asked === undefined) return
    if (this.#random.percent(80)) this.#asked.splice(at, 1)
    const { clientSaid } = this.oracle.witness
    const said = clientSaid.get(asked.call) ?? new Set<string>()
    clientSaid.set(asked.call, said.add(this.oracle.commitment(result)))
    const isDone = this.#random.percent(85)
    const refused = { kind: 'answered', outcome: 'failed', reason: 'no', result: new Uint8Array(0) } as const
    asked.question.onAnswer(isDone ? { kind: 'answered', outcome: 'done', reason: '', result } : refused)
  }

  /** An operator approves a question and answers it. */
  approveWithAnswer(held: {
    readonly id: number
    readonly approvalDigest: string
    readonly nonce: string
  }): void {
    const bytes = Buffer.from(`{"colour":"${this.#random.word()}"}`)
    const { vault } = this.#keys
    const answer = saltedDigest(vault, held.nonce, bytes, 0)
    this.oracle.answered(answer, bytes)
    const command = { do: 'call.approve', call: held.id, digest: held.approvalDigest, comment: '', answer }
    this.order(command, 'none', { commitment: vault.commit(bytes), length: bytes.length, bytes })
  }

  #wait(waiter: Waiter, begin: (waiter: Waiter) => void): void {
    begin(waiter)
    this.waiters.push(waiter)
    if (this.waiters.length > 64) this.waiters.shift()
  }

  /** An operator orders, or somebody who would like to be one. Malformed orders stop at the parser. */
  order(
    command: OrderAction | Json,
    flaw: 'none' | 'forged' | 'replayed' | 'stale' = 'none',
    answer?: Payload,
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
      ...(answer === undefined ? {} : { answer }),
      order: {
        record: parsed.value,
        signed: { record: text, signature },
        signatureValid: this.#keys.verify(this.#keys.operatorKey, Buffer.from(text), signature),
      },
      waiting: this.#isWaiting(command as { readonly call?: number }),
      undispatched: this.exchange.flights.undispatched(),
    })
  }

  /** An agent's connection may be there or not; a driver that asked and is gone has no question any more. */
  #isWaiting({ call }: { readonly call?: number }): boolean {
    const asked = call === undefined ? undefined : this.core.state.calls.get(id(call))
    if (asked === undefined || !isReverse(asked.selector)) return this.#random.percent(50)
    return this.exchange.flights.isAwaited(asked.id)
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
