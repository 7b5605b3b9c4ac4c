/**
 * The kernel's operating system process in the simulated world: the real machine over the real ledger, on a
 * simulated disk, clock and wire. It starts as `src/machine/main.ts` does, and it can be killed at any moment,
 * also while it opens its ledger.
 */
import type { Instant } from '../../../src/base/ids.ts'
import { id } from '../../../src/base/ids.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import { evolve } from '../../../src/kernel/evolve.ts'
import type { Command } from '../../../src/kernel/command.ts'
import type { CanonDocument } from '../../../src/kernel/canon/document.ts'
import { canonDigest, canonVersion } from '../../../src/kernel/canon/first-edition.ts'
import { builtinJudge } from '../../../src/kernel/gate/judge.ts'
import { stateRoot } from '../../../src/kernel/root.ts'
import { stateBytes, stateOfBytes } from '../../../src/kernel/snapshot/state-bytes.ts'
import type { Event } from '../../../src/kernel/event.ts'
import type { State } from '../../../src/kernel/state.ts'
import { initialState } from '../../../src/kernel/state.ts'
import { memoryBlobs } from '../../../src/ledger/blobs.ts'
import { openSegmentLog } from '../../../src/ledger/open.ts'
import type { Ledger } from '../../../src/ledger/port.ts'
import { readScopeHalt } from '../../../src/machine/halt-message.ts'
import { Machine } from '../../../src/machine/machine.ts'
import type { Role } from '../../../src/machine/role.ts'
import type { ToldHalt } from '../../../src/machine/scope-halts.ts'
import type { SupervisorNotice } from '../../../src/machine/supervisor-notice.ts'
import type { HaltRecord } from '../../../src/supervisor/plan.ts'
import { compareState } from '../oracle/compare-state.ts'
import type { Oracle } from '../oracle/oracle.ts'
import { demand } from '../oracle/violation.ts'
import { watchRefusals } from '../oracle/watch-refusals.ts'
import type { Keys } from './keys.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { SimDisk } from './sim-disk.ts'
import type { WireEnd } from './wire.ts'
import { wirePair } from './wire.ts'

/** What the supervisor says first. */
interface ToldHalts {
  readonly halt: HaltRecord | null
  readonly halts: readonly ToldHalt[]
}

/** What the host stands on, and whom it tells. */
export interface KernelHostPorts {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly disk: SimDisk
  readonly keys: Keys
  readonly oracle: Oracle
  readonly domain: string
  /** What the first event says of it beside names and keys. */
  readonly founding: Founding
  readonly segmentBytes: number
  /** Whether every refusal is checked to change nothing; costs two state roots each. */
  readonly watchesRefusals: boolean
  now(): number
  /** The newest word of the sovereign, where the domain is a member. */
  newestStatement(): { readonly body: Uint8Array; readonly signature: string } | null
  /** The text of a canon that the sovereign was given. */
  canonOf(version: number): CanonDocument | undefined
  /** The home keeps the text of a canon. */
  keepCanon(canon: CanonDocument): void
  /** Something worth counting happened. */
  sometimes(name: string): void
  serving(): void
  notice(notice: SupervisorNotice): void
  exited(how: string): void
}

/** What a kernel is from its first event on. */
export type Founding = Pick<
  Extract<Command, { kind: 'domain.create' }>,
  'role' | 'sovereign' | 'operatorName' | 'operatorKey' | 'domains'
>

const tickMs = 100
const checkpointMs = 1_500
const refusalFlushMs = 2_000

/** One kernel after another. */
export class KernelHost {
  readonly #ports: KernelHostPorts
  readonly #blobs = memoryBlobs()
  /** Bumped whenever a kernel starts or ends: what an earlier one had scheduled does not happen. */
  #life = 0
  #machine: Machine | null = null
  #isServing = false
  #isOpening = false
  #ends: WireEnd[] = []

  constructor(ports: KernelHostPorts) {
    this.#ports = ports
  }

  /** The running kernel, if it serves. Generators may look into it; oracles never do. */
  get machine(): Machine | null {
    return this.#isServing ? this.#machine : null
  }

  /** True while promises, and not only tasks, move the kernel. */
  get isOpening(): boolean {
    return this.#isOpening
  }

