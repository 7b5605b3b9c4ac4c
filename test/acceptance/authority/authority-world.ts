/**
 * A real kernel, two operators with keys of their own, two agents, and a driver that counts what reaches it.
 * Attacks go in through the sockets, and what counts is what the driver saw and what the ledger says.
 */
import { canonicalJson } from '../../../src/base/canonical-json.ts'
import { sha256Hex } from '../../../src/base/hash.ts'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import { generateSigningKey, publicKeyOf, sign } from '../../../src/base/signature.ts'
import type { Event } from '../../../src/kernel/event.ts'
import { enrolmentText } from '../../../src/kernel/sovereign/operators.ts'
import type { Answer } from '../../../src/wire/answer.ts'
import type { IncomingRequest, Served, WireClient } from '../../../src/wire/client.ts'
import type { TestOperator } from '../../harness/kernel-process.ts'
import { connectWire } from '../../../src/wire/client.ts'
import { KernelProcess, TestHome } from '../../harness/kernel-process.ts'
import { ledgerEvents } from '../../harness/ledger-events.ts'

const definitions = [
  { selector: 'tools/read', definition: { name: 'read' }, cost: 10 },
  { selector: 'tools/pay', definition: { name: 'pay' }, quorum: 2 },
  { selector: 'resources/subscribe', definition: {} },
]

/** Terms that ask nothing of the arguments. */
export const anything = { '*': { arguments: {}, open: true } } as const

/** An agent with its connection. */
export interface Holder {
  readonly process: number
  readonly token: string
  readonly wire: WireClient
  readonly notices: JsonObject[]
}

/** The world. Call `close` at the end. */
export class AuthorityWorld {
  readonly home: TestHome = new TestHome()
  /** The driver's object. `tools/read` costs 10 and `tools/pay` takes a quorum of two. */
  driver = 0
  /** What reached the driver, in order. */
  readonly reached: JsonObject[] = []
  /** Addresses of which the driver was told that nobody hears of them any more. */
  readonly unsubscribed: string[] = []
  /** How the driver answers; at once, unless a test says otherwise. */
  serve: (request: IncomingRequest) => Promise<Served> = () => Promise.resolve(done)
  kernel!: KernelProcess
  operator!: TestOperator
  adapter!: WireClient
  readonly #beaKey = generateSigningKey()
  #bea = 0

  static async open(): Promise<AuthorityWorld> {
    const world = new AuthorityWorld()
    world.kernel = await KernelProcess.start(world.home)
    world.operator = await world.kernel.operator()
    const program = { protocol: 'mcp-stdio', command: 'none', args: [], cwd: '/', env: {} }
    const selectors = definitions.map(({ definition, ...pin }) => ({
      ...pin,
      digest: sha256Hex(canonicalJson(definition)),
      effect: 'observe',
    }))
    const made = await world.operator.must({
      do: 'driver.add',
      name: 'till',
      manifest: { program, selectors },
    })
    world.driver = Number(made['driver'])
    world.adapter = await world.attach()
    await world.#enrol()
    return world
  }

  /** Attaches the driver's adapter. */
  attach(): Promise<WireClient> {
    const serve = (request: IncomingRequest): Promise<Served> => {
      this.reached.push(request.header)
      return this.serve(request)
    }
    return this.kernel.driver('till', definitions, serve, 1024, ({ event, uri }) => {
      if (event === 'unsubscribe' && typeof uri === 'string') this.unsubscribed.push(uri)
    })
  }

  async #enrol(): Promise<void> {
    const person = { name: 'bea', level: 'sovereign', publicKey: publicKeyOf(this.#beaKey) } as const
    const proof = sign(this.#beaKey, Buffer.from(enrolmentText(person)))
    await this.operator.must({ do: 'operator.enrol', ...person, proof })
    const all = (await this.operator.query('operators')) as readonly JsonObject[]
    this.#bea = Number(all.find(({ name }) => name === 'bea')?.['operator'])
  }

  /** An order of the second operator. */
  bea(command: JsonObject): Promise<Answer> {
    return this.operator.order(command, { operator: this.#bea }, this.#beaKey)
  }

  /** An agent, attached. */
  async agent(name: string): Promise<Holder> {
    const { token, process } = await this.operator.addAgent(name)
    const notices: JsonObject[] = []
    const onNotice = (header: JsonObject): void => void notices.push({ ...header })
    const opened = await connectWire(this.home.socket('agent'), { token }, { onNotice })
    if (!opened.ok) throw new Error(JSON.stringify(opened.error))
    return { process, token, wire: opened.value, notices }
  }

  /** Grants on the driver; returns the capability. */
  async grant(holder: Holder, selectors: readonly string[], terms: JsonObject = {}): Promise<number> {
    return idOf(await this.operator.order(this.#grant(holder, selectors, terms)), 'capability')
  }

  /** The same by the second operator. */
  async grantByBea(holder: Holder, selectors: readonly string[], terms: JsonObject = {}): Promise<number> {
    return idOf(await this.bea(this.#grant(holder, selectors, terms)), 'capability')
  }

  #grant(holder: Holder, selectors: readonly string[], terms: JsonObject): JsonObject {
    const caveats = { selectors, where: anything as unknown as Json, ...terms }
    return { do: 'capability.grant', holder: holder.process, object: this.driver, caveats }
  }

  /** Lets `giver` give to `taker`. */
  async introduce(giver: Holder, taker: Holder): Promise<void> {
    const caveats = { selectors: ['capability/receive'], where: {} }
    const order = { do: 'capability.grant', holder: giver.process, object: taker.process, caveats }
    await this.operator.must(order)
  }

  /** Held calls, as operators see them. */
  async pending(count = 1): Promise<readonly { readonly call: number; readonly digest: string }[]> {
    for (;;) {
      const all = (await this.operator.query('approvals')) as never[]
      if (all.length >= count) return all
      await soon()
    }
  }

  events(): readonly Event[] {
    return ledgerEvents(this.home.ledger)
  }

  async close(): Promise<void> {
    this.adapter.close()
    this.operator.client.close()
    await this.kernel.stop()
    this.home.remove()
  }
}

/** What the driver answers. */
export const done: Served = { kind: 'reply', header: { outcome: 'done' }, body: Buffer.from('{}') }

/** Asks for one effect under a handle. */
export function call(
  { wire }: Holder,
  selector: string,
  handle: number,
  args: JsonObject = {},
): Promise<Answer> {
  return wire.request({ op: 'call', handle, selector }, Buffer.from(JSON.stringify(args)))
}

/** The code of a refusal, or how the call ended. */
export function endOf(answer: Answer): string {
  if (answer.kind === 'refusal') return answer.refusal.code
  if (answer.kind !== 'reply') return answer.kind
  const { outcome } = answer.header
  return typeof outcome === 'string' ? outcome : 'done'
}

/** A number in the header of an answer that must be a reply. */
export function idOf(answer: Answer, name: string): number {
  if (answer.kind !== 'reply') throw new Error(JSON.stringify(answer))
  return Number(answer.header[name])
}

/** Waits until something is so, and fails when it never is. */
export async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 90_000
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${isSo.toString()}`)
    await soon()
  }
}

function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5))
}
