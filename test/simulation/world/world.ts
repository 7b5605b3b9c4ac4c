/**
 * One simulated world: agents, operators, adapters and a supervisor around a real kernel, all driven by one
 * seed. It runs dangerously for a while, then peacefully, and in peace everything that was promised must work.
 */
import type { CanonDocument } from '../../../src/kernel/canon/document.ts'
import type { SupervisorNotice } from '../../../src/machine/supervisor-notice.ts'
import { sha256Hex } from '../../../src/base/hash.ts'
import { Agent } from './agent.ts'
import { Courier } from './courier.ts'
import { act } from './actions.ts'
import type { Founding } from './kernel-host.ts'
import { KernelHost } from './kernel-host.ts'
import type { Keys } from './keys.ts'
import { keysOf } from './keys.ts'
import { Operator } from './operator.ts'
import { Oracle } from '../oracle/oracle.ts'
import { Overseer } from './overseer.ts'
import { Random } from './random.ts'
import { enrolSecond, somebody } from './people.ts'
import { reign } from './reign.ts'
import type { Scheduler } from './scheduler.ts'
import type { Sovereign } from './sovereign.ts'
import { SimDisk } from './sim-disk.ts'
import { curiousManifest, newManifest } from './manifests.ts'

const epochMs = 1_700_000_000_000
/** Some worlds are calm and get far, others are always on fire. */
const storms = [8, 16, 24, 32] as const

/** Where a world is. */
export interface Place {
  readonly scheduler: Scheduler
  readonly domain: string
  readonly sovereign: Sovereign | null
  /** Of a sovereign. */
  readonly throne?: Throne
}

/** What a sovereign's world has that others have not. */
export interface Throne {
  readonly domains: readonly string[]
  /** How far the clock of the furthest of its domains is ahead. */
  aheadMs(nowMs: number): number
  /** It says something to a domain. */
  say(notice: Extract<SupervisorNotice, { event: 'statement' }>): void
  keepCanon(canon: CanonDocument): void
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
  /** Of a hundred things that happen, how many go wrong. */
  readonly stormPercent: number
  readonly #throne: Throne | null
  #skewMs = 0
  #counter = 0

  constructor(seed: number, { scheduler, domain, sovereign, throne }: Place) {
    this.#seed = seed
    this.#throne = throne ?? null
    this.scheduler = scheduler
    this.domain = domain
    const stream = (name: string): Random => this.#stream(name)
    this.random = stream('actions')
    this.stormPercent = stream('weather').pick(storms)
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
      failed: (how) => this.note(`fault: write ${how}`),
    })
    this.host = new KernelHost({
      scheduler,
      now,
      random: stream('kernel'),
      disk: this.disk,
      keys: this.keys,
      oracle: this.oracle,
      domain,
      founding: this.#founding(sovereign !== null),
      newestStatement: () => this.sovereign?.newest ?? null,
      canonOf: (version) => this.sovereign?.sovereign.canonOf(version),
      keepCanon: (canon) => throne?.keepCanon(canon),
      segmentBytes: stream('segments').pick([65_536, 65_536, 131_072]),
      watchesRefusals: seed % 16 === 0,
      sometimes: note,
      serving: () => this.overseer.kernelServes(),
      notice: (notice) => this.#hear(notice),
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
    const isHostile = (): boolean => this.isHostile
    const courier = {
      scheduler,
      now,
      domain,
      keys: this.keys,
      oracle: this.oracle,
      sometimes: note,
      isHostile,
    }
    const statements = () => this.host.machine?.statements ?? null
    this.sovereign =
      sovereign === null
        ? null
        : new Courier(sovereign, { ...courier, statements, random: stream('sovereign') })
  }

  #stream(name: string): Random {
    return new Random(this.#seed, this.domain === 'main' ? name : `${this.domain} ${name}`)
  }

  /** Of a sovereign: the domains that it began with. */
  get domains(): readonly string[] {
    return this.#throne?.domains ?? []
  }

  #founding(isMember: boolean): Founding {
    if (isMember) return { role: 'member', sovereign: this.keys.person('sovereign') }
    const founder = { operatorName: 'ada', operatorKey: this.keys.operatorKey }
    return this.#throne === null ? founder : { role: 'sovereign', domains: this.domains, ...founder }
  }

  /** The kernel says something to its supervisor, which carries what is for another kernel. */
  #hear(notice: SupervisorNotice): void {
    if (notice.event === 'statement') this.#throne?.say(notice)
    else if (notice.event === 'acknowledged') this.sovereign?.acknowledge(notice)
    else this.overseer.hear(notice)
  }

  /** Wall-clock time, which may jump. */
  now(): number {
    const nowMs = epochMs + this.scheduler.now + this.#skewMs
    return nowMs + (this.#throne?.aheadMs(nowMs) ?? 0)
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

  /** The kernel starts; where it is no sovereign, the first driver and agents are there. */
  async begin(): Promise<void> {
    // A member is started when the sovereign has said something to it.
    await this.pass(5_000, () => this.sovereign?.newest !== null)
    this.overseer.begin()
    await this.pass(5_000, () => this.host.machine !== null)
    if (this.#throne !== null) return
    if (this.#seed % 8 === 2) enrolSecond(this)
    this.addDriver()
    this.addAgent()
    this.addAgent()
    await this.pass(5_000, () => this.agents.length === 2)
  }

  /** Goes on to do `steps` things, in dangerous times. What it returns says whether they are done. */
  goOn(steps: number): () => boolean {
    const isSovereign = this.#throne !== null
    let left = isSovereign ? Math.round(steps / 3) : this.agents.length > 0 ? steps : 0
    const next = (): void => {
      if (left === 0) return
      // Nothing comes of most things while no kernel serves: they wait, mostly.
      if (this.host.machine === null && this.random.percent(80)) return this.scheduler.after(20, next)
      left -= 1
      if (isSovereign) reign(this)
      else act(this)
      this.scheduler.after(this.random.percent(92) ? this.random.below(12) : this.random.below(250), next)
    }
    next()
    return () => left === 0
  }
}