  /** Starts a kernel, as the supervisor does. */
  start(halt: HaltRecord | null, inner: readonly JsonObject[] = []): void {
    demand(this.#machine === null && !this.#isOpening, 'I10 halt', 'a kernel was started beside another')
    this.#life += 1
    this.#isOpening = true
    void this.#open(this.#life, { halt, halts: inner.flatMap((told) => readScopeHalt(told) ?? []) }).catch(
      (error: unknown) => {
        // Inside a promise nobody would hear it; a task's failure ends the seed.
        this.#isOpening = false
        this.#ports.scheduler.after(0, () => {
          throw error
        })
      },
    )
  }

  /** The supervisor tells of a halt inside the domain. False when nobody hears it, or it cannot be recorded. */
  hearHalt(told: JsonObject, isReport: boolean): boolean {
    const halt = readScopeHalt(told)
    return halt !== null && this.machine !== null && this.machine.halts.halt(halt, isReport) === null
  }

  /** The kernel's process is gone, at once. False when there was none. */
  kill(how: string): boolean {
    if (this.#machine === null && !this.#isOpening) return false
    this.#life += 1
    this.#isOpening = false
    this.#isServing = false
    this.#machine = null
    this.#ports.disk.crash()
    const ends = this.#ends
    this.#ends = []
    for (const end of ends) if (end.isOpen && end.die()) this.#ports.sometimes('fault: words lost')
    this.#ports.oracle.event(`kernel gone: ${how}`)
    this.#ports.scheduler.after(1, () => this.#ports.exited(how))
    return true
  }

  /** One connection breaks, whoever's it is. False when there is none. */
  cutOne(): boolean {
    const end = this.#anyEnd()
    end?.reset()
    return end !== null
  }

  /** One connection delivers nothing for so long. False when there is none. */
  stallOne(forMs: number): boolean {
    const end = this.#anyEnd()
    end?.stall(forMs)
    return end !== null
  }

  #anyEnd(): WireEnd | null {
    const open = this.#ends.filter((end) => end.isOpen)
    return open.length === 0 ? null : this.#ports.random.pick(open)
  }

  /** Connects to the socket of `role`. Null while nobody listens. */
  connect(role: Role): WireEnd | null {
    const { machine } = this
    if (machine === null) return null
    const [near, far] = wirePair(this.#ports.scheduler, this.#ports.random)
    const observer = this.#ports.oracle.observe(role)
    near.tap = (bytes) => observer.fromKernel(bytes)
    far.tap = (bytes) => observer.towardsKernel(bytes)
    near.receiver = machine.accept(role, near)
    this.#ends = this.#ends.filter((end) => end.isOpen)
    this.#ends.push(near)
    return far
  }

  async #open(life: number, words: ToldHalts): Promise<void> {
    const { disk, keys, random, oracle, segmentBytes } = this.#ports
    const { signer, vault } = keys
    const state = initialState()
    const events: Event[] = []
    const options = {
      domain: this.#ports.domain,
      signer,
      vault,
      blobs: this.#blobs,
      segmentBytes,
      reserveBytes: 16_384,
    }
    const entropy = { bytes: (length: number) => random.bytes(length) }
    const opened = await openSegmentLog(disk, { ...options, entropy }, ({ event }) => {
      evolve(state, event)
      events.push(event)
      if (oracle.hasRoot(event.seq)) oracle.root(event.seq, stateRoot(state))
    })
    this.#later(life, 0, () => {
      if (!opened.ok) {
        const { code, message, file, offset } = opened.error
        demand(code === 'disk', 'durability', `the ledger does not open: ${message} (${file}, ${offset})`)
        this.kill('its disk refused')
        return
      }
      this.#isOpening = false
      if (opened.value.setAside !== null) this.#ports.sometimes('torn tail set aside')
      if (opened.value.checkpointCleared) this.#ports.sometimes('torn checkpoint cleared')
      oracle.reopened(events)
      const known = life % 2 === 0 ? reread(state) : state
      compareState(known, oracle.model)
      // The home's copy is made where it is missing: a crash may have come before it was.
      if (state.domain?.canon !== undefined && state.domain.role !== 'member')
        this.#ports.keepCanon(state.domain.canon)
      this.#boot(life, known, opened.value.ledger, words)
    })
  }

  #boot(life: number, state: State, ledger: Ledger, words: ToldHalts): void {
    const { halt } = words
    const { keys, random, scheduler } = this.#ports
    const machine: Machine = new Machine(state, {
      clock: { now: () => id<Instant>(this.#ports.now()) },
      entropy: { bytes: (length) => random.bytes(length) },
      judge: builtinJudge,
      ledger: this.#watched(ledger, () => machine),
      vault: keys.vault,
      verify: (key, record, signature) => keys.verify(key, record, signature),
      defer: (task) => this.#later(life, 0, task),
      fail: () => {
        this.#ports.sometimes('disk failed under the kernel')
        this.kill('nothing can be recorded')
      },
      payloadAt: () => null,
      statements: {
        sign: (bytes) => keys.signAs(keys.person('sovereign'), Buffer.from(bytes).toString()),
        prepareDomain: () => undefined,
        canonOf: (version) => (random.percent(90) ? this.#ports.canonOf(version) : undefined),
      },
      keepCanon: ({ canon }) => this.#ports.keepCanon(canon),
      scheduleFlush: (flush) => scheduler.microtask(flush),
      tellSupervisor: (notice) => this.#later(life, 1, () => this.#ports.notice(notice)),
    })
    this.#machine = machine
    if (this.#ports.watchesRefusals) watchRefusals(machine.core)
    this.#recordBoot(machine, words)
    machine.core.whenDurable(() => {
      this.#isServing = true
      this.#ports.serving()
      if (halt !== null && state.halted === null)
        this.#later(life, 1, () => this.#ports.notice({ event: 'resumed' }))
      machine.halts.begin(words.halts)
      machine.announceUnits()
      machine.statements?.begin()
      this.#every(life, tickMs, () => machine.tick())
      this.#every(life, checkpointMs, () => machine.core.wantCheckpoint())
      this.#every(life, refusalFlushMs, () => machine.exchange.flushRefusals())
    })
  }

  #recordBoot(machine: Machine, { halt, halts }: ToldHalts): void {
    const policyVersion = builtinJudge.version
    const said = this.#ports.newestStatement()
    if (machine.core.state.domain === null) {
      machine.exchange.submit({
        kind: 'domain.create',
        name: this.#ports.domain,
        ...this.#ports.founding,
        canonDigest,
        canonVersion,
        policyVersion,
        ledgerKey: this.#ports.keys.signer.publicKey,
      })
    }
    const asked = halt === null ? null : { ...halt, requestedAt: id<Instant>(halt.requestedAt) }
    machine.exchange.submit({ kind: 'kernel.boot', code: 'simulated', policyVersion, halt: asked, halts })
    if (said !== null) machine.statements?.accept(said.body, said.signature, () => undefined)
  }

  /** The ledger, with the oracles looking over its shoulder. */
  #watched(ledger: Ledger, machine: () => Machine): Ledger {
    const { oracle, random } = this.#ports
    return {
      get durable() {
        return ledger.durable
      },
      append(events, done) {
        oracle.appended(events)
        const { state } = machine().core
        if (state.seq === events.at(-1)?.seq && random.percent(2)) oracle.root(state.seq, stateRoot(state))
        ledger.append(events, done)
      },
      checkpoint(at, root, done) {
        oracle.root(ledger.durable, root)
        ledger.checkpoint(at, root, done)
      },
      room: (unwrittenBytes, promisedBytes) => ledger.room(unwrittenBytes, promisedBytes),
      get isMakingRoom() {
        return ledger.isMakingRoom
      },
      whenRoomIsKnown: (known) => ledger.whenRoomIsKnown(known),
      close: () => ledger.close(),
    }
  }

  #later(life: number, delayMs: number, task: () => void): void {
    this.#ports.scheduler.after(delayMs, () => {
      if (life === this.#life) task()
    })
  }

  #every(life: number, periodMs: number, task: () => void): void {
    this.#later(life, periodMs, () => {
      if (this.#machine?.core.failed === false) task()
      this.#every(life, periodMs, task)
    })
  }
}

/** The state as a start from a snapshot has it. */
function reread(state: State): State {
  const again = stateOfBytes(stateBytes(state))
  demand(stateRoot(again) === stateRoot(state), 'durability', 'a state that was written and read is another')
  return again
}
