/**
 * A sovereign and its members for tests of kernels alone: no process, no clock, no ledger, no signatures but
 * their verdicts. The realm plays supervisor: it carries statements to members and acknowledgements back.
 */
import { sha256Hex } from '../../src/base/hash.ts'
import type { Instant, OperatorId } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import { generateSigningKey, publicKeyOf } from '../../src/base/signature.ts'
import type { Command, OrderAction } from '../../src/kernel/command.ts'
import { canonDigest, canonVersion } from '../../src/kernel/canon/first-edition.ts'
import { decide } from '../../src/kernel/decide.ts'
import type { Decision } from '../../src/kernel/decision.ts'
import type { Event } from '../../src/kernel/event.ts'
import { evolve } from '../../src/kernel/evolve.ts'
import { builtinJudge } from '../../src/kernel/gate/judge.ts'
import { isAnyStatementDue, lastStatement } from '../../src/kernel/sovereign/domains.ts'
import { parseStatement } from '../../src/kernel/sovereign/statement.ts'
import type { State } from '../../src/kernel/state.ts'
import { initialState } from '../../src/kernel/state.ts'
import { assumedOrder } from './assumed-order.ts'

/** Ledger time of a new realm. */
export const realmStart = 1_700_000_000_000
/** A real public key: parsers accept no other. */
export function keyNamed(name: string): string {
  const known =
    keys.get(name) ?? publicKeyOf(generateSigningKey({ bytes: () => Buffer.from(sha256Hex(name), 'hex') }))
  keys.set(name, known)
  return known
}
const keys = new Map<string, string>()
/** A proof of the right shape; whether it verifies is a verdict that the test gives. */
export const someProof: string = 'A'.repeat(86)

type Untimed = Command extends infer C ? (C extends Command ? Omit<C, 'at'> : never) : never
type Creation = Partial<Extract<Untimed, { kind: 'domain.create' }>>

/** How an order deviates from a right one. */
export interface Deviation {
  readonly time?: number
  readonly nonce?: string
  readonly valid?: boolean
  readonly proven?: boolean
  readonly domain?: string
  readonly policyVersion?: string
  readonly endorsed?: readonly boolean[]
}

/** One kernel. */
export class SmallKernel {
  readonly state: State = initialState()
  readonly log: Event[] = []
  readonly name: string
  now: number = realmStart
  #nonce = 0

  constructor(name: string, creation: Creation) {
    this.name = name
    const versions = { canonDigest, canonVersion, policyVersion: builtinJudge.version }
    this.do({ kind: 'domain.create', name, ledgerKey: keyNamed(`${name} ledger`), ...versions, ...creation })
    this.do({ kind: 'kernel.boot', code: 'test', policyVersion: builtinJudge.version, halt: null })
  }

  do(command: Untimed): Decision {
    const decision = decide(this.state, { ...command, at: id<Instant>(this.now) }, builtinJudge)
    for (const event of decision.events) {
      evolve(this.state, event)
      this.log.push(event)
    }
    return decision
  }

  /** The id that an operator has here. */
  operator(name: string): OperatorId {
    const found = [...this.state.operators.values()].find((known) => known.name === name)
    return found?.id ?? id<OperatorId>(999)
  }

  order(by: string, command: OrderAction, changed: Deviation = {}): Decision {
    this.#nonce += 1
    const { nonce, domain = this.name, policyVersion = builtinJudge.version, time = this.now } = changed
    const order = assumedOrder(command, {
      count: this.#nonce,
      time,
      domain,
      policyVersion,
      operator: this.operator(by),
      canonVersion: this.state.domain?.canonVersion ?? 0,
      ...(nonce === undefined ? {} : { nonce }),
      signatureValid: changed.valid ?? true,
      proofValid: changed.proven ?? true,
    })
    const { endorsed = [] } = changed
    return this.do({ kind: 'order', order, endorsed, waiting: true, undispatched: new Set() })
  }

  enrol(
    by: string,
    name: string,
    level: 'sovereign' | 'co-operator' | 'domain-sovereign',
    domain?: string,
  ): Decision {
    const place = domain === undefined ? {} : { domain }
    const publicKey = keyNamed(name)
    return this.order(by, { do: 'operator.enrol', name, level, publicKey, proof: someProof, ...place })
  }
}

/** A sovereign, and members that hear it whenever `carry` is called. */
export class SmallRealm {
  readonly sovereign: SmallKernel
  /** What each domain was told last. */
  readonly #told = new Map<string, string | null>()
  readonly members: Map<string, SmallKernel> = new Map<string, SmallKernel>()

  constructor(...domains: readonly string[]) {
    const founder = { operatorName: 'ada', operatorKey: keyNamed('ada') }
    this.sovereign = new SmallKernel('sovereign', { role: 'sovereign', domains, ...founder })
    this.carry()
  }

  member(name: string): SmallKernel {
    const found = this.members.get(name)
    if (found === undefined) throw new Error(`there is no kernel of ${name}`)
    return found
  }

  set now(at: number) {
    for (const kernel of [this.sovereign, ...this.members.values()]) kernel.now = at
  }

  /** Issues what is due, and takes every newest statement to its domain; new domains get a kernel. */
  carry(...reasons: readonly ('change' | 'time')[]): void {
    const { sovereign } = this
    const at = id<Instant>(sovereign.now)
    for (const because of reasons.length === 0 ? (['change', 'time'] as const) : reasons)
      if (isAnyStatementDue(sovereign.state, { because, at }))
        sovereign.do({ kind: 'statement.issue', because })
    for (const name of sovereign.state.domains?.keys() ?? []) this.carryTo(name)
  }

  carryTo(name: string): void {
    const text = this.newestText(name)
    const member = this.members.get(name) ?? this.#begin(name)
    if (text !== null && this.#told.get(name) !== text) this.tell(member, text)
    this.#told.set(name, text)
  }

  /** The newest statement to a domain, as the sovereign signs it. */
  newestText(name: string): string | null {
    const domain = this.sovereign.state.domains?.get(name)
    return domain === undefined ? null : lastStatement(this.sovereign.state, domain)
  }

  tell(member: SmallKernel, text: string, signatureValid = true): Decision {
    const statement = parseStatement(Buffer.from(text))
    const decision = member.do({ kind: 'statement.accept', text, signature: 's', statement, signatureValid })
    const { domain, standing } = member.state
    if (decision.refusal === null && domain !== null && standing !== undefined) {
      const { canonVersion: version, canonDigest: digest, ledgerKey } = domain
      const said = { name: member.name, statement: standing.statement, ledgerKey }
      this.sovereign.do({ kind: 'domain.acknowledge', ...said, canonVersion: version, canonDigest: digest })
    }
    return decision
  }

  #begin(name: string): SmallKernel {
    const member = new SmallKernel(name, { role: 'member', sovereign: keyNamed('sovereign ledger') })
    member.now = this.sovereign.now
    this.members.set(name, member)
    return member
  }
}
