/**
 * The sovereign's word on its way, at both ends. A sovereign's kernel signs each statement when its event is
 * durable and hands it to the supervisor, which carries it and cannot forge it; a member's kernel verifies it,
 * acts on it, and says so. Texts are not kept: they follow from the state.
 */
import type { JsonObject } from '../base/json.ts'
import type { CanonDocument } from '../kernel/canon/document.ts'
import type { Event } from '../kernel/event.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { refusal } from '../kernel/refusal.ts'
import { isAnyStatementDue, lastStatement } from '../kernel/sovereign/domains.ts'
import { isCount, isDomainName, isId } from '../kernel/sovereign/shape.ts'
import { parseStatement, statementBytes } from '../kernel/sovereign/statement.ts'
import type { RegisteredDomain } from '../kernel/state.ts'
import type { Core } from './core.ts'
import type { Exchange } from './exchange.ts'
import type { SupervisorNotice } from './supervisor-notice.ts'

/** What only the process can do for it. */
export interface StatementPorts {
  /** Signs with the ledger's key. */
  sign(bytes: Uint8Array): string
  /** Makes the files that a new domain's kernel begins with, where they are missing. */
  prepareDomain(name: string): void
  /** The text of a version of the canon as the home keeps it. It proves nothing by itself. */
  canonOf(version: number): CanonDocument | undefined
}

/** What statements stand on. */
export interface StatementsContext extends StatementPorts {
  readonly core: Core
  readonly exchange: Exchange
  readonly ports: {
    verify(publicKey: string, record: Uint8Array, signature: string): boolean
    tellSupervisor(notice: SupervisorNotice): void
  }
}

/** Events of a sovereign after which it may have something new to say. */
const changes: ReadonlySet<string> = new Set([
  'operator.enrolled',
  'operator.rotated',
  'operator.revoked',
  'domain.registered',
  'domain.frozen',
  'domain.unfrozen',
  'domain.removed',
  'canon.amended',
])

/** Issues, hears and acknowledges statements, as far as the kernel's role asks for it. */
export class Statements {
  readonly #context: StatementsContext

  constructor(context: StatementsContext) {
    this.#context = context
  }

  /** The kernel serves: everything that was said is said again, because whoever carried it may have forgotten. */
  begin(): void {
    const { core } = this.#context
    this.#issueDue('change')
    this.#issueDue('time')
    if (this.#isSovereign) {
      core.whenDurable(() => this.#announceDomains())
      for (const { name } of this.#domains) this.#sendWhenDurable(name)
    }
    this.#acknowledge()
  }

  /** Time passed: statements are renewed when half of their validity is over. */
  tick(): void {
    if (this.#isSovereign) this.#issueDue('time')
  }

  /** Something became durable. */
  onDurable(event: Event): void {
    if (event.kind === 'statement.accepted') return this.#acknowledge()
    if (!this.#isSovereign) return
    if (event.kind.startsWith('domain.') && changes.has(event.kind)) this.#announceDomains()
    if (changes.has(event.kind)) this.#issueDue('change')
    if (event.kind !== 'statement.issued') return
    const domain = this.#context.core.state.domains?.get(event.body.domain)
    if (domain?.statement === event.body.statement) this.#send(domain)
  }

  /** A member hears its sovereign. `heard` is called once, when that is durable or refused. */
  accept(body: Uint8Array, signature: unknown, heard: (why: Refusal | null) => void): void {
    const { core, exchange, ports } = this.#context
    const text = Buffer.from(body).toString('utf8')
    const statement = parseStatement(body)
    const key = core.state.domain?.sovereign
    const isSigned = typeof signature === 'string' && key !== undefined
    const canon = statement === null ? undefined : this.#context.canonOf(statement.canon.version)
    if (core.failed || core.room === 'none') return heard(noRoom)
    const decision = exchange.submit({
      kind: 'statement.accept',
      text,
      signature: typeof signature === 'string' ? signature : '',
      statement,
      signatureValid: isSigned && ports.verify(key, statementBytes(text), signature),
      ...(canon === undefined ? {} : { canon }),
    })
    core.whenDurable(() => heard(decision.refusal))
  }

  /** A sovereign hears, through the supervisor, what a domain acts on. */
  acknowledged(header: JsonObject, heard: (why: Refusal | null) => void): void {
    const { core, exchange } = this.#context
    const { domain: name, statement, canonVersion, canonDigest, ledgerKey } = header
    const isSaid = isDomainName(name) && isId(statement) && isCount(canonVersion)
    if (!this.#isSovereign || !isSaid || typeof canonDigest !== 'string' || typeof ledgerKey !== 'string')
      return heard(refusal('bad-request', 'This is no acknowledgement.', 'One of a domain.'))
    if (core.failed || core.room !== 'ample') return heard(noRoom)
    const said = { name, statement, canonVersion, canonDigest, ledgerKey }
    const decision = exchange.submit({ kind: 'domain.acknowledge', ...said })
    core.whenDurable(() => heard(decision.refusal))
  }

  get #isSovereign(): boolean {
    return this.#context.core.state.domain?.role === 'sovereign'
  }

  get #domains(): readonly RegisteredDomain[] {
    return [...(this.#context.core.state.domains?.values() ?? [])]
  }

  #issueDue(because: 'change' | 'time'): void {
    const { core, exchange } = this.#context
    if (core.failed || core.room === 'none') return
    if (isAnyStatementDue(core.state, { because, at: core.now() }))
      exchange.submit({ kind: 'statement.issue', because })
  }

  /** Nothing is said that the next statement already replaces. */
  #send(domain: RegisteredDomain): void {
    const { core, ports } = this.#context
    const text = lastStatement(core.state, domain)
    if (text === null) return
    const signature = this.#context.sign(statementBytes(text))
    ports.tellSupervisor({ event: 'statement', domain: domain.name, signature, text })
  }

  /** What was said by now. What is said in the meantime is sent when that is durable. */
  #sendWhenDurable(name: string): void {
    const { core } = this.#context
    const said = core.state.domains?.get(name)?.statement
    core.whenDurable(() => {
      const domain = core.state.domains?.get(name)
      if (domain !== undefined && domain.statement === said) this.#send(domain)
    })
  }

  #announceDomains(): void {
    const { ports } = this.#context
    const domains = this.#domains.map(({ name, status, weight }) => ({ name, status, weight }))
    for (const { name } of domains) this.#context.prepareDomain(name)
    ports.tellSupervisor({ event: 'domains', domains })
  }

  /** Tells what the domain acts on once that is durable, unless it then acts on something newer already. */
  #acknowledge(): void {
    const { core, ports } = this.#context
    const statement = core.state.standing?.statement
    if (statement === undefined) return
    core.whenDurable(() => {
      const { domain, standing } = core.state
      if (domain === null || standing?.statement !== statement) return
      const { canonVersion, canonDigest, ledgerKey } = domain
      ports.tellSupervisor({ event: 'acknowledged', statement, canonVersion, canonDigest, ledgerKey })
    })
  }
}

const noRoom = refusal('ledger-unavailable', 'Nothing can be recorded.', 'Room for the ledger.')
