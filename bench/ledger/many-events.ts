/**
 * A domain with millions of events, made fast and true: every one is decided by the kernel and appended through the real
 * segment log in batches of 4,096, so that it verifies, folds and boots like any other. What is not real is time (ten
 * milliseconds from event to event, up to now) and that nobody waited for an answer.
 */
import { randomBytes } from 'node:crypto'
import { canonicalJson } from '../../src/base/canonical-json.ts'
import { sha256Hex } from '../../src/base/hash.ts'
import type { DriverId, Handle, Instant, OperatorId, ProcessId } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import type { Json } from '../../src/base/json.ts'
import { generateSigningKey, publicKeyOf } from '../../src/base/signature.ts'
import { canonDigest, canonVersion } from '../../src/kernel/canon/first-edition.ts'
import type { Command, OrderAction } from '../../src/kernel/command.ts'
import { decide } from '../../src/kernel/decide.ts'
import type { Event, Payload } from '../../src/kernel/event.ts'
import { evolve } from '../../src/kernel/evolve.ts'
import { builtinJudge } from '../../src/kernel/gate/judge.ts'
import { stateRoot } from '../../src/kernel/root.ts'
import type { Ledger } from '../../src/ledger/port.ts'
import type { OpenedDomain } from '../../src/machine/open-domain.ts'
import { openDomain } from '../../src/machine/open-domain.ts'
import { systemEntropy } from '../../src/machine/system-entropy.ts'
import { caveats, pinned, program, selector } from '../kernel/example-call.ts'

/** How many agents call. The first call most: the share of one is that of a square root. */
export const agentCount = 64
/** A name for the domain. */
export const domainName = 'main'

const batchEvents = 4096
/** Events from one word of progress to the next. */
const toldEvents = 1_000_000
const betweenMs = 10
/** What a kernel that is killed leaves at most after its last snapshot; of a small ledger a tenth. */
const tailEvents = 250_000
/** Of so many calls one ends in a failure. */
const oneFailedIn = 50
const policyVersion = builtinJudge.version
const code = 'bench'

type Untimed = Command extends infer C ? (C extends Command ? Omit<C, 'at'> : never) : never

interface Agent {
  readonly process: ProcessId
  readonly handle: Handle
}

/**
 * Makes a domain under the folder `home`, with its keys, whose ledger holds at least `events` events and ends in a
 * checkpoint, with a snapshot some way before its end. Calls `told` with the position now and then. Returns the position of the last event.
 */
export async function makeManyEvents(
  home: string,
  events: number,
  told: (seq: number) => void,
): Promise<number> {
  const startedAt = Date.now() - events * betweenMs
  const clock = { now: () => id<Instant>(startedAt) }
  const opened = await openDomain(home, domainName, { clock, entropy: systemEntropy() })
  if (!opened.ok) throw new Error(opened.error)
  const domain = new Domain(opened.value, startedAt)
  const agents = domain.begin()
  const tail = Math.min(tailEvents, events / 10)
  await domain.grow(agents, events - tail, told)
  await opened.value.snapshots.keepLast()
  await domain.grow(agents, events, told)
  opened.value.ledger.close()
  return opened.value.state.seq
}

/** Decides, applies and keeps what is to be appended. */
class Domain {
  readonly #opened: OpenedDomain
  readonly #startedAt: number
  #open: Event[] = []
  #chance = 1
  #calls = 0

  constructor(opened: OpenedDomain, startedAt: number) {
    this.#opened = opened
    this.#startedAt = startedAt
  }

