/**
 * A kernel, a gateway in front of it, and a driver that offers one of everything: what the tests of the front
 * door start from. Requests are made by hand here, to see exactly what is said on the wire.
 */
import type { Json, JsonObject } from '../../src/base/json.ts'
import { SseParser } from '../../src/mcp/sse.ts'
import { GatewayProcess } from './gateway-process.ts'
import type { TestOperator } from './kernel-process.ts'
import { KernelProcess, TestHome } from './kernel-process.ts'
import { anything, scriptedDefinitions, ScriptedDriver, scriptedSelectors } from './scripted-driver.ts'

/** An agent with its token. */
export interface TokenHolder {
  readonly token: string
  readonly process: number
  readonly agent: number
}

/** What came back for one request. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  /** Every JSON-RPC message of the answer, in order. */
  readonly messages: readonly JsonObject[]
}

/** What a request may say beside its message. */
export interface SendOptions {
  readonly headers?: { readonly [name: string]: string }
  readonly path?: string
  readonly signal?: AbortSignal
  /** Hears each message as it comes. */
  readonly onMessage?: (message: JsonObject) => void
}

/** Everything of one test file. */
export class FrontDoorWorld {
  readonly home: TestHome = new TestHome()
  readonly driver: ScriptedDriver = new ScriptedDriver()
  kernel!: KernelProcess
  gateway!: GatewayProcess
  operator!: TestOperator
  object = 0
  bob!: TokenHolder

  async start(): Promise<void> {
    this.kernel = await KernelProcess.start(this.home)
    this.gateway = await GatewayProcess.start(this.home)
    this.operator = await this.kernel.operator()
    this.object = await this.addDriver('demo', this.driver)
    this.bob = await this.operator.addAgent('bob')
    await this.grant(this.bob.process, scriptedSelectors)
    await this.grant(this.object, ['client/sampling', 'client/elicitation'])
  }

  async stop(): Promise<void> {
    await this.gateway.stop()
    await this.kernel.stop()
    this.home.remove()
  }

  /** Adds a driver that offers one of everything, and attaches `driver` as its adapter. */
  async addDriver(name: string, driver: ScriptedDriver): Promise<number> {
    const object = await this.operator.addDriver(name, scriptedDefinitions, {
      protocol: 'mcp-stdio',
      command: 'none',
      args: [],
      cwd: '/',
      env: {},
      client: ['client/roots', 'client/sampling', 'client/elicitation'],
    })
    await driver.attach(this.kernel, name)
    return object
  }

  async grant(
    holder: number,
    selectors: readonly string[],
    {
      where = anything,
      ask = false,
      object = this.object,
    }: { where?: Json; ask?: boolean; object?: number } = {},
  ): Promise<number> {
    const caveats = { selectors, where, ...(ask ? { ask: true } : {}) }
    const made = await this.operator.must({ do: 'capability.grant', holder, object, caveats })
    return made['capability'] as number
  }

  /** The first call that an operator has to decide. */
  async held(): Promise<{ readonly call: number; readonly digest: string }> {
    for (;;) {
      const [first] = (await this.operator.query('approvals')) as { call: number; digest: string }[]
      if (first !== undefined) return first
      await soon()
    }
  }

  /** POSTs one message and reads the whole answer. */
  async send(token: string, message: Json, options: SendOptions = {}): Promise<HttpAnswer> {
    const response = await fetch(`${this.gateway.url}${options.path ?? ''}`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
        Authorization: `Bearer ${token}`,
        ...options.headers,
      },
      body: JSON.stringify(message),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    return {
      status: response.status,
      headers: response.headers,
      messages: await messagesOf(response, options),
    }
  }

  /** POSTs one modern request, with the metadata and headers that its revision demands. */
  modern(
    token: string,
    method: string,
    params: JsonObject = {},
    capabilities: JsonObject = {},
    options: SendOptions = {},
  ): Promise<HttpAnswer> {
    const name = params['name'] ?? params['uri'] ?? params['taskId']
    const headers = {
      'MCP-Protocol-Version': '2026-07-28',
      'Mcp-Method': method,
      ...(typeof name === 'string' ? { 'Mcp-Name': name } : {}),
      ...options.headers,
    }
    const given = params['_meta'] as JsonObject | undefined
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': capabilities,
      ...given,
    }
    return this.send(
      token,
      { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } },
      { ...options, headers },
    )
  }

  /** Opens a session and returns its id. */
  async initialize(token: string, path = '', capabilities: JsonObject = {}): Promise<string> {
    const params = { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 't', version: '1' } }
    const opened = await this.send(token, { jsonrpc: '2.0', id: 0, method: 'initialize', params }, { path })
    return opened.headers.get('mcp-session-id') ?? ''
  }
}

/** A little later. */
export function soon(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 10)
  })
}

/** The messages of a response, as they come. */
export async function messagesOf(
  response: Response,
  { onMessage }: SendOptions = {},
): Promise<readonly JsonObject[]> {
  const messages: JsonObject[] = []
  const take = (text: string): void => {
    if (text === '') return
    const message = JSON.parse(text) as JsonObject
    messages.push(message)
    onMessage?.(message)
  }
  if (response.headers.get('content-type')?.includes('text/event-stream') !== true) {
    take(await response.text())
    return messages
  }
  const parser = new SseParser()
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
    parser.push(chunk, ({ data }) => take(data.toString()))
  return messages
}

/** The result of the last message, or its error. */
export function outcome({ messages }: HttpAnswer): JsonObject {
  const last = messages.at(-1) ?? {}
  return (last['result'] ?? last['error'] ?? {}) as JsonObject
}
