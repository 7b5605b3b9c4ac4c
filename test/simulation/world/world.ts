/**
 * One simulated world: agents, operators, adapters and a supervisor around a real kernel, all driven by one
 * seed. It runs dangerously for a while, then peacefully, and in peace everything that was promised must work.
 */
import { sha256Hex } from '../../../src/base/hash.ts'
import { Agent } from './agent.ts'
import { act } from './actions.ts'
import { KernelHost } from './kernel-host.ts'
import type { Keys } from './keys.ts'
import { keysOf } from './keys.ts'
import { Operator } from './operator.ts'
import { Oracle } from '../oracle/oracle.ts'
import { Overseer } from './overseer.ts'
import { Random } from './random.ts'
import { somebody } from './people.ts'
import type { Scheduler } from './scheduler.ts'
import type { Sovereign } from './sovereign.ts'
import { Courier } from './sovereign.ts'
import { SimDisk } from './sim-disk.ts'
import { curiousManifest, newManifest } from './manifests.ts'

const epochMs = 1_700_000_000_000

/** Where a world is. */
export interface Place {
  readonly scheduler: Scheduler
  readonly domain: string
  readonly sovereign: Sovereign | null
}

/** A world made from a seed. */
export class World {
  readonly scheduler: Scheduler
  readonly domain: string
  /** Every world that shares the scheduler, this one included. */
  readonly neighbours: World[] = []
  readonly random: Random
  readonly oracle: Oracle
  readonly disk: SimDisk
  readonly host: KernelHost
  readonly overseer: Overseer
  readonly operator: Operator
  /** Where the domain is a member of a realm. */
  readonly sovereign: Courier | null
  readonly agents: Agent[] = []
  readonly sometimes: Map<string, number> = new Map<string, number>()
  isHostile = true
  faults = 0
  readonly #seed: number
  readonly keys: Keys
  #skewMs = 0
  #counter = 0

  constructor(seed: number, { scheduler, domain, sovereign }: Place) {
    this.#seed = seed
    this.scheduler = scheduler
    this.domain = domain
    const stream = (name: string): Random => this.#stream(name)
    this.random = stream('actions')
    const secrets = stream('secrets')
    const entropy = { bytes: (length: number) => secrets.bytes(length) }
    this.keys = keysOf(seed, entropy)
    const commitment = (bytes: Uint8Array): string => this.keys.vault.commit(bytes)
    const note = (name: string): void => this.note(name)
    const now = (): number => this.now()
    this.oracle = new Oracle({ time: now, commitment })
    this.disk = new SimDisk(scheduler, stream('disk'), {
      durable: (name, _offset, bytes) => this.oracle.stored(name, bytes),
      torn: () => this.note('fault: write torn'),
    })
    this.host = new KernelHost({
      scheduler,
      now,
      random: stream('kernel'),
      disk: this.disk,
      keys: this.keys,
      oracle: this.oracle,
      domain,
      newestStatement: () => this.sovereign?.newest ?? null,
      canonOf: (version) => this.sovereign?.sovereign.canonOf(version),
      segmentBytes: stream('segments').pick([32_768, 65_536, 131_072]),
      watchesRefusals: seed % 16 === 0,
      sometimes: note,
      serving: () => this.overseer.kernelServes(),
      notice: (notice) => this.overseer.hear(notice),
      exited: (how) => this.overseer.kernelExited(how),
    })
    const adapter = {
      scheduler,
      random: stream('adapters'),
      host: this.host,
      rumours: [],
      isHostile: () => this.isHostile,
      sometimes: note,
    }
    const overseeing = { scheduler, host: this.host, adapter, random: stream('overseer') }
    this.overseer = new Overseer({ ...overseeing, sometimes: note })
    this.operator = new Operator({
      scheduler,
      now,
      host: this.host,
      keys: this.keys,
      oracle: this.oracle,
      sometimes: note,
      random: stream('operator'),
      domain,
      somebody: () => somebody(this, this.host.machine?.core.state),
    })
    const courier = { scheduler, now, domain, keys: this.keys, oracle: this.oracle, sometimes: note }
    const statements = () => this.host.machine?.statements ?? null
    this.sovereign =
      sovereign === null
        ? null
        : new Courier(sovereign, { ...courier, statements, random: stream('sovereign') })
  }

  #stream(name: string): Random {
    return new Random(this.#seed, this.domain === 'main' ? name : `${this.domain} ${name}`)
  }

