/**
 * A client of the plain relay, on its bare socket, so that everything it was sent is seen. Asked something, it
 * answers as clients do: its folders, its model's words, what its user types.
 */
import { createConnection } from 'node:net'
import type { Socket } from 'node:net'
import type { RpcMessage } from './rpc-message.ts'

/** What is worth stealing from this client: where it works, what its model says, what its user types. */
export const secrets = {
  folder: 'file:///home/victim/private',
  thought: 'the model of the victim thinks',
  password: 'password-of-the-victim',
} as const

const silenceMs = 1500

/** One connection. */
export class RelayClient {
  /** Everything that came and was no answer to a request, and second answers. */
  readonly unasked: RpcMessage[] = []
  /** Bytes that came. */
  bytes = 0
  readonly #socket: Socket
  readonly #waiting = new Map<unknown, (message: RpcMessage) => void>()
  #lastId = 0
  #rest: string[] = []

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('error', () => {})
    socket.setEncoding('utf8').on('data', (text: string) => this.#read(text))
  }

  /** Connects, or returns null when nobody listens. */
  static connect(path: string): Promise<RelayClient | null> {
    return new Promise((resolve) => {
      const socket = createConnection(path)
      socket.once('error', () => resolve(null)).once('connect', () => resolve(new RelayClient(socket)))
    })
  }

  /** The answer, or null when there is none within `withinMs`. */
  request(method: string, params: object = {}, withinMs: number = silenceMs): Promise<RpcMessage | null> {
    const id = ++this.#lastId
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), withinMs)
      this.#waiting.set(id, (message) => {
        clearTimeout(timer)
        resolve(message)
      })
      this.#write({ id, method, params })
    })
  }

  call(name: string, args: object = {}, withinMs: number = silenceMs): Promise<RpcMessage | null> {
    return this.request('tools/call', { name, arguments: args, _meta: { progressToken: 1 } }, withinMs)
  }

  close(): void {
    this.#socket.destroy()
  }

  #write(message: object): void {
    this.#socket.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  }

  #read(text: string): void {
    this.bytes += text.length
    const lines = text.split('\n')
    this.#rest.push(lines[0] ?? '')
    for (const line of lines.slice(1)) {
      this.#hear(JSON.parse(this.#rest.join('')) as RpcMessage)
      this.#rest = [line]
    }
  }

  #hear(message: RpcMessage): void {
    const waiting = message.method === undefined ? this.#waiting.get(message.id) : undefined
    if (waiting !== undefined) {
      this.#waiting.delete(message.id)
      return waiting(message)
    }
    this.unasked.push(message)
    if (message.method === undefined || message.id === undefined) return
    if (message.method === 'roots/list') this.#answer(message, { roots: [{ uri: secrets.folder }] })
    if (message.method === 'sampling/createMessage')
      this.#answer(message, {
        role: 'assistant',
        content: { type: 'text', text: secrets.thought },
        model: 'm',
      })
    if (message.method === 'elicitation/create')
      this.#answer(message, { action: 'accept', content: { password: secrets.password } })
  }

  #answer({ id }: RpcMessage, result: object): void {
    this.#write({ id, result })
  }
}
