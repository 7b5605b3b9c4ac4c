/**
 * A small domain for black-box tests: the real kernel in its own process, one driver whose adapter the test
 * plays and which remembers what it saw, an operator, and agents that speak through the SDK. Afterwards no
 * process and no file is left.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Json, JsonObject } from '../../src/base/json.ts'
import type { Event } from '../../src/kernel/event.ts'
import type { Agent, CallAnswer } from '../../src/sdk/index.ts'
import { connectAgent } from '../../src/sdk/index.ts'
import type { WireClient } from '../../src/wire/client.ts'
import type { KernelOptions, TestDefinition, TestOperator } from './kernel-process.ts'
import { KernelProcess, TestHome } from './kernel-process.ts'
import { ledgerEvents } from './ledger-events.ts'
import { RecordingDriver } from './recording-driver.ts'

/** What the driver of every world offers. */
export const boxDefinitions: readonly TestDefinition[] = [
  { selector: 'tools/read', definition: { name: 'read' }, effect: 'observe' },
  { selector: 'tools/write', definition: { name: 'write' }, effect: 'change' },
  { selector: 'tools/send', definition: { name: 'send' }, effect: 'act' },
  { selector: 'tools/buy', definition: { name: 'buy' }, effect: 'spend' },
  { selector: 'tools/rule', definition: { name: 'rule' }, effect: 'govern' },
]

/** Argument terms that allow everything. */
export const anyArguments = { '*': { arguments: {}, open: true } } as const

/** An agent under test and how to reach it. */
export interface Actor {
  readonly name: string
  readonly token: string
  readonly process: number
  readonly agent: number
  /** Its present attachment through the SDK. */
  sdk: Agent
}

/** What an operator was shown of a held call. */
export interface Approval {
  readonly call: number
  readonly digest: string
  readonly selector: string
  readonly process: number
  readonly arguments: string
}

/** A grant as the operator's reply names it. */
export interface Granted {
  readonly capability: number
  readonly handle: number
}

/** The domain under test. */
export class World {
  readonly home: TestHome
  readonly box: RecordingDriver = new RecordingDriver('box', boxDefinitions)
  readonly #options: KernelOptions
  kernel!: KernelProcess
  operator!: TestOperator
  /** Object id of the driver. */
  object = 0
  #witness: Actor | null = null
  #fences = 0
  #shiftMs = 0

  constructor(home: TestHome, options: KernelOptions) {
    this.home = home
    const clock = new URL('shifted-clock.mjs', import.meta.url).href
    const env = {
      NODE_OPTIONS: `--import=${clock}`,
      CUSTOS_TEST_CLOCK: join(home.folder, 'clock'),
      ...options.env,
    }
    this.#options = { ...options, env }
  }

