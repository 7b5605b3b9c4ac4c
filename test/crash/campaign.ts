/**
 * A campaign of sudden deaths: real agents make real calls on a real MCP server through the whole product,
 * while its operating-system processes are killed one after another, at any moment, with SIGKILL. Afterwards
 * what agents were told, what really happened, and what was published must all stand in the ledger.
 *
 * The victims and pauses follow from the seed; what exactly a death interrupts is up to the machine.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { TestHome } from '../harness/kernel-process.ts'
import { Random } from '../simulation/world/random.ts'
import type { Evidence } from './evidence.ts'
import { gatherEvidence, readEffects } from './evidence.ts'
import { effectsFile, furnish } from './furnishing.ts'
import { judge } from './judge/judge.ts'
import { verifiersFind } from './judge/verifiers.ts'
import { Load } from './load.ts'
import { PublishedRoots } from './published-roots.ts'
import type { Part } from './supervised-home.ts'
import { deathLimitMs, signal, SupervisedHome } from './supervised-home.ts'

/** Whom a kill can hit. */
export type Victim = Part | 'supervisor' | 'agent'

/** What to do. */
export interface CampaignOptions {
  readonly kills: number
  readonly seed: number
  readonly onKill?: (number: number, victim: Victim) => void
}

/** What came of it. */
export interface CampaignReport {
  readonly kills: number
  /** Kills by victim; those made because a unit was given up are among the supervisor's. */
  readonly victims: ReadonlyMap<Victim, number>
  readonly acknowledged: number
  readonly inDoubt: number
  readonly boots: number
  /** Checkpoints that were seen while the kernel ran. */
  readonly checkpoints: number
  /** The longest that anything outlived its supervisor, and that it took to serve a call again. */
  readonly slowestDeathMs: number
  readonly slowestReturnMs: number
  readonly evidence: Evidence
  readonly violations: readonly string[]
}

const agents = 3
const usesPerKill = 6
const returnLimitMs = 60_000
const lookEveryMs = 50
const publicationLimitMs = 1_500
const frozenMs = 300
/** How likely each victim is. */
const odds: { readonly [V in Victim]: number } = {
  kernel: 32,
  program: 15,
  adapter: 10,
  holder: 9,
  gateway: 6,
  agent: 14,
  supervisor: 14,
}

