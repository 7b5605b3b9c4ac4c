/**
 * One MCP session: one client, one attachment to the kernel, and so one agent's authority. The session knows
 * the methods it speaks and refuses all others; it decides nothing, the kernel does.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import type { Answer, WireRefusal } from '../../wire/answer.ts'
import type { WireClient } from '../../wire/client.ts'
import type { McpMessage } from './message.ts'
import { errorCodes, errorMessage, resultMessage } from './message.ts'
import { readTools } from './tools.ts'

/** Protocol revisions of the sessionful era, newest first. */
export const revisions: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26']

/** Told while a call is held, so that the transport can keep its client patient. */
export type OnHeld = (message: string) => void

/** A client's session. */
export class McpSession {
  readonly #kernel: WireClient

  constructor(kernel: WireClient) {
    this.#kernel = kernel
  }

  /** Resolves when the attachment is gone: the agent was removed, killed, or everything halted. */
  get ended(): Promise<unknown> {
    return this.#kernel.closed
  }

  close(): void {
    this.#kernel.close()
  }

  /** Answers one request with the text of its response. Never rejects for what a client or driver did. */
  async answer(
    message: McpMessage,
    id: string | number,
    onHeld: OnHeld,
    signal: AbortSignal,
  ): Promise<string> {
    switch (message.method) {
      case 'initialize':
        return resultMessage(id, JSON.stringify(welcome(message.params)))
      case 'ping':
        return resultMessage(id, '{}')
      case 'tools/list':
        return resultMessage(id, JSON.stringify({ tools: (await readTools(this.#kernel)).tools }))
      case 'tools/call':
        return this.#call(message, id, onHeld, signal)
      default:
        return errorMessage(id, errorCodes.unknownMethod, `${message.method} is not served here.`)
    }
  }

  async #call(
    message: McpMessage,
    id: string | number,
    onHeld: OnHeld,
    signal: AbortSignal,
  ): Promise<string> {
    const { name } = message.params
    const { targets } = await readTools(this.#kernel)
    const target = typeof name === 'string' ? targets.get(name) : undefined
    if (target === undefined)
      return errorMessage(id, errorCodes.params, `There is no tool ${JSON.stringify(name ?? null)}.`)
    const answer = await this.#kernel.request({ op: 'call', ...target }, message.argumentBytes, {
      signal,
      onNotice: (header) => {
        if (header['event'] === 'held') onHeld('An operator must approve this call.')
      },
    })
    return resultMessage(id, resultOf(answer))
  }
}

function welcome(params: JsonObject): Json {
  const asked = params['protocolVersion']
  const protocolVersion =
    typeof asked === 'string' && revisions.includes(asked) ? asked : (revisions[0] ?? '')
  return {
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'custos', version: '0.1.0' },
    instructions:
      'Every tool call passes a gate. A refused call says what would be needed; a held one waits for a person.',
  }
}

/** The tool result, as JSON text: the driver's own bytes, or an error that a model can act upon. */
function resultOf(answer: Answer): string {
  switch (answer.kind) {
    case 'refusal':
      return refused(answer.refusal)
    case 'reply': {
      const { outcome, reason } = answer.header as { readonly [name: string]: Json | undefined }
      if (answer.body.length > 0) return Buffer.from(answer.body).toString('utf8')
      return failure(
        `The call ended ${JSON.stringify(outcome ?? null)}${typeof reason === 'string' ? `: ${reason}` : ''}.`,
        answer.header,
      )
    }
    case 'lost':
      return failure(`The kernel went away; whether the call happened is not known: ${answer.reason}.`, {})
    case 'unsent':
      return failure(`The call did not happen: ${answer.reason}.`, {})
  }
}

function refused({ code, message, needed, seq }: WireRefusal): string {
  return failure(`Refused (${code}): ${message} Needed: ${needed}`, { code, message, needed, seq })
}

function failure(text: string, about: JsonObject): string {
  return JSON.stringify({
    content: [{ type: 'text', text }],
    isError: true,
    _meta: { 'custos/answer': about },
  })
}