  /** Starts the kernel, adds the driver on the first start, and attaches it. */
  async start(options: KernelOptions = {}, attach = true): Promise<void> {
    this.kernel = await KernelProcess.start(this.home, { ...this.#options, ...options })
    this.operator = await this.kernel.operator()
    if (this.object === 0) this.object = await this.operator.addDriver('box', boxDefinitions)
    if (attach) await this.box.attach(this.kernel)
  }

  /** Kills the kernel, starts it again, and attaches the driver and these agents again. */
  async crash(...actors: readonly Actor[]): Promise<void> {
    await this.kernel.kill()
    await this.start()
    await this.reattach(...actors)
  }

  /** A new attachment for each of these agents. */
  async reattach(...actors: readonly Actor[]): Promise<void> {
    if (this.#witness !== null) this.#witness.sdk = await this.attach(this.#witness.token)
    for (const actor of actors) actor.sdk = await this.attach(actor.token)
  }

  /** Ends an agent's attachments through the SDK, and returns when the kernel knows. */
  async leave(actor: Actor): Promise<void> {
    actor.sdk.close()
    await until(async () => {
      const agents = (await this.operator.query('agents')) as readonly (JsonObject & Actor)[]
      const mine = agents.find(({ process }) => process === actor.process)
      return mine?.['connections'] === 0 ? true : null
    }, `${actor.name} to be gone`)
  }

  /** An attachment with that token, through the SDK. */
  attach(token: string): Promise<Agent> {
    return connectAgent({ home: this.home.folder, token })
  }

  /** An attachment with that token, on the bare wire. */
  wire(actor: Actor): Promise<WireClient> {
    return this.kernel.agent(actor.token)
  }

  /** Adds an agent and attaches it. */
  async agent(name: string): Promise<Actor> {
    const made = await this.operator.addAgent(name)
    return { name, ...made, sdk: await this.attach(made.token) }
  }

  /** Grants on the driver: every selector but the given caveats, any arguments. */
  async grant(holder: Actor, caveats: JsonObject = {}, object: number = this.object): Promise<Granted> {
    const made = await this.operator.must({
      do: 'capability.grant',
      holder: holder.process,
      object,
      caveats: { selectors: ['tools/read', 'tools/write', 'tools/send'], where: anyArguments, ...caveats },
    })
    return { capability: made['capability'] as number, handle: made['handle'] as number }
  }

  /** Everything the ledger says now. */
  events(from = 1): readonly Event[] {
    return ledgerEvents(this.home.ledger, from)
  }

  /** The held calls as an operator sees them. */
  async approvals(): Promise<readonly Approval[]> {
    const shown = (await this.operator.query('approvals')) as readonly (JsonObject & Approval)[]
    return shown.map((item) => ({
      call: item.call,
      digest: item.digest,
      selector: item.selector,
      process: item.process,
      arguments: Buffer.from(item.arguments, 'base64url').toString(),
    }))
  }

  /** Waits until `count` calls are held, and returns them. */
  async held(count = 1): Promise<readonly Approval[]> {
    return until(async () => {
      const shown = await this.approvals()
      return shown.length === count ? shown : null
    }, `${count} held calls`)
  }

  /** Returns when every call dispatched before now has arrived at the driver. */
  async fence(): Promise<void> {
    if (this.#witness === null) {
      this.#witness = await this.agent('witness')
      await this.grant(this.#witness)
    }
    const answer = await call(this.#witness, 'tools/read', { fence: ++this.#fences }, this.object)
    if (!answer.ok || answer.outcome !== 'done') throw new Error(`the fence fell: ${JSON.stringify(answer)}`)
  }

  /** Puts the kernel's clock forward by `ms` from now on. Timers are not affected. */
  async shiftClock(ms: number): Promise<void> {
    const before = ((await this.operator.query('status')) as { readonly at: number }).at
    this.#shiftMs += ms
    writeFileSync(join(this.home.folder, 'clock'), String(this.#shiftMs))
    this.kernel.child.kill('SIGUSR2')
    // Ledger time follows with the next event, and an order that is refused is one.
    const nothing = { do: 'capability.revoke', capability: Number.MAX_SAFE_INTEGER }
    await until(async () => {
      await this.operator.order(nothing, { time: this.now() })
      const status = (await this.operator.query('status')) as { readonly at: number }
      return status.at >= before + ms ? true : null
    }, 'the clock to move')
  }

  /** What the kernel's clock shows. */
  now(): number {
    return Date.now() + this.#shiftMs
  }
}

/** A machine that is busy with other things may take its time; what never comes fails all the same. */
const limitMs = 240_000

/** Runs `test` in a fresh world and takes everything down afterwards, however it ends. */
export async function inWorld(
  test: (world: World) => Promise<void>,
  options: KernelOptions = {},
): Promise<void> {
  const home = new TestHome()
  const world = new World(home, options)
  // A test that waits for an answer nobody gives must fail, and take its processes down with it.
  const limit = pause(limitMs, 'late', { ref: false })
  const work = world.start().then(() => test(world))
  work.catch(() => undefined)
  try {
    if ((await Promise.race([work, limit])) === 'late') throw new Error('the test came to no end')
  } finally {
    await world.kernel?.kill()
    home.remove()
  }
}

/** One call of one agent through the SDK. */
export function call(
  actor: Actor,
  selector: string,
  args: { readonly [name: string]: Json } | Uint8Array,
  object: number | 'box' = 'box',
): Promise<CallAnswer> {
  const answer = actor.sdk.call({ selector, arguments: args, object })
  // A test may look at it only after the kernel was killed under it.
  answer.catch(() => undefined)
  return answer
}

/** The code of a refusal, or the outcome of what was let through. */
export function verdict(answer: CallAnswer): string {
  return answer.ok ? answer.outcome : answer.refusal.code
}

/** Polls until `probe` gives something, for at most `withinMs`. */
export async function until<T>(
  probe: () => T | null | Promise<T | null>,
  what: string,
  withinMs = 90_000,
): Promise<T> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const found = await probe()
    if (found !== null) return found
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await pause(10)
  }
}