/** Runs one campaign in a home of its own, and leaves nothing behind. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const home = new TestHome()
  const campaign = new Campaign(home, options)
  try {
    return await campaign.run()
  } finally {
    await campaign.end()
    home.remove()
  }
}

class Campaign {
  readonly #options: CampaignOptions
  readonly #testHome: TestHome
  readonly #home: SupervisedHome
  readonly #random: Random
  readonly #roots: PublishedRoots
  readonly #victims = new Map<Victim, number>()
  readonly #violations: string[] = []
  #load: Load = new Load([], 0)
  #kills = 0
  #hasStray = false
  #slowestDeathMs = 0
  #slowestReturnMs = 0

  constructor(home: TestHome, options: CampaignOptions) {
    this.#testHome = home
    this.#options = options
    this.#home = new SupervisedHome(home.folder)
    this.#random = new Random(options.seed, 'campaign')
    this.#roots = new PublishedRoots(home.ledger)
  }

  async run(): Promise<CampaignReport> {
    this.#home.start()
    const made = await furnish(this.#testHome, agents, usesPerKill * this.#options.kills)
    this.#load = new Load(made, this.#options.seed)
    this.#load.start()
    await this.#awaitReturn()
    while (this.#kills < this.#options.kills && this.#violations.length === 0) await this.#strike()
    await this.#awaitReturn()
    await this.#finish()
    return this.#report()
  }

  /** Ends everything that still lives. */
  async end(): Promise<void> {
    this.#load.abandon()
    await this.#home.killSupervisor()
  }

  async #strike(): Promise<void> {
    await pause(this.#random.between(0, 400))
    if (this.#random.percent(10)) await this.#freezeKernel()
    await this.#kill(this.#random.weighted(odds))
    // The next may die while this one is still coming back.
    if (this.#random.percent(75)) await this.#awaitReturn()
    if (this.#random.percent(30)) await this.#awaitPublication()
  }

  async #kill(victim: Victim): Promise<void> {
    if (victim === 'supervisor') return this.#killSupervisor()
    if (victim === 'agent') {
      this.#load.kill(this.#random.below(agents))
      return this.#count(victim)
    }
    const found = this.#home.find(victim)
    if (found.length === 0) return
    if (signal(this.#random.pick(found), 'SIGKILL')) this.#count(victim)
  }

  async #killSupervisor(): Promise<void> {
    const { tookMs, survivors } = await this.#home.killSupervisor()
    this.#count('supervisor')
    this.#slowestDeathMs = Math.max(this.#slowestDeathMs, tookMs)
    if (survivors.length > 0)
      this.#violations.push(`${survivors.length} processes outlive their supervisor by ${deathLimitMs} ms`)
    this.#home.start()
    this.#hasStray = false
  }

  /** Lets the kernel live until it has published another root, or has had the time for it. */
  async #awaitPublication(): Promise<void> {
    const { length } = this.#roots.checkpoints
    const deadline = performance.now() + publicationLimitMs
    while (this.#roots.checkpoints.length === length && performance.now() < deadline) {
      this.#roots.look()
      await pause(lookEveryMs)
    }
  }

  #count(victim: Victim): void {
    this.#kills += 1
    this.#victims.set(victim, (this.#victims.get(victim) ?? 0) + 1)
    this.#options.onKill?.(this.#kills, victim)
  }

  async #freezeKernel(): Promise<void> {
    const [kernel] = this.#home.find('kernel')
    if (kernel === undefined || !signal(kernel, 'SIGSTOP')) return
    await pause(frozenMs)
    signal(kernel, 'SIGCONT')
  }

  /**
   * Waits until calls are done again, and checks what can be checked meanwhile. What the supervisor gave up
   * comes back only with another supervisor.
   */
  async #awaitReturn(): Promise<void> {
    for (let attempt = 1; attempt <= 3; attempt++) {
      const began = performance.now()
      if (await this.#returned()) {
        this.#slowestReturnMs = Math.max(this.#slowestReturnMs, performance.now() - began)
        this.#checkSoFar()
        // It too must die with the supervisor, although it leaves its parent and its session.
        if (!this.#hasStray) this.#hasStray = await this.#home.startStray()
        return
      }
      await this.#killSupervisor()
    }
    this.#violations.push(`no call is done any more: ${this.#home.said}`)
  }

  async #returned(): Promise<boolean> {
    const { effective } = this.#load
    const deadline = performance.now() + returnLimitMs
    while (performance.now() < deadline) {
      this.#roots.look()
      if (this.#load.effective > effective) return true
      const givenUp = await this.#home.givenUp()
      if (givenUp !== null && givenUp.length > 0) return false
      if (!this.#home.isSupervised) return false
      await pause(lookEveryMs)
    }
    return false
  }

  /** The cheap part of the verdict: nothing that was acknowledged is past the end of what is written. */
  #checkSoFar(): void {
    this.#roots.look()
    const acknowledged = this.#load.acknowledgements.reduce((last, { seq }) => Math.max(last, seq), 0)
    if (acknowledged > this.#roots.head)
      this.#violations.push(`event ${acknowledged} was acknowledged, and the head is ${this.#roots.head}`)
    this.#violations.push(...this.#roots.violations.splice(0))
  }

  async #finish(): Promise<void> {
    await this.#load.stop(returnLimitMs)
    this.#roots.look()
    if (!(await this.#home.down(returnLimitMs))) this.#violations.push('the supervisor does not go down')
    if (this.#home.started().length > 0) this.#violations.push('processes are left after going down')
    this.#violations.push(...this.#roots.violations)
  }

  #report(): CampaignReport {
    const effects = readEffects(effectsFile(this.#testHome))
    const { acknowledgements } = this.#load
    const seen = this.#roots.checkpoints
    const evidence = gatherEvidence(this.#testHome.folder, effects, acknowledgements, seen)
    const events = evidence.batches.flatMap(({ records }) => records.map(({ event }) => event))
    const doubts = events.filter(({ kind, body }) => kind === 'call.settled' && body.outcome === 'in-doubt')
    return {
      kills: this.#kills,
      victims: this.#victims,
      acknowledged: acknowledgements.length,
      inDoubt: doubts.length,
      boots: events.filter(({ kind }) => kind === 'kernel.booted').length,
      checkpoints: seen.length,
      slowestDeathMs: Math.round(this.#slowestDeathMs),
      slowestReturnMs: Math.round(this.#slowestReturnMs),
      evidence,
      violations: [...this.#violations, ...judge(evidence), ...verifiersFind(this.#testHome.folder)],
    }
  }
}
