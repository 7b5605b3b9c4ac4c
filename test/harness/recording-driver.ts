/**
 * An adapter that the test plays: it writes down every call that reaches it, in order, and answers as the
 * test says. What it did not see did not happen.
 */
import type { IncomingRequest, Served, WireClient } from '../../src/wire/client.ts'
import type { KernelProcess, TestDefinition } from './kernel-process.ts'

/** One call as the driver saw it. */
export interface SeenCall {
  readonly call: number
  readonly selector: string
  /** The argument bytes as text. */
  readonly body: string
  /** Aborted when the kernel withdrew the call. */
  readonly signal: AbortSignal
}

/** How one call is answered. */
export type Behaviour = (call: SeenCall) => Promise<Served>

/** Answers with the arguments. */
export const echo: Behaviour = ({ body }) =>
  Promise.resolve({ kind: 'reply', header: { outcome: 'done' }, body: Buffer.from(body) })

/** Never answers. */
export const silence: Behaviour = () => new Promise<Served>(() => undefined)

/** Answers with an error. */
export const failure: Behaviour = () =>
  Promise.resolve({
    kind: 'reply',
    header: { outcome: 'failed', reason: 'it broke' },
    body: Buffer.from('{}'),
  })

/** A driver with a memory. Outlives the kernel: it can be attached again and again. */
export class RecordingDriver {
  readonly name: string
  readonly definitions: readonly TestDefinition[]
  /** Every call that is not a fence. */
  readonly seen: SeenCall[] = []
  /** Answers those whose selector the test expects; replace it at will. */
  behaviour: Behaviour = echo
  #client: WireClient | null = null

  constructor(name: string, definitions: readonly TestDefinition[]) {
    this.name = name
    this.definitions = definitions
  }

  async attach(kernel: KernelProcess, credit = 1024): Promise<void> {
    this.#client = await kernel.driver(this.name, this.definitions, (request) => this.#serve(request), credit)
  }

  /** Ends the connection, and resolves when it is over. */
  async detach(): Promise<void> {
    this.#client?.close()
    await this.#client?.closed
    this.#client = null
  }

  /** The bodies seen, as text. */
  get bodies(): readonly string[] {
    return this.seen.map(({ body }) => body)
  }

  async #serve({ header, body, signal }: IncomingRequest): Promise<Served> {
    const call = {
      call: header['call'] as number,
      selector: header['selector'] as string,
      body: Buffer.from(body).toString(),
      signal,
    }
    // A fence is a call of the test's own witness: it only shows that everything before it has arrived.
    if (call.body.startsWith('{"fence":')) return echo(call)
    this.seen.push(call)
    return this.behaviour(call)
  }
}
