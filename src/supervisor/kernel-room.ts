/**
 * The links to all kernels, and the post between them: the sovereign's statements go to the members, the members'
 * acknowledgements back. Neither can be made up here: a member verifies the sovereign's signature, and the domain of
 * an acknowledgement is that of the link it came by.
 */
import type { Socket } from 'node:net'
import type { JsonObject } from '../base/json.ts'
import { sovereignDomain } from '../wire/socket-folder.ts'
import type { ContainedProcess } from './contain.ts'
import { killTree } from './contain.ts'
import type { HaltTimes } from './halt-clock.ts'
import type { KernelLink } from './kernel-link.ts'
import { linkKernel } from './kernel-link.ts'
import type { Speaker } from './kernel-notice.ts'
import type { Scope } from './scope.ts'
import type { StatementStore } from './statement-store.ts'
import type { Action, HaltsToTell, Input } from './supervision.ts'

/** What the room tells, and asks. */
export interface KernelRoomPorts {
  input(input: Input): void
  timesOf(scope: Scope, domain: string): HaltTimes | null
}

/** The kernels of one home. */
export class KernelRoom {
  readonly #statements: StatementStore
  readonly #ports: KernelRoomPorts
  readonly #links = new Map<string, KernelLink>()
  /** The newest acknowledgement of each member: the sovereign hears it again when it has been restarted. */
  readonly #acknowledged = new Map<string, JsonObject>()
  /** What the probe found that programs can be held with. */
  boundary: JsonObject | null = null

  constructor(statements: StatementStore, ports: KernelRoomPorts) {
    this.#statements = statements
    this.#ports = ports
  }

  /** The link to a domain's kernel, if it is to that incarnation. */
  of(domain: string, incarnation?: number): KernelLink | undefined {
    const link = this.#links.get(domain)
    return incarnation === undefined || link?.incarnation === incarnation ? link : undefined
  }

  /** Opens the link to a kernel that was just started. */
  open(speaker: Speaker, process: ContainedProcess, halts: HaltsToTell | null): void {
    const { domain } = speaker
    const whole = halts?.domain ?? null
    const link = linkKernel(
      process.child.stdio[3] as Socket,
      speaker,
      {
        halt: whole === null ? null : { ...whole.halt, ...this.#ports.timesOf(whole.scope, domain) },
        inner: (halts?.inner ?? []).map(({ scope, halt }) => ({
          scope,
          halt: { ...halt, ...this.#ports.timesOf(scope, domain) },
        })),
        boundary: this.boundary,
        statement: this.#statements.latest(domain),
      },
      {
        input: (input) => {
          this.#ports.input(input)
          if (input.kind === 'serving') this.#welcomed(domain)
        },
        post: (header, body) => this.#post(speaker, header, body, () => killTree(process)),
        broken: () => killTree(process),
      },
    )
    this.#links.set(domain, link)
  }

  /** Tells a kernel what a halt inside its domain did. */
  report({ scope, halt, incarnation }: Extract<Action, { readonly kind: 'report-halt' }>): void {
    const times = this.#ports.timesOf(scope, scope.domain)
    this.of(scope.domain, incarnation)?.reportHalt(scope, { ...halt, ...times })
  }

  #post({ domain }: Speaker, header: JsonObject, body: Uint8Array, end: () => void): void {
    if (header['event'] === 'acknowledged') return this.#acknowledge(domain, header)
    const { domain: to, signature } = header
    // A kernel that speaks for the sovereign and is not its kernel is no kernel of ours.
    if (domain !== sovereignDomain || typeof to !== 'string' || typeof signature !== 'string') return end()
    const statement = { text: new TextDecoder().decode(body), signature }
    if (!this.#statements.keep(to, statement)) return
    this.#ports.input({ kind: 'statement-known', domain: to })
    void this.#links.get(to)?.ask({ op: 'statement', signature }, body)
  }

  #acknowledge(domain: string, { event: _event, ...said }: JsonObject): void {
    if (domain === sovereignDomain) return
    this.#acknowledged.set(domain, said)
    this.#tellSovereign(domain, said)
  }

  #tellSovereign(domain: string, said: JsonObject): void {
    void this.#links.get(sovereignDomain)?.ask({ ...said, op: 'acknowledged', domain })
  }

  /** What came while a kernel was starting and could not be told. */
  #welcomed(domain: string): void {
    if (domain === sovereignDomain) {
      for (const [member, said] of this.#acknowledged) this.#tellSovereign(member, said)
      return
    }
    const statement = this.#statements.latest(domain)
    if (statement === null) return
    const header = { op: 'statement', signature: statement.signature }
    void this.#links.get(domain)?.ask(header, Buffer.from(statement.text))
  }
}