  /** Wall-clock time, which may jump. */
  now(): number {
    return epochMs + this.scheduler.now + this.#skewMs
  }

  /** The wall clock jumps. */
  skew(ms: number): void {
    this.#skewMs += ms
  }

  /** Counts something that a campaign must have seen; whatever it calls a fault is one of the world. */
  note(name: string): void {
    if (name.startsWith('fault: ')) this.faults += 1
    this.sometimes.set(name, (this.sometimes.get(name) ?? 0) + 1)
  }

  /** A number never given before. */
  count(): number {
    this.#counter += 1
    return this.#counter
  }

  /** An operator adds an agent, which attaches once it is there. */
  addAgent(): Agent {
    const { scheduler, host } = this
    const random = this.#stream(`agent ${this.agents.length}`)
    const name = `agent-${this.count()}`
    const agent = new Agent(name, { scheduler, random, host, ...this.#mood() })
    const tokenDigest = sha256Hex(agent.token)
    this.operator.order({ do: 'agent.add', name, tokenDigest } as { do: string }, (made) => {
      agent.agent = Number(made['agent'] ?? 0)
      agent.process = Number(made['process'] ?? 0)
      this.agents.push(agent)
      agent.connect()
    })
    return agent
  }

  /** A second attachment of an agent, which knows what the first one asked. */
  addTwin(of: Agent): void {
    const random = this.#stream(`agent ${this.agents.length}`)
    const twin = new Agent(of.name, { scheduler: this.scheduler, random, host: this.host, ...this.#mood() })
    twin.agent = of.agent
    twin.process = of.process
    twin.unfinished.push(...of.unfinished)
    this.agents.push(twin)
    twin.connect()
  }

  /** An agent makes a child, which attaches with a token of its own once it is there. */
  spawn(parent: Agent): void {
    const random = this.#stream(`agent ${this.agents.length}`)
    const name = `child-${this.count()}`
    const child = new Agent(name, { scheduler: this.scheduler, random, host: this.host, ...this.#mood() })
    const header = { op: 'spawn', name, tokenDigest: sha256Hex(child.token), boundary: 'simulated' }
    parent.connect()
    parent.ask(header, new Uint8Array(0), (made) => {
      child.agent = parent.agent
      child.process = Number(made['process'] ?? 0)
      child.parent = parent.process
      this.agents.push(child)
      child.connect()
    })
  }

  /** An operator adds a driver; `onReply` hears its id. */
  addDriver(onReply: (driver: number) => void = () => undefined): void {
    const manifest = this.isHostile ? newManifest(this.random) : curiousManifest
    const order = { do: 'driver.add', name: `driver-${this.count()}`, manifest }
    this.operator.order(order, (made) => onReply(Number(made['driver'] ?? 0)))
  }

  #mood(): { readonly isHostile: () => boolean; readonly sometimes: (name: string) => void } {
    return { isHostile: () => this.isHostile, sometimes: (name) => this.note(name) }
  }

  /** Lets virtual time pass until `until` says so or there is no more of it. True when it did. */
  async pass(boundMs: number, until: () => boolean): Promise<boolean> {
    const end = this.scheduler.now + boundMs
    while (!until()) {
      if (this.scheduler.now > end) return false
      const moved = this.scheduler.step()
      // Opening a ledger is the one thing that promises move; enough turns for the longest chain of them.
      if (this.#isOpening) for (let turn = 0; turn < 16; turn += 1) await Promise.resolve()
      else if (!moved) return until()
    }
    return true
  }

  get #isOpening(): boolean {
    return this.host.isOpening || this.neighbours.some(({ host }) => host.isOpening)
  }

  /** The kernel starts, and the first driver and agents are there. */
  async begin(): Promise<void> {
    this.overseer.begin()
    await this.pass(5_000, () => this.host.machine !== null)
    this.addDriver()
    this.addAgent()
    this.addAgent()
    await this.pass(5_000, () => this.agents.length === 2)
  }

  /** Goes on to do `steps` things, in dangerous times. What it returns says whether they are done. */
  goOn(steps: number): () => boolean {
    let left = this.agents.length > 0 ? steps : 0
    const next = (): void => {
      if (left === 0) return
      left -= 1
      act(this)
      this.scheduler.after(this.random.percent(92) ? this.random.below(12) : this.random.below(250), next)
    }
    next()
    return () => left === 0
  }
}
