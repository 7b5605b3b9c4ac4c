/**
 * The official client, pinned to one revision, that can do everything a client of that revision can: it answers
 * what it is asked as a scenario tells it to, and writes down everything it hears.
 */
import type { ClientOptions, Progress, Transport } from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/client'
import { until } from '../../harness/world.ts'
import type { Revision } from './pair-world.ts'

/** What a tool said. */
export interface Said {
  readonly text: string
  readonly isError: boolean
  readonly structured: unknown
}

/** How a call may be made. */
export interface CallNotes {
  readonly onprogress?: (progress: Progress) => void
  readonly signal?: AbortSignal
  readonly meta?: { readonly [key: string]: string }
}

const patienceMs = 30_000
const modern = '2026-07-28'
/** What the client claims for itself, which must reach no server. */
const ownRoot = 'file:///etc'

/** One connected client. */
export class PairClient {
  readonly sdk: Client
  /** Methods and messages of what it was asked. */
  readonly asked: string[] = []
  /** Addresses of resources it was told about. */
  readonly updated: string[] = []
  readonly logs: unknown[] = []
  /**
   * Progress as it came on the wire, without its token. The SDK itself loses what comes in one piece with the
   * answer of the call.
   */
  readonly progress: unknown[] = []
  /** How often it was told that the tools changed. */
  toolsChanged = 0
  /** What it answers to a form. */
  decision: 'accept' | 'decline' | 'cancel' = 'accept'

  private constructor(sdk: Client) {
    this.sdk = sdk
  }

  /** Connects one. */
  static async open(revision: Revision, transport: Transport): Promise<PairClient> {
    const options: ClientOptions = {
      capabilities: {
        roots: { listChanged: true },
        sampling: {},
        elicitation: revision === '2025-06-18' ? {} : { form: {}, url: {} },
      },
      listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged: () => client.changed() } },
      ...(revision === modern
        ? { versionNegotiation: { mode: { pin: modern } } }
        : { versionNegotiation: { mode: 'legacy' }, supportedProtocolVersions: [revision] }),
    }
    const sdk = new Client({ name: `client-${revision}`, version: '1' }, options)
    const client = new PairClient(sdk)
    client.#listen()
    await sdk.connect(transport)
    client.#overhear(transport)
    return client
  }

  changed(): void {
    this.toolsChanged += 1
  }

  /** Calls a tool. Rejects for a protocol error. */
  async call(
    name: string,
    args: { readonly [name: string]: unknown } = {},
    notes: CallNotes = {},
  ): Promise<Said> {
    const { meta, ...options } = notes
    const params = { name, arguments: args, ...(meta === undefined ? {} : { _meta: meta }) }
    const result = await this.sdk.callTool(params, options)
    const [first] = result.content as readonly { readonly text?: string }[]
    return {
      text: first?.text ?? '',
      isError: result.isError === true,
      structured: result.structuredContent,
    }
  }

  /** Everything on a list, and how many pages it took. */
  async list(
    method: 'tools/list' | 'prompts/list' | 'resources/list' | 'resources/templates/list',
    member: string,
  ): Promise<{ readonly items: readonly { readonly [name: string]: unknown }[]; readonly pages: number }> {
    const items: { readonly [name: string]: unknown }[] = []
    let [pages, cursor]: [number, string | undefined] = [0, undefined]
    do {
      const params = cursor === undefined ? {} : { cursor }
      const page: { [name: string]: unknown } = await this.sdk.request({ method, params })
      items.push(...(page[member] as typeof items))
      cursor = page['nextCursor'] as string | undefined
      pages += 1
    } while (cursor !== undefined)
    return { items, pages }
  }

  /** Subscribes to a resource, as the revision does it; returns how it unsubscribes. */
  async subscribe(uri: string): Promise<() => Promise<void>> {
    if (this.sdk.getNegotiatedProtocolVersion() === modern) {
      const subscription = await this.sdk.listen({ resourceSubscriptions: [uri] })
      return () => subscription.close()
    }
    await this.sdk.subscribeResource({ uri })
    return async () => {
      await this.sdk.unsubscribeResource({ uri })
    }
  }

  /** Waits for something that will be. */
  until<T>(probe: () => T | null | Promise<T | null>, what: string): Promise<T> {
    return until(probe, what, patienceMs)
  }

  close(): Promise<void> {
    return this.sdk.close()
  }

  #overhear(transport: Transport): void {
    const { onmessage } = transport
    transport.onmessage = (message, extra): void => {
      if ('method' in message && message.method === 'notifications/progress') {
        const { progressToken: _, ...rest } = message.params ?? {}
        this.progress.push(rest)
      }
      onmessage?.(message, extra)
    }
  }

  #listen(): void {
    const { sdk } = this
    sdk.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      this.updated.push(params.uri)
    })
    sdk.setNotificationHandler('notifications/message', ({ params }) => {
      this.logs.push(params.data)
    })
    sdk.setRequestHandler('elicitation/create', ({ params }) => {
      this.asked.push(`elicitation: ${params.message}`)
      const content =
        this.decision === 'accept' && params.mode !== 'url' ? { content: { colour: 'rot ü' } } : {}
      return { action: this.decision, ...content }
    })
    sdk.setRequestHandler('sampling/createMessage', () => {
      this.asked.push('sampling')
      return { role: 'assistant', model: 'm', content: { type: 'text', text: 'seven' } }
    })
    sdk.setRequestHandler('roots/list', () => {
      this.asked.push('roots')
      return { roots: [{ uri: ownRoot }] }
    })
  }
}
