/**
 * Puts a token in front of the gateway, because the suite cannot send one. It passes everything else through,
 * byte for byte and as it comes; of `Host` and `Origin` it translates only its own, so that what the suite makes
 * up arrives as made up.
 */
import { createServer, request } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A listening proxy. */
export class BearerProxy {
  readonly #server: Server
  readonly #target: URL
  readonly #token: string

  constructor(target: URL, token: string) {
    this.#target = target
    this.#token = token
    this.#server = createServer((incoming, outgoing) => this.#pass(incoming, outgoing))
  }

  /** Listens on a free loopback port, in front of the gateway at `target`. */
  static async start(target: string, token: string): Promise<BearerProxy> {
    const proxy = new BearerProxy(new URL(target), token)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  /** The address that stands for `target`. */
  get url(): string {
    return `http://${this.#host}${this.#target.pathname}`
  }

  get #host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { host, origin } = incoming.headers
    const translated = (text: string | undefined): string | undefined =>
      text
        ?.replace(this.#host, this.#target.host)
        .replace(this.#host.replace('127.0.0.1', 'localhost'), this.#target.host)
    const headers = {
      ...incoming.headers,
      host: translated(host),
      ...(origin === undefined ? {} : { origin: translated(origin) }),
      authorization: `Bearer ${this.#token}`,
    }
    const upstream = request(
      {
        host: this.#target.hostname,
        port: this.#target.port,
        path: incoming.url,
        method: incoming.method,
        headers,
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        outgoing.flushHeaders()
        answer.pipe(outgoing)
        answer.once('error', () => outgoing.destroy())
      },
    )
    upstream.once('error', () => outgoing.destroy())
    outgoing.once('close', () => upstream.destroy())
    incoming.pipe(upstream)
  }

  /** Stops listening and drops what is open. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }
}