  /** Appends what was decided, and calls until there are `events` events, which are then signed. */
  async grow(agents: readonly Agent[], events: number, told: (seq: number) => void): Promise<void> {
    const { ledger, state } = this.#opened
    let said = ledger.durable
    while (this.#open.length > 0 || state.seq < events) {
      const decided = this.#open
      this.#open = []
      const written = decided.length === 0 ? null : append(ledger, decided)
      if (state.seq < events) for (let call = 0; call < batchEvents / 2; call++) this.#call(agents)
      await written
      if (ledger.durable - said >= toldEvents) told((said = ledger.durable))
    }
    await checkpoint(this.#opened)
  }

  /** Creates the domain, its driver and its agents, each with the capability for the example call. */
  begin(): readonly Agent[] {
    const { ledgerKey } = this.#opened
    const operatorKey = publicKeyOf(generateSigningKey())
    const versions = { canonDigest, canonVersion, policyVersion }
    this.#submit({
      kind: 'domain.create',
      name: domainName,
      operatorName: 'ada',
      operatorKey,
      ledgerKey,
      ...versions,
    })
    this.#submit({ kind: 'kernel.boot', code, policyVersion, halt: null })
    const manifest = { program, selectors: [pinned] }
    const driver = id<DriverId>(this.#ordered({ do: 'driver.add', name: 'notes', manifest }, 'driver'))
    this.#submit({ kind: 'driver.attach', driver, definitions: new Map([[selector, pinned.digest]]) })
    return Array.from({ length: agentCount }, (_, index) => {
      const name = `agent-${index}`
      const tokenDigest = sha256Hex(name)
      const process = id<ProcessId>(this.#ordered({ do: 'agent.add', name, tokenDigest }, 'process'))
      const grant = { do: 'capability.grant', holder: process, object: driver, caveats } as const
      return { process, handle: id<Handle>(this.#ordered(grant, 'handle')) }
    })
  }

  /** One call of one agent, and its end. */
  #call(agents: readonly Agent[]): void {
    const agent = agents[Math.floor(agentCount * this.#random() ** 2)]
    if (agent === undefined) throw new Error('there is no such agent')
    const path = `/data/notes/${this.#calls++}.txt`
    const args = { path, mode: this.#calls % 3 === 0 ? 'replace' : 'append' }
    const [admitted] = this.#submit({
      kind: 'call.request',
      process: agent.process,
      designation: { handle: agent.handle },
      selector,
      arguments: args,
      payload: this.#payload(args),
      nonce: '',
      saltedDigest: () => '',
    })
    if (admitted?.kind !== 'call.admitted') throw new Error('a call was not admitted')
    const outcome = this.#calls % oneFailedIn === 0 ? 'failed' : 'done'
    this.#submit({
      kind: 'call.settle',
      call: admitted.body.call,
      outcome,
      reason: outcome === 'done' ? '' : 'the disk of the notes is full',
      released: false,
      payload: this.#payload({ content: [{ type: 'text', text: `noted ${path}` }] }),
    })
  }

  #payload(value: object): Payload {
    const bytes = Buffer.from(JSON.stringify(value))
    return { commitment: this.#opened.vault.commit(bytes), length: bytes.length, bytes }
  }

  #ordered(command: OrderAction, made: string): number {
    const record = {
      command,
      domain: domainName,
      operator: id<OperatorId>(1),
      nonce: randomBytes(16).toString('hex'),
      policyVersion,
      canonVersion,
      time: this.#now(),
    }
    const signed = { record: canonicalJson(record as unknown as Json), signature: '' }
    const order = { record, signed, signatureValid: true }
    const [event] = this.#submit({ kind: 'order', order, waiting: false, undispatched: new Set() })
    const body = event?.body as unknown as { readonly [name: string]: number } | undefined
    const number = body?.[made]
    if (number === undefined) throw new Error(`${command.do} made no ${made}`)
    return number
  }

  #submit(command: Untimed): readonly Event[] {
    const { state } = this.#opened
    const { events, refusal } = decide(state, { ...command, at: this.#now() }, builtinJudge)
    if (refusal !== null) throw new Error(refusal.message)
    for (const event of events) {
      evolve(state, event)
      this.#open.push(event)
    }
    return events
  }

  #now(): Instant {
    return id<Instant>(this.#startedAt + this.#opened.state.seq * betweenMs)
  }

  /** From 0 up to 1, the same on every run. */
  #random(): number {
    this.#chance = (this.#chance * 48_271) % 2_147_483_647
    return this.#chance / 2_147_483_647
  }
}

function append(ledger: Ledger, events: readonly Event[]): Promise<void> {
  return new Promise((resolve, reject) => {
    ledger.append(events, (failure) => (failure === null ? resolve() : reject(new Error(failure.message))))
  })
}

function checkpoint({ ledger, state }: OpenedDomain): Promise<void> {
  return new Promise((resolve, reject) => {
    ledger.checkpoint(state.at, stateRoot(state), (failure) =>
      failure === null ? resolve() : reject(new Error(failure.message)),
    )
  })
}
