/**
 * Tries a suggestion on the kernel's own `decide` before anybody signs it: on the state that the ledger folds
 * to, a newcomer is granted exactly what is suggested and repeats every observed call at its own distance in
 * time. Nothing of this is recorded anywhere; the state is a copy that is thrown away.
 */
import { sha256Hex } from '../../base/hash.ts'
import type { CallId, Instant, ObjectId, ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { canonicalJson } from '../../base/canonical-json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Caveats } from '../../kernel/capability/terms.ts'
import type { Command, OrderAction, OrderRecord } from '../../kernel/command.ts'
import { decide } from '../../kernel/decide.ts'
import type { Decision } from '../../kernel/decision.ts'
import { evolve } from '../../kernel/evolve.ts'
import { builtinJudge } from '../../kernel/gate/judge.ts'
import type { Refusal } from '../../kernel/refusal.ts'
import type { State } from '../../kernel/state.ts'
import type { ObservedCall } from './selector-evidence.ts'

type Untimed = Command extends infer C ? (C extends Command ? Omit<C, 'at'> : never) : never

/** What would be granted, by object. */
export interface RehearsedGrant {
  readonly object: number
  readonly caveats: Caveats
}

/** What became of one repeated call. */
export type Rehearsed =
  | { readonly let: 'through' }
  | { readonly let: 'ask' }
  | { readonly let: 'refused'; readonly refusal: Refusal }

/** A rehearsal on `state`, which it takes over and changes. */
export class Rehearsal {
  readonly #state: State
  readonly #start: Instant
  #now: Instant
  #firstAt: number | null = null
  #process: ProcessId = id<ProcessId>(0)
  #count = 0

  private constructor(state: State) {
    this.#state = state
    this.#start = state.at
    this.#now = state.at
  }

  /** Sets the stage: every driver attached as it was pinned, a newcomer with `grants`. Or why the kernel refuses that. */
  static begin(state: State, grants: readonly RehearsedGrant[]): Result<Rehearsal, string> {
    const rehearsal = new Rehearsal(state)
    const refused = rehearsal.#setUp(grants)
    return refused === null ? ok(rehearsal) : err(refused.message)
  }

  #setUp(grants: readonly RehearsedGrant[]): Refusal | null {
    const state = this.#state
    if (state.halted !== null) this.#order({ do: 'domain.resume' })
    for (const driver of state.drivers.values()) {
      const { id: gone, attached: incarnation } = driver
      if (incarnation !== 0)
        this.#do({ kind: 'driver.detach', driver: gone, incarnation, reason: '', undispatched: new Set() })
      const definitions = new Map([...driver.selectors].map(([selector, { digest }]) => [selector, digest]))
      this.#do({ kind: 'driver.attach', driver: driver.id, definitions })
    }
    const name = `rehearsal-${this.#nonce()}`
    const added = this.#order({ do: 'agent.add', name, tokenDigest: sha256Hex(name) })
    const newcomer = added.events.find((event) => event.kind === 'agent.added')
    if (newcomer?.kind !== 'agent.added') return added.refusal
    this.#process = newcomer.body.process
    for (const { object, caveats } of grants) {
      const holder = this.#process
      const granted = this.#order({ do: 'capability.grant', holder, object: id<ObjectId>(object), caveats })
      if (granted.refusal !== null) return granted.refusal
    }
    return null
  }

  /** Repeats one call, and lets an operator approve it where that is asked for. */
  repeat(call: ObservedCall, values: JsonObject): Rehearsed {
    this.#firstAt ??= call.at
    this.#now = id<Instant>(Math.max(this.#now, this.#start + (call.at - this.#firstAt)))
    const commitment = sha256Hex(this.#nonce())
    const decision = this.#do({
      kind: 'call.request',
      process: this.#process,
      designation: { object: id<ObjectId>(call.object) },
      selector: call.selector,
      arguments: values,
      payload: { commitment, length: 1, bytes: null },
      nonce: this.#nonce(),
      saltedDigest: () => commitment,
    })
    if (decision.refusal !== null) return { let: 'refused', refusal: decision.refusal }
    const [event] = decision.events
    if (event?.kind === 'call.held') {
      const { call: held, approvalDigest } = event.body
      this.#order({ do: 'call.approve', call: held, digest: approvalDigest, comment: '' })
      this.#settle(held)
      return { let: 'ask' }
    }
    if (event?.kind === 'call.admitted') this.#settle(event.body.call)
    return { let: 'through' }
  }

  #settle(call: CallId): void {
    this.#do({ kind: 'call.settle', call, outcome: 'done', reason: '', released: false, payload: null })
  }

  /** An order that counts as signed: what is asked here is only what would follow from it. */
  #order(command: OrderAction): Decision {
    const [operator] = this.#state.operators.keys()
    const { domain } = this.#state
    if (operator === undefined || domain === null)
      throw new Error('a ledger begins with a domain and an operator')
    const record: OrderRecord = {
      command,
      domain: domain.name,
      operator,
      nonce: this.#nonce(),
      policyVersion: domain.policyVersion,
      canonVersion: domain.canonVersion,
      time: this.#now,
    }
    const signed = { record: canonicalJson(record as unknown as Json), signature: '' }
    const order = { record, signed, signatureValid: true }
    return this.#do({ kind: 'order', order, waiting: true, undispatched: new Set() })
  }

  #do(command: Untimed): Decision {
    const decision = decide(this.#state, { ...command, at: this.#now }, builtinJudge)
    for (const event of decision.events) evolve(this.#state, event)
    return decision
  }

  #nonce(): string {
    this.#count += 1
    return sha256Hex(`rehearsal ${this.#start} ${this.#count}`).slice(0, 32)
  }
}
