/**
 * The service's attachment to the kernel in the name of one sandbox. It presents that process's token and can do what
 * the process could do by itself, which is to ask. It is not made anew when it ends: the process is gone then, or the
 * kernel is, and with it the sandbox's way out.
 */
import { join } from 'node:path'
import { parseForeignJson } from '../../base/foreign-json.ts'
import type { Json } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { readCapabilities } from '../../sdk/capability-list.ts'
import type { Answer } from '../../wire/answer.ts'
import type { WireClient } from '../../wire/client.ts'
import { connectWire } from '../../wire/client.ts'
import type { HeldEgress } from './held.ts'
import { heldEgress } from './held.ts'
import { netDriver } from './net-definitions.ts'

/** What the process holds on the net service. */
export interface Holdings {
  /** The object to call. */
  readonly object: number
  readonly held: readonly HeldEgress[]
}

/** Stands for the service where nothing on it is held: the kernel refuses, records, and names no object. */
const unknownObject = 1

/** One attachment. */
export class SandboxAttachment {
  readonly #wire: WireClient
  #holdings: Promise<Holdings> | null = null

  private constructor(wire: WireClient) {
    this.#wire = wire
  }

  /** Attaches as the process whose token this is; the error says why that is not possible. */
  static async open(run: string, token: string): Promise<Result<SandboxAttachment, string>> {
    const forget = { holdings: (): void => {} }
    const wire = await connectWire(
      join(run, 'agent.sock'),
      { token },
      { onNotice: ({ event }) => (event === 'changed' ? forget.holdings() : undefined) },
    )
    if (!wire.ok) return err(wire.error.message)
    const attachment = new SandboxAttachment(wire.value)
    forget.holdings = () => {
      attachment.#holdings = null
    }
    return ok(attachment)
  }

  /** The process, as the kernel names it. */
  get name(): string {
    const { name } = this.#wire.welcome
    return typeof name === 'string' ? name : ''
  }

  /** Resolves with why when the attachment is over. */
  get over(): Promise<string> {
    return this.#wire.closed.then(({ reason }) => reason)
  }

  /** What is held now; asked for again whenever the kernel says that it changed. */
  holdings(): Promise<Holdings> {
    this.#holdings ??= this.#ask()
    return this.#holdings
  }

  /** Asks for one effect and waits for as long as it takes. */
  call(
    designated: { readonly selector: string; readonly object: number; readonly trace: string },
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<Answer> {
    return this.#wire.request({ op: 'call', ...designated }, bytes, { signal })
  }

  /** Leaves. */
  close(): void {
    this.#wire.close()
  }

  async #ask(): Promise<Holdings> {
    const answer = await this.#wire.request({ op: 'capabilities' })
    // Whoever did not answer is asked again the next time.
    if (answer.kind !== 'reply') this.#holdings = null
    const listed = answer.kind === 'reply' ? readCapabilities(parsed(answer.body)) : []
    const ours = listed.filter(({ name }) => name === netDriver)
    return { object: ours[0]?.object ?? unknownObject, held: heldEgress(ours) }
  }
}

function parsed(body: Uint8Array): Json {
  try {
    return parseForeignJson(new TextDecoder().decode(body))
  } catch {
    return null
  }
}
