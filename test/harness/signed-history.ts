/**
 * A history with real signatures, made by the real fold and kept in memory: one operator, one driver, one agent,
 * and whatever a test lets happen to them. For what is read from ledgers afterwards.
 */
import assert from 'node:assert/strict'
import { sha256Hex } from '../../src/base/hash.ts'
import type { Instant } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import type { JsonObject } from '../../src/base/json.ts'
import { generateSigningKey, publicKeyOf } from '../../src/base/signature.ts'
import { orderRecord, signOrder } from '../../src/cli/order.ts'
import type { Caveats } from '../../src/kernel/capability/terms.ts'
import type { Command, OrderAction } from '../../src/kernel/command.ts'
import { decide } from '../../src/kernel/decide.ts'
import type { Decision } from '../../src/kernel/decision.ts'
import type { Event, EventKind, EventOf } from '../../src/kernel/event.ts'
import { evolve } from '../../src/kernel/evolve.ts'
import { canonDigest, canonVersion } from '../../src/kernel/canon/first-edition.ts'
import { builtinJudge } from '../../src/kernel/gate/judge.ts'
import type { State } from '../../src/kernel/state.ts'
import { initialState } from '../../src/kernel/state.ts'

type Untimed = Command extends infer C ? (C extends Command ? Omit<C, 'at'> : never) : never

/** Ledger time of a new history. */
export const historyStart = 1_700_000_000_000
const key = generateSigningKey()
/** The operator who signs unless another is named. */
export const ada: Omit<HistoryOperator, 'operator'> = {
  name: 'ada',
  publicKey: publicKeyOf(key),
  privateKey: key,
}

/** Who signs, and under which number. */
export interface HistoryOperator {
  readonly operator: number
  readonly name: string
  readonly publicKey: string
  readonly privateKey: Uint8Array
}

/** Driver 2 `files`, agent 3 `scout` with process 4, and every event so far. */
export class SignedHistory {
  readonly events: Event[] = []
  readonly state: State = initialState()
  now: number = historyStart

  constructor() {
    this.do({
      kind: 'domain.create',
      name: 'main',
      operatorName: 'ada',
      operatorKey: ada.publicKey,
      canonDigest,
      canonVersion,
      policyVersion: builtinJudge.version,
      ledgerKey: 'l',
    })
    this.do({ kind: 'kernel.boot', code: 'test', policyVersion: builtinJudge.version, halt: null })
    const selectors = [
      { selector: 'tools/read', digest: sha256Hex('r'), effect: 'observe' },
      { selector: 'tools/write', digest: sha256Hex('w'), effect: 'act' },
    ] as const
    const program = { protocol: 'mcp-stdio', command: '/bin/files', args: [], cwd: '/', env: {} } as const
    this.order({ do: 'driver.add', name: 'files', manifest: { program, selectors } })
    const definitions = new Map(selectors.map(({ selector, digest }) => [selector, digest]))
    this.do({ kind: 'driver.attach', driver: id(2), definitions })
    this.order({ do: 'agent.add', name: 'scout', tokenDigest: sha256Hex('t') })
  }

  do(command: Untimed): Decision {
    this.now += 1_000
    const decision = decide(this.state, { ...command, at: id<Instant>(this.now) }, builtinJudge)
    for (const event of decision.events) {
      evolve(this.state, event)
      this.events.push(event)
    }
    return decision
  }

  order(command: OrderAction, by: HistoryOperator = { operator: 1, ...ada }): Decision {
    const ground = { domain: 'main', policyVersion: builtinJudge.version, canonVersion }
    const { record, text, signature } = signOrder(orderRecord(command, id(by.operator), ground, this.now), by)
    const signed = { record: text, signature }
    return this.do({
      kind: 'order',
      order: { record, signed, signatureValid: true, proofValid: true },
      waiting: true,
      undispatched: new Set(),
    })
  }

  call(args: JsonObject, selector = 'tools/write', process = 4): Decision {
    const bytes = Buffer.from(JSON.stringify(args))
    const commitment = sha256Hex(bytes)
    return this.do({
      kind: 'call.request',
      process: id(process),
      designation: { object: id(2) },
      selector,
      arguments: args,
      payload: { commitment, length: bytes.length, bytes },
      nonce: '00'.repeat(16),
      saltedDigest: () => commitment,
    })
  }

  /** A call that is let through and done. */
  done(args: JsonObject, selector = 'tools/write'): void {
    const [admitted] = this.call(args, selector).events
    assert.ok(admitted?.kind === 'call.admitted', `${selector} was let through`)
    this.settle(admitted.body.call)
  }

  /** The driver answers. */
  settle(call: number): void {
    const payload = { commitment: sha256Hex('r'), length: 1, bytes: Buffer.from('r') }
    const how = { outcome: 'done', reason: '', released: false, payload } as const
    this.do({ kind: 'call.settle', call: id(call), ...how })
  }

  /** A grant to the agent on the driver. */
  grant(caveats: Caveats): void {
    this.order({ do: 'capability.grant', holder: id(4), object: id(2), caveats })
  }

  /** The event of that kind that happened last. */
  last<K extends EventKind>(kind: K): EventOf<K> {
    const found = this.events.findLast((event): event is EventOf<K> => event.kind === kind)
    assert.ok(found !== undefined, `${kind} happened`)
    return found
  }
}
