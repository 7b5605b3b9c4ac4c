/**
 * Whom a request is for. A page in somebody's browser can make a name of its own lead to this machine, but not
 * change what the browser says it asked for: the host must be a name of ours, and an origin this very address.
 */
import type { IncomingHttpHeaders } from 'node:http'

/** Judges the `Host` and `Origin` of requests to one port. */
export class HostGuard {
  readonly #port: number
  readonly #publicOrigin: string | null
  readonly #names: ReadonlySet<string>

  /** `listenHost` is the address that is listened on, `publicOrigin` an https origin or null. */
  constructor(port: number, listenHost: string, publicOrigin: string | null) {
    this.#port = port
    this.#publicOrigin = publicOrigin
    this.#names = new Set(['127.0.0.1', 'localhost', '[::1]', bracketed(listenHost)])
  }

  /** True when the request is for this server and comes from nobody else's page. */
  isOurs({ host, origin }: IncomingHttpHeaders): boolean {
    if (host === undefined || !this.#isOurHost(host)) return false
    return origin === undefined || this.#isOurOrigin(origin)
  }

  /** The address under which the sender of this request reaches us. The request must be ours. */
  baseUrl({ host }: IncomingHttpHeaders): string {
    const isPublic = this.#publicOrigin !== null && host === new URL(this.#publicOrigin).host
    return isPublic ? this.#publicOrigin : `http://${host ?? `127.0.0.1:${this.#port}`}`
  }

  /** Names count, not ports: what rebinds a name cannot choose which name the browser says. */
  #isOurHost(host: string): boolean {
    if (this.#publicOrigin !== null && host === new URL(this.#publicOrigin).host) return true
    const [, name] = /^(?<name>\[[0-9a-f:.]+\]|[^:/\s]+)(?::\d{1,5})?$/iu.exec(host) ?? []
    return name !== undefined && this.#names.has(name.toLowerCase())
  }

  /** Another port is another site. */
  #isOurOrigin(origin: string): boolean {
    if (origin === this.#publicOrigin) return true
    return [...this.#names].some((name) => origin === `http://${name}:${this.#port}`)
  }
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
