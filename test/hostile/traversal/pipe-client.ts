/** The least of an MCP client, on the pipes of a program: asks one thing after the other and returns what is said. */
import { createInterface } from 'node:readline'
import type { RunningProgram } from '../../../src/driver/program.ts'

/** Talks to one running server. The caller kills the program. */
export class PipeClient {
  readonly #program: RunningProgram
  readonly #waiting: Map<number, (line: string) => void> = new Map()
  #last = 0

  constructor(program: RunningProgram) {
    this.#program = program
    createInterface({ input: program.stdout }).on('line', (line) => {
      const { id } = JSON.parse(line) as { readonly id?: unknown }
      if (typeof id === 'number') this.#waiting.get(id)?.(line)
    })
  }

  /** The greeting. */
  async open(): Promise<void> {
    const clientInfo = { name: 'traversal', version: '1' }
    await this.#ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo })
    this.#send({ method: 'notifications/initialized' })
  }

  /** The whole answer to one call, as text. */
  call(name: string, args: { readonly [name: string]: string }): Promise<string> {
    return this.#ask('tools/call', { name, arguments: args })
  }

  async #ask(method: string, params: object): Promise<string> {
    const id = ++this.#last
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    this.#waiting.set(id, resolve)
    void this.#program.exited.then((how) => reject(new Error(`the server ${how}`)))
    this.#send({ id, method, params })
    return await promise
  }

  #send(message: object): void {
    this.#program.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  }
}
